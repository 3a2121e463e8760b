#include "constant.h"

#include <cmath>
#include <cstring>

#include "linnet/graph/build.h"
#include "linnet/graph/shapes.h"
#include "view.h"

namespace linnet::graphdef {
namespace {

using graph::DType;
using graph::Shape;

double FromHalf(uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
  if (exponent == 31) value = fraction == 0 ? HUGE_VAL : NAN;
  return (bits & 0x8000) != 0 ? -value : value;
}

// `count` numbers from raw elements of T, or from the list with its last value repeated.
template <typename T, typename List, typename Convert>
Outcome<std::vector<double>> Elements(const NodeDef& layer, const Tensor& tensor, const List& list, int64_t count,
                                      Convert convert) {
  std::vector<double> numbers(static_cast<size_t>(count));
  const std::string& raw = tensor.tensor_content();
  if (!raw.empty()) {
    const size_t wanted = numbers.size() * sizeof(T);
    if (raw.size() != wanted) {
      return Fail(Status::kDataLoss, Describe(layer) + ": holds " + std::to_string(raw.size()) +
                                         " bytes of values, its shape needs " + std::to_string(wanted));
    }
    for (size_t i = 0; i < numbers.size(); ++i) {
      T value;
      std::memcpy(&value, &raw[i * sizeof(T)], sizeof(T));
      numbers[i] = convert(value);
    }
    return numbers;
  }
  if (list.size() > count || (list.size() == 0 && count > 0)) {
    return Fail(Status::kDataLoss, Describe(layer) + ": holds " + std::to_string(list.size()) +
                                       " values, its shape needs " + std::to_string(count));
  }
  for (int64_t i = 0; i < count; ++i) {
    const int at = static_cast<int>(i < list.size() ? i : list.size() - 1);
    numbers[static_cast<size_t>(i)] = convert(static_cast<T>(list.Get(at)));
  }
  return numbers;
}

Outcome<std::vector<double>> Numbers(const NodeDef& layer, const Tensor& source, int64_t count) {
  const auto plain = [](auto value) { return static_cast<double>(value); };
  switch (source.dtype()) {
    case DT_FLOAT: return Elements<float>(layer, source, source.float_val(), count, plain);
    case DT_DOUBLE: return Elements<double>(layer, source, source.double_val(), count, plain);
    case DT_HALF: return Elements<uint16_t>(layer, source, source.half_val(), count, FromHalf);
    case DT_INT32: return Elements<int32_t>(layer, source, source.int_val(), count, plain);
    case DT_INT16: return Elements<int16_t>(layer, source, source.int_val(), count, plain);
    case DT_INT8: return Elements<int8_t>(layer, source, source.int_val(), count, plain);
    case DT_UINT8: return Elements<uint8_t>(layer, source, source.int_val(), count, plain);
    case DT_INT64: return Elements<int64_t>(layer, source, source.int64_val(), count, plain);
    case DT_BOOL: return Elements<uint8_t>(layer, source, source.bool_val(), count, plain);
    default:
      return Fail(Status::kUnimplemented,
                  Describe(layer) + ": a constant of type " + NameOf(source.dtype()) +
                      "; supported: float, double, half, bool and integers. Name an earlier layer as the output");
  }
}

Outcome<Shape> ConstantShape(const NodeDef& layer, const Tensor& tensor) {
  if (tensor.tensor_shape().unknown_rank())
    return Fail(Status::kInvalidArgument, Describe(layer) + ": a constant of unknown shape");
  if (tensor.tensor_shape().dim_size() > static_cast<int>(kMaxRank))
    return Fail(Status::kUnimplemented, Describe(layer) + ": more than 8 dimensions");
  Shape shape;
  for (const auto& dim : tensor.tensor_shape().dim()) {
    if (dim.size() < 0)
      return Fail(Status::kInvalidArgument,
                  Describe(layer) + ": a constant with a dimension of " + std::to_string(dim.size()));
    shape.push_back(dim.size());
  }
  return shape;
}

}  // namespace

std::optional<int64_t> CountOf(const Shape& shape) {
  int64_t count = 1;
  bool empty = false;
  for (const int64_t d : shape) {
    if (d < 0) return std::nullopt;
    if (d == 0) {
      empty = true;
    } else if (d > graph::kMaxTensorElements / count) {
      return std::nullopt;
    } else {
      count *= d;
    }
  }
  return empty ? 0 : count;
}

Outcome<void> TakeBudget(const NodeDef& layer, DType type, const Shape& shape, size_t& budget_bytes) {
  const std::optional<int64_t> count = CountOf(shape);
  const auto width = static_cast<size_t>(graph::SizeBytes(type));
  if (!count || static_cast<size_t>(*count) > budget_bytes / width) {
    return Fail(Status::kResourceExhausted, Describe(layer) + ": a constant of shape " + graph::ToString(shape) +
                                                " is over the limit for all constants together");
  }
  budget_bytes -= static_cast<size_t>(*count) * width;
  return {};
}

std::optional<DType> TypeOf(DataType type) {
  switch (type) {
    case DT_FLOAT:
    case DT_DOUBLE:
    case DT_HALF: return DType::kFloat32;
    case DT_INT32:
    case DT_INT16:
    case DT_INT8:
    case DT_UINT8: return DType::kInt32;
    case DT_INT64: return DType::kInt64;
    case DT_BOOL: return DType::kBool;
    default: return std::nullopt;
  }
}

std::string NameOf(DataType type) {
  return DataType_IsValid(type) ? DataType_Name(type) : std::to_string(static_cast<int>(type));
}

Outcome<Constant> DecodeConstant(const NodeDef& layer, size_t& budget_bytes) {
  const AttrValue* attribute = FindAttribute(layer, "value");
  if (attribute == nullptr || attribute->value_case() != AttrValue::kTensor)
    return Fail(Status::kInvalidArgument, Describe(layer) + ": has no value");
  const Tensor& source = attribute->tensor();
  Constant constant;
  constant.name = layer.name();
  constant.type = TypeOf(source.dtype()).value_or(DType::kFloat32);
  LINNET_ASSIGN(constant.shape, ConstantShape(layer, source));
  // Before anything is allocated: one value of four bytes may claim a shape of many gigabytes.
  if (auto ok = TakeBudget(layer, constant.type, constant.shape, budget_bytes); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(constant.numbers, Numbers(layer, source, *CountOf(constant.shape)));
  if (!RoundToType(constant)) return Fail(Status::kUnimplemented, Describe(layer) + ": holds an integer above 2^53");
  return constant;
}

std::optional<double> ScalarConstant(const NodeDef& layer) {
  size_t budget = 8;  // one number, nothing larger
  const Outcome<Constant> constant = DecodeConstant(layer, budget);
  if (!constant || constant->numbers.size() != 1) return std::nullopt;
  return constant->numbers[0];
}

bool RoundToType(Constant& constant) {
  const bool wide = constant.type == DType::kInt64;
  const double lowest = wide ? -9007199254740992.0 : -2147483648.0;
  const double highest = wide ? 9007199254740992.0 : 2147483647.0;
  for (double& number : constant.numbers) {
    if (constant.type == DType::kFloat32) {
      number = static_cast<float>(number);
    } else if (constant.type == DType::kBool) {
      number = number != 0 ? 1 : 0;
    } else {
      number = std::trunc(number);
      if (!(number >= lowest && number <= highest)) return false;
    }
  }
  return true;
}

}  // namespace linnet::graphdef
