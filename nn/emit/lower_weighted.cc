// Fully connected, convolution, depthwise: which kernel computes a layer with weights, and how its weights are packed for it.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "linnet/graph/build.h"
#include "linnet/kernels/conv.h"
#include "linnet/kernels/conv_pool.h"
#include "linnet/kernels/depthwise_geometry.h"
#include "linnet/kernels/fully_connected.h"
#include "linnet/kernels/overlap.h"
#include "linnet/kernels/pack_conv.h"
#include "linnet/kernels/pointwise.h"
#include "lower_int4.h"
#include "lower_parts.h"
#include "source_text.h"
#include "sparse.h"
#include "weighted.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;
using kernels::ConvGeometry;
using kernels::Packing;

// Working memory for the unpacked weights of a block of a 4-bit convolution; a layer that needs more keeps 8 bits in flash.
constexpr int kInt4ScratchBytesMax = 4096;

constexpr size_t kBytesAChannel = sizeof(kernels::Channel);

const char* PackingText(Packing packing) {
  return packing == Packing::kRawPair ? "k::Packing::kRawPair" : "k::Packing::kPlain";
}

std::string GeometryText(const ConvGeometry& g) {
  return fmt::format(
      "{{.in_h = {}, .in_w = {}, .in_c = {}, .out_h = {}, .out_w = {}, .out_c = {}, .kernel_h = {}, .kernel_w = {},\n"
      "      .stride_h = {}, .stride_w = {}, .dilation_h = {}, .dilation_w = {}, .pad_top = {}, .pad_left = {}}}",
      g.in_h, g.in_w, g.in_c, g.out_h, g.out_w, g.out_c, g.kernel_h, g.kernel_w, g.stride_h, g.stride_w, g.dilation_h,
      g.dilation_w, g.pad_top, g.pad_left);
}

std::string LayerText(const Weighted& w) {
  return fmt::format("  static constexpr k::ConvLayer layer = {{.input_zero_point = {}, .stage = {}}};\n",
                     w.input.zero_point, w.stage.text);
}

// The stage's text with the clamp that ReadWeighted settled.
void SettleStage(Weighted& w) {
  w.stage.text =
      fmt::format("{{.zero_point = {}, .lo = {}, .hi = {}}}", w.stage.output.zero_point, w.stage.lo, w.stage.hi);
}

void CountWeights(const Weighted& w, Layer& layer) {
  layer.weights = static_cast<int64_t>(w.weights.size());
  layer.zero_weights = std::ranges::count(w.weights, 0);
  layer.storage = "dense";
}

size_t RoundUp(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

Outcome<void> LowerVector(const Node& node, Weighted w, Layer& layer) {
  SettleStage(w);
  CountWeights(w, layer);
  if (w.bits == 4) return LowerVectorInt4(node, w, layer);
  const kernels::WeightView view{w.weights.data(), w.taps, w.channels};
  const Packing packing = kernels::FitsRawPair(view) ? Packing::kRawPair : Packing::kPlain;
  if (const auto sparse = ChooseSparse(w, DenseCost(w, packing), layer.prefer))
    return LowerSparse(node, w, sparse->gaps, layer);
  std::vector<int8_t> packed(kernels::PackedBytes(w.taps, w.channels));
  kernels::PackWeights(view, packing, packed.data());
  LINNET_ASSIGN(const Channels channels, ChannelsOf(node, w, RoundUp(static_cast<size_t>(w.channels), 2), true));
  layer.body = Constant("weights", packed) + Constant("channels", channels.channels) +
               fmt::format(
                   "  static constexpr k::FullyConnectedShape shape = {{.inputs = {}, .outputs = {}, .stage = {}}};\n"
                   "  constexpr k::VectorKind kind = {{.packing = {}, .rescale = {}, .groups_a_round = {},\n"
                   "      .part = {}}};\n"
                   "  k::FullyConnected<k::Target, kind>(shape, input, weights, channels, output);\n",
                   w.taps, w.channels, w.stage.text, PackingText(packing), Text(channels.rescale),
                   kernels::GroupsARound(w.taps), w.taps % 4 != 0);
  layer.operands = {node.inputs[0]};
  layer.macs = int64_t{w.taps} * w.channels;
  layer.weight_bytes = packed.size() + kBytesAChannel * channels.channels.size();
  layer.weight_bits = 8;
  return {};
}

struct PackedConv {
  std::vector<int8_t> weights;
  Packing packing;
  Channels channels;
  bool int4 = false;

  size_t bytes() const { return weights.size() + kBytesAChannel * channels.channels.size(); }
};

Outcome<PackedConv> PackConv(const Node& node, const Weighted& w, const ConvGeometry& g) {
  if (!kernels::TapRunsOf(g).fits) {
    return Unsupported(node,
                       fmt::format("a stride of {} columns is too wide for the code generator; supported are up to {}; "
                                   "slice or pool the input first",
                                   g.stride_w, kernels::kMaxTapRuns));
  }
  const kernels::ConvWeightView view{w.weights.data(), g};
  PackedConv packed;
  packed.packing = kernels::FitsRawPair(view, w.InputLow(), w.InputHigh()) ? Packing::kRawPair : Packing::kPlain;
  packed.int4 = w.bits == 4 && kernels::Int4BlockBytes(g) <= kInt4ScratchBytesMax;
  if (packed.int4) {
    packed.weights = PackInt4Conv(view);
  } else {
    packed.weights.resize(kernels::PackedConvBytes(g));
    kernels::PackConvWeights(view, packed.packing, packed.weights.data());
  }
  const size_t count = static_cast<size_t>(kernels::ConvBlocks(g)) * kernels::kBlockChannelsConv;
  LINNET_ASSIGN(packed.channels, ChannelsOf(node, w, count, false));
  return packed;
}

std::string KindText(const ConvGeometry& g, const PackedConv& packed) {
  return fmt::format("{{.g = {},\n      .packing = {}, .rescale = {}{}}}", GeometryText(g), PackingText(packed.packing),
                     Text(packed.channels.rescale), packed.int4 ? ", .int4 = true" : "");
}

Outcome<void> LowerGeneralConv(const Node& node, Weighted w, const ConvGeometry& g, Layer& layer) {
  SettleStage(w);
  CountWeights(w, layer);
  LINNET_ASSIGN(const PackedConv packed, PackConv(node, w, g));
  const bool pointwise = g.IsPointwise() && !packed.int4;  // which reads all weights for each two pixels
  const kernels::ConvKind kind = {.g = g, .int4 = packed.int4};
  layer.scratch_bytes = static_cast<size_t>(pointwise ? kernels::PointwiseScratchBytes(g) : kind.ScratchBytes());
  layer.in_place = {Over(pointwise ? kernels::PointwiseLeadBytes(g) : kernels::ConvLeadBytes(g))};
  layer.operands = {node.inputs[0]};
  layer.macs = int64_t{g.out_h} * g.out_w * g.out_c * w.taps;
  layer.weight_bytes = packed.bytes();
  layer.weight_bits = packed.int4 ? 4 : 8;
  layer.body = Constant("weights", packed.weights) + Constant("channels", packed.channels.channels) + LayerText(w) +
               fmt::format(
                   "  constexpr k::ConvKind kind = {};\n"
                   "  k::{}<k::Target, kind>(layer, input, weights, channels, scratch, output);\n",
                   KindText(g, packed), pointwise ? "Pointwise" : "Conv2D");
  return {};
}

Outcome<void> LowerDepthwise(const Node& node, Weighted w, const kernels::DepthwiseGeometry& d, Layer& layer) {
  SettleStage(w);
  CountWeights(w, layer);
  std::vector<int8_t> packed(d.PackedBytes());
  kernels::PackDepthwiseWeights(d, w.weights.data(), packed.data());
  LINNET_ASSIGN(const Channels channels, ChannelsOf(node, w, static_cast<size_t>(w.channels), false));
  layer.scratch_bytes = static_cast<size_t>(d.ScratchBytes());
  if (d.multiplier == 1) layer.in_place = {Over(kernels::DepthwiseLeadBytes(d))};
  layer.operands = {node.inputs[0]};
  layer.macs = int64_t{d.g.out_h} * d.g.out_w * d.g.out_c * w.taps;
  layer.weight_bytes = packed.size() + kBytesAChannel * channels.channels.size();
  layer.weight_bits = 8;
  layer.body = Constant("weights", packed) + Constant("channels", channels.channels) + LayerText(w) +
               fmt::format(
                   "  constexpr k::DepthwiseKind kind = {{.d = {{.g = {},\n      .multiplier = {}}}, .rescale = {}}};\n"
                   "  k::DepthwiseConv2D<k::Target, kind>(layer, input, weights, channels, scratch, output);\n",
                   GeometryText(d.g), d.multiplier, Text(channels.rescale));
  return {};
}

// A picture one pixel wide, as signals have it, lies in memory like one of a single row: the kernels work along rows.
void LayOnItsSide(ConvGeometry& g) {
  std::swap(g.in_h, g.in_w);
  std::swap(g.out_h, g.out_w);
  std::swap(g.kernel_h, g.kernel_w);
  std::swap(g.stride_h, g.stride_w);
  std::swap(g.dilation_h, g.dilation_w);
  std::swap(g.pad_top, g.pad_left);
}

Outcome<ConvGeometry> GeometryAsWritten(const Graph& graph, const Node& node) {
  const graph::Shape& in = graph.tensor(node.inputs[0]).shape;
  const graph::Shape& out = graph.tensor(node.outputs[0]).shape;
  const graph::Shape& kernel = graph.tensor(node.inputs[1]).shape;
  const graph::Window& window = std::get<graph::ConvAttributes>(node.attributes).window;
  if (in[0] != 1) return Unsupported(node, "supported is batch 1, found input " + graph::ToString(in));
  ConvGeometry g{.in_h = Dim(in, 1),
                 .in_w = Dim(in, 2),
                 .in_c = Dim(in, 3),
                 .out_h = Dim(out, 1),
                 .out_w = Dim(out, 2),
                 .out_c = Dim(out, 3),
                 .kernel_h = Dim(kernel, 0),
                 .kernel_w = Dim(kernel, 1),
                 .stride_h = window.stride_h,
                 .stride_w = window.stride_w,
                 .dilation_h = window.dilation_h,
                 .dilation_w = window.dilation_w,
                 .pad_top = window.pad_top,
                 .pad_left = window.pad_left};
  return g;
}

Outcome<ConvGeometry> GeometryOf(const Graph& graph, const Node& node) {
  LINNET_ASSIGN(ConvGeometry g, GeometryAsWritten(graph, node));
  if (g.in_w == 1 && g.kernel_w == 1 && g.out_w == 1 && g.pad_left == 0) LayOnItsSide(g);
  return g;
}

// One output pixel that sees the whole input, as a matrix-vector product.
bool IsVector(const ConvGeometry& g) {
  return g.out_h == 1 && g.out_w == 1 && g.pad_top == 0 && g.pad_left == 0 && g.kernel_h == g.in_h &&
         g.kernel_w == g.in_w && g.dilation_h == 1 && g.dilation_w == 1;
}

}  // namespace

Outcome<void> LowerFullyConnected(const Graph& graph, const Node& node, Layer& layer) {
  const graph::Shape& shape = graph.tensor(node.inputs[1]).shape;
  const int inputs = Dim(shape, 0), outputs = Dim(shape, 1);
  const int rows = Dim(graph.tensor(node.inputs[0]).shape, 0);
  LINNET_ASSIGN(Weighted w, ReadWeighted(graph, node, inputs, outputs));
  if (rows == 1) return LowerVector(node, std::move(w), layer);
  // Several rows are the pixels of a 1x1 convolution.
  const ConvGeometry g = {.in_h = 1, .in_w = rows, .in_c = inputs, .out_h = 1, .out_w = rows, .out_c = outputs};
  return LowerGeneralConv(node, std::move(w), g, layer);
}

Outcome<void> LowerConvolution(const Graph& graph, const Node& node, Layer& layer) {
  LINNET_ASSIGN(const ConvGeometry g, GeometryOf(graph, node));
  const bool depthwise = node.op == graph::OpKind::kDepthwiseConv2D;
  const int taps = g.kernel_h * g.kernel_w * (depthwise ? 1 : g.in_c);
  LINNET_ASSIGN(Weighted w, ReadWeighted(graph, node, taps, g.out_c));
  // With one input channel the two operators are the same, weights included.
  if (!depthwise || g.in_c == 1) {
    return IsVector(g) ? LowerVector(node, std::move(w), layer) : LowerGeneralConv(node, std::move(w), g, layer);
  }
  const graph::Shape& kernel = graph.tensor(node.inputs[1]).shape;
  return LowerDepthwise(node, std::move(w), {.g = g, .multiplier = Dim(kernel, 3)}, layer);
}

bool CanFuseConvPool(const Graph& graph, const Node& conv, const Node& pool) {
  if (conv.op != graph::OpKind::kConv2D || pool.op != graph::OpKind::kMaxPool) return false;
  if (graph::ActivationOf(pool) != graph::Activation::kNone) return false;
  const graph::Tensor& between = graph.tensor(conv.outputs[0]);
  const graph::Tensor& out = graph.tensor(pool.outputs[0]);
  return between.type == graph::DType::kInt8 && out.type == graph::DType::kInt8 && between.shape[3] % 4 == 0 &&
         between.quantization.scales == out.quantization.scales &&
         between.quantization.zero_points == out.quantization.zero_points;
}

Outcome<void> LowerConvPool(const Graph& graph, const Node& conv, const Node& pool, Layer& layer) {
  LINNET_ASSIGN(const ConvGeometry g, GeometryAsWritten(graph, conv));
  LINNET_ASSIGN(Weighted w, ReadWeighted(graph, conv, g.kernel_h * g.kernel_w * g.in_c, g.out_c));
  SettleStage(w);
  CountWeights(w, layer);
  LINNET_ASSIGN(const PackedConv packed, PackConv(conv, w, g));
  const graph::Window& window = std::get<graph::PoolAttributes>(pool.attributes).window;
  const graph::Shape& out = graph.tensor(pool.outputs[0]).shape;
  const kernels::PoolGeometry p = {.out_h = Dim(out, 1),
                                   .out_w = Dim(out, 2),
                                   .kernel_h = window.kernel_h,
                                   .kernel_w = window.kernel_w,
                                   .stride_h = window.stride_h,
                                   .stride_w = window.stride_w,
                                   .pad_top = window.pad_top,
                                   .pad_left = window.pad_left};
  const kernels::ConvPoolKind kind = {.conv = {.g = g, .int4 = packed.int4}, .pool = p};
  layer.scratch_bytes = static_cast<size_t>(kind.ScratchBytes());
  layer.in_place = {Over(kernels::ConvPoolLeadBytes(g, p))};
  layer.operands = {conv.inputs[0]};
  layer.output = pool.outputs[0];
  layer.macs = int64_t{g.out_h} * g.out_w * g.out_c * w.taps;
  layer.weight_bytes = packed.bytes();
  layer.weight_bits = packed.int4 ? 4 : 8;
  layer.body =
      Constant("weights", packed.weights) + Constant("channels", packed.channels.channels) + LayerText(w) +
      fmt::format(
          "  constexpr k::ConvPoolKind kind = {{.conv = {},\n"
          "      .pool = {{.out_h = {}, .out_w = {}, .kernel_h = {}, .kernel_w = {}, .stride_h = {}, "
          ".stride_w = {}, .pad_top = {}, .pad_left = {}}}}};\n"
          "  k::ConvMaxPool<k::Target, kind>(layer, input, weights, channels, scratch, output);\n",
          KindText(g, packed), p.out_h, p.out_w, p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.pad_top, p.pad_left);
  return {};
}

}  // namespace linnet::emit
