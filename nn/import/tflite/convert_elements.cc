// Operators that work element by element, softmax, and the borders between float and int8.
#include <cmath>

#include "operators.h"

namespace linnet::tflite {
namespace {

using graph::OpKind;
using graph::TensorId;

Outcome<void> Done(const Outcome<TensorId>& made) { return made ? Outcome<void>() : std::unexpected(made.error()); }

OpKind BinaryKind(schema::BuiltinOperator op) {
  switch (op) {
    case schema::BuiltinOperator::SUB: return OpKind::kSub;
    case schema::BuiltinOperator::MUL: return OpKind::kMul;
    case schema::BuiltinOperator::DIV: return OpKind::kDiv;
    case schema::BuiltinOperator::MAXIMUM: return OpKind::kMaximum;
    case schema::BuiltinOperator::MINIMUM: return OpKind::kMinimum;
    default: return OpKind::kAdd;
  }
}

// Old files leave the options out where the activation is NONE.
schema::ActivationFunctionType BinaryActivation(const schema::Operator& table) {
  if (const auto* add = table.builtin_options_as_AddOptions()) return add->fused_activation_function();
  if (const auto* sub = table.builtin_options_as_SubOptions()) return sub->fused_activation_function();
  if (const auto* mul = table.builtin_options_as_MulOptions()) return mul->fused_activation_function();
  if (const auto* div = table.builtin_options_as_DivOptions()) return div->fused_activation_function();
  return schema::ActivationFunctionType::NONE;
}

}  // namespace

Outcome<void> ConvertBinary(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 2); !ok) return ok;
  LINNET_ASSIGN(const TensorId a, layer.Data(0));
  LINNET_ASSIGN(const TensorId b, layer.Data(1));
  const OpKind kind = BinaryKind(layer.op().op);
  const bool int8 = layer.tensor(a).type == graph::DType::kInt8;
  if (kind == OpKind::kDiv && int8)
    return layer.Unsupported("a division in int8; supported: float32. Multiply by the reciprocal (MUL)");
  if (kind == OpKind::kMaximum || kind == OpKind::kMinimum) {
    if (auto ok = layer.ExpectSameScale(a); !ok) return ok;
    if (auto ok = layer.ExpectSameScale(b); !ok) return ok;
    return Done(layer.Emit(kind, {a, b}));
  }
  LINNET_ASSIGN(const graph::Activation fused, layer.Fused(BinaryActivation(*layer.op().table)));
  if (fused == graph::Activation::kNone) return Done(layer.Emit(kind, {a, b}));
  return Done(layer.Emit(kind, {a, b}, graph::ActivationAttributes{fused}));
}

Outcome<void> ConvertActivation(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, 1); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  switch (layer.op().op) {
    case schema::BuiltinOperator::LOGISTIC:
      if (auto ok = layer.ExpectOutputScale(1.0F / 256, -128); !ok) return ok;
      return Done(layer.Emit(OpKind::kSigmoid, {data}));
    case schema::BuiltinOperator::TANH:
      if (auto ok = layer.ExpectOutputScale(1.0F / 128, 0); !ok) return ok;
      return Done(layer.Emit(OpKind::kTanh, {data}));
    case schema::BuiltinOperator::RELU6: return Done(layer.Emit(OpKind::kRelu6, {data}));
    case schema::BuiltinOperator::RELU_N1_TO_1:
      return Done(layer.Emit(OpKind::kClamp, {data}, graph::ClampAttributes{-1, 1}));
    case schema::BuiltinOperator::RELU_0_TO_1:
      return Done(layer.Emit(OpKind::kClamp, {data}, graph::ClampAttributes{0, 1}));
    case schema::BuiltinOperator::HARD_SWISH: return Done(layer.Emit(OpKind::kHardSwish, {data}));
    default: return Done(layer.Emit(OpKind::kRelu, {data}));
  }
}

Outcome<void> ConvertLeakyRelu(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, 1); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  const auto* options = layer.op().table->builtin_options_as_LeakyReluOptions();
  if (options == nullptr) return layer.Wrong("its options are missing");
  if (!std::isfinite(options->alpha())) return layer.Wrong("its alpha is not a number");
  return Done(layer.Emit(OpKind::kLeakyRelu, {data}, graph::LeakyReluAttributes{options->alpha()}));
}

Outcome<void> ConvertSoftmax(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, 1); !ok) return ok;
  const bool wide =
      layer.op().op == schema::BuiltinOperator::SOFTMAX && layer.output().type() == schema::TensorType::INT16;
  LINNET_ASSIGN(const TensorId data, layer.Data(0, wide ? Layer::Types::kAny : Layer::Types::kMatching));
  if (wide && layer.tensor(data).type != graph::DType::kInt8)
    return layer.Unsupported("it makes int16 of float32; supported: float32 of float32, int8 and int16 of int8");
  if (layer.op().op == schema::BuiltinOperator::LOG_SOFTMAX) {
    if (auto ok = layer.ExpectOutputScale(16.0F / 256, 127); !ok) return ok;
    return Done(layer.Emit(OpKind::kLogSoftmax, {data}));
  }
  const auto* options = layer.op().table->builtin_options_as_SoftmaxOptions();
  const float beta = options == nullptr ? 1.0F : options->beta();
  if (!std::isfinite(beta) || beta <= 0)
    return layer.Wrong("its beta is " + std::to_string(beta) + "; expected above 0");
  if (auto ok = wide ? layer.ExpectOutputScale(1.0F / 65536, -32768, 1e-3F) : layer.ExpectOutputScale(1.0F / 256, -128);
      !ok)
    return ok;
  if (beta == 1) return Done(layer.Emit(OpKind::kSoftmax, {data}));
  return Done(layer.Emit(OpKind::kSoftmax, {data}, graph::SoftmaxAttributes{beta}));
}

Outcome<void> ConvertQuantize(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, 1); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0, Layer::Types::kWide));
  const graph::DType from = layer.tensor(data).type;
  const schema::TensorType to = layer.output().type();
  const bool fits = to == schema::TensorType::INT8 || (to == schema::TensorType::INT32 && from == graph::DType::kInt16);
  if (!fits)
    return layer.Unsupported("from " + std::string(graph::Name(from)) + " to " + NameOf(to) +
                             "; supported: float32, int8 or int16 to int8, int16 to int32. Convert again with "
                             "inference_output_type = tf.int8 or tf.float32");
  return Done(layer.Emit(OpKind::kQuantize, {data}));
}

Outcome<void> ConvertDequantize(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, 1); !ok) return ok;
  if (layer.output().type() != schema::TensorType::FLOAT32)
    return layer.Unsupported("it makes " + NameOf(layer.output().type()) + "; supported: float32");
  if (layer.is_constant(0)) {  // weights that are stored small: int8 or float16
    LINNET_ASSIGN(graph::Tensor constant, layer.Constant(0, "input"));
    if (constant.type == graph::DType::kFloat32) return layer.EmitConstant(std::move(constant));
    if (constant.type != graph::DType::kInt8 || constant.quantization.empty())
      return layer.Unsupported("constants of " + NameOf(layer.input(0).type()) +
                               " or without a scale; supported: int8 with scales, float16");
    size_t& budget = layer.conversion().constant_budget_bytes;
    if (constant.data.size() * sizeof(float) > budget)
      return layer.Wrong("the constants need more memory than is allowed", Status::kResourceExhausted);
    budget -= constant.data.size() * sizeof(float);
    return layer.EmitConstant(Dequantized(constant));
  }
  LINNET_ASSIGN(const TensorId data, layer.Data(0, Layer::Types::kAny));
  if (layer.tensor(data).type != graph::DType::kInt8) return layer.Unsupported("it reads float32; supported: int8");
  return Done(layer.Emit(OpKind::kDequantize, {data}));
}

}  // namespace linnet::tflite
