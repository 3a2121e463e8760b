// The table of the API: method, path, function. Every function answers its call exactly once, now or later.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/http/api.h"

namespace linnet::http {

struct Call {
  const Services& services;
  const Request& request;
  const std::vector<std::string>& path;  // behind /api/v1
  const Respond& respond;
};

struct Resource {
  std::string_view method;
  // Segments; "*" takes any one, a last "**" takes the rest (at least one).
  std::vector<std::string_view> pattern;
  void (*handle)(const Call& call);

  bool Matches(const std::vector<std::string>& path) const;
};

extern const std::vector<Resource> kResources;

// device_resources.cc
void ListDevices(const Call& call);
void ReadResource(const Call& call);
void WriteResource(const Call& call);
void ExecuteResource(const Call& call);
void ObserveResource(const Call& call);

}  // namespace linnet::http
