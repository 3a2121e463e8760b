// The registration interface of LwM2M (Core 1.1, 6.2): the query of POST /rd and the list of objects in its payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/base/time.h"
#include "linnet/lwm2m/path.h"
#include "linnet/wire/link_format.h"

namespace linnet::lwm2m {

// What a client says of itself in the queries of Register and Update. Views point into the caller's query strings.
struct RegistrationQuery {
  std::string_view endpoint;         // ep; may be absent in an Update
  std::optional<Duration> lifetime;  // lt; 86400 s when absent in a Register
  std::string_view version;          // lwm2m, "1.1"
  std::string_view binding = "U";    // b; absent means U
  bool queue_mode = false;           // Q
  std::string_view sms_number;       // sms

  Duration lifetime_or_default() const;  // 86400 s: table 6.2.1
  // Takes one Uri-Query segment, "lt=300", in any order. Unknown ones are ignored.
  // kInvalidArgument: a value that can't be read, or an empty endpoint.
  Status Take(std::string_view segment);
};

// One entry of the object list: "</3/0>", "</10>;ver=1.1".
struct ObjectLinkEntry {
  Path path;                 // depth 1 or 2
  std::string_view version;  // ver, empty when absent
};

// Walks the payload of a registration.
class ObjectListReader {
 public:
  explicit ObjectListReader(std::string_view payload) : links_(payload) {}
  // kOutOfRange: the end | kDataLoss: not link format. Entries that are no object of ours (other paths) are skipped, the root
  // link is kept aside.
  Result<ObjectLinkEntry> Next();
  // The formats of the root link's ct attribute: </>;rt="oma.lwm2m";ct="112 110". Known after Next said kOutOfRange.
  // True when the client says it takes `content_format`.
  bool prefers(uint16_t content_format) const;
  bool has_formats() const { return !formats_.empty(); }
  std::string_view formats() const { return formats_; }  // "112 110" or "110"
  std::string_view root() const { return root_; }        // the prefix of the client's objects, "/" unless it says other

 private:
  link_format::Reader links_;
  std::string_view formats_;
  std::string_view root_ = "/";
};

// Writes the object list into the caller's buffer, "</>;ct=112,</1/0>,...".
class ObjectListWriter {
 public:
  explicit ObjectListWriter(MutableByteSpan buffer) : buffer_(buffer) {}
  // First: what the client prefers to speak, 112 or 110.
  void AddRoot(uint16_t content_format);
  void Add(const Path& path, std::string_view version = {});
  Status status() const { return status_; }  // kOk | kResourceExhausted
  ByteSpan written() const { return buffer_.first(size_); }

 private:
  void Put(std::string_view text);
  MutableByteSpan buffer_;
  size_t size_ = 0;
  Status status_ = Status::kOk;
};

// "lt=300" into `buffer`; an empty view when it does not fit.
std::string_view FormatLifetime(Duration lifetime, MutableByteSpan buffer);

}  // namespace linnet::lwm2m
