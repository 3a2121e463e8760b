#include "quantized.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "linnet/graph/fixed_point.h"

namespace linnet::onnx {
namespace {

using graph::DType;
using graph::OpKind;
using graph::Quantization;
using graph::TensorId;

// Scale and zero point of a QuantizeLinear or DequantizeLinear, uint8 with 128 taken off.
struct Scales {
  Quantization quantization;
  DType type = DType::kUint8;  // ONNX's
};

Outcome<void> CheckZeroPoints(const Layer& layer, const Scales& scales) {
  for (const int32_t zero_point : scales.quantization.zero_points) {
    if (scales.type == DType::kInt32 && zero_point != 0)
      return layer.Unsupported("int32 with zero point " + std::to_string(zero_point) + "; supported: 0");
  }
  return {};
}

Outcome<Scales> ReadScales(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 3); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Constant scale, layer.ConstantInput(1, "the scale"));
  if (scale->type != DType::kFloat32) return layer.Unsupported("a scale that is not float32");
  Scales result;
  Quantization& q = result.quantization;
  q.scales = Floats(*scale);
  if (q.scales.empty() || scale->shape.size() > 1)
    return layer.Unsupported("scales of shape " + graph::ToString(scale->shape) +
                             "; supported: one, or one a slice of an axis");
  for (const float s : q.scales) {
    if (!(s > 0) || !std::isfinite(s)) return layer.Wrong("a scale of " + std::to_string(s) + "; expected more than 0");
  }
  q.zero_points.assign(q.scales.size(), 0);
  if (layer.has_input(2)) {
    LINNET_ASSIGN(const auto zero_points, layer.IntegerInput(2, "the zero point"));
    result.type = layer.input(2).type;
    if (zero_points.size() != q.scales.size())
      return layer.Wrong(std::to_string(q.scales.size()) + " scales and " + std::to_string(zero_points.size()) +
                         " zero points");
    q.zero_points.assign(zero_points.begin(), zero_points.end());
  } else if (layer.def().op_type() == "DequantizeLinear") {
    result.type = layer.input(0).type;
  }
  if (result.type != DType::kInt8 && result.type != DType::kUint8 && result.type != DType::kInt32)
    return layer.Unsupported("quantisation to " + std::string(graph::Name(result.type)) +
                             "; supported: int8, uint8, and int32 for biases");
  if (result.type == DType::kUint8) {
    for (int32_t& zero_point : q.zero_points) zero_point -= 128;
  }
  if (auto ok = CheckZeroPoints(layer, result); !ok) return std::unexpected(ok.error());
  return result;
}

// Sets the axis of scales that are one a slice of `shape`.
Outcome<void> FindAxis(Layer& layer, Quantization& q, const graph::Shape& shape) {
  if (q.scales.size() == 1) return {};
  LINNET_ASSIGN(q.axis, layer.Axis(layer.Int("axis", 1), shape.size()));
  if (shape[static_cast<size_t>(q.axis)] == static_cast<int64_t>(q.scales.size())) return {};
  return layer.Wrong(std::to_string(q.scales.size()) + " scales for axis " + std::to_string(q.axis) + " of " +
                     graph::ToString(shape));
}

// The scale and zero point of node `index`, if it is a QuantizeLinear to int8 or uint8 whose scale is known already.
std::optional<Quantization> QuantizationOf(Conversion& conversion, int index) {
  Layer reader(conversion, index);
  if (reader.def().op_type() != "QuantizeLinear" || !reader.def().domain().empty()) return std::nullopt;
  for (size_t i = 1; i < 3; ++i) {
    if (reader.has_input(i) && !conversion.values.contains(reader.def().input(static_cast<int>(i))))
      return std::nullopt;
  }
  const Outcome<Scales> scales = ReadScales(reader);
  if (!scales || scales->quantization.scales.size() != 1 || scales->type == DType::kInt32) return std::nullopt;
  return scales->quantization;
}

// The one quantisation of all that read the value.
std::optional<Quantization> ScalesOfReaders(Layer& layer, const std::string& name) {
  std::optional<Quantization> result;
  if (layer.conversion().view.IsOutput(name)) return std::nullopt;
  for (const int reader : layer.conversion().view.Readers(name)) {
    const std::optional<Quantization> scales = QuantizationOf(layer.conversion(), reader);
    if (!scales || (result && !SameQuantization(*result, *scales))) return std::nullopt;
    result = scales;
  }
  return result;
}

// The Relu or Clip that alone reads the value, with its bounds.
std::optional<std::pair<int, Bounds>> ActivationReader(Layer& layer, const std::string& name) {
  const std::vector<int>& readers = layer.conversion().view.Readers(name);
  if (readers.size() != 1 || layer.conversion().view.IsOutput(name)) return std::nullopt;
  Layer reader(layer.conversion(), readers[0]);
  const std::string& op = reader.def().op_type();
  if ((op != "Relu" && op != "Clip") || reader.def().input_size() == 0 || reader.def().input(0) != name)
    return std::nullopt;
  for (size_t i = 1; i < static_cast<size_t>(reader.def().input_size()); ++i) {  // bounds that are known already
    if (reader.has_input(i) && !layer.conversion().values.contains(reader.def().input(static_cast<int>(i))))
      return std::nullopt;
  }
  const Outcome<Bounds> bounds = ReadBounds(reader);
  if (!bounds) return std::nullopt;
  return std::pair{readers[0], *bounds};
}

graph::Tensor Rebased(const graph::Tensor& tensor) {
  graph::Tensor result = tensor;
  if (tensor.type != DType::kUint8) return result;
  result.type = DType::kInt8;
  for (uint8_t& byte : result.data) byte ^= 0x80U;
  return result;
}

Outcome<Value> DequantizedConstant(Layer& layer, const Value& x, Scales scales) {
  if (auto ok = FindAxis(layer, scales.quantization, x.shape); !ok) return std::unexpected(ok.error());
  if (auto ok = layer.Spend(x.constant->data.size()); !ok) return std::unexpected(ok.error());
  graph::Tensor tensor = Rebased(*x.constant);
  tensor.quantization = std::move(scales.quantization);
  Value result = x;
  result.type = DType::kFloat32;
  result.constant = std::make_shared<const graph::Tensor>(std::move(tensor));
  result.dequantized = true;
  return result;
}

// round half to even, as ONNX has it.
Outcome<Value> QuantizedConstant(Layer& layer, const Value& x, Scales scales) {
  Quantization& q = scales.quantization;
  if (auto ok = FindAxis(layer, q, x.shape); !ok) return std::unexpected(ok.error());
  if (auto ok = layer.Spend(static_cast<size_t>(CountOf(x.shape)) * 5); !ok) return std::unexpected(ok.error());
  const std::vector<float> values = Floats(*x.constant);
  int64_t inner = 1;
  for (size_t d = static_cast<size_t>(q.axis) + 1; q.scales.size() > 1 && d < x.shape.size(); ++d) inner *= x.shape[d];
  graph::Tensor tensor;
  tensor.name = x.constant->name;
  tensor.constant = true;
  tensor.type = scales.type;
  tensor.shape = x.shape;
  const uint8_t flip = scales.type == DType::kUint8 ? 0x80 : 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t slice = static_cast<size_t>(static_cast<int64_t>(i) / inner) % q.scales.size();
    const float code = std::nearbyint(values[i] / q.scales[slice]) + static_cast<float>(q.zero_points[slice]);
    const auto clamped = static_cast<int8_t>(std::isnan(code) ? 0 : std::clamp(code, -128.0F, 127.0F));
    tensor.data.push_back(static_cast<uint8_t>(clamped) ^ flip);
  }
  Value result;
  result.type = scales.type;
  result.shape = x.shape;
  result.constant = std::make_shared<const graph::Tensor>(std::move(tensor));
  return result;
}

}  // namespace

std::optional<Int8Plan> PlanInt8(Layer& layer, std::initializer_list<size_t> inputs) {
  for (const size_t i : inputs) {
    if (!layer.input(i).dequantized || layer.input(i).constant) return std::nullopt;
  }
  Int8Plan plan;
  std::string name = layer.def().output(0);
  for (int steps = 0; steps < 8; ++steps) {
    if (const auto scales = ScalesOfReaders(layer, name)) {
      plan.output = *scales;
      return plan;
    }
    const auto next = ActivationReader(layer, name);
    if (!next) return std::nullopt;
    if (steps == 0) plan.activation = ActivationOf(next->second);
    name = layer.conversion().view.node(next->first).output(0);
  }
  return std::nullopt;
}

Outcome<std::optional<Int8Plan>> PlanProduct(Layer& layer, size_t input, size_t weights, int channel_axis) {
  const std::optional<Int8Plan> plan = PlanInt8(layer, {input});
  const Value& w = layer.input(weights);
  if (!plan || !w.dequantized || !w.constant || w.constant->type != DType::kInt8) return std::nullopt;
  const Quantization& q = w.constant->quantization;
  if (q.scales.size() > 1 && q.axis != channel_axis) return std::nullopt;
  for (const int32_t zero_point : q.zero_points) {
    if (zero_point == 0) continue;
    return layer.Unsupported("int8 weights with a zero point (" + std::to_string(zero_point) +
                             " as int8); supported: symmetric weights, int8 with zero point 0 or uint8 with 128; "
                             "quantise with symmetric weights (WeightSymmetric=True)");
  }
  return plan;
}

Outcome<graph::Tensor> WeightsInput(Layer& layer, size_t i, const std::optional<Int8Plan>& plan) {
  LINNET_ASSIGN(const Constant constant, layer.ConstantInput(i, "the weights"));
  if (layer.input(i).type != DType::kFloat32)
    return layer.Unsupported("weights of " + std::string(graph::Name(layer.input(i).type)) +
                             "; supported: float32, and int8 behind a DequantizeLinear");
  if (CountOf(constant->shape) == 0)
    return layer.Wrong("weights without elements, " + graph::ToString(constant->shape));
  if (plan || constant->type == DType::kFloat32) return *constant;
  if (auto ok = layer.Spend(static_cast<size_t>(CountOf(constant->shape)) * 4); !ok) return std::unexpected(ok.error());
  graph::Tensor floats = FloatTensor(constant->shape, Floats(*constant));
  floats.name = constant->name;
  return floats;
}

Outcome<TensorId> AddWeights(Layer& layer, graph::Tensor weights, int64_t channels, const std::optional<Int8Plan>& plan,
                             const Quantization& quantization) {
  if (!plan) return layer.AddFloats(weights);
  for (uint8_t& byte : weights.data) byte = byte == 0x80 ? 0x81 : byte;
  const auto count = static_cast<size_t>(channels);
  Quantization& q = weights.quantization;
  q.scales = quantization.scales;
  if (q.scales.size() == 1) q.scales.assign(count, quantization.scales[0]);
  q.zero_points.assign(count, 0);
  q.axis = static_cast<int>(weights.shape.size()) - 1;
  return layer.AddCodes(std::move(weights));
}

Outcome<TensorId> AddBias(Layer& layer, const graph::Tensor& bias, const std::optional<Int8Plan>& plan, TensorId input,
                          TensorId weights) {
  if (!plan) return layer.AddFloats(bias);
  const double input_scale = layer.graph().tensor(input).quantization.scales.at(0);
  const std::vector<float> weight_scales = layer.graph().tensor(weights).quantization.scales;
  const int64_t products = CountOf(layer.graph().tensor(weights).shape) / CountOf(bias.shape);
  const double limit = std::pow(2.0, 31) - 255.0 * 127.0 * static_cast<double>(products);  // no accumulator may wrap
  const std::vector<float> values = Floats(bias);
  const bool codes = bias.type == DType::kInt32 && !bias.quantization.empty();
  const std::vector<int64_t> whole = codes ? Integers(bias) : std::vector<int64_t>();
  graph::Tensor tensor;
  tensor.name = bias.name.empty() ? layer.name() + "/bias" : bias.name;
  tensor.type = DType::kInt32;
  tensor.shape = {static_cast<int64_t>(values.size())};
  tensor.constant = true;
  tensor.data.resize(values.size() * 4);
  for (size_t c = 0; c < values.size(); ++c) {
    const double step = input_scale * static_cast<double>(weight_scales[c]);
    double code = std::round(static_cast<double>(values[c]) / step);
    if (codes) {  // the very integers, where their scale is the product's but for float32's rounding
      const std::vector<float>& scales = bias.quantization.scales;
      const double ratio = static_cast<double>(scales[scales.size() == 1 ? 0 : c]) / step;
      if (std::fabs(ratio - 1) < 1e-5) code = static_cast<double>(whole[c]);
    }
    if (!(std::fabs(code) < limit))
      return layer.Unsupported("a bias of " + std::to_string(values[c]) + " is too large for steps of " +
                               std::to_string(step) + " (input scale times weight scale); calibrate anew");
    const auto stored = static_cast<int32_t>(code);
    std::memcpy(&tensor.data[c * 4], &stored, 4);
    tensor.quantization.scales.push_back(static_cast<float>(step));
  }
  tensor.quantization.zero_points.assign(values.size(), 0);
  tensor.quantization.axis = 0;
  return layer.AddCodes(std::move(tensor));
}

Outcome<Value> Requantized(Layer& layer, const Value& value, const Quantization& quantization) {
  if (SameQuantization(layer.graph().tensor(value.tensor).quantization, quantization)) return value;
  Value result = value;
  LINNET_ASSIGN(result.tensor, layer.Append(OpKind::kQuantize, {value.tensor}, graph::NoAttributes{}, {}, quantization,
                                            "/requantized"));
  return result;
}

Outcome<Values> ConvertQuantize(Layer& layer) {
  LINNET_ASSIGN(const Scales scales, ReadScales(layer));
  const Value& x = layer.input(0);
  if (x.type != DType::kFloat32)
    return layer.Unsupported("reads " + std::string(graph::Name(x.type)) + "; supported: float32");
  if (scales.type == DType::kInt32) return layer.Unsupported("quantisation to int32; supported: int8, uint8");
  if (x.constant) {
    LINNET_ASSIGN(const Value constant, QuantizedConstant(layer, x, scales));
    return Values{constant};
  }
  if (scales.quantization.scales.size() != 1)
    return layer.Unsupported(
        "activations with several scales; supported: one scale a tensor (per-tensor), several for "
        "weights only");
  Value result = x;
  if (x.dequantized) {
    LINNET_ASSIGN(result, Requantized(layer, x, scales.quantization));
  } else {
    LINNET_ASSIGN(result.tensor,
                  layer.Append(OpKind::kQuantize, {x.tensor}, graph::NoAttributes{}, {}, scales.quantization));
  }
  result.dequantized = false;
  result.type = scales.type;
  return Values{result};
}

Outcome<Values> ConvertDequantize(Layer& layer) {
  LINNET_ASSIGN(const Scales scales, ReadScales(layer));
  const Value& x = layer.input(0);
  if (x.type != scales.type)
    return layer.Wrong("reads " + std::string(graph::Name(x.type)) + " with a zero point of " +
                       std::string(graph::Name(scales.type)));
  if (x.constant) {
    LINNET_ASSIGN(const Value constant, DequantizedConstant(layer, x, scales));
    return Values{constant};
  }
  if (scales.quantization.scales.size() != 1)
    return layer.Unsupported("activations with several scales; supported: one scale a tensor (per-tensor)");
  graph::Tensor& tensor = layer.graph().tensor(x.tensor);
  const std::vector<TensorId>& inputs = layer.graph().inputs;
  if (tensor.quantization.empty() && std::find(inputs.begin(), inputs.end(), x.tensor) != inputs.end())
    tensor.quantization = scales.quantization;  // an input that comes quantised
  if (!SameQuantization(tensor.quantization, scales.quantization)) {
    return layer.Unsupported("reads '" + tensor.name +
                             "' with another scale or zero point than it was quantised with; supported: the same");
  }
  Value result = x;
  result.type = DType::kFloat32;
  result.dequantized = true;
  return Values{result};
}

Outcome<Bounds> ReadBounds(Layer& layer) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (layer.def().op_type() == "Relu") return Bounds{0, kInfinity};
  Bounds bounds{-kInfinity, kInfinity};
  if (layer.opset() < 11) {
    if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
    bounds = {layer.Float("min", -kInfinity), layer.Float("max", kInfinity)};
  } else {
    if (auto ok = layer.ExpectInputs(1, 3); !ok) return std::unexpected(ok.error());
    if (layer.has_input(1)) {
      LINNET_ASSIGN(bounds.lo, layer.FloatInput(1, "the lower bound"));
    }
    if (layer.has_input(2)) {
      LINNET_ASSIGN(bounds.hi, layer.FloatInput(2, "the upper bound"));
    }
  }
  if (bounds.lo <= bounds.hi) return bounds;
  return layer.Unsupported("bounds of " + std::to_string(bounds.lo) + " and " + std::to_string(bounds.hi) +
                           "; expected the lower one first");
}

graph::Activation ActivationOf(const Bounds& bounds) {
  if (bounds.lo == 0 && bounds.hi >= std::numeric_limits<float>::max()) return graph::Activation::kRelu;
  if (bounds.lo == 0 && bounds.hi == 6) return graph::Activation::kRelu6;
  if (bounds.lo == -1 && bounds.hi == 1) return graph::Activation::kReluN1To1;
  return graph::Activation::kNone;
}

}  // namespace linnet::onnx
