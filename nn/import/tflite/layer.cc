#include "layer.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>

#include "linnet/graph/shapes.h"

namespace linnet::tflite {
namespace {

using graph::DType;
using graph::TensorId;

std::string TextOf(const flatbuffers::String* text) {
  return text == nullptr ? std::string() : text->str().substr(0, 4096);
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The cheapest way to a file that can be compiled.
std::string WayOut(schema::TensorType type) {
  switch (type) {
    case schema::TensorType::UINT8:
      return "; convert again with inference_input_type = inference_output_type = tf.int8 (full integer quantisation)";
    case schema::TensorType::INT16:
      return "; convert again with supported_ops = [TFLITE_BUILTINS_INT8] instead of the 16x8 mode";
    case schema::TensorType::FLOAT16: return "; convert again without supported_types = [tf.float16]";
    case schema::TensorType::INT4: return "; convert again with int8 weights";
    default: return "; convert the part of the network in front of it outside, and start behind it";
  }
}

}  // namespace

Layer::Layer(Conversion& conversion, size_t index)
    : c_(conversion), op_(conversion.file.operators()[index]), index_(index) {
  if (!op_.outputs.empty()) name_ = ShortName(TextOf(output().name()));
  if (name_.empty()) name_ = LowerCase(NameOf(op_)) + "_" + std::to_string(index_);
  name_ = c_.names.Unique(std::move(name_));
}

std::unexpected<Error> Layer::Wrong(const std::string& what, Status status) const {
  return Fail(status, "layer '" + name_ + "' (" + NameOf(op_) + "): " + what);
}

std::unexpected<Error> Layer::WrongTensor(int index, const Error& error) const {
  return Wrong("tensor '" + ShortName(TextOf(c_.file.tensor(index).name())) + "': " + error.message, error.status);
}

bool Layer::is_constant(size_t i) const {
  const TensorState& known = c_.known[static_cast<size_t>(op_.inputs[i])];
  if (known.id != graph::kNoTensor) return tensor(known.id).constant;
  return !known.made && !input(i).is_variable();
}

Outcome<void> Layer::ExpectForm(size_t least, size_t most, size_t outputs) const {
  if (input_count() < least || input_count() > most)
    return Wrong("expects " + std::to_string(least) +
                 (most > least ? " to " + std::to_string(most) + " inputs" : " inputs") + ", found " +
                 std::to_string(input_count()));
  for (size_t i = 0; i < least; ++i) {
    if (!has_input(i)) return Wrong("its input " + std::to_string(i) + " is missing");
  }
  if (op_.outputs.size() != outputs)
    return Wrong("expects " + std::to_string(outputs) + " outputs, found " + std::to_string(op_.outputs.size()));
  return {};
}

Outcome<void> Layer::CheckFlowing(const graph::Tensor& t, int index, bool wide) const {
  const graph::Quantization& q = t.quantization;
  if (t.type == DType::kFloat32) return {};
  if (t.type != DType::kInt8 && !(wide && t.type == DType::kInt16)) {
    const auto type = c_.file.tensor(index).type();
    return WrongTensor(
        index, Error(Status::kUnimplemented, "it is " + NameOf(type) + "; supported: float32 and int8" + WayOut(type)));
  }
  if (q.scales.size() != 1)
    return WrongTensor(index, Error(Status::kUnimplemented, "it is quantised with " + std::to_string(q.scales.size()) +
                                                                " scales; supported for what flows between layers: 1"));
  const bool fits = q.zero_points[0] >= -128 && q.zero_points[0] <= 127;
  if (!(q.scales[0] > 0) || (t.type == DType::kInt8 && !fits))
    return WrongTensor(index, Error(Status::kInvalidArgument, "its scale must be above 0, its zero point an int8"));
  return {};
}

Outcome<TensorId> Layer::Data(size_t i, Types types) {
  const int index = op_.inputs[i];
  TensorState& known = c_.known[static_cast<size_t>(index)];
  if (known.integers.has_value() || (known.id == graph::kNoTensor && known.made))
    return WrongTensor(index, Error(Status::kUnimplemented, "it holds integers; supported: float32 and int8"));
  if (known.id == graph::kNoTensor) {
    if (input(i).is_variable())
      return WrongTensor(index, Error(Status::kUnimplemented,
                                      "a variable is read as data; supported: states of "
                                      "UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF"));
    LINNET_ASSIGN(graph::Tensor constant, Constant(i, "input"));
    if (auto ok = CheckFlowing(constant, index, false); !ok) return std::unexpected(ok.error());
    known.id = AddConstant(std::move(constant), "constant");
  }
  if (auto ok = CheckFlowing(tensor(known.id), index, types == Types::kWide); !ok) return std::unexpected(ok.error());
  if (types == Types::kMatching) {
    auto wanted = ReadType(output().type());
    if (!wanted) return WrongTensor(op_.outputs[0], wanted.error());
    if (tensor(known.id).type != *wanted)
      return Unsupported("reads " + std::string(graph::Name(tensor(known.id).type)) + " and makes " +
                         NameOf(output().type()) +
                         "; supported: both float32 or both int8. Convert again with full integer quantisation");
  }
  return known.id;
}

Outcome<graph::Tensor> Layer::Constant(size_t i, const std::string& what) {
  const int index = op_.inputs[i];
  const TensorState& known = c_.known[static_cast<size_t>(index)];
  if (!is_constant(i))
    return Unsupported("its " + what + " '" + ShortName(TextOf(input(i).name())) +
                       "' are not constant; supported: what is known when the file is made");
  if (known.id != graph::kNoTensor) {
    const graph::Tensor& t = tensor(known.id);
    const size_t cost = t.data.size() + t.quantization.scales.size() * 8 + sizeof(graph::Tensor);
    if (cost > c_.constant_budget_bytes)
      return Wrong("the constants need more memory than is allowed", Status::kResourceExhausted);
    c_.constant_budget_bytes -= cost;
    return t;
  }
  auto read = ReadConstant(c_.file, index, c_.constant_budget_bytes);
  if (!read) return WrongTensor(index, read.error());
  return read;
}

Outcome<Integers> Layer::ReadIntegers(size_t i, const std::string& what) const {
  const int index = op_.inputs[i];
  const TensorState& known = c_.known[static_cast<size_t>(index)];
  if (known.integers.has_value()) return *known.integers;
  const schema::TensorType type = input(i).type();
  const bool wide = type == schema::TensorType::INT64;
  if (known.made || input(i).is_variable() || (!wide && type != schema::TensorType::INT32))
    return Unsupported("its " + what + " '" + ShortName(TextOf(input(i).name())) +
                       "' can't be known before the network runs; supported: integer constants and what is computed "
                       "from shapes. Fix the shapes when converting");
  auto shape = FileShape(input(i));
  if (!shape) return WrongTensor(index, shape.error());
  auto bytes = c_.file.Data(index);
  if (!bytes) return WrongTensor(index, bytes.error());
  size_t count = 1;
  for (const int64_t d : *shape)
    count = d < 0 || count > kMaxIntegers ? kMaxIntegers + 1 : count * static_cast<size_t>(d);
  if (count > kMaxIntegers) return Wrong("its " + what + " are more than " + std::to_string(kMaxIntegers) + " numbers");
  if (bytes->size() != count * (wide ? 8 : 4))
    return Wrong("its " + what + " hold " + std::to_string(bytes->size()) + " bytes, the shape " +
                 graph::ToString(*shape) + " needs " + std::to_string(count * (wide ? 8 : 4)));
  Integers integers{std::move(*shape), std::vector<int64_t>(count)};
  for (size_t k = 0; k < count; ++k) {
    int32_t narrow = 0;  // copied: data lies where the file puts it
    if (wide)
      std::memcpy(&integers.values[k], &(*bytes)[k * 8], 8);
    else
      std::memcpy(&narrow, &(*bytes)[k * 4], 4);
    if (!wide) integers.values[k] = narrow;
  }
  return integers;
}

Outcome<int64_t> Layer::ReadInteger(size_t i, const std::string& what) const {
  LINNET_ASSIGN(const Integers integers, ReadIntegers(i, what));
  if (integers.values.size() != 1)
    return Wrong("expects one number as its " + what + ", found " + std::to_string(integers.values.size()));
  return integers.values[0];
}

Outcome<TensorId> Layer::Weights(size_t i, const std::string& what, const std::vector<int>& permutation, TensorId data,
                                 const graph::Shape& target) {
  const std::tuple key(op_.inputs[i], permutation, target);
  if (const auto found = c_.turned.find(key); found != c_.turned.end()) {
    if (tensor(found->second).type == tensor(data).type) return found->second;
  }
  LINNET_ASSIGN(graph::Tensor constant, Constant(i, what));
  const bool floats = tensor(data).type == DType::kFloat32;
  if (floats && constant.type == DType::kInt8)
    return Unsupported("int8 " + what +
                       " with float activations (dynamic range quantisation); supported: all float32 or all int8. Give "
                       "the converter a representative_dataset, or convert without optimizations");
  if (constant.type != tensor(data).type)
    return Unsupported("its " + what + " are " + NameOf(input(i).type()) +
                       "; supported here: " + std::string(graph::Name(tensor(data).type)) + WayOut(input(i).type()));
  if (constant.shape.size() != permutation.size())
    return Wrong("its " + what + " are " + graph::ToString(constant.shape) + "; expected " +
                 std::to_string(permutation.size()) + " dimensions");
  if (!floats && constant.quantization.empty()) return Wrong("its " + what + " are int8 without a scale");
  if (!floats && std::any_of(constant.quantization.zero_points.begin(), constant.quantization.zero_points.end(),
                             [](int32_t zero) { return zero != 0; }))
    return Unsupported(
        "its " + what +
        " have a zero point other than 0; supported: symmetric weights. Convert again with TensorFlow 2.x");
  constant = Transposed(constant, permutation);
  if (!target.empty()) {
    if (graph::ElementCount(target) != graph::ElementCount(constant.shape))
      return Wrong("its " + what + " of " + graph::ToString(constant.shape) + " are not " + graph::ToString(target));
    constant.shape = target;
  }
  const TensorId id = AddConstant(std::move(constant), what);
  c_.turned[key] = id;
  return id;
}

TensorId Layer::AddConstant(graph::Tensor t, const std::string& name) {
  std::string suffix = name;
  std::replace(suffix.begin(), suffix.end(), ' ', '_');
  t.name = c_.names.Unique(name_ + "/" + suffix);
  if (t.type == DType::kFloat32) t.quantization = {};
  c_.graph.tensors.push_back(std::move(t));
  return static_cast<TensorId>(c_.graph.tensors.size() - 1);
}

Outcome<void> Layer::CheckAgainstFile(const graph::Shape& found, size_t i) const {
  LINNET_ASSIGN(graph::Shape declared, FileShape(output(i)));
  const auto* signature = output(i).shape_signature();
  if (declared.empty()) return {};  // a number, or a shape that the file doesn't know
  bool fits = declared.size() == found.size();
  for (size_t d = 0; fits && d < found.size(); ++d) {
    const bool open =
        signature != nullptr && signature->size() == found.size() && signature->Get(static_cast<unsigned>(d)) == -1;
    fits = open || declared[d] == found[d];
  }
  if (fits) return {};
  return Wrong("the file says that it makes " + graph::ToString(declared) + ", but it makes " + graph::ToString(found));
}

Outcome<void> Layer::DescribeOutput(graph::Tensor& t, size_t i) const {
  auto type = ReadType(output(i).type());
  if (!type) return WrongTensor(op_.outputs[i], type.error());
  t.type = *type;
  t.quantization = {};
  if (t.type == DType::kFloat32 || op_.op == schema::BuiltinOperator::ARG_MAX) return {};
  auto quantization = ReadQuantization(output(i), t.shape);
  if (!quantization) return WrongTensor(op_.outputs[i], quantization.error());
  t.quantization = std::move(*quantization);
  if (t.type == DType::kInt32 && t.quantization.scales.size() == 1) return {};
  return CheckFlowing(t, op_.outputs[i], true);
}

Outcome<TensorId> Layer::Emit(graph::OpKind kind, std::vector<TensorId> inputs, graph::Attributes attributes,
                              graph::Shape target, size_t i) {
  std::string name = name_;
  if (i > 0) {
    name = ShortName(TextOf(output(i).name()));
    name = c_.names.Unique(name.empty() ? name_ : std::move(name));
  }
  auto added =
      graph::AddNode(graph(), kind, std::move(name), std::move(inputs), std::move(attributes), std::move(target));
  if (!added) return added;
  graph::Tensor& made = graph().tensor(*added);
  if (auto ok = CheckAgainstFile(made.shape, i); !ok) return std::unexpected(ok.error());
  if (auto ok = DescribeOutput(made, i); !ok) return std::unexpected(ok.error());
  c_.known[static_cast<size_t>(op_.outputs[i])].id = *added;
  return added;
}

Outcome<TensorId> Layer::EmitInner(graph::OpKind kind, const std::string& suffix, std::vector<TensorId> inputs,
                                   graph::Attributes attributes, graph::Shape target,
                                   std::optional<size_t> like_output) {
  const TensorId first = inputs.at(0);
  auto added = graph::AddNode(graph(), kind, c_.names.Unique(name_ + "/" + suffix), std::move(inputs),
                              std::move(attributes), std::move(target));
  if (!added) return added;
  graph::Tensor& made = graph().tensor(*added);
  if (like_output.has_value()) {
    if (auto ok = DescribeOutput(made, *like_output); !ok) return std::unexpected(ok.error());
  } else {
    made.type = tensor(first).type;
    made.quantization = tensor(first).quantization;
  }
  return added;
}

Outcome<void> Layer::EmitConstant(graph::Tensor t, size_t i) {
  if (auto ok = CheckAgainstFile(t.shape, i); !ok) return ok;
  c_.known[static_cast<size_t>(op_.outputs[i])].id = AddConstant(std::move(t), "folded");
  return {};
}

void Layer::EmitIntegers(Integers integers, size_t i) {
  c_.known[static_cast<size_t>(op_.outputs[i])].integers = std::move(integers);
}

Outcome<int> Layer::Axis(int64_t axis, size_t rank) const {
  const auto limit = static_cast<int64_t>(rank);
  if (axis < -limit || axis >= limit)
    return Wrong("dimension " + std::to_string(axis) + " of a tensor that has " + std::to_string(rank));
  return static_cast<int>(axis < 0 ? axis + limit : axis);
}

Outcome<graph::Activation> Layer::Fused(schema::ActivationFunctionType activation) const {
  switch (activation) {
    case schema::ActivationFunctionType::NONE: return graph::Activation::kNone;
    case schema::ActivationFunctionType::RELU: return graph::Activation::kRelu;
    case schema::ActivationFunctionType::RELU_N1_TO_1: return graph::Activation::kReluN1To1;
    case schema::ActivationFunctionType::RELU6: return graph::Activation::kRelu6;
    default: break;
  }
  const std::string name = schema::EnumNameActivationFunctionType(activation);
  return Unsupported("its fused activation is " + (name.empty() ? "unknown" : name) +
                     "; supported: NONE, RELU, RELU6, RELU_N1_TO_1. Make it a layer of its own");
}

Outcome<void> Layer::ExpectSameScale(TensorId input_id, size_t i) const {
  const graph::Tensor& in = tensor(input_id);
  if (in.type != DType::kInt8) return {};
  auto out = ReadQuantization(output(i), {});
  if (out && out->scales == in.quantization.scales && out->zero_points == in.quantization.zero_points) return {};
  return Unsupported(
      "its input and output have different scales or zero points, but it only copies or compares numbers; "
      "convert again with TensorFlow 2.x, which puts a QUANTIZE in between");
}

Outcome<void> Layer::ExpectOutputScale(float scale, int32_t zero_point, float tolerance) const {
  if (output().type() == schema::TensorType::FLOAT32) return {};
  auto out = ReadQuantization(output(), {});
  if (out && out->scales.size() == 1 && std::abs(out->scales[0] - scale) <= tolerance * scale &&
      out->zero_points[0] == zero_point)
    return {};
  return Unsupported("its " + NameOf(output().type()) + " output must have scale 1/" +
                     std::to_string(static_cast<int>(1 / scale)) + " and zero point " + std::to_string(zero_point) +
                     ", as TensorFlow Lite defines it");
}

}  // namespace linnet::tflite
