// What depends on constants only is computed at once: the shapes that PyTorch's view, flatten and chunk compute while they run,
// weights that are transposed or dequantised. Shape needs only the shape of its input, which is always known.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "linnet/graph/shapes.h"
#include "operators.h"

namespace linnet::onnx {
namespace {

using graph::DType;
using graph::Shape;
using graph::Tensor;

Value ConstantValue(Tensor tensor) {
  Value value;
  value.dequantized = !tensor.quantization.empty();
  value.type = value.dequantized ? DType::kFloat32 : tensor.type;
  value.shape = tensor.shape;
  value.constant = std::make_shared<const Tensor>(std::move(tensor));
  return value;
}

bool IsInteger(const Value& value) { return !value.dequantized && value.constant->type != DType::kFloat32; }

// The same elements in another shape. Scales along an axis don't outlive that.
Tensor WithShape(const Tensor& tensor, Shape shape) {
  if (tensor.quantization.scales.size() > 1) return FloatTensor(std::move(shape), Floats(tensor));
  Tensor result = tensor;
  result.shape = std::move(shape);
  return result;
}

Outcome<Values> FoldShape(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  const Shape& shape = layer.input(0).shape;
  const auto rank = static_cast<int64_t>(shape.size());
  const auto bound = [rank](int64_t i) { return std::clamp<int64_t>(i < 0 ? std::max(i, -rank) + rank : i, 0, rank); };
  const int64_t start = layer.opset() < 15 ? 0 : bound(layer.Int("start", 0));
  const int64_t end = std::max(start, layer.opset() < 15 ? rank : bound(layer.Int("end", rank)));
  const std::vector<int64_t> part(shape.begin() + start, shape.begin() + end);
  return Values{ConstantValue(IntegerTensor({end - start}, part))};
}

Outcome<Values> FoldConstantNode(Layer& layer) {
  if (const auto* attribute = layer.attribute("value")) {
    size_t budget = layer.conversion().work_bytes;
    LINNET_ASSIGN(Tensor tensor, DecodeTensor(attribute->t(), Describe(layer.def(), layer.opset()), budget));
    layer.conversion().work_bytes = budget;
    if (tensor.name.empty()) tensor.name = layer.def().output(0);
    return Values{ConstantValue(std::move(tensor))};
  }
  if (const auto* attribute = layer.attribute("value_float"))
    return Values{ConstantValue(FloatTensor({}, std::vector<float>{attribute->f()}))};
  if (const auto* attribute = layer.attribute("value_int"))
    return Values{ConstantValue(IntegerTensor({}, std::vector<int64_t>{attribute->i()}))};
  if (const auto* attribute = layer.attribute("value_floats")) {
    const std::vector<float> values(attribute->floats().begin(), attribute->floats().end());
    return Values{ConstantValue(FloatTensor({attribute->floats_size()}, values))};
  }
  if (layer.attribute("value_ints") != nullptr) {
    const std::vector<int64_t> values = layer.Ints("value_ints");
    return Values{ConstantValue(IntegerTensor({static_cast<int64_t>(values.size())}, values))};
  }
  return layer.Unsupported("its value is text, sparse or missing; supported: numbers");
}

// x as integers of `type`, which has `bytes`.
template <typename T>
Tensor Narrowed(const Tensor& x, DType type) {
  Tensor result;
  result.constant = true;
  result.name = x.name;
  result.type = type;
  result.shape = x.shape;
  const auto store = [&](T value) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
    result.data.insert(result.data.end(), bytes, bytes + sizeof value);
  };
  if (x.type == DType::kFloat32 || !x.quantization.empty()) {
    // Towards zero; what T can't hold becomes its nearest value.
    constexpr auto kLeast = static_cast<double>(std::numeric_limits<T>::min());
    constexpr auto kMost = static_cast<double>(std::numeric_limits<T>::max());
    for (const float v : Floats(x)) {
      const double whole = std::isnan(v) ? 0 : std::trunc(static_cast<double>(v));
      store(whole <= kLeast  ? std::numeric_limits<T>::min()
            : whole >= kMost ? std::numeric_limits<T>::max()
                             : static_cast<T>(whole));
    }
  } else {
    for (const int64_t v : Integers(x)) store(static_cast<T>(v));
  }
  return result;
}

Outcome<Values> FoldCast(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  const Tensor& x = *layer.input(0).constant;
  if (auto ok = layer.Spend(static_cast<size_t>(CountOf(x.shape)) * 8); !ok) return std::unexpected(ok.error());
  switch (layer.Int("to", 0)) {
    case proto::TensorProto::FLOAT:
    case proto::TensorProto::FLOAT16:
    case proto::TensorProto::DOUBLE: return Values{ConstantValue(FloatTensor(x.shape, Floats(x)))};
    case proto::TensorProto::INT64: return Values{ConstantValue(Narrowed<int64_t>(x, DType::kInt64))};
    case proto::TensorProto::INT32: return Values{ConstantValue(Narrowed<int32_t>(x, DType::kInt32))};
    case proto::TensorProto::INT8: return Values{ConstantValue(Narrowed<int8_t>(x, DType::kInt8))};
    case proto::TensorProto::UINT8: return Values{ConstantValue(Narrowed<uint8_t>(x, DType::kUint8))};
    default: break;
  }
  return layer.Unsupported("to " + TypeName(static_cast<int>(layer.Int("to", 0))) +
                           "; supported: float32, int8, uint8, int32, int64");
}

Outcome<Values> FoldConstantOfShape(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Shape shape, layer.IntegerInput(0, "the shape"));
  Tensor one = FloatTensor({1}, std::vector<float>{0});
  if (const auto* attribute = layer.attribute("value")) {
    size_t budget = 64;  // a single number
    LINNET_ASSIGN(one, DecodeTensor(attribute->t(), Describe(layer.def(), layer.opset()), budget));
  }
  if (shape.size() > kMaxRank || CountOf(one.shape) != 1 ||
      std::any_of(shape.begin(), shape.end(), [](int64_t d) { return d < 0 || d > graph::kMaxTensorElements; }))
    return layer.Wrong("a constant of shape " + graph::ToString(shape) + " can't be made");
  const int64_t count = CountOf(shape);
  if (count > graph::kMaxTensorElements)
    return layer.Wrong("a constant of " + graph::ToString(shape), Status::kResourceExhausted);
  if (auto ok = layer.Spend(static_cast<size_t>(count) * one.data.size()); !ok) return std::unexpected(ok.error());
  Tensor result = one;
  result.shape = shape;
  result.data.clear();
  for (int64_t i = 0; i < count; ++i) result.data.insert(result.data.end(), one.data.begin(), one.data.end());
  return Values{ConstantValue(std::move(result))};
}

Outcome<Values> FoldGather(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const auto indices, layer.IntegerInput(1, "the indices"));
  const Tensor& x = *layer.input(0).constant;
  LINNET_ASSIGN(const int axis, layer.Axis(layer.Int("axis", 0), x.shape.size()));
  const auto at = x.shape.begin() + axis;
  Shape shape(x.shape.begin(), at);
  const Shape& picked = layer.input(1).shape;
  shape.insert(shape.end(), picked.begin(), picked.end());
  shape.insert(shape.end(), at + 1, x.shape.end());
  const Tensor plain = x.quantization.scales.size() > 1 ? FloatTensor(x.shape, Floats(x)) : x;
  const int64_t outer = CountOf(Shape(x.shape.begin(), at));
  const int64_t row = CountOf(Shape(at + 1, x.shape.end())) * graph::SizeBytes(plain.type);
  const int64_t bytes = outer * row;  // for each index
  if (shape.size() > kMaxRank) return layer.Unsupported("more than " + std::to_string(kMaxRank) + " dimensions");
  if (bytes > 0 && static_cast<int64_t>(indices.size()) > static_cast<int64_t>(layer.conversion().work_bytes) / bytes)
    return layer.Wrong("all constants together are over the limit", Status::kResourceExhausted);
  if (auto ok = layer.Spend(indices.size() * static_cast<size_t>(bytes)); !ok) return std::unexpected(ok.error());
  Tensor result = plain;
  result.shape = shape;
  result.data.clear();
  for (int64_t o = 0; o < outer; ++o) {
    for (const int64_t index : indices) {
      if (index < -*at || index >= *at)
        return layer.Wrong("index " + std::to_string(index) + " of " + std::to_string(*at));
      const auto from = plain.data.begin() + (o * *at + (index < 0 ? index + *at : index)) * row;
      result.data.insert(result.data.end(), from, from + row);
    }
  }
  return Values{ConstantValue(std::move(result))};
}

Outcome<Values> FoldConcat(Layer& layer) {
  if (auto ok = layer.ExpectEveryInput(); !ok) return std::unexpected(ok.error());
  const Shape first = layer.input(0).shape;
  LINNET_ASSIGN(const int axis, layer.Axis(layer.Int("axis", 0), first.size()));
  const auto d = static_cast<size_t>(axis);
  const int64_t outer = CountOf(Shape(first.begin(), first.begin() + axis));
  const bool integers = IsInteger(layer.input(0));
  std::vector<Tensor> parts;
  Shape shape = first;
  shape[d] = 0;
  for (size_t i = 0; i < static_cast<size_t>(layer.def().input_size()); ++i) {
    const Value& x = layer.input(i);
    Shape other = x.shape;
    if (other.size() != first.size() || IsInteger(x) != integers || (integers && x.type != layer.input(0).type))
      return layer.Wrong("joins constants that don't fit");
    shape[d] += other[d];
    other[d] = first[d];
    if (other != first) return layer.Wrong("joins " + graph::ToString(first) + " and " + graph::ToString(x.shape));
    parts.push_back(integers ? *x.constant : FloatTensor(x.shape, Floats(*x.constant)));
    if (auto ok = layer.Spend(parts.back().data.size() * 2); !ok) return std::unexpected(ok.error());
  }
  Tensor result = parts[0];
  result.shape = shape;
  result.data.clear();
  for (int64_t o = 0; o < outer; ++o) {
    for (const Tensor& part : parts) {
      const auto size = static_cast<std::ptrdiff_t>(part.data.size()) / std::max<int64_t>(outer, 1);
      result.data.insert(result.data.end(), part.data.begin() + o * size, part.data.begin() + (o + 1) * size);
    }
  }
  return Values{ConstantValue(std::move(result))};
}

// The shape of a op b and, for each of its elements, the element of `from` that takes part.
std::optional<Shape> Broadcast(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < result.size(); ++i) {
    const int64_t da = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t db = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (da != db && da != 1 && db != 1) return std::nullopt;
    result[result.size() - 1 - i] = da == 1 ? db : da;
  }
  return result;
}

int64_t Source(int64_t element, const Shape& result, const Shape& from) {
  int64_t at = 0;
  int64_t stride = 1;
  for (size_t i = 0; i < from.size(); ++i) {
    const int64_t extent = result[result.size() - 1 - i];
    const int64_t own = from[from.size() - 1 - i];
    if (own != 1) at += element % extent * stride;
    stride *= own;
    element /= extent;
  }
  return at;
}

Outcome<int64_t> IntegerResult(const Layer& layer, int64_t a, int64_t b) {
  const std::string& op = layer.def().op_type();
  int64_t result = 0;
  bool wraps = false;
  if (op == "Add") wraps = __builtin_add_overflow(a, b, &result);
  if (op == "Sub") wraps = __builtin_sub_overflow(a, b, &result);
  if (op == "Mul") wraps = __builtin_mul_overflow(a, b, &result);
  if (op == "Max") result = std::max(a, b);
  if (op == "Min") result = std::min(a, b);
  if (op == "Div") {
    wraps = b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min());
    if (!wraps) result = a / b;
  }
  if (wraps) return layer.Wrong("of " + std::to_string(a) + " and " + std::to_string(b) + " has no answer");
  return result;
}

float FloatResult(const std::string& op, float a, float b) {
  if (op == "Add") return a + b;
  if (op == "Sub") return a - b;
  if (op == "Mul") return a * b;
  if (op == "Max") return std::fmax(a, b);
  if (op == "Min") return std::fmin(a, b);
  return a / b;
}

Outcome<Values> FoldBinary(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 2); !ok) return std::unexpected(ok.error());
  const Value& a = layer.input(0);
  const Value& b = layer.input(1);
  const std::optional<Shape> shape = Broadcast(a.shape, b.shape);
  if (!shape || IsInteger(a) != IsInteger(b))
    return layer.Wrong("constants of " + graph::ToString(a.shape) + " and " + graph::ToString(b.shape) + " don't fit");
  const int64_t count = CountOf(*shape);
  if (count > graph::kMaxTensorElements) return layer.Wrong("too large", Status::kResourceExhausted);
  if (auto ok = layer.Spend(static_cast<size_t>(count) * 8); !ok) return std::unexpected(ok.error());
  if (IsInteger(a)) {
    const std::vector<int64_t> x = Integers(*a.constant);
    const std::vector<int64_t> y = Integers(*b.constant);
    std::vector<int64_t> result;
    for (int64_t i = 0; i < count; ++i) {
      LINNET_ASSIGN(const int64_t value, IntegerResult(layer, x[static_cast<size_t>(Source(i, *shape, a.shape))],
                                                       y[static_cast<size_t>(Source(i, *shape, b.shape))]));
      result.push_back(value);
    }
    return Values{ConstantValue(IntegerTensor(*shape, result))};
  }
  const std::vector<float> x = Floats(*a.constant);
  const std::vector<float> y = Floats(*b.constant);
  std::vector<float> result;
  for (int64_t i = 0; i < count; ++i)
    result.push_back(FloatResult(layer.def().op_type(), x[static_cast<size_t>(Source(i, *shape, a.shape))],
                                 y[static_cast<size_t>(Source(i, *shape, b.shape))]));
  return Values{ConstantValue(FloatTensor(*shape, result))};
}

// Constants keep their name through what only moves them, for the report.
Values Moved(const Value& x, Tensor tensor) {
  tensor.name = x.constant->name;
  return {ConstantValue(std::move(tensor))};
}

Outcome<std::optional<Values>> FoldMove(Layer& layer) {
  const std::string& op = layer.def().op_type();
  const Value x = layer.input(0);
  if (auto ok = layer.Spend(x.constant->data.size() * (x.dequantized ? 4 : 1)); !ok) return std::unexpected(ok.error());
  if (op == "Reshape" || op == "Flatten") {
    if (op == "Reshape") {
      if (auto ok = layer.ExpectInputs(2, 2); !ok) return std::unexpected(ok.error());
    }
    LINNET_ASSIGN(Shape target, op == "Reshape" ? ReshapeTarget(layer, x.shape) : FlattenTarget(layer, x.shape));
    return Moved(x, WithShape(*x.constant, std::move(target)));
  }
  if (op == "Transpose") {
    LINNET_ASSIGN(const Order order, TransposeOrder(layer, x.shape.size()));
    return Moved(x, Permuted(*x.constant, order));
  }
  Shape shape = x.shape;
  if (op == "Squeeze") {
    LINNET_ASSIGN(const auto axes, SqueezeAxes(layer, x.shape));
    for (size_t i = axes.size(); i-- > 0;) shape.erase(shape.begin() + axes[i]);
    return Moved(x, WithShape(*x.constant, std::move(shape)));
  }
  if (op == "Unsqueeze") {
    LINNET_ASSIGN(const auto axes, UnsqueezeAxes(layer, x.shape.size()));
    for (const int axis : axes) shape.insert(shape.begin() + axis, 1);
    return Moved(x, WithShape(*x.constant, std::move(shape)));
  }
  if (op == "Slice") {
    LINNET_ASSIGN(const graph::SliceAttributes slice, SliceRanges(layer, x.shape));
    return Moved(x, Picked(*x.constant, slice));
  }
  if (op != "Split") return std::nullopt;
  LINNET_ASSIGN(const auto parts, SplitRanges(layer, x.shape));
  Values results;
  for (const graph::SliceAttributes& part : parts) results.push_back(Moved(x, Picked(*x.constant, part))[0]);
  return results;
}

bool AllConstant(const Layer& layer) {
  for (size_t i = 0; i < static_cast<size_t>(layer.def().input_size()); ++i) {
    if (layer.has_input(i) && !layer.input(i).constant) return false;
  }
  return layer.def().input_size() > 0 && layer.has_input(0);
}

}  // namespace

Outcome<std::optional<Values>> Fold(Layer& layer) {
  const std::string& op = layer.def().op_type();
  if (op == "Constant") return FoldConstantNode(layer);
  if (op == "Shape") return FoldShape(layer);
  if (!AllConstant(layer)) return std::nullopt;
  if (op == "Cast") return FoldCast(layer);
  if (op == "ConstantOfShape") return FoldConstantOfShape(layer);
  if (op == "Gather") return FoldGather(layer);
  if (op == "Concat") return FoldConcat(layer);
  if (op == "Add" || op == "Sub" || op == "Mul" || op == "Div" || op == "Max" || op == "Min") return FoldBinary(layer);
  return FoldMove(layer);
}

Outcome<Values> FoldOnly(Layer& layer) {
  const bool to_float = layer.def().op_type() == "Cast" && layer.Int("to", 0) == proto::TensorProto::FLOAT;
  if (to_float && layer.has_input(0) && layer.input(0).type == DType::kFloat32) return Values{layer.input(0)};
  return layer.Unsupported(
      "its input is computed from the network's input; supported: on constants and shapes only, "
      "where onnxsim can take it away, or export without it");
}

}  // namespace linnet::onnx
