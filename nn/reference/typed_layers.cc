// Layers that are the same for every type of element, and those between types.
#include <algorithm>
#include <limits>

#include "float_kernels.h"
#include "layer.h"
#include "linnet/base/check.h"
#include "linnet/graph/tflite_arithmetic.h"
#include "linnet/graph/unary_table.h"
#include "moves.h"
#include "window.h"

namespace linnet::reference {
namespace {

using graph::DType;
using graph::Graph;
using graph::Node;
using graph::OpKind;

// The real value of a kPad's new elements as the bytes of the tensor's type.
std::vector<std::byte> Padding(const Graph& graph, const Node& node) {
  const graph::Tensor& out = graph.tensor(node.outputs[0]);
  std::vector<std::byte> bytes(static_cast<size_t>(graph::SizeBytes(out.type)));
  const auto* pad = std::get_if<graph::PadAttributes>(&node.attributes);
  if (pad == nullptr) return bytes;
  if (out.type == DType::kFloat32) {
    std::memcpy(bytes.data(), &pad->value, sizeof pad->value);
  } else if (out.type == DType::kInt8 && !out.quantization.empty()) {
    const Scale scale = ScaleOf(graph, node.outputs[0]);
    bytes[0] = static_cast<std::byte>(graph::QuantizeValue(pad->value, scale.scale, scale.zero_point));
  }
  return bytes;
}

std::unique_ptr<Layer> Move(const Graph& graph, const Node& node) {
  const size_t size = static_cast<size_t>(graph::SizeBytes(graph.tensor(node.outputs[0]).type));
  return MakeLayer([&graph, node, size, padding = Padding(graph, node)](Tensors& tensors) {
    std::byte* out = tensors.bytes(node.outputs[0]).data();
    if (node.op == OpKind::kPad) {
      const size_t bytes = tensors.bytes(node.outputs[0]).size();
      for (size_t i = 0; i < bytes; ++i) out[i] = padding[i % size];
    }
    std::vector<const std::byte*> inputs;
    for (const graph::TensorId id : node.inputs) inputs.push_back(tensors.bytes(id).data());
    ForEachMove(graph, node, [&](size_t to, size_t input, size_t from) {
      std::memcpy(out + to * size, inputs[input] + from * size, size);
    });
  });
}

// kSingleRounding: numbers of other scales are brought to the output's.
std::unique_ptr<Layer> RescaledMove(const Graph& graph, const Node& node) {
  const graph::Tensor& out = graph.tensor(node.outputs[0]);
  std::vector<std::array<int8_t, 256>> tables;
  for (const graph::TensorId id : node.inputs)
    tables.push_back(graph::RescaleTable(graph.arithmetic, graph.tensor(id), out));
  return MakeLayer([&graph, node, tables, padding = Padding(graph, node)](Tensors& tensors) {
    const std::span<int8_t> to = tensors.as<int8_t>(node.outputs[0]);
    if (node.op == OpKind::kPad) std::fill(to.begin(), to.end(), static_cast<int8_t>(padding[0]));
    std::vector<std::span<const int8_t>> inputs;
    for (const graph::TensorId id : node.inputs) inputs.push_back(tensors.as<int8_t>(id));
    ForEachMove(graph, node, [&](size_t at, size_t input, size_t from) {
      to[at] = tables[input][static_cast<size_t>(inputs[input][from] + 128)];
    });
  });
}

template <typename T, typename Index>
std::unique_ptr<Layer> ArgMaxLayer(const Graph& graph, const Node& node) {
  const graph::Shape shape = graph.tensor(node.inputs[0]).shape;
  const std::vector<int> axes = std::get<graph::ReduceAttributes>(node.attributes).axes;
  return MakeLayer([=, in = node.inputs[0], out = node.outputs[0]](Tensors& tensors) {
    const std::span<const T> from = tensors.as<T>(in);
    const std::span<Index> to = tensors.as<Index>(out);
    std::vector<T> best(to.size());
    std::vector<Index> seen(to.size(), 0);
    ForEachReduced(shape, axes, [&](size_t f, size_t t) {
      if (seen[t] == 0 || from[f] > best[t]) {
        best[t] = from[f];
        to[t] = seen[t];
      }
      ++seen[t];
    });
  });
}

template <typename T>
std::unique_ptr<Layer> ArgMaxOf(const Graph& graph, const Node& node) {
  if (graph.tensor(node.outputs[0]).type == DType::kInt32) return ArgMaxLayer<T, int32_t>(graph, node);
  return ArgMaxLayer<T, int64_t>(graph, node);
}

template <typename In, typename Out>
std::unique_ptr<Layer> Requantize(const Graph& graph, const Node& node) {
  return MakeLayer([p = graph::tflite::QuantizeParametersOf(graph, node), in = node.inputs[0],
                    out = node.outputs[0]](Tensors& tensors) {
    const std::span<const In> from = tensors.as<In>(in);
    std::transform(from.begin(), from.end(), tensors.as<Out>(out).begin(), [&](In q) {
      const auto difference = static_cast<int32_t>(int64_t{q} - p.input_zero_point);
      const int64_t value =
          int64_t{p.output_zero_point} + graph::tflite::MultiplyByQuantizedMultiplier(difference, p.output);
      return static_cast<Out>(
          std::clamp<int64_t>(value, std::numeric_limits<Out>::min(), std::numeric_limits<Out>::max()));
    });
  });
}

template <typename In>
std::unique_ptr<Layer> RequantizeTo(const Graph& graph, const Node& node) {
  switch (graph.tensor(node.outputs[0]).type) {
    case DType::kInt16: return Requantize<In, int16_t>(graph, node);
    case DType::kInt32: return Requantize<In, int32_t>(graph, node);
    default: return Requantize<In, int8_t>(graph, node);
  }
}

std::unique_ptr<Layer> Quantize(const Graph& graph, const Node& node) {
  switch (graph.tensor(node.inputs[0]).type) {
    case DType::kInt8: return RequantizeTo<int8_t>(graph, node);
    case DType::kInt16: return RequantizeTo<int16_t>(graph, node);
    case DType::kInt32: return RequantizeTo<int32_t>(graph, node);
    default: break;
  }
  const Scale scale = ScaleOf(graph, node.outputs[0]);
  return MakeLayer([=, in = node.inputs[0], out = node.outputs[0]](Tensors& tensors) {
    const std::span<const float> from = tensors.as<float>(in);
    std::transform(from.begin(), from.end(), tensors.as<int8_t>(out).begin(),
                   [&](float x) { return graph::tflite::QuantizeFloat(x, scale.scale, scale.zero_point); });
  });
}

template <typename In>
std::unique_ptr<Layer> Dequantize(const Graph& graph, const Node& node) {
  const Scale scale = ScaleOf(graph, node.inputs[0]);
  return MakeLayer([=, in = node.inputs[0], out = node.outputs[0]](Tensors& tensors) {
    const std::span<const In> from = tensors.as<In>(in);
    std::transform(from.begin(), from.end(), tensors.as<float>(out).begin(),
                   [&](In q) { return scale.scale * static_cast<float>(q - scale.zero_point); });
  });
}

bool SameScales(const Graph& graph, const Node& node) {
  if (graph.tensor(node.outputs[0]).quantization.scales.size() != 1) return true;
  for (const graph::TensorId id : node.inputs) {
    if (graph.tensor(id).quantization.scales.size() == 1 && ScaleOf(graph, id) != ScaleOf(graph, node.outputs[0]))
      return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<Layer> MakeTypedLayer(const Graph& graph, const Node& node) {
  const DType in = graph.tensor(node.inputs[0]).type;
  if (IsMove(node.op)) {
    const bool rescale = in == DType::kInt8 && graph.arithmetic == graph::Arithmetic::kSingleRounding;
    return rescale && !SameScales(graph, node) ? RescaledMove(graph, node) : Move(graph, node);
  }
  if (node.op == OpKind::kArgMax)
    return in == DType::kFloat32 ? ArgMaxOf<float>(graph, node) : ArgMaxOf<int8_t>(graph, node);
  if (node.op == OpKind::kDequantize)
    return in == DType::kInt16 ? Dequantize<int16_t>(graph, node) : Dequantize<int8_t>(graph, node);
  if (node.op == OpKind::kQuantize) return Quantize(graph, node);
  LINNET_CHECK(IsFloatNode(graph, node));
  return MakeLayer([&graph, node](Tensors& tensors) {
    FloatValues values(graph.tensors.size());
    for (const graph::TensorId id : node.inputs) {
      if (id != graph::kNoTensor) values[static_cast<size_t>(id)] = tensors.as<float>(id);
    }
    values[static_cast<size_t>(node.outputs[0])] = tensors.as<float>(node.outputs[0]);
    RunFloatNode(graph, node, values);
  });
}

}  // namespace linnet::reference
