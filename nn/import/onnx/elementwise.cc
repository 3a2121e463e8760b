// Operators that work on each element by itself, with NumPy's broadcasting where there are two.
#include <cmath>
#include <limits>

#include "operators.h"
#include "quantized.h"

namespace linnet::onnx {
namespace {

using graph::OpKind;
using graph::Quantization;
using graph::Shape;
using graph::TensorId;

// The real values that codes between -128 and 127 stand for lie within the bounds.
bool CoversAll(const Bounds& bounds, const Quantization& q) {
  const double scale = q.scales.at(0);
  const double zero = q.zero_points.at(0);
  return bounds.lo <= scale * (-128 - zero) + scale / 2 && bounds.hi >= scale * (127 - zero) - scale / 2;
}

// Relu or Clip. On codes it needs no QuantizeLinear behind it: clamping codes is clamping what they stand for.
Outcome<Values> Clamped(Layer& layer, const Bounds& bounds) {
  LINNET_ASSIGN(Value x, layer.AnyValue(0));
  if (x.type != graph::DType::kFloat32) {
    LINNET_ASSIGN(x, layer.FloatValue(0));
  }
  const graph::Activation activation = ActivationOf(bounds);
  if (x.dequantized) {
    if (CoversAll(bounds, layer.graph().tensor(x.tensor).quantization)) return Values{x};
    const auto maker = layer.conversion().makers.find(x.tensor);
    if (maker != layer.conversion().makers.end() && activation != graph::Activation::kNone &&
        graph::ActivationOf(layer.graph().nodes[maker->second]) == activation)
      return Values{x};  // the plan of that layer has fused it
  }
  // With a QuantizeLinear behind, its scale is had in the same step; without, codes keep theirs.
  Quantization output;
  if (x.dequantized) {
    if (const auto plan = PlanInt8(layer, {0})) output = plan->output;
  }
  Value result = x;
  if (activation == graph::Activation::kRelu || activation == graph::Activation::kRelu6) {
    const OpKind op = activation == graph::Activation::kRelu ? OpKind::kRelu : OpKind::kRelu6;
    LINNET_ASSIGN(result.tensor, layer.Append(op, {x.tensor}, graph::NoAttributes{}, {}, output));
    return Values{result};
  }
  constexpr float kMost = std::numeric_limits<float>::max();
  if (std::isinf(bounds.lo) && std::isinf(bounds.hi)) return Values{x};
  const graph::ClampAttributes clamp{std::fmax(bounds.lo, -kMost), std::fmin(bounds.hi, kMost)};
  LINNET_ASSIGN(result.tensor, layer.Append(OpKind::kClamp, {x.tensor}, clamp, {}, output));
  return Values{result};
}

// Both operands with the same number of dimensions, in the order of the one with more elements.
struct Operands {
  Value a, b;
};

Outcome<Value> Widened(Layer& layer, Value value, size_t rank) {
  while (value.shape.size() < rank) {
    LINNET_ASSIGN(value, layer.WithOne(value, 0));
  }
  return value;
}

// A constant as the operand of a value: turned into its order, without ones in front.
Outcome<Value> ConstantOperand(Layer& layer, const Value& constant, size_t rank, const Order& order, bool int8) {
  graph::Tensor tensor = *constant.constant;
  Value result = constant;
  while (tensor.shape.size() < rank) tensor.shape.insert(tensor.shape.begin(), 1);
  if (tensor.quantization.scales.size() > 1) tensor.quantization.axis += static_cast<int>(rank - constant.shape.size());
  tensor = Permuted(tensor, order);
  if (int8) {
    while (tensor.shape.size() > 1 && tensor.shape[0] == 1) tensor.shape.erase(tensor.shape.begin());
    LINNET_ASSIGN(result.tensor, layer.AddCodes(std::move(tensor)));
    return result;
  }
  graph::Tensor floats = FloatTensor(tensor.shape, Floats(tensor));
  while (floats.shape.size() > 1 && floats.shape[0] == 1) floats.shape.erase(floats.shape.begin());
  floats.name = tensor.name;
  LINNET_ASSIGN(result.tensor, layer.AddFloats(floats));
  return result;
}

// Whether a constant may stand in an int8 sum or product: codes with one scale.
bool Int8Constant(const Value& value) {
  return value.constant && value.dequantized && value.constant->type == graph::DType::kInt8 &&
         value.constant->quantization.scales.size() == 1 && CountOf(value.shape) > 0;
}

std::optional<Int8Plan> PlanBinary(Layer& layer, OpKind op) {
  if (op != OpKind::kAdd && op != OpKind::kSub && op != OpKind::kMul) return std::nullopt;
  if (Int8Constant(layer.input(1))) return PlanInt8(layer, {0});
  if (Int8Constant(layer.input(0))) return PlanInt8(layer, {1});
  return PlanInt8(layer, {0, 1});
}

OpKind BinaryKind(const std::string& op) {
  if (op == "Add") return OpKind::kAdd;
  if (op == "Sub") return OpKind::kSub;
  if (op == "Mul") return OpKind::kMul;
  if (op == "Max") return OpKind::kMaximum;
  if (op == "Min") return OpKind::kMinimum;
  return OpKind::kDiv;
}

Outcome<Operands> ReadOperands(Layer& layer, bool int8) {
  Operands o{layer.input(0), layer.input(1)};
  const size_t rank = std::max(o.a.shape.size(), o.b.shape.size());
  for (Value* v : {&o.a, &o.b}) {
    if (v->type != graph::DType::kFloat32)
      return layer.Unsupported("reads values of " + std::string(graph::Name(v->type)) + "; supported: float32");
    if (v->constant) continue;
    if (!int8) {
      LINNET_ASSIGN(*v, layer.AsFloat(*v));
    }
    LINNET_ASSIGN(*v, Widened(layer, *v, rank));
  }
  // A value whose elements don't lie in ONNX's order is more work to turn: the other one follows it.
  const bool first = !o.a.constant && (o.b.constant || CountOf(o.a.shape) >= CountOf(o.b.shape));
  const Order order = first ? o.a.order : o.b.order;
  for (Value* v : {&o.a, &o.b}) {
    if (v->constant) {
      LINNET_ASSIGN(*v, ConstantOperand(layer, *v, rank, order, int8));
    } else {
      LINNET_ASSIGN(*v, layer.InOrder(*v, order));
    }
    v->order = order;
    v->shape.resize(rank);
    v->constant = nullptr;
  }
  return o;
}

}  // namespace

Outcome<Values> ConvertUnary(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  const std::string& op = layer.def().op_type();
  if (op == "Relu") return Clamped(layer, {0, std::numeric_limits<float>::infinity()});
  const OpKind kind = op == "Sigmoid" ? OpKind::kSigmoid : op == "Tanh" ? OpKind::kTanh : OpKind::kHardSwish;
  const std::optional<Int8Plan> plan = PlanInt8(layer, {0});
  Value x = layer.input(0);
  if (!plan) {
    LINNET_ASSIGN(x, layer.FloatValue(0));
  }
  LINNET_ASSIGN(const TensorId result,
                layer.Append(kind, {x.tensor}, graph::NoAttributes{}, {}, plan ? plan->output : Quantization{}));
  return Values{Like(x, result, layer.graph())};
}

Outcome<Values> ConvertLeakyRelu(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  const graph::LeakyReluAttributes leaky{layer.Float("alpha", 0.01F)};
  if (!std::isfinite(leaky.alpha)) return layer.Wrong("its alpha is not a finite number");
  const std::optional<Int8Plan> plan = PlanInt8(layer, {0});
  Value x = layer.input(0);
  if (!plan) {
    LINNET_ASSIGN(x, layer.FloatValue(0));
  }
  LINNET_ASSIGN(const TensorId result,
                layer.Append(OpKind::kLeakyRelu, {x.tensor}, leaky, {}, plan ? plan->output : Quantization{}));
  return Values{Like(x, result, layer.graph())};
}

Outcome<Values> ConvertClip(Layer& layer) {
  LINNET_ASSIGN(const Bounds bounds, ReadBounds(layer));
  return Clamped(layer, bounds);
}

Outcome<Values> ConvertBinary(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 2); !ok) return std::unexpected(ok.error());
  const OpKind op = BinaryKind(layer.def().op_type());
  const std::optional<Int8Plan> plan = PlanBinary(layer, op);
  LINNET_ASSIGN(const Operands o, ReadOperands(layer, plan.has_value()));
  graph::Attributes attributes = graph::NoAttributes{};
  if (plan && plan->activation != graph::Activation::kNone) attributes = graph::ActivationAttributes{plan->activation};
  LINNET_ASSIGN(const TensorId result,
                layer.Append(op, {o.a.tensor, o.b.tensor}, attributes, {}, plan ? plan->output : Quantization{}));
  Value answer = Like(o.a, result, layer.graph());
  answer.dequantized = plan.has_value();
  return Values{answer};
}

Outcome<Values> ConvertBatchNormalization(Layer& layer) {
  if (auto ok = layer.ExpectInputs(5, 5); !ok) return std::unexpected(ok.error());
  if (layer.Int("training_mode", 0) != 0)
    return layer.Unsupported("in training mode; export the network for inference (model.eval())");
  LINNET_ASSIGN(const Value x, layer.FloatValue(0));
  if (x.shape.size() < 2) return layer.Wrong("expects [n,c,...], found " + graph::ToString(x.shape));
  const int64_t channels = x.shape[1];
  std::vector<std::vector<float>> parameters;
  for (size_t i = 1; i < 5; ++i) {
    LINNET_ASSIGN(const Constant constant, layer.ConstantInput(i, "a parameter"));
    if (constant->shape != Shape{channels})
      return layer.Wrong("a parameter has the shape " + graph::ToString(constant->shape) + "; expected [" +
                         std::to_string(channels) + "]");
    parameters.push_back(Floats(*constant));
  }
  const double epsilon = layer.Float("epsilon", 1e-5F);
  std::vector<float> factor;
  std::vector<float> offset;
  for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
    const double f = parameters[0][c] / std::sqrt(parameters[3][c] + epsilon);
    factor.push_back(static_cast<float>(f));
    offset.push_back(static_cast<float>(parameters[1][c] - parameters[2][c] * f));
    if (!std::isfinite(factor[c]) || !std::isfinite(offset[c]))
      return layer.Wrong("channel " + std::to_string(c) + " has a variance of " + std::to_string(parameters[3][c]));
  }
  // [c], or [c,1,...] where the channels aren't last in the graph.
  Shape shape(x.order.size() - PositionOf(x.order, 1), 1);
  shape[0] = channels;
  graph::Tensor scale = FloatTensor(shape, factor);
  graph::Tensor shift = FloatTensor(shape, offset);
  scale.name = layer.name() + "/scale";
  shift.name = layer.name() + "/offset";
  LINNET_ASSIGN(const TensorId by, layer.AddFloats(scale));
  LINNET_ASSIGN(const TensorId plus, layer.AddFloats(shift));
  LINNET_ASSIGN(const TensorId scaled,
                layer.Append(OpKind::kMul, {x.tensor, by}, graph::NoAttributes{}, {}, {}, "/scaled"));
  LINNET_ASSIGN(const TensorId result, layer.Append(OpKind::kAdd, {scaled, plus}, graph::NoAttributes{}));
  return Values{Like(x, result, layer.graph())};
}

Outcome<Values> ConvertDropout(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 3); !ok) return std::unexpected(ok.error());
  if (layer.has_input(2)) {
    LINNET_ASSIGN(const auto training, layer.IntegerInput(2, "training_mode"));
    if (training.size() != 1 || training[0] != 0)
      return layer.Unsupported("in training mode; export the network for inference (model.eval())");
  }
  return Values{layer.input(0)};
}

Outcome<Values> ConvertIdentity(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  return Values{layer.input(0)};
}

}  // namespace linnet::onnx
