// What every verb shares: how a result is shown, how a failure ends the program.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::cli {

using Json = nlohmann::ordered_json;

// Fixed for scripts, never renumber.
enum Exit : int { kExitOk = 0, kExitCheckFailed = 1, kExitUsage = 2, kExitUnreachable = 3 };

struct Failure {
  int exit_code = kExitCheckFailed;
  std::string message;

  Failure(int code, std::string text) : exit_code(code), message(std::move(text)) {}
  Failure(const Error& error) : message(error.message) {}  // NOLINT(google-explicit-constructor): every Error ends in 1
};

template <typename T>
using Answer = std::expected<T, Failure>;
using Done = Answer<void>;

inline std::unexpected<Failure> Failed(std::string message) {
  return std::unexpected(Failure(kExitCheckFailed, std::move(message)));
}

// Results on stdout, talk on stderr. With --json stdout carries JSON and nothing else, one object a line.
class Console {
 public:
  bool json = false;
  bool quiet = false;  // says nothing at all: for a verb that uses another

  // The result: as JSON with --json, else `text`.
  void Result(const Json& value, const std::string& text) const;
  // Talk: what is going on. Silent nowhere, since stderr is not what scripts read.
  void Say(const std::string& text) const;
  // The command a person is likely to want next.
  void Next(const std::string& command) const;
};

// Columns as wide as their widest cell, numbers to the right.
std::string Table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

// "98.53 %" of a share of one; "12,345"; "106.8 KB".
std::string Percent(double share);
std::string Grouped(uint64_t number);
std::string Kilobytes(uint64_t bytes);

}  // namespace linnet::cli
