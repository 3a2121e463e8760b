// SenML (RFC 8428) in JSON and in CBOR, as LwM2M uses it: packs of records, with the object link value of LwM2M ("vlo").
// Readers resolve base name and base time; sums ("s"), units and decimal fractions are left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/wire/cbor.h"

namespace linnet::senml {

enum class Kind : uint8_t { kNone, kInteger, kNumber, kBoolean, kText, kData, kObjectLink };

struct Record {
  std::string_view base_name = {};  // writers emit it when it is not empty; readers always give the one in force
  std::string_view name = {};       // the full name is base_name followed by name
  Kind kind = Kind::kNone;
  int64_t integer = 0;         // kInteger
  double number = 0;           // kNumber
  bool boolean = false;        // kBoolean
  std::string_view text = {};  // kText, kObjectLink
  ByteSpan data = {};          // kData
  std::optional<double> time_s = {};
};

// Content format 112. The records' count need not be known beforehand.
class CborWriter {
 public:
  explicit CborWriter(MutableByteSpan buffer);
  void Add(const Record& record);
  // The whole pack. kResourceExhausted: the buffer is too small.
  Result<ByteSpan> Finish();
  Status status() const { return records_.status(); }

 private:
  static constexpr size_t kHeadBytesMax = 3;  // an array of up to 65,535 records
  MutableByteSpan buffer_;
  cbor::Writer records_;
  size_t count_ = 0;
};

// Content format 110.
class JsonWriter {
 public:
  explicit JsonWriter(MutableByteSpan buffer) : buffer_(buffer) {}
  void Add(const Record& record);
  Result<ByteSpan> Finish();
  Status status() const { return status_; }

 private:
  void Put(std::string_view text);
  void PutString(std::string_view text);
  void PutBase64Url(ByteSpan data);
  void PutLabel(std::string_view label);

  MutableByteSpan buffer_;
  size_t size_ = 0;
  size_t count_ = 0;
  bool first_label_ = true;
  Status status_ = Status::kOk;
};

// Next: kOutOfRange: the end | kDataLoss: malformed | kUnimplemented: a label that must be understood (ends in '_'), a decimal
// fraction or another SenML version.
class CborReader {
 public:
  explicit CborReader(ByteSpan pack) : reader_(pack) {}
  Result<Record> Next();

 private:
  Status ReadField(Record& record, std::optional<double>& time);
  Status ReadHead();

  cbor::Reader reader_;
  std::optional<uint64_t> left_;  // records; nullopt in an indefinite array
  bool started_ = false;
  bool done_ = false;
  std::string_view base_name_;
  double base_time_ = 0;
  bool has_base_time_ = false;
};

// Strings with escapes and base64 data are decoded into `scratch` (kResourceExhausted when it is full; as long as the pack is
// always enough); everything else points into the pack.
class JsonReader {
 public:
  JsonReader(ByteSpan pack, MutableByteSpan scratch) : text_(AsText(pack)), scratch_(scratch) {}
  Result<Record> Next();

 private:
  void SkipSpace();
  bool Take(char c);
  Result<std::string_view> String();
  Result<uint32_t> Escape();
  Result<uint32_t> FourHex();
  std::string_view NumberText();
  Result<ByteSpan> Data();
  Status ReadNumber(Record& record);
  Result<double> Number();
  Result<bool> Boolean();
  Status SkipValue();
  Status ReadField(std::string_view label, Record& record, std::optional<double>& time);

  std::string_view text_;
  MutableByteSpan scratch_;
  size_t at_ = 0;
  bool started_ = false;
  bool done_ = false;
  std::string_view base_name_;
  double base_time_ = 0;
  bool has_base_time_ = false;
};

}  // namespace linnet::senml
