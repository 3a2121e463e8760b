#include "constants.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "linnet/graph/build.h"
#include "linnet/graph/shapes.h"

namespace linnet::tflite {
namespace {

using graph::DType;

std::unexpected<Error> Wrong(const std::string& what) { return Fail(Status::kInvalidArgument, what); }
std::unexpected<Error> Unsupported(const std::string& what) { return Fail(Status::kUnimplemented, what); }

Outcome<graph::Shape> ConstantShape(const schema::Tensor& tensor) {
  LINNET_ASSIGN(graph::Shape shape, FileShape(tensor));
  for (const int64_t d : shape) {
    if (d < 1) return Wrong("its shape " + graph::ToString(shape) + " is not possible for a constant");
  }
  if (graph::ElementCount(shape) > graph::kMaxTensorElements)
    return Fail(Status::kResourceExhausted, "its shape " + graph::ToString(shape) + " has more than 2^26 elements");
  return shape;
}

// float16 becomes float32 at once: the graph has no use for halves.
std::vector<uint8_t> HalvesToFloats(std::span<const uint8_t> bytes) {
  std::vector<uint8_t> floats(bytes.size() * 2);
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const float value = HalfToFloat(static_cast<uint16_t>(bytes[i] | bytes[i + 1] << 8));
    std::memcpy(&floats[i * 2], &value, sizeof value);
  }
  return floats;
}

}  // namespace

Outcome<DType> ReadType(schema::TensorType type) {
  switch (type) {
    case schema::TensorType::FLOAT32: return DType::kFloat32;
    case schema::TensorType::INT8: return DType::kInt8;
    case schema::TensorType::INT16: return DType::kInt16;
    case schema::TensorType::INT32: return DType::kInt32;
    case schema::TensorType::INT64: return DType::kInt64;
    case schema::TensorType::BOOL: return DType::kBool;
    case schema::TensorType::UINT8: return DType::kUint8;
    default: return Unsupported("its type is " + NameOf(type) + "; supported: float32 and int8");
  }
}

Outcome<graph::Quantization> ReadQuantization(const schema::Tensor& tensor, const graph::Shape& shape) {
  graph::Quantization result;
  const schema::QuantizationParameters* q = tensor.quantization();
  if (q == nullptr) return result;
  if (q->details_type() != schema::QuantizationDetails::NONE)
    return Unsupported("it is quantised by a scheme other than scale and zero point");
  const size_t count = q->scale() == nullptr ? 0 : q->scale()->size();
  const size_t zeros = q->zero_point() == nullptr ? 0 : q->zero_point()->size();
  if (count == 0) return result;
  if (zeros != 0 && zeros != count) return Wrong("it has scales and zero points of different number");
  if (count > 1) {
    result.axis =
        shape.size() == 1 ? 0 : q->quantized_dimension();  // biases carry the weights' dimension in some files
    if (result.axis < 0 || static_cast<size_t>(result.axis) >= shape.size() ||
        shape[static_cast<size_t>(result.axis)] != static_cast<int64_t>(count))
      return Wrong("it has " + std::to_string(count) + " scales along dimension " + std::to_string(result.axis) +
                   " of its shape " + graph::ToString(shape));
  }
  for (size_t i = 0; i < count; ++i) {
    const float scale = q->scale()->Get(static_cast<unsigned>(i));
    int64_t zero = 0;  // copied: the verifier doesn't see to it that a vector's 8-byte elements are aligned
    if (zeros != 0) std::memcpy(&zero, q->zero_point()->Data() + i * sizeof zero, sizeof zero);
    if (!std::isfinite(scale) || scale < 0) return Wrong("a scale of it is " + std::to_string(scale));
    if (zero < std::numeric_limits<int16_t>::min() || zero > std::numeric_limits<int16_t>::max())
      return Wrong("a zero point of it is " + std::to_string(zero));
    result.scales.push_back(scale);
    result.zero_points.push_back(static_cast<int32_t>(zero));
  }
  return result;
}

Outcome<graph::Tensor> ReadConstant(const FileView& file, int index, size_t& budget_bytes) {
  const schema::Tensor& source = file.tensor(index);
  if (source.sparsity() != nullptr)
    return Unsupported("it is sparse; convert without sparsity (Optimize.EXPERIMENTAL_SPARSITY)");
  graph::Tensor tensor;
  tensor.constant = true;
  const bool half = source.type() == schema::TensorType::FLOAT16;
  LINNET_ASSIGN(tensor.type, half ? DType::kFloat32 : ReadType(source.type()));
  LINNET_ASSIGN(tensor.shape, ConstantShape(source));
  LINNET_ASSIGN(const std::span<const uint8_t> bytes, file.Data(index));
  const auto count = static_cast<size_t>(graph::ElementCount(tensor.shape));
  const size_t wanted = count * (half ? 2 : static_cast<size_t>(graph::SizeBytes(tensor.type)));
  if (bytes.empty()) return Wrong("nothing makes it before it is read, and it holds no data");
  if (bytes.size() != wanted)
    return Wrong("it holds " + std::to_string(bytes.size()) + " bytes, its shape " + graph::ToString(tensor.shape) +
                 " needs " + std::to_string(wanted));
  const auto* q = source.quantization();
  const size_t scales = q == nullptr || q->scale() == nullptr ? 0 : q->scale()->size();
  const size_t cost = wanted * (half ? 2 : 1) + scales * 8 + sizeof(graph::Tensor);
  if (cost > budget_bytes) return Fail(Status::kResourceExhausted, "the constants need more memory than is allowed");
  budget_bytes -= cost;
  LINNET_ASSIGN(tensor.quantization, ReadQuantization(source, tensor.shape));
  if (half)
    tensor.data = HalvesToFloats(bytes);
  else
    tensor.data.assign(bytes.begin(), bytes.end());
  return tensor;
}

graph::Tensor Transposed(const graph::Tensor& tensor, const std::vector<int>& permutation) {
  const size_t rank = tensor.shape.size();
  const auto element = static_cast<size_t>(graph::SizeBytes(tensor.type));
  std::vector<size_t> strides(rank, element);  // of the source, in bytes
  for (size_t d = rank; d-- > 1;) strides[d - 1] = strides[d] * static_cast<size_t>(tensor.shape[d]);
  graph::Tensor result = tensor;
  for (size_t d = 0; d < rank; ++d) {
    const auto from = static_cast<size_t>(permutation[d]);
    result.shape[d] = tensor.shape[from];
    if (tensor.quantization.axis == permutation[d]) result.quantization.axis = static_cast<int>(d);
  }
  std::vector<int64_t> at(rank, 0);
  size_t source = 0;
  for (size_t to = 0; to < result.data.size(); to += element) {
    std::memcpy(&result.data[to], &tensor.data[source], element);
    for (size_t d = rank; d-- > 0;) {  // count up, the last dimension first
      const size_t stride = strides[static_cast<size_t>(permutation[d])];
      source += stride;
      if (++at[d] < result.shape[d]) break;
      source -= stride * static_cast<size_t>(at[d]);
      at[d] = 0;
    }
  }
  return result;
}

graph::Tensor Dequantized(const graph::Tensor& tensor) {
  const graph::Quantization& q = tensor.quantization;
  size_t inner = 1;  // elements a step along the axis
  for (size_t d = q.axis < 0 ? 0 : static_cast<size_t>(q.axis) + 1; d < tensor.shape.size(); ++d)
    inner *= static_cast<size_t>(tensor.shape[d]);
  std::vector<float> values(tensor.data.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t channel = q.scales.size() == 1 ? 0 : i / inner % q.scales.size();
    const int32_t value = static_cast<int8_t>(tensor.data[i]) - q.zero_points[channel];
    values[i] = q.scales[channel] * static_cast<float>(value);
  }
  graph::Tensor result;
  result.name = tensor.name;
  result.constant = true;
  result.shape = tensor.shape;
  graph::SetFloatValues(result, values);
  return result;
}

float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000U) << 16;
  const uint32_t exponent = (half >> 10) & 0x1FU;
  const uint32_t fraction = half & 0x3FFU;
  if (exponent == 0) {  // zero and subnormals: fraction * 2^-24
    const float value = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -value : value;
  }
  const uint32_t wide = exponent == 31 ? 0xFFU : exponent + 112;  // bias 15 to bias 127
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

}  // namespace linnet::tflite
