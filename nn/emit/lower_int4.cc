// Layers with 4-bit weights: two a byte in flash.
#include <fmt/format.h>

#include "linnet/kernels/fully_connected.h"
#include "linnet/kernels/fully_connected_int4.h"
#include "lower_int4.h"
#include "source_text.h"
#include "sparse.h"

namespace linnet::emit {

Outcome<void> LowerVectorInt4(const graph::Node& node, const Weighted& w, Layer& layer) {
  const kernels::WeightView view{w.weights.data(), w.taps, w.channels};
  KernelCost cost = DenseCost(w, kernels::Packing::kRawPair);
  cost.flash_bytes = static_cast<int64_t>(kernels::PackedInt4Bytes(w.taps, w.channels)) +
                     int64_t{sizeof(kernels::Channel)} * w.channels;
  cost.instructions = cost.instructions * 34 / 31;  // of the inner loops (int4_block.h)
  if (const auto sparse = ChooseSparse(w, cost, layer.prefer)) return LowerSparse(node, w, sparse->gaps, layer);
  std::vector<int8_t> packed(kernels::PackedInt4Bytes(w.taps, w.channels));
  kernels::PackInt4Weights(view, packed.data());
  LINNET_ASSIGN(const Channels channels, ChannelsOf(node, w, static_cast<size_t>(w.channels), true));
  const bool split = !kernels::FitsInt4Whole(view);
  layer.body = Constant("weights", packed) + Constant("channels", channels.channels) +
               fmt::format(
                   "  static constexpr k::FullyConnectedShape shape = {{.inputs = {}, .outputs = {}, .stage = {}}};\n"
                   "  constexpr k::Int4Kind kind = {{.rescale = {}, .loop = {{.groups_a_round = {}, .part = {}}},\n"
                   "      .split = {}}};\n"
                   "  k::FullyConnectedInt4<k::Target, kind>(shape, input, weights, channels, output);\n",
                   w.taps, w.channels, w.stage.text, Text(channels.rescale), kernels::GroupsARound(w.taps),
                   w.taps % 4 != 0, split);
  layer.operands = {node.inputs[0]};
  layer.macs = int64_t{w.taps} * w.channels;
  layer.weight_bytes = packed.size() + sizeof(kernels::Channel) * channels.channels.size();
  layer.weight_bits = 4;
  return {};
}

std::vector<int8_t> PackInt4Conv(const kernels::ConvWeightView& view) {
  std::vector<int8_t> plain(kernels::PackedConvBytes(view.g));
  std::vector<int8_t> packed(kernels::PackedInt4ConvBytes(view.g));
  kernels::PackInt4ConvWeights(view, plain.data(), packed.data());
  return packed;
}

}  // namespace linnet::emit
