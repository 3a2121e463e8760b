// MatMul, BiasAdd, convolutions and pools.
#include "layer.h"

namespace linnet::graphdef {
namespace {

using graph::OpKind;
using graph::TensorId;

Outcome<void> ExpectChannelsLast(const Layer& layer) {
  const std::string format = layer.Text("data_format");
  if (format.empty() || format == "NHWC") return {};
  return layer.Unsupported("data format '" + format + "'; supported: NHWC, export the network with channels last");
}

Outcome<TensorId> Transposed(Layer& layer, TensorId id) {
  Conversion& c = layer.conversion();
  const graph::Tensor& source = c.graph.tensor(id);
  if (source.shape.size() != 2)
    return layer.Wrong("expects weights of 2 dimensions, found " + graph::ToString(source.shape));
  if (source.data.size() > c.constant_budget_bytes)
    return layer.Wrong("all constants together are over the limit", Status::kResourceExhausted);
  c.constant_budget_bytes -= source.data.size();
  const std::vector<float> values = graph::FloatValues(source);
  const auto rows = static_cast<size_t>(source.shape[0]);
  const auto columns = static_cast<size_t>(source.shape[1]);
  std::vector<float> turned(values.size());
  for (size_t r = 0; r < rows; ++r) {
    for (size_t k = 0; k < columns; ++k) turned[k * rows + r] = values[r * columns + k];
  }
  return graph::AddConstant(c.graph, source.name + "/transposed", {source.shape[1], source.shape[0]}, turned);
}

// Height and width of a list of four numbers for [batch, height, width, channels], which must be 1 for the others.
Outcome<std::pair<int, int>> HeightWidth(const Layer& layer, const char* attribute, bool required) {
  const std::vector<int64_t> list = layer.IntegerList(attribute);
  if (list.empty() && !required) return std::pair{1, 1};
  if (list.size() != 4)
    return layer.Wrong(std::string("'") + attribute + "' must hold 4 numbers, it holds " + std::to_string(list.size()));
  if (list[0] != 1 || list[3] != 1)
    return layer.Unsupported(std::string("'") + attribute + "' over batch or channels; supported: height and width");
  for (const int64_t v : list) {
    if (v < 1 || v > (1 << 20))
      return layer.Wrong(std::string("'") + attribute + "' holds " + std::to_string(v) + ", expected 1 or more");
  }
  return std::pair{static_cast<int>(list[1]), static_cast<int>(list[2])};
}

Outcome<void> ReadPadding(const Layer& layer, graph::Window& window) {
  const std::string padding = layer.Text("padding");
  if (padding == "SAME")
    window.padding = graph::Padding::kSame;
  else if (padding == "VALID")
    window.padding = graph::Padding::kValid;
  else if (padding != "EXPLICIT")
    return layer.Unsupported("padding '" + padding + "'; supported: SAME, VALID, EXPLICIT");
  if (padding != "EXPLICIT") return {};
  const std::vector<int64_t> amounts = layer.IntegerList("explicit_paddings");
  if (amounts.size() != 8)
    return layer.Wrong("'explicit_paddings' must hold 8 numbers, it holds " + std::to_string(amounts.size()));
  for (size_t i = 0; i < 8; ++i) {
    const bool spatial = i >= 2 && i < 6;
    if (amounts[i] < 0 || amounts[i] > (spatial ? 1 << 20 : 0))
      return layer.Wrong("'explicit_paddings' holds " + std::to_string(amounts[i]));
  }
  window.padding = graph::Padding::kExplicit;
  window.pad_top = static_cast<int>(amounts[2]);
  window.pad_bottom = static_cast<int>(amounts[3]);
  window.pad_left = static_cast<int>(amounts[4]);
  window.pad_right = static_cast<int>(amounts[5]);
  return {};
}

Outcome<graph::Window> ReadWindow(const Layer& layer) {
  if (auto ok = ExpectChannelsLast(layer); !ok) return std::unexpected(ok.error());
  graph::Window window;
  LINNET_ASSIGN(const auto strides, HeightWidth(layer, "strides", true));
  LINNET_ASSIGN(const auto dilations, HeightWidth(layer, "dilations", false));
  window.stride_h = strides.first;
  window.stride_w = strides.second;
  window.dilation_h = dilations.first;
  window.dilation_w = dilations.second;
  if (auto ok = ReadPadding(layer, window); !ok) return std::unexpected(ok.error());
  return window;
}

}  // namespace

Outcome<TensorId> ConvertMatMul(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  if (layer.Flag("transpose_a")) return layer.Unsupported("transpose_a; supported: transpose_b of constant weights");
  LINNET_ASSIGN(TensorId weights, layer.FloatConstant(1, "the second factor"));
  if (layer.Flag("transpose_b")) {
    LINNET_ASSIGN(weights, Transposed(layer, weights));
  }
  return layer.Append(OpKind::kFullyConnected, {layer.input(0), weights}, graph::FullyConnectedAttributes{});
}

Outcome<TensorId> ConvertConvolution(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const TensorId weights, layer.FloatConstant(1, "the filter"));
  graph::ConvAttributes conv;
  LINNET_ASSIGN(conv.window, ReadWindow(layer));
  const OpKind op = layer.def().op() == "Conv2D" ? OpKind::kConv2D : OpKind::kDepthwiseConv2D;
  return layer.Append(op, {layer.input(0), weights}, conv);
}

Outcome<TensorId> ConvertPool(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  graph::PoolAttributes pool;
  LINNET_ASSIGN(pool.window, ReadWindow(layer));
  LINNET_ASSIGN(const auto kernel, HeightWidth(layer, "ksize", true));
  pool.window.kernel_h = kernel.first;
  pool.window.kernel_w = kernel.second;
  return layer.Append(layer.def().op() == "MaxPool" ? OpKind::kMaxPool : OpKind::kAveragePool, {layer.input(0)}, pool);
}

Outcome<TensorId> ConvertBiasAdd(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  if (auto ok = ExpectChannelsLast(layer); !ok) return std::unexpected(ok.error());
  if (layer.tensor(1).shape.size() != 1)
    return layer.Wrong("expects a bias of 1 dimension, found " + graph::ToString(layer.tensor(1).shape));
  return layer.Append(OpKind::kAdd, {layer.input(0), layer.input(1)});
}

}  // namespace linnet::graphdef
