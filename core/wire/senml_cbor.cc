#include <algorithm>
#include <cstring>

#include "linnet/wire/senml.h"

namespace linnet::senml {
namespace {

// RFC 8428 6, table 4. On the wire: never renumber.
enum Label : int64_t {
  kBaseVersion = -1,
  kBaseName = -2,
  kBaseTime = -3,
  kName = 0,
  kValue = 2,
  kStringValue = 3,
  kBoolValue = 4,
  kTime = 6,
  kDataValue = 8,
};
constexpr std::string_view kObjectLinkLabel = "vlo";  // OMA LwM2M Core 1.1, 7.4.5: a text label in CBOR too
constexpr uint64_t kVersion = 10;

// Stores what was read, or hands its error on.
template <typename From, typename To>
Status Store(const Result<From>& from, To& to) {
  if (!from) return from.error();
  to = *from;
  return Status::kOk;
}

}  // namespace

CborWriter::CborWriter(MutableByteSpan buffer)
    : buffer_(buffer), records_(buffer.subspan(std::min(kHeadBytesMax, buffer.size()))) {}

void CborWriter::Add(const Record& record) {
  ++count_;
  const uint64_t fields = (record.base_name.empty() ? 0 : 1) + (record.name.empty() ? 0 : 1) +
                          (record.kind == Kind::kNone ? 0 : 1) + (record.time_s ? 1 : 0);
  records_.Map(fields);
  if (!record.base_name.empty()) records_.Int(kBaseName), records_.Text(record.base_name);
  if (!record.name.empty()) records_.Int(kName), records_.Text(record.name);
  switch (record.kind) {
    case Kind::kNone: break;
    case Kind::kInteger: records_.Int(kValue), records_.Int(record.integer); break;
    case Kind::kNumber: records_.Int(kValue), records_.Double(record.number); break;
    case Kind::kText: records_.Int(kStringValue), records_.Text(record.text); break;
    case Kind::kBoolean: records_.Int(kBoolValue), records_.Bool(record.boolean); break;
    case Kind::kData: records_.Int(kDataValue), records_.Bytes(record.data); break;
    case Kind::kObjectLink: records_.Text(kObjectLinkLabel), records_.Text(record.text); break;
  }
  if (!record.time_s) return;
  records_.Int(kTime);
  const double time = *record.time_s;
  const auto whole = static_cast<int64_t>(time > -1e15 && time < 1e15 ? time : 0);
  if (static_cast<double>(whole) == time) {
    records_.Int(whole);
  } else {
    records_.Double(time);
  }
}

Result<ByteSpan> CborWriter::Finish() {
  LINNET_TRY(records_.status());
  uint8_t head[9];
  cbor::Writer writer{MutableByteSpan(head)};
  writer.Array(count_);
  const size_t head_bytes = writer.size_bytes();
  if (head_bytes > kHeadBytesMax || buffer_.size() < kHeadBytesMax) return Fail(Status::kResourceExhausted);
  // The head goes right before the records, wherever that leaves the start.
  std::memcpy(buffer_.data() + kHeadBytesMax - head_bytes, head, head_bytes);
  return ByteSpan(buffer_.subspan(kHeadBytesMax - head_bytes, head_bytes + records_.size_bytes()));
}

Status CborReader::ReadHead() {
  started_ = true;
  LINNET_TRY(Store(reader_.Array(), left_));
  return Status::kOk;
}

Result<Record> CborReader::Next() {
  if (!started_) {
    if (!Ok(ReadHead())) return Fail(Status::kDataLoss);
  }
  if (done_) return Fail(Status::kOutOfRange);
  if (left_ ? *left_ == 0 : Ok(reader_.Break())) {
    done_ = true;
    return reader_.done() ? Fail(Status::kOutOfRange) : Fail(Status::kDataLoss);
  }
  const auto pairs = reader_.Map();
  if (!pairs) return Fail(Status::kDataLoss);
  Record record;
  std::optional<double> time;
  for (uint64_t i = 0; *pairs ? i < **pairs : !Ok(reader_.Break()); ++i) {
    const Status status = ReadField(record, time);
    if (!Ok(status)) return Fail(status == Status::kUnimplemented ? status : Status::kDataLoss);
  }
  if (left_) --*left_;
  record.base_name = base_name_;
  if (time || has_base_time_) record.time_s = base_time_ + time.value_or(0);
  return record;
}

Status CborReader::ReadField(Record& record, std::optional<double>& time) {
  cbor::Type label_type{};
  LINNET_TRY(Store(reader_.Peek(), label_type));
  if (label_type == cbor::Type::kText) {
    std::string_view label{};
    LINNET_TRY(Store(reader_.Text(), label));
    if (label == kObjectLinkLabel) {
      LINNET_TRY(Store(reader_.Text(), record.text));
      record.kind = Kind::kObjectLink;
      return Status::kOk;
    }
    if (label.ends_with('_')) return Status::kUnimplemented;  // RFC 8428 4.4: must be understood
    return reader_.Skip();
  }
  int64_t label{};
  LINNET_TRY(Store(reader_.Int(), label));
  switch (label) {
    case kBaseVersion: {
      uint64_t version{};
      LINNET_TRY(Store(reader_.Unsigned(), version));
      return version > kVersion ? Status::kUnimplemented : Status::kOk;
    }
    case kBaseName: {
      LINNET_TRY(Store(reader_.Text(), base_name_));
      return Status::kOk;
    }
    case kBaseTime: {
      LINNET_TRY(Store(reader_.Number(), base_time_));
      has_base_time_ = true;
      return Status::kOk;
    }
    case kName: {
      LINNET_TRY(Store(reader_.Text(), record.name));
      return Status::kOk;
    }
    case kValue: {
      cbor::Type type{};
      LINNET_TRY(Store(reader_.Peek(), type));
      if (type == cbor::Type::kTag) return Status::kUnimplemented;  // a decimal fraction
      if (type == cbor::Type::kFloat) {
        LINNET_TRY(Store(reader_.Number(), record.number));
        record.kind = Kind::kNumber;
      } else {
        LINNET_TRY(Store(reader_.Int(), record.integer));
        record.kind = Kind::kInteger;
      }
      return Status::kOk;
    }
    case kStringValue: {
      LINNET_TRY(Store(reader_.Text(), record.text));
      record.kind = Kind::kText;
      return Status::kOk;
    }
    case kBoolValue: {
      LINNET_TRY(Store(reader_.Bool(), record.boolean));
      record.kind = Kind::kBoolean;
      return Status::kOk;
    }
    case kTime: {
      LINNET_TRY(Store(reader_.Number(), time));
      return Status::kOk;
    }
    case kDataValue: {
      LINNET_TRY(Store(reader_.Bytes(), record.data));
      record.kind = Kind::kData;
      return Status::kOk;
    }
    default: return reader_.Skip();  // units, sums, update time
  }
}

}  // namespace linnet::senml
