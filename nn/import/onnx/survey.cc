#include "survey.h"

namespace linnet::onnx {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr const char* kNotOnnx = "not an ONNX model";
constexpr size_t kMaxFields = 1'000'000;  // each costs up to a few hundred bytes when parsed

// Reads a protobuf varint at `at`, which moves behind it. False at the end of the bytes or after 10 bytes.
bool ReadVarint(Bytes bytes, size_t& at, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 70 && at < bytes.size(); shift += 7) {
    const uint8_t byte = bytes[at++];
    if (shift < 64) value |= uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

struct Field {
  uint64_t number = 0;
  unsigned wire = 0;
  uint64_t value = 0;  // of a varint
  Bytes bytes;         // of a length-delimited field
};

// The next field at `at`. False if it goes on beyond the end or has a wire type that protobuf 3 doesn't write.
bool ReadField(Bytes bytes, size_t& at, Field& field) {
  uint64_t tag = 0;
  if (!ReadVarint(bytes, at, tag)) return false;
  field.number = tag >> 3;
  field.wire = tag & 7;
  size_t length = 0;
  switch (field.wire) {
    case 0: return ReadVarint(bytes, at, field.value);
    case 1: length = 8; break;
    case 5: length = 4; break;
    case 2: {
      uint64_t stated = 0;
      if (!ReadVarint(bytes, at, stated) || stated > bytes.size() - at) return false;
      length = static_cast<size_t>(stated);
      break;
    }
    default: return false;
  }
  if (length > bytes.size() - at) return false;
  field.bytes = bytes.subspan(at, length);
  at += length;
  return true;
}

// The fields that ModelProto has.
bool IsModelField(const Field& field) {
  switch (field.number) {
    case 1:
    case 5: return field.wire == 0;
    case 2:
    case 3:
    case 4:
    case 6:
    case 7:
    case 8:
    case 14:
    case 20:
    case 25:
    case 26: return field.wire == 2;
    default: return false;
  }
}

enum class Message { kGraph, kNode, kAttribute, kTensor, kValueInfo };

struct Count {
  size_t nodes = 0;
  size_t fields = 0;
  size_t number_bytes = 0;  // of packed varints, which become up to 8 times as many
};

// Counts what parsing `bytes` will build. Damaged insides are left to the parser. The messages nest to a fixed depth.
void CountFields(Bytes bytes, Message message, Count& count) {
  Field field;
  for (size_t at = 0; at < bytes.size() && count.fields <= kMaxFields;) {
    if (!ReadField(bytes, at, field)) return;
    ++count.fields;
    if (field.wire != 2) continue;
    switch (message) {
      case Message::kGraph:
        if (field.number == 1) {
          ++count.nodes;
          CountFields(field.bytes, Message::kNode, count);
        } else if (field.number == 5) {
          CountFields(field.bytes, Message::kTensor, count);
        } else if (field.number == 11 || field.number == 12) {
          CountFields(field.bytes, Message::kValueInfo, count);
        }
        break;
      case Message::kNode:
        if (field.number == 5) CountFields(field.bytes, Message::kAttribute, count);
        break;
      case Message::kAttribute:
        if (field.number == 5) CountFields(field.bytes, Message::kTensor, count);
        if (field.number == 8) count.number_bytes += field.bytes.size();
        break;
      case Message::kTensor:
        if (field.number == 1 || field.number == 5 || field.number == 7) count.number_bytes += field.bytes.size();
        break;
      case Message::kValueInfo:  // type, tensor, shape: each dimension is a few bytes
        count.fields += field.bytes.size() / 2;
        break;
    }
  }
}

Outcome<void> CheckSize(Bytes bytes, const ImportOptions& options) {
  if (bytes.empty()) return Fail(Status::kDataLoss, "the file is empty");
  if (bytes.size() > options.max_file_bytes) {
    return Fail(Status::kResourceExhausted,
                "the file is larger than " + std::to_string(options.max_file_bytes) + " bytes");
  }
  return {};
}

Outcome<void> CheckCounts(const Count& count, const ImportOptions& options) {
  const auto over = [](size_t limit, const char* what) {
    return Fail(Status::kResourceExhausted, "more than " + std::to_string(limit) + " " + what);
  };
  if (count.nodes > options.max_nodes) return over(options.max_nodes, "nodes");
  if (count.fields > kMaxFields) return over(kMaxFields, "fields");
  if (count.number_bytes > options.max_constant_bytes / 8) {
    return Fail(Status::kResourceExhausted,
                "more than " + std::to_string(options.max_constant_bytes / 8) +
                    " bytes of integers written as varints; save constants as raw data, as onnx.save does");
  }
  return {};
}

}  // namespace

Outcome<void> Survey(Bytes bytes, const ImportOptions& options) {
  if (auto ok = CheckSize(bytes, options); !ok) return ok;
  Count count;
  bool version = false;
  bool graph = false;
  for (size_t at = 0; at < bytes.size();) {
    const size_t start = at;
    Field field;
    const bool whole = ReadField(bytes, at, field);
    if (!whole && (start == 0 || !IsModelField(field)))
      return Fail(Status::kInvalidArgument,
                  std::string(kNotOnnx) + ": byte " + std::to_string(start) + " begins no field of one");
    if (!whole) {
      return Fail(Status::kDataLoss, "cut short: the field at byte " + std::to_string(start) +
                                         " goes on beyond the end of the file at byte " + std::to_string(bytes.size()));
    }
    if (!IsModelField(field)) {
      return Fail(Status::kInvalidArgument, std::string(kNotOnnx) + ": unexpected field " +
                                                std::to_string(field.number) + " at byte " + std::to_string(start));
    }
    version = version || field.number == 1;
    if (field.number != 7) {
      ++count.fields;
      continue;
    }
    graph = true;
    CountFields(field.bytes, Message::kGraph, count);
  }
  if (!graph) return Fail(Status::kInvalidArgument, std::string(kNotOnnx) + (version ? ": it holds no graph" : ""));
  return CheckCounts(count, options);
}

bool LooksLikeOnnx(Bytes file) {
  bool version = false;
  bool graph = false;
  for (size_t at = 0; at < file.size();) {
    Field field;
    if (!ReadField(file, at, field) || !IsModelField(field)) return false;
    version = version || field.number == 1;
    graph = graph || field.number == 7;
  }
  return version && graph;
}

}  // namespace linnet::onnx
