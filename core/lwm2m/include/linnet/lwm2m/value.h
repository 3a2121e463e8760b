// The value of a resource (OMA LwM2M Core 1.1, appendix C). Text and bytes are borrowed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/lwm2m/path.h"

namespace linnet::lwm2m {

enum class ValueType : uint8_t {
  kNone,  // no value: an executable resource
  kInteger,
  kFloat,
  kBoolean,
  kText,
  kOpaque,
  kTime,
  kObjectLink,
  kUntyped,  // bytes whose format does not tell the type (TLV): Value::As converts
};

struct ObjectLink {
  uint16_t object = 0xffff;
  uint16_t instance = 0xffff;
  friend bool operator==(const ObjectLink&, const ObjectLink&) = default;
};

class Value {
 public:
  Value() = default;
  static Value Integer(int64_t v);
  static Value Float(double v);
  static Value Boolean(bool v);
  static Value Text(std::string_view v);
  static Value Opaque(ByteSpan v);
  static Value Time(int64_t unix_seconds);
  static Value Link(ObjectLink v);
  static Value Untyped(ByteSpan v);

  ValueType type() const { return type_; }
  // REQUIRES: type() is the type asked for (integer() also serves kTime, text() and opaque() also each other and kUntyped).
  int64_t integer() const;
  double number() const;  // kInteger, kTime or kFloat
  bool boolean() const;
  std::string_view text() const { return AsText(bytes_); }
  ByteSpan opaque() const { return bytes_; }
  ObjectLink link() const;

  // The same value in the type that the object's definition wants: text "42" -> integer 42, TLV bytes -> integer, integer ->
  // float, 0/1 -> boolean. kInvalidArgument: no such reading.
  Result<Value> As(ValueType wanted) const;

  friend bool operator==(const Value& a, const Value& b);

 private:
  ValueType type_ = ValueType::kNone;
  int64_t integer_ = 0;  // also boolean and link
  double float_ = 0;
  ByteSpan bytes_;
};

// What stands at one path.
struct Resource {
  Path path = {};
  Value value = {};
  std::optional<double> time_s =
      {};  // SenML time; less than 2^28: relative to now, so -3 is three seconds ago (RFC 8428 4.5.3)
};

}  // namespace linnet::lwm2m
