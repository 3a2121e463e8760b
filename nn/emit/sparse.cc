#include "sparse.h"

#include <fmt/format.h>

#include "linnet/kernels/fully_connected.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

using kernels::Gaps;

// The model of costs: instructions as counted in the kernels' listings for the Cortex-M4, -O2. A sparse layer's kernel is
// charged to each layer, though layers of one kind share it, and the dense kernel to none, since others are likely to need it.
constexpr int64_t kSparseKernelBytes = 400;
constexpr int64_t kSparseInstructionsAChannel = 23;
constexpr int64_t kDenseInstructionsABlock = 103, kDenseInstructionsARound = 3;
constexpr int64_t kTailInstructionsAGroup = 16, kTailInstructionsABlock = 50;

constexpr int64_t SparseInstructionsAGroup(Gaps gaps) { return (gaps == Gaps::kFourBits ? 31 : 29) + 1; }
constexpr int64_t DenseInstructionsAGroup(kernels::Packing packing) {
  return packing == kernels::Packing::kRawPair ? 31 : 43;
}

kernels::WeightView ViewOf(const Weighted& w) { return {w.weights.data(), w.taps, w.channels}; }

std::optional<SparseForm> FormOf(const Weighted& w, Gaps gaps) {
  const int64_t groups = kernels::SparseGroups(ViewOf(w), gaps);
  if (groups < 0) return std::nullopt;
  const int64_t bytes_a_channel = sizeof(uint16_t) + sizeof(kernels::Channel);
  return SparseForm{gaps,
                    {groups * kernels::WordsAGroup(gaps) * int64_t{sizeof(uint32_t)} + w.channels * bytes_a_channel +
                         kSparseKernelBytes,
                     groups * SparseInstructionsAGroup(gaps) + w.channels * kSparseInstructionsAChannel}};
}

}  // namespace

KernelCost DenseCost(const Weighted& w, kernels::Packing packing) {
  const int64_t blocks = w.channels / kernels::kBlockChannels;
  const int64_t channels = (w.channels + 1) / 2 * 2;
  const int64_t tails = (channels - blocks * kernels::kBlockChannels) / kernels::kTailChannels;
  const int64_t groups = kernels::TapGroups(w.taps);
  const int64_t block = groups * DenseInstructionsAGroup(packing) +
                        groups / kernels::GroupsARound(w.taps) * kDenseInstructionsARound + kDenseInstructionsABlock;
  return {static_cast<int64_t>(kernels::PackedBytes(w.taps, w.channels)) + channels * int64_t{sizeof(kernels::Channel)},
          blocks * block + tails * (groups * kTailInstructionsAGroup + kTailInstructionsABlock)};
}

std::optional<SparseForm> ChooseSparse(const Weighted& w, const KernelCost& dense, Prefer prefer) {
  std::optional<SparseForm> best;
  for (const Gaps gaps : {Gaps::kEightBits, Gaps::kFourBits}) {
    const auto form = FormOf(w, gaps);
    if (!form || form->cost.flash_bytes >= dense.flash_bytes) continue;
    if (prefer == Prefer::kInstructions && form->cost.instructions > dense.instructions) continue;
    if (!best || form->cost.flash_bytes < best->cost.flash_bytes) best = form;
  }
  return best;
}

Outcome<void> LowerSparse(const graph::Node& node, const Weighted& w, Gaps gaps, Layer& layer) {
  const auto words =
      static_cast<size_t>(kernels::SparseGroups(ViewOf(w), gaps)) * static_cast<size_t>(kernels::WordsAGroup(gaps));
  std::vector<uint32_t> entries(words);
  std::vector<uint16_t> groups(static_cast<size_t>(w.channels));
  kernels::PackSparse(ViewOf(w), gaps, entries.data(), groups.data());
  LINNET_ASSIGN(const Channels channels, ChannelsOf(node, w, groups.size(), true));
  layer.operands = {node.inputs[0]};
  layer.macs = int64_t{w.taps} * w.channels;
  layer.weight_bytes = entries.size() * sizeof(uint32_t) + groups.size() * sizeof(uint16_t) +
                       channels.channels.size() * sizeof(kernels::Channel);
  layer.weight_bits = 8;
  layer.storage = fmt::format("sparse, {}-bit gaps", gaps == Gaps::kFourBits ? 4 : 8);
  if (entries.empty()) entries.push_back(0);  // C++ has no empty arrays
  layer.body = Constant("entries", entries) + Constant("groups", groups) + Constant("channels", channels.channels) +
               fmt::format(
                   "  static constexpr k::FullyConnectedShape shape = {{.inputs = {}, .outputs = {}, .stage = {}}};\n"
                   "  constexpr k::SparseKind kind = {{.gaps = k::Gaps::{}, .rescale = {}}};\n"
                   "  k::SparseFullyConnected<k::Target, kind>(shape, input, entries, groups, channels, output);\n",
                   w.taps, w.channels, w.stage.text, gaps == Gaps::kFourBits ? "kFourBits" : "kEightBits",
                   Text(channels.rescale));
  return {};
}

}  // namespace linnet::emit
