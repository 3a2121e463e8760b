#include "linnet/lwm2m/value.h"

#include <cmath>

#include "linnet/base/check.h"
#include "linnet/base/text.h"
#include "linnet/wire/number_text.h"

namespace linnet::lwm2m {
namespace {

// Object link as text: "3:0".
Result<Value> LinkFromText(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Fail(Status::kInvalidArgument);
  const auto object = number_text::ParseUnsigned(Slice(text, 0, colon));
  const auto instance = number_text::ParseUnsigned(Slice(text, colon + 1));
  if (!object || !instance || *object > 0xffff || *instance > 0xffff) return Fail(Status::kInvalidArgument);
  return Value::Link({static_cast<uint16_t>(*object), static_cast<uint16_t>(*instance)});
}

Result<Value> FromText(std::string_view text, ValueType wanted) {
  switch (wanted) {
    case ValueType::kInteger:
    case ValueType::kTime: {
      const auto integer = number_text::ParseInteger(text);
      if (!integer) return Fail(Status::kInvalidArgument);
      return wanted == ValueType::kTime ? Value::Time(*integer) : Value::Integer(*integer);
    }
    case ValueType::kFloat: {
      const auto number = number_text::ParseDouble(text);
      if (!number) return Fail(Status::kInvalidArgument);
      return Value::Float(*number);
    }
    case ValueType::kBoolean:
      if (text == "1" || text == "true") return Value::Boolean(true);
      if (text == "0" || text == "false") return Value::Boolean(false);
      return Fail(Status::kInvalidArgument);
    case ValueType::kObjectLink: return LinkFromText(text);
    default: return Fail(Status::kInvalidArgument);
  }
}

// TLV's bytes (Core 1.1, table 7.4.3-2): big-endian two's complement of 1, 2, 4 or 8 bytes; IEEE floats of 4 or 8.
Result<Value> FromUntyped(ByteSpan bytes, ValueType wanted) {
  const size_t size = bytes.size();
  const bool integral = size == 1 || size == 2 || size == 4 || size == 8;
  switch (wanted) {
    case ValueType::kText: return Value::Text(AsText(bytes));
    case ValueType::kOpaque: return Value::Opaque(bytes);
    case ValueType::kInteger:
    case ValueType::kTime: {
      if (!integral) return Fail(Status::kInvalidArgument);
      uint64_t bits = (bytes[0] & 0x80) != 0 ? ~uint64_t{0} : 0;
      for (const uint8_t byte : bytes) bits = bits << 8 | byte;
      const auto integer = static_cast<int64_t>(bits);
      return wanted == ValueType::kTime ? Value::Time(integer) : Value::Integer(integer);
    }
    case ValueType::kBoolean:
      if (size != 1 || bytes[0] > 1) return Fail(Status::kInvalidArgument);
      return Value::Boolean(bytes[0] == 1);
    case ValueType::kFloat: {
      if (size == 4) {
        float value;
        const uint32_t bits = LoadBe32(bytes.data());
        std::memcpy(&value, &bits, sizeof value);
        return Value::Float(value);
      }
      if (size == 8) {
        double value;
        const uint64_t bits = LoadBe64(bytes.data());
        std::memcpy(&value, &bits, sizeof value);
        return Value::Float(value);
      }
      return Fail(Status::kInvalidArgument);
    }
    case ValueType::kObjectLink:
      if (size != 4) return Fail(Status::kInvalidArgument);
      return Value::Link({LoadBe16(bytes.data()), LoadBe16(bytes.data() + 2)});
    default: return Fail(Status::kInvalidArgument);
  }
}

}  // namespace

Value Value::Integer(int64_t v) {
  Value value;
  value.type_ = ValueType::kInteger;
  value.integer_ = v;
  return value;
}
Value Value::Float(double v) {
  Value value;
  value.type_ = ValueType::kFloat;
  value.float_ = v;
  return value;
}
Value Value::Boolean(bool v) {
  Value value = Integer(v ? 1 : 0);
  value.type_ = ValueType::kBoolean;
  return value;
}
Value Value::Text(std::string_view v) {
  Value value = Untyped(AsBytes(v));
  value.type_ = ValueType::kText;
  return value;
}
Value Value::Opaque(ByteSpan v) {
  Value value = Untyped(v);
  value.type_ = ValueType::kOpaque;
  return value;
}
Value Value::Time(int64_t unix_seconds) {
  Value value = Integer(unix_seconds);
  value.type_ = ValueType::kTime;
  return value;
}
Value Value::Link(ObjectLink v) {
  Value value = Integer(int64_t{v.object} << 16 | v.instance);
  value.type_ = ValueType::kObjectLink;
  return value;
}
Value Value::Untyped(ByteSpan v) {
  Value value;
  value.type_ = ValueType::kUntyped;
  value.bytes_ = v;
  return value;
}

int64_t Value::integer() const {
  LINNET_CHECK(type_ == ValueType::kInteger || type_ == ValueType::kTime);
  return integer_;
}
double Value::number() const {
  LINNET_CHECK(type_ == ValueType::kFloat || type_ == ValueType::kInteger || type_ == ValueType::kTime);
  return type_ == ValueType::kFloat ? float_ : static_cast<double>(integer_);
}
bool Value::boolean() const {
  LINNET_CHECK(type_ == ValueType::kBoolean);
  return integer_ != 0;
}
ObjectLink Value::link() const {
  LINNET_CHECK(type_ == ValueType::kObjectLink);
  return {static_cast<uint16_t>(integer_ >> 16), static_cast<uint16_t>(integer_)};
}

Result<Value> Value::As(ValueType wanted) const {
  if (type_ == wanted) return *this;
  if (type_ == ValueType::kUntyped) return FromUntyped(bytes_, wanted);
  if (type_ == ValueType::kText) return FromText(text(), wanted);
  const bool integral = type_ == ValueType::kInteger || type_ == ValueType::kTime;
  if (integral && wanted == ValueType::kInteger) return Integer(integer_);
  if (integral && wanted == ValueType::kTime) return Time(integer_);
  if (integral && wanted == ValueType::kFloat) return Float(static_cast<double>(integer_));
  if (integral && wanted == ValueType::kBoolean && (integer_ == 0 || integer_ == 1)) return Boolean(integer_ == 1);
  // Some clients send whole numbers as floats.
  const bool to_integer = wanted == ValueType::kInteger || wanted == ValueType::kTime;
  if (type_ == ValueType::kFloat && to_integer && std::abs(float_) < 9e15) {
    const auto whole = static_cast<int64_t>(float_);
    if (static_cast<double>(whole) == float_) return wanted == ValueType::kTime ? Time(whole) : Integer(whole);
  }
  return Fail(Status::kInvalidArgument);
}

bool operator==(const Value& a, const Value& b) {
  return a.type_ == b.type_ && a.integer_ == b.integer_ && a.float_ == b.float_ && Equal(a.bytes_, b.bytes_);
}

}  // namespace linnet::lwm2m
