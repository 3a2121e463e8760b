// The content formats of LwM2M: a list of resources to bytes and back. text/plain and opaque carry one resource; TLV, SenML
// JSON and SenML CBOR carry any number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/lwm2m/path.h"
#include "linnet/lwm2m/value.h"
#include "linnet/wire/senml.h"
#include "linnet/wire/tlv.h"

namespace linnet::lwm2m {

// IANA CoAP content formats; on the wire: never renumber.
enum class ContentFormat : uint16_t {
  kText = 0,
  kLink = 40,
  kOpaque = 42,
  kCbor = 60,
  kSenmlJson = 110,
  kSenmlCbor = 112,
  kTlv = 11542,
};

// Writes resources below `base` in ascending order of path.
//
//   BodyWriter body(ContentFormat::kSenmlCbor, path, buffer);
//   LINNET_TRY(body.Add({.path = {3, 0, 0}, .value = Value::Text("Linnet")}));
//   LINNET_TRY(body.Finish());
//   Send(body.body());
class BodyWriter {
 public:
  // kUnimplemented from Add and Finish: a format this writer does not write.
  BodyWriter(ContentFormat format, const Path& base, MutableByteSpan buffer);

  // kOk | kResourceExhausted: the buffer is full | kInvalidArgument: not below base, or the format holds no such value
  // | kFailedPrecondition: a second resource in text/plain or opaque
  Status Add(const Resource& resource);
  // Closes the document; call once. The statuses of Add.
  Status Finish();
  ByteSpan body() const { return body_; }
  ContentFormat format() const { return format_; }

 private:
  Status AddPlain(const Resource& resource);
  Status AddTlv(const Resource& resource);
  Status AddSenml(const Resource& resource);

  ContentFormat format_;
  Path base_;
  MutableByteSpan buffer_;
  ByteSpan body_;
  size_t count_ = 0;
  Status status_ = Status::kOk;
  senml::CborWriter senml_cbor_;
  senml::JsonWriter senml_json_;
  tlv::TreeWriter tlv_;
};

// Reads a body back, resource after resource. Paths are absolute. Values point into `body` or into `scratch`.
class BodyReader {
 public:
  // `base` is the path of the request (needed by all but SenML); `scratch` takes strings that had to be unescaped or
  // base64-decoded (SenML JSON): as long as the body is always enough.
  BodyReader(ContentFormat format, const Path& base, ByteSpan body, MutableByteSpan scratch = {});

  // kOutOfRange: no resource left | kDataLoss: malformed | kUnimplemented: an unknown format, or a feature of it
  // | kInvalidArgument: a path outside base, or not a path | kResourceExhausted: scratch is full
  Result<Resource> Next();

 private:
  Result<Resource> NextPlain();
  Result<Resource> NextTlv();
  Result<Resource> NextSenml(bool json);

  ContentFormat format_;
  Path base_;
  ByteSpan body_;
  bool done_ = false;
  senml::CborReader senml_cbor_;
  senml::JsonReader senml_json_;
  tlv::TreeReader tlv_;
};

}  // namespace linnet::lwm2m
