#include <algorithm>

#include "conversion.h"

namespace linnet::onnx {

using graph::DType;
using graph::OpKind;
using graph::Shape;
using graph::TensorId;

std::unexpected<Error> Layer::Wrong(const std::string& what, Status status) const {
  return Fail(status, Describe(def(), opset()) + ": " + what);
}

bool Layer::has_input(size_t i) const {
  return i < static_cast<size_t>(def().input_size()) && !def().input(static_cast<int>(i)).empty();
}

const Value& Layer::input(size_t i) const { return c_.values.at(def().input(static_cast<int>(i))); }

Outcome<void> Layer::ExpectInputs(size_t least, size_t most) const {
  auto found = static_cast<size_t>(def().input_size());
  while (found > 0 && !has_input(found - 1)) --found;
  bool whole = found >= least && found <= most;
  for (size_t i = 0; whole && i < least; ++i) whole = has_input(i);
  if (whole) return {};
  const std::string wanted =
      least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
  return Wrong("expects " + wanted + " inputs, found " + std::to_string(found));
}

Outcome<void> Layer::ExpectEveryInput() const {
  const auto count = static_cast<size_t>(def().input_size());
  if (count < 1 || count > 1024) return Wrong("expects 1 to 1024 inputs, found " + std::to_string(count));
  for (size_t i = 0; i < count; ++i) {
    if (!has_input(i)) return Wrong("input " + std::to_string(i) + " is left out");
  }
  return {};
}

const proto::AttributeProto* Layer::attribute(const char* name) const {
  for (const auto& attribute : def().attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

int64_t Layer::Int(const char* name, int64_t otherwise) const {
  const proto::AttributeProto* found = attribute(name);
  return found == nullptr ? otherwise : found->i();
}

float Layer::Float(const char* name, float otherwise) const {
  const proto::AttributeProto* found = attribute(name);
  return found == nullptr ? otherwise : found->f();
}

std::string Layer::Text(const char* name) const {
  const proto::AttributeProto* found = attribute(name);
  return found == nullptr ? std::string() : found->s();
}

std::vector<int64_t> Layer::Ints(const char* name) const {
  const proto::AttributeProto* found = attribute(name);
  if (found == nullptr) return {};
  return {found->ints().begin(), found->ints().end()};
}

Outcome<Constant> Layer::ConstantInput(size_t i, const char* what) const {
  if (input(i).constant) return input(i).constant;
  return Unsupported(std::string(what) + " '" + def().input(static_cast<int>(i)) +
                     "' is computed from the network's input; supported: constants. Where it doesn't really depend on "
                     "the input, onnxsim makes it one");
}

Outcome<std::vector<int64_t>> Layer::IntegerInput(size_t i, const char* what) const {
  LINNET_ASSIGN(const Constant constant, ConstantInput(i, what));
  if (constant->type == DType::kFloat32 || input(i).dequantized)
    return Wrong(std::string(what) + " '" + def().input(static_cast<int>(i)) + "' is " +
                 std::string(graph::Name(constant->type)) + "; expected integers");
  return Integers(*constant);
}

Outcome<float> Layer::FloatInput(size_t i, const char* what) const {
  LINNET_ASSIGN(const Constant constant, ConstantInput(i, what));
  if (CountOf(constant->shape) != 1)
    return Unsupported(std::string(what) + " has the shape " + graph::ToString(constant->shape) +
                       "; supported: one number");
  return Floats(*constant)[0];
}

Outcome<int> Layer::Axis(int64_t axis, size_t rank) const {
  const auto limit = static_cast<int64_t>(rank);
  if (axis < -limit || axis >= limit)
    return Wrong("axis " + std::to_string(axis) + " of a tensor that has " + std::to_string(rank) + " dimensions");
  return static_cast<int>(axis < 0 ? axis + limit : axis);
}

Outcome<void> Layer::Spend(size_t bytes) {
  if (bytes > c_.work_bytes) return Wrong("all constants together are over the limit", Status::kResourceExhausted);
  c_.work_bytes -= bytes;
  return {};
}

Outcome<TensorId> Layer::AddFloats(const graph::Tensor& constant) {
  const int64_t count = CountOf(constant.shape);
  if (count == 0) return Unsupported("reads a constant without elements, " + graph::ToString(constant.shape));
  if (auto ok = Spend(static_cast<size_t>(count) * 4); !ok) return std::unexpected(ok.error());
  const std::string name = constant.name.empty() ? this->name() + "/constant" : constant.name;
  return graph::AddConstant(graph(), name, constant.shape, Floats(constant));
}

Outcome<TensorId> Layer::AddCodes(graph::Tensor constant) {
  if (auto ok = Spend(constant.data.size()); !ok) return std::unexpected(ok.error());
  if (constant.name.empty()) constant.name = name() + "/constant";
  graph().tensors.push_back(std::move(constant));
  return static_cast<TensorId>(graph().tensors.size() - 1);
}

Outcome<Value> Layer::AsFloat(const Value& value) {
  if (value.type != DType::kFloat32)
    return Unsupported("reads values of " + std::string(graph::Name(value.type)) + "; supported: float32");
  Value result = value;
  if (value.constant) {
    LINNET_ASSIGN(result.tensor, AddFloats(*value.constant));
    result.constant = nullptr;
    result.order = PlainOrder(value.shape.size());
    result.dequantized = false;
    return result;
  }
  if (!value.dequantized) return result;
  result.dequantized = false;
  if (const auto done = c_.dequantized.find(value.tensor); done != c_.dequantized.end()) {
    result.tensor = done->second;
    return result;
  }
  LINNET_ASSIGN(result.tensor,
                Append(OpKind::kDequantize, {value.tensor}, graph::NoAttributes{}, {}, {}, "/dequantized"));
  c_.dequantized[value.tensor] = result.tensor;
  return result;
}

Outcome<Value> Layer::FloatValue(size_t i) { return AsFloat(input(i)); }

Outcome<Value> Layer::AnyValue(size_t i) {
  const Value& value = input(i);
  if (value.constant) return AsFloat(value);
  return value;
}

Shape Layer::GraphShape(const Value& value) const {
  Shape shape;
  for (const int axis : value.order) shape.push_back(value.shape[static_cast<size_t>(axis)]);
  return shape;
}

Outcome<Value> Layer::InOrder(const Value& value, const Order& order) {
  if (value.order == order) return value;
  Value result = value;
  result.order = order;
  const auto key = std::pair{value.tensor, order};
  if (const auto done = c_.reordered.find(key); done != c_.reordered.end()) {
    result.tensor = done->second;
    return result;
  }
  graph::TransposeAttributes transpose;
  int last = -1;
  bool moves = false;  // dimensions of 1 may go anywhere
  for (const int axis : order) {
    const auto from = static_cast<int>(PositionOf(value.order, axis));
    transpose.permutation.push_back(from);
    if (value.shape[static_cast<size_t>(axis)] == 1) continue;
    moves = moves || from < last;
    last = from;
  }
  if (moves) {
    LINNET_ASSIGN(result.tensor, Append(OpKind::kTranspose, {value.tensor}, transpose, {}, {}, "/transposed"));
  } else {
    LINNET_ASSIGN(result.tensor,
                  Append(OpKind::kReshape, {value.tensor}, graph::NoAttributes{}, GraphShape(result), {}, "/reshaped"));
  }
  c_.reordered[key] = result.tensor;
  return result;
}

Outcome<TensorId> Layer::Append(OpKind op, std::vector<TensorId> inputs, graph::Attributes attributes, Shape target,
                                const graph::Quantization& quantization, const std::string& part) {
  const TensorId first = inputs[0];
  auto result = graph::AddNode(graph(), op, name() + part, std::move(inputs), std::move(attributes), std::move(target));
  if (!result) {
    return std::unexpected(Error(result.error().status, Describe(def(), opset()) +
                                                            ": in the compiler's channels-last "
                                                            "form: " +
                                                            result.error().message));
  }
  graph::Tensor& tensor = graph().tensor(*result);
  if (tensor.type == DType::kInt8)
    tensor.quantization = quantization.empty() ? graph().tensor(first).quantization : quantization;
  c_.makers[*result] = graph().nodes.size() - 1;
  return result;
}

Outcome<Value> Layer::Reshaped(const Value& value, Shape shape) {
  LINNET_ASSIGN(Value result, InOrder(value, PlainOrder(value.shape.size())));
  if (result.shape == shape) return result;
  LINNET_ASSIGN(result.tensor, Append(OpKind::kReshape, {result.tensor}, graph::NoAttributes{}, shape));
  result.order = PlainOrder(shape.size());
  result.shape = std::move(shape);
  return result;
}

Outcome<Value> Layer::WithOne(const Value& value, int axis) {
  Value result = value;
  result.shape.insert(result.shape.begin() + axis, 1);
  // The new dimension lies before the one that it stands before; at the end otherwise.
  const size_t at = PositionOf(value.order, axis);
  for (int& a : result.order) a += a >= axis ? 1 : 0;
  result.order.insert(result.order.begin() + static_cast<std::ptrdiff_t>(at), axis);
  LINNET_ASSIGN(result.tensor,
                Append(OpKind::kReshape, {value.tensor}, graph::NoAttributes{}, GraphShape(result), {}, "/expanded"));
  return result;
}

Outcome<Value> Layer::WithoutOne(const Value& value, int axis) {
  Value result = value;
  result.shape.erase(result.shape.begin() + axis);
  std::erase(result.order, axis);
  for (int& a : result.order) a -= a > axis ? 1 : 0;
  LINNET_ASSIGN(result.tensor,
                Append(OpKind::kReshape, {value.tensor}, graph::NoAttributes{}, GraphShape(result), {}, "/squeezed"));
  return result;
}

Value Like(const Value& like, TensorId tensor, const graph::Graph& graph) {
  Value result = like;
  result.tensor = tensor;
  const Shape& lies = graph.tensor(tensor).shape;
  for (size_t i = 0; i < like.order.size(); ++i) result.shape[static_cast<size_t>(like.order[i])] = lies[i];
  return result;
}

}  // namespace linnet::onnx
