// Convolutions and pools.
#include "layer.h"

namespace linnet::graphdef {
namespace {

using graph::OpKind;

const std::vector<int> kToChannelsLast = {0, 2, 3, 1};
const std::vector<int> kToChannelsFirst = {0, 3, 1, 2};

// Where height and width stand among the four dimensions of the data.
struct Format {
  bool channels_first = false;
  size_t height() const { return channels_first ? 2 : 1; }
  size_t width() const { return height() + 1; }
  size_t channels() const { return channels_first ? 1 : 3; }
};

Outcome<Format> ReadFormat(const Layer& layer) {
  const std::string format = layer.Text("data_format");
  if (format.empty() || format == "NHWC") return Format{false};
  if (format == "NCHW") return Format{true};
  return layer.Unsupported("data format '" + format + "'; supported: NHWC, NCHW");
}

// Height and width of a list of four numbers, which must be 1 for batch and channels.
Outcome<std::pair<int, int>> HeightWidth(const Layer& layer, Format format, const char* attribute, bool required) {
  const std::vector<int64_t> list = layer.IntegerList(attribute);
  if (list.empty() && !required) return std::pair{1, 1};
  if (list.size() != 4)
    return layer.Wrong(std::string("'") + attribute + "' must hold 4 numbers, it holds " + std::to_string(list.size()));
  if (list[0] != 1 || list[format.channels()] != 1)
    return layer.Unsupported(std::string("'") + attribute + "' over batch or channels; supported: height and width");
  for (const int64_t v : list) {
    if (v < 1 || v > (1 << 20))
      return layer.Wrong(std::string("'") + attribute + "' holds " + std::to_string(v) + ", expected 1 or more");
  }
  return std::pair{static_cast<int>(list[format.height()]), static_cast<int>(list[format.width()])};
}

Outcome<void> ReadPadding(const Layer& layer, Format format, graph::Window& window) {
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
  const size_t h = 2 * format.height();
  const size_t w = 2 * format.width();
  for (size_t i = 0; i < 8; ++i) {
    const bool spatial = i >= h && i <= w + 1;
    if (amounts[i] < 0 || amounts[i] > (spatial ? 1 << 20 : 0))
      return layer.Wrong("'explicit_paddings' holds " + std::to_string(amounts[i]));
  }
  window.padding = graph::Padding::kExplicit;
  window.pad_top = static_cast<int>(amounts[h]);
  window.pad_bottom = static_cast<int>(amounts[h + 1]);
  window.pad_left = static_cast<int>(amounts[w]);
  window.pad_right = static_cast<int>(amounts[w + 1]);
  return {};
}

Outcome<graph::Window> ReadWindow(const Layer& layer, Format format) {
  graph::Window window;
  LINNET_ASSIGN(const auto strides, HeightWidth(layer, format, "strides", true));
  LINNET_ASSIGN(const auto dilations, HeightWidth(layer, format, "dilations", false));
  window.stride_h = strides.first;
  window.stride_w = strides.second;
  window.dilation_h = dilations.first;
  window.dilation_w = dilations.second;
  if (auto ok = ReadPadding(layer, format, window); !ok) return std::unexpected(ok.error());
  return window;
}

// Runs `op` channels last, turning channels-first data before and its answer after.
Outcome<Result> AppendWindow(const Layer& layer, Format format, OpKind op, const Result& data, const Result* weights,
                             const graph::Attributes& attributes) {
  std::vector<Result> inputs = {data};
  if (format.channels_first && layer.ShapeOf(data).size() == 4) {
    LINNET_ASSIGN(inputs[0], layer.Transpose(data, kToChannelsLast, "/input_channels_last"));
  }
  if (weights != nullptr) inputs.push_back(*weights);
  LINNET_ASSIGN(const Result result,
                layer.Append(op, inputs, attributes, {}, format.channels_first ? "/channels_last" : ""));
  return format.channels_first ? layer.Transpose(result, kToChannelsFirst) : Outcome<Result>(result);
}

}  // namespace

Outcome<Result> ConvertConvolution(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  if (auto ok = layer.FloatConstant(1, "the filter"); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Format format, ReadFormat(layer));
  graph::ConvAttributes conv;
  LINNET_ASSIGN(conv.window, ReadWindow(layer, format));
  const OpKind op = layer.op() == "Conv2D" ? OpKind::kConv2D : OpKind::kDepthwiseConv2D;
  return AppendWindow(layer, format, op, layer.input(0), &layer.input(1), conv);
}

// The sizes of the answer, the filter [height, width, out, in], the data.
Outcome<Result> ConvertTransposeConv(Layer& layer) {
  if (auto ok = layer.ExpectInputs(3); !ok) return std::unexpected(ok.error());
  if (auto ok = layer.FloatConstant(1, "the filter"); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const std::vector<int64_t> sizes, layer.Integers(0, "the size of the answer"));
  LINNET_ASSIGN(const Format format, ReadFormat(layer));
  graph::TransposeConvAttributes conv;
  LINNET_ASSIGN(conv.window, ReadWindow(layer, format));
  if (sizes.size() != 4 || sizes[format.height()] < 1 || sizes[format.width()] < 1 ||
      sizes[format.height()] > (1 << 20) || sizes[format.width()] > (1 << 20))
    return layer.Wrong("an answer of " + graph::ToString(sizes) + " is not possible");
  conv.out_h = static_cast<int>(sizes[format.height()]);
  conv.out_w = static_cast<int>(sizes[format.width()]);
  LINNET_ASSIGN(const Result weights, layer.Transpose(layer.input(1), {0, 1, 3, 2}, "/filter"));
  return AppendWindow(layer, format, OpKind::kTransposeConv, layer.input(2), &weights, conv);
}

Outcome<Result> ConvertPool(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Format format, ReadFormat(layer));
  graph::PoolAttributes pool;
  LINNET_ASSIGN(pool.window, ReadWindow(layer, format));
  LINNET_ASSIGN(const auto kernel, HeightWidth(layer, format, "ksize", true));
  pool.window.kernel_h = kernel.first;
  pool.window.kernel_w = kernel.second;
  const OpKind op = layer.op() == "MaxPool" ? OpKind::kMaxPool : OpKind::kAveragePool;
  return AppendWindow(layer, format, op, layer.input(0), nullptr, pool);
}

}  // namespace linnet::graphdef
