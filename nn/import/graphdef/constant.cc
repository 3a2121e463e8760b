#include "constant.h"

#include <cstring>
#include <span>

#include "view.h"
#include "linnet/graph/build.h"
#include "linnet/graph/shapes.h"

namespace linnet::graphdef {
namespace {

using graph::DType;
using graph::Shape;

// The bytes of `count` elements of T: the raw content, or the list with its last value repeated.
template <typename T, typename List>
Outcome<std::vector<T>> Elements(const NodeDef& layer, const Tensor& tensor, const List& list, int64_t count) {
  std::vector<T> values(static_cast<size_t>(count));
  if (!tensor.tensor_content().empty()) {
    const size_t wanted = values.size() * sizeof(T);
    if (tensor.tensor_content().size() != wanted) {
      return Fail(Status::kDataLoss, Describe(layer) + ": holds " + std::to_string(tensor.tensor_content().size()) +
                                         " bytes of values, its shape needs " + std::to_string(wanted));
    }
    if (wanted > 0) std::memcpy(values.data(), tensor.tensor_content().data(), wanted);
    return values;
  }
  if (list.size() > count || (list.size() == 0 && count > 0)) {
    return Fail(Status::kDataLoss, Describe(layer) + ": holds " + std::to_string(list.size()) +
                                       " values, its shape needs " + std::to_string(count));
  }
  for (int64_t i = 0; i < count; ++i)
    values[static_cast<size_t>(i)] = static_cast<T>(list.Get(static_cast<int>(i < list.size() ? i : list.size() - 1)));
  return values;
}

template <typename T>
std::vector<uint8_t> Bytes(const std::vector<T>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

Outcome<Shape> ConstantShape(const NodeDef& layer, const Tensor& tensor) {
  if (tensor.tensor_shape().unknown_rank())
    return Fail(Status::kInvalidArgument, Describe(layer) + ": a constant of unknown shape");
  if (tensor.tensor_shape().dim_size() > 8)
    return Fail(Status::kUnimplemented, Describe(layer) + ": more than 8 dimensions");
  Shape shape;
  for (const auto& dim : tensor.tensor_shape().dim()) {
    if (dim.size() < 1)
      return Fail(Status::kInvalidArgument,
                  Describe(layer) + ": a constant with a dimension of " + std::to_string(dim.size()));
    shape.push_back(dim.size());
  }
  return shape;
}

}  // namespace

Outcome<graph::Tensor> DecodeConstant(const NodeDef& layer, size_t& budget_bytes) {
  const AttrValue* attribute = FindAttribute(layer, "value");
  if (attribute == nullptr || attribute->value_case() != AttrValue::kTensor)
    return Fail(Status::kInvalidArgument, Describe(layer) + ": has no value");
  const Tensor& source = attribute->tensor();
  graph::Tensor tensor;
  tensor.name = layer.name();
  tensor.constant = true;
  LINNET_ASSIGN(tensor.shape, ConstantShape(layer, source));
  const int64_t count = graph::ElementCount(tensor.shape);
  // Before anything is allocated: one value of four bytes may claim a shape of many gigabytes.
  if (count > graph::kMaxTensorElements || static_cast<size_t>(count) * 8 > budget_bytes) {
    return Fail(Status::kResourceExhausted, Describe(layer) + ": a constant of shape " + graph::ToString(tensor.shape) +
                                                " is over the limit for all constants together");
  }
  switch (source.dtype()) {
    case DT_FLOAT: {
      LINNET_ASSIGN(const auto values, Elements<float>(layer, source, source.float_val(), count));
      tensor.data = Bytes(values);
      break;
    }
    case DT_DOUBLE: {
      LINNET_ASSIGN(const auto values, Elements<double>(layer, source, source.double_val(), count));
      tensor.data = Bytes(std::vector<float>(values.begin(), values.end()));
      break;
    }
    case DT_INT32: {
      LINNET_ASSIGN(const auto values, Elements<int32_t>(layer, source, source.int_val(), count));
      tensor.type = DType::kInt32;
      tensor.data = Bytes(values);
      break;
    }
    case DT_INT64: {
      LINNET_ASSIGN(const auto values, Elements<int64_t>(layer, source, source.int64_val(), count));
      tensor.type = DType::kInt64;
      tensor.data = Bytes(values);
      break;
    }
    default:
      return Fail(Status::kUnimplemented, Describe(layer) + ": a constant of type " +
                                              std::to_string(static_cast<int>(source.dtype())) +
                                              "; supported: float, double, int32, int64");
  }
  budget_bytes -= tensor.data.size();
  return tensor;
}

std::optional<double> ScalarConstant(const NodeDef& layer) {
  size_t budget = 64;  // a scalar, nothing larger
  const Outcome<graph::Tensor> tensor = DecodeConstant(layer, budget);
  if (!tensor || graph::ElementCount(tensor->shape) != 1) return std::nullopt;
  if (tensor->type == DType::kFloat32) return graph::FloatValues(*tensor)[0];
  return static_cast<double>(IntegerValues(*tensor)[0]);
}

std::vector<int64_t> IntegerValues(const graph::Tensor& tensor) {
  std::vector<int64_t> result;
  const size_t width = static_cast<size_t>(graph::SizeBytes(tensor.type));
  for (size_t i = 0; i + width <= tensor.data.size(); i += width) {
    if (tensor.type == DType::kInt64) {
      int64_t value = 0;
      std::memcpy(&value, &tensor.data[i], sizeof value);
      result.push_back(value);
    } else {
      int32_t value = 0;
      std::memcpy(&value, &tensor.data[i], sizeof value);
      result.push_back(value);
    }
  }
  return result;
}

}  // namespace linnet::graphdef
