// UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF in int8. Their states are variables of the file and attributes of the graph.
#include <cmath>

#include "operators.h"

namespace linnet::tflite {
namespace {

using graph::DType;
using graph::OpKind;
using graph::TensorId;

Outcome<void> Done(const Outcome<TensorId>& made) { return made ? Outcome<void>() : std::unexpected(made.error()); }

Outcome<TensorId> Int8Data(Layer& layer) {
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  if (layer.tensor(data).type != DType::kInt8)
    return layer.Unsupported("in float32; supported: int8. Convert again with full integer quantisation");
  return data;
}

// A constant that stays as the file has it, of the type and shape wanted, with one scale.
Outcome<TensorId> OneScaleConstant(Layer& layer, size_t i, const std::string& what, DType type,
                                   const graph::Shape& shape) {
  if (!layer.has_input(i)) return layer.Wrong("its " + what + " are missing");
  LINNET_ASSIGN(graph::Tensor constant, layer.Constant(i, what));
  if (constant.type != type)
    return layer.Unsupported("its " + what + " are " + std::string(graph::Name(constant.type)) +
                             "; supported: " + std::string(graph::Name(type)));
  if (constant.shape != shape)
    return layer.Wrong("its " + what + " are " + graph::ToString(constant.shape) + "; expected " +
                       graph::ToString(shape));
  if (constant.quantization.scales.size() != 1 && type != DType::kInt32)
    return layer.Unsupported("its " + what + " have " + std::to_string(constant.quantization.scales.size()) +
                             " scales; supported: 1");
  if (type != DType::kInt32 && constant.quantization.zero_points[0] != 0)
    return layer.Unsupported("its " + what + " have a zero point other than 0; supported: symmetric weights");
  return layer.AddConstant(std::move(constant), what);
}

struct State {
  DType type = DType::kInt16;
  float scale = 0;
  int32_t zero_point = 0;
};

Outcome<State> StateOf(const Layer& layer, size_t i, const std::string& what) {
  if (!layer.has_input(i) || !layer.input(i).is_variable())
    return layer.Unsupported("its " + what + " is not a variable of its own; supported: states that start at zero");
  LINNET_ASSIGN(const DType type, ReadType(layer.input(i).type()));
  auto q = ReadQuantization(layer.input(i), {});
  if (!q || q->scales.size() != 1 || !(q->scales[0] > 0)) return layer.Wrong("its " + what + " has no single scale");
  return State{type, q->scales[0], q->zero_points[0]};
}

Outcome<void> RefuseExtras(const Layer& layer) {
  const auto any = [&](size_t first, size_t last) {
    for (size_t i = first; i <= last; ++i) {
      if (layer.has_input(i)) return true;
    }
    return false;
  };
  const std::string plain = "; supported: the plain LSTM that tf.keras.layers.LSTM makes";
  if (!layer.has_input(1)) return layer.Unsupported("input and forget gate are coupled (CIFG)" + plain);
  if (any(9, 11)) return layer.Unsupported("with peepholes" + plain);
  if (any(16, 17)) return layer.Unsupported("with a projection" + plain);
  if (any(20, 23)) return layer.Unsupported("with layer normalisation" + plain);
  return {};
}

bool IsPowerOfTwo(float scale) {
  int exponent = 0;
  return std::frexp(scale, &exponent) == 0.5F;
}

Outcome<graph::LstmAttributes> LstmStates(const Layer& layer) {
  const auto* options = layer.op().table->builtin_options_as_UnidirectionalSequenceLSTMOptions();
  if (options == nullptr) return layer.Wrong("its options are missing");
  if (options->fused_activation_function() != schema::ActivationFunctionType::TANH)
    return layer.Unsupported("its activation is not TANH; supported: TANH");
  if (options->diagonal_recurrent_tensors()) return layer.Unsupported("with diagonal recurrent weights");
  if (!std::isfinite(options->cell_clip()) || options->cell_clip() < 0)
    return layer.Wrong("its cell clip makes no sense");
  LINNET_ASSIGN(const State hidden, StateOf(layer, 18, "output state"));
  LINNET_ASSIGN(const State cell, StateOf(layer, 19, "cell state"));
  if (hidden.type != DType::kInt8 || cell.type != DType::kInt16)
    return layer.Unsupported("its states are " + std::string(graph::Name(hidden.type)) + " and " +
                             std::string(graph::Name(cell.type)) + "; supported: int8 and int16");
  if (cell.zero_point != 0 || !IsPowerOfTwo(cell.scale))
    return layer.Unsupported("the scale of its cell state is not a power of two");
  auto out = ReadQuantization(layer.output(), {});
  if (!out || out->scales != std::vector<float>{hidden.scale} ||
      out->zero_points != std::vector<int32_t>{hidden.zero_point})
    return layer.Unsupported("its output and its output state have different scales");
  return graph::LstmAttributes{options->time_major(), options->cell_clip(), cell.scale, hidden.scale,
                               hidden.zero_point};
}

}  // namespace

Outcome<void> ConvertLstm(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, 24); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, Int8Data(layer));
  if (auto ok = RefuseExtras(layer); !ok) return ok;
  LINNET_ASSIGN(const graph::LstmAttributes a, LstmStates(layer));
  const graph::Shape in = layer.shape(data);
  LINNET_ASSIGN(const graph::Shape first, FileShape(layer.input(1)));
  if (in.size() != 3 || first.size() != 2)
    return layer.Wrong("expects an input of 3 dimensions and weights of 2, found " + graph::ToString(in) + " and " +
                       graph::ToString(first));
  const int64_t units = first[0];
  constexpr const char* kGates[] = {"input gate", "forget gate", "cell gate", "output gate"};
  std::vector<TensorId> inputs = {data};
  const auto add = [&](size_t from, const std::string& what, DType type, const graph::Shape& shape) -> Outcome<void> {
    for (size_t gate = 0; gate < 4; ++gate) {
      LINNET_ASSIGN(const TensorId id,
                    OneScaleConstant(layer, from + gate, std::string(kGates[gate]) + what, type, shape));
      inputs.push_back(id);
    }
    return {};
  };
  if (auto ok = add(1, " weights", DType::kInt8, {units, in[2]}); !ok) return ok;
  if (auto ok = add(5, " recurrent weights", DType::kInt8, {units, units}); !ok) return ok;
  if (auto ok = add(12, " biases", DType::kInt32, {units}); !ok) return ok;
  return Done(layer.Emit(OpKind::kLstm, std::move(inputs), a));
}

Outcome<void> ConvertSvdf(Layer& layer) {
  if (auto ok = layer.ExpectForm(3, 5); !ok) return ok;
  const auto* options = layer.op().table->builtin_options_as_SVDFOptions();
  if (options == nullptr) return layer.Wrong("its options are missing");
  LINNET_ASSIGN(const TensorId data, Int8Data(layer));
  LINNET_ASSIGN(const State state, StateOf(layer, 4, "state"));
  if (state.type != DType::kInt16 && state.type != DType::kInt8)
    return layer.Unsupported("its state is " + std::string(graph::Name(state.type)) + "; supported: int16 and int8");
  graph::SvdfAttributes a;
  a.rank = options->rank();
  a.state_type = state.type;
  a.state_scale = state.scale;
  a.state_zero_point = state.zero_point;
  LINNET_ASSIGN(a.activation, layer.Fused(options->fused_activation_function()));
  LINNET_ASSIGN(const graph::Shape feature, FileShape(layer.input(1)));
  LINNET_ASSIGN(const graph::Shape time, FileShape(layer.input(2)));
  if (a.rank < 1 || feature.size() != 2 || time.size() != 2 || feature[0] % a.rank != 0)
    return layer.Wrong("feature weights " + graph::ToString(feature) + ", time weights " + graph::ToString(time) +
                       " and rank " + std::to_string(a.rank) + " don't fit");
  std::vector<TensorId> inputs = {data};
  LINNET_ASSIGN(const TensorId features, OneScaleConstant(layer, 1, "feature weights", DType::kInt8, feature));
  LINNET_ASSIGN(const TensorId times, OneScaleConstant(layer, 2, "time weights", state.type, time));
  inputs.push_back(features);
  inputs.push_back(times);
  if (layer.has_input(3)) {
    LINNET_ASSIGN(const TensorId bias, OneScaleConstant(layer, 3, "bias", DType::kInt32, {feature[0] / a.rank}));
    inputs.push_back(bias);
  }
  return Done(layer.Emit(OpKind::kSvdf, std::move(inputs), a));
}

}  // namespace linnet::tflite
