#include "constant.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "linnet/graph/build.h"
#include "linnet/graph/shapes.h"

namespace linnet::onnx {
namespace {

using graph::DType;
using graph::Shape;
using graph::Tensor;

template <typename T>
std::vector<uint8_t> BytesOf(std::span<const T> values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <typename T>
std::vector<T> ElementsOf(const std::vector<uint8_t>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

float FromHalf(uint16_t half) {
  const int exponent = (half >> 10) & 0x1F;
  const int mantissa = half & 0x3FF;
  float value = 0;
  if (exponent == 0)
    value = std::ldexp(static_cast<float>(mantissa), -24);
  else if (exponent < 31)
    value = std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
  else
    value = mantissa == 0 ? INFINITY : NAN;
  return (half & 0x8000) != 0 ? -value : value;
}

// The `count` elements of T: raw bytes, or the typed list.
template <typename T, typename List>
Outcome<std::vector<T>> Elements(const proto::TensorProto& source, const List& list, int64_t count,
                                 const std::string& who) {
  const auto wanted = static_cast<size_t>(count);
  const auto wrong = [&](size_t found, const char* what, size_t needed) {
    return Fail(Status::kDataLoss, who + ": holds " + std::to_string(found) + " " + what + ", its shape needs " +
                                       std::to_string(needed) + "; the file is damaged");
  };
  if (!source.raw_data().empty()) {
    if (source.raw_data().size() != wanted * sizeof(T))
      return wrong(source.raw_data().size(), "bytes of values", wanted * sizeof(T));
    std::vector<T> values(wanted);
    std::memcpy(values.data(), source.raw_data().data(), source.raw_data().size());
    return values;
  }
  if (static_cast<size_t>(list.size()) != wanted) return wrong(static_cast<size_t>(list.size()), "values", wanted);
  std::vector<T> values;
  values.reserve(wanted);
  for (const auto v : list) values.push_back(static_cast<T>(v));
  return values;
}

Outcome<Shape> ShapeOf(const proto::TensorProto& source, const std::string& who) {
  if (static_cast<size_t>(source.dims_size()) > kMaxRank)
    return Fail(Status::kUnimplemented, who + ": has " + std::to_string(source.dims_size()) +
                                            " dimensions; supported: up to " + std::to_string(kMaxRank));
  for (const int64_t d : source.dims()) {
    if (d < 0) return Fail(Status::kInvalidArgument, who + ": has a dimension of " + std::to_string(d));
  }
  return Shape(source.dims().begin(), source.dims().end());
}

int ElementBytes(int data_type) {
  switch (data_type) {
    case proto::TensorProto::FLOAT:
    case proto::TensorProto::INT32: return 4;
    case proto::TensorProto::FLOAT16: return 4;  // as float32
    case proto::TensorProto::DOUBLE:
    case proto::TensorProto::INT64: return 8;
    case proto::TensorProto::INT8:
    case proto::TensorProto::UINT8:
    case proto::TensorProto::BOOL: return 1;
    default: return 0;
  }
}

template <typename T, typename List>
Outcome<void> Fill(Tensor& tensor, DType type, const proto::TensorProto& source, const List& list, int64_t count,
                   const std::string& who) {
  LINNET_ASSIGN(const std::vector<T> values, (Elements<T>(source, list, count, who)));
  tensor.type = type;
  tensor.data = BytesOf(std::span<const T>(values));
  return {};
}

Outcome<void> FillElements(Tensor& tensor, const proto::TensorProto& source, int64_t count, const std::string& who) {
  switch (source.data_type()) {
    case proto::TensorProto::FLOAT:
      return Fill<float>(tensor, DType::kFloat32, source, source.float_data(), count, who);
    case proto::TensorProto::INT32:
      return Fill<int32_t>(tensor, DType::kInt32, source, source.int32_data(), count, who);
    case proto::TensorProto::INT64:
      return Fill<int64_t>(tensor, DType::kInt64, source, source.int64_data(), count, who);
    case proto::TensorProto::INT8: return Fill<int8_t>(tensor, DType::kInt8, source, source.int32_data(), count, who);
    case proto::TensorProto::UINT8:
      return Fill<uint8_t>(tensor, DType::kUint8, source, source.int32_data(), count, who);
    case proto::TensorProto::BOOL: return Fill<uint8_t>(tensor, DType::kBool, source, source.int32_data(), count, who);
    case proto::TensorProto::DOUBLE: {
      LINNET_ASSIGN(const auto values, (Elements<double>(source, source.double_data(), count, who)));
      std::vector<float> narrow;
      for (const double v : values) narrow.push_back(static_cast<float>(v));
      tensor.data = BytesOf(std::span<const float>(narrow));
      return {};
    }
    default: {
      LINNET_ASSIGN(const auto values, (Elements<uint16_t>(source, source.int32_data(), count, who)));
      std::vector<float> wide;
      for (const uint16_t v : values) wide.push_back(FromHalf(v));
      tensor.data = BytesOf(std::span<const float>(wide));
      return {};
    }
  }
}

// The position of each element of a result of `shape`, walked row-major, in a source that moves `strides[i]` elements for a
// step of dimension i, starting at `at`.
template <typename Function>
void WalkStrided(const Shape& shape, const std::vector<int64_t>& strides, int64_t at, Function visit) {
  std::vector<int64_t> index(shape.size(), 0);
  for (int64_t left = CountOf(shape); left > 0; --left) {
    visit(at);
    for (size_t d = shape.size(); d-- > 0;) {
      at += strides[d];
      if (++index[d] < shape[d]) break;
      at -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
}

std::vector<int64_t> StridesOf(const Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  if (CountOf(shape) == 0) return strides;  // nothing to walk, and the other dimensions may be huge
  for (size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  return strides;
}

Tensor Gathered(const Tensor& tensor, Shape shape, const std::vector<int64_t>& strides, int64_t start) {
  Tensor result;
  result.name = tensor.name;
  result.type = tensor.type;
  result.constant = true;
  result.shape = std::move(shape);
  const auto width = static_cast<size_t>(graph::SizeBytes(tensor.type));
  result.data.resize(static_cast<size_t>(CountOf(result.shape)) * width);
  size_t to = 0;
  WalkStrided(result.shape, strides, start, [&](int64_t from) {
    std::memcpy(&result.data[to], &tensor.data[static_cast<size_t>(from) * width], width);
    to += width;
  });
  return result;
}

}  // namespace

std::string TypeName(int data_type) {
  static constexpr const char* kNames[] = {"undefined", "float32", "uint8",   "int8",       "uint16",  "int16",
                                           "int32",     "int64",   "string",  "bool",       "float16", "float64",
                                           "uint32",    "uint64",  "complex", "complex128", "bfloat16"};
  if (data_type < 0 || static_cast<size_t>(data_type) >= std::size(kNames)) return "type " + std::to_string(data_type);
  return kNames[data_type];
}

int64_t CountOf(const Shape& shape) { return graph::ElementCount(shape); }

Outcome<Tensor> DecodeTensor(const proto::TensorProto& source, const std::string& who, size_t& budget_bytes) {
  if (source.data_location() != 0 || source.external_data_size() > 0) {
    return Fail(Status::kUnimplemented, who +
                                            ": its values are in another file (external data); save the model as one "
                                            "file, for instance onnx.save(onnx.load(path), out)");
  }
  Tensor tensor;
  tensor.name = source.name();
  tensor.constant = true;
  LINNET_ASSIGN(tensor.shape, ShapeOf(source, who));
  const int width = ElementBytes(source.data_type());
  if (width == 0)
    return Fail(Status::kUnimplemented, who + ": a constant of type " + TypeName(source.data_type()) +
                                            "; supported: float32, float64, float16, int8, uint8, int32, int64, bool");
  const int64_t count = CountOf(tensor.shape);
  // Before anything is allocated: a few bytes may claim a shape of many gigabytes.
  if (count > graph::kMaxTensorElements || static_cast<size_t>(count * width) > budget_bytes) {
    return Fail(Status::kResourceExhausted, who + ": a constant of shape " + graph::ToString(tensor.shape) +
                                                " is over the limit for all constants together");
  }
  if (auto ok = FillElements(tensor, source, count, who); !ok) return std::unexpected(ok.error());
  budget_bytes -= tensor.data.size();
  return tensor;
}

std::vector<int64_t> Integers(const Tensor& tensor) {
  const auto widened = [](const auto& values) { return std::vector<int64_t>(values.begin(), values.end()); };
  switch (tensor.type) {
    case DType::kInt64: return ElementsOf<int64_t>(tensor.data);
    case DType::kInt32: return widened(ElementsOf<int32_t>(tensor.data));
    case DType::kInt8: return widened(ElementsOf<int8_t>(tensor.data));
    default: return widened(ElementsOf<uint8_t>(tensor.data));
  }
}

std::vector<float> Floats(const Tensor& tensor) {
  if (tensor.type == DType::kFloat32) return ElementsOf<float>(tensor.data);
  const std::vector<int64_t> codes = Integers(tensor);
  const graph::Quantization& q = tensor.quantization;
  std::vector<float> values(codes.size());
  int64_t inner = 1;  // elements from one slice of the axis to the next
  if (q.scales.size() > 1) {
    for (size_t d = static_cast<size_t>(q.axis) + 1; d < tensor.shape.size(); ++d) inner *= tensor.shape[d];
  }
  for (size_t i = 0; i < codes.size(); ++i) {
    const size_t slice = q.empty() ? 0 : static_cast<size_t>(static_cast<int64_t>(i) / inner) % q.scales.size();
    values[i] = q.empty() ? static_cast<float>(codes[i])
                          : static_cast<float>(codes[i] - q.zero_points[slice]) * q.scales[slice];
  }
  return values;
}

Tensor FloatTensor(Shape shape, std::span<const float> values) {
  Tensor tensor;
  tensor.constant = true;
  tensor.shape = std::move(shape);
  tensor.data = BytesOf(values);
  return tensor;
}

Tensor IntegerTensor(Shape shape, std::span<const int64_t> values) {
  Tensor tensor;
  tensor.constant = true;
  tensor.type = DType::kInt64;
  tensor.shape = std::move(shape);
  tensor.data = BytesOf(values);
  return tensor;
}

Tensor Permuted(const Tensor& tensor, std::span<const int> permutation) {
  const std::vector<int64_t> from = StridesOf(tensor.shape);
  Shape shape;
  std::vector<int64_t> strides;
  for (const int d : permutation) {
    shape.push_back(tensor.shape[static_cast<size_t>(d)]);
    strides.push_back(from[static_cast<size_t>(d)]);
  }
  Tensor result = Gathered(tensor, std::move(shape), strides, 0);
  result.quantization = tensor.quantization;
  for (size_t i = 0; i < permutation.size() && tensor.quantization.scales.size() > 1; ++i) {
    if (permutation[i] == tensor.quantization.axis) result.quantization.axis = static_cast<int>(i);
  }
  return result;
}

Tensor Picked(const Tensor& tensor, const graph::SliceAttributes& slice) {
  std::vector<int64_t> strides = StridesOf(tensor.shape);
  Shape shape;
  int64_t start = 0;
  for (size_t d = 0; d < strides.size(); ++d) {
    shape.push_back(slice.ranges[d].count);
    start += slice.ranges[d].begin * strides[d];
    strides[d] *= slice.ranges[d].step;
  }
  Tensor result = Gathered(tensor, std::move(shape), strides, start);
  const graph::Quantization& q = tensor.quantization;
  result.quantization = q;
  if (q.scales.size() <= 1) return result;
  result.quantization = {{}, {}, q.axis};
  const auto& range = slice.ranges[static_cast<size_t>(q.axis)];
  for (int64_t i = 0; i < range.count; ++i) {
    const auto from = static_cast<size_t>(range.begin + i * range.step);
    result.quantization.scales.push_back(q.scales[from]);
    result.quantization.zero_points.push_back(q.zero_points[from]);
  }
  return result;
}

}  // namespace linnet::onnx
