// Layers with weights: reading them from the graph and turning scales into what kernels take. Private to nn/emit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"
#include "linnet/kernels/rescale.h"
#include "lower_parts.h"

namespace linnet::emit {

// The constant weights as [taps][channels], and what each channel needs to finish its sum.
struct Weighted {
  std::vector<int8_t> weights;
  int bits = 8;  // 4: all in -7..7
  int taps = 0;
  int channels = 0;
  std::vector<int64_t> bias;
  struct Real {  // real = multiplier * 2^-shift
    int32_t multiplier;
    int shift;
  };
  std::vector<Real> rescale;
  std::vector<int32_t> zero_points;  // the output's, or the answer of a channel that always gives the same
  kernels::Rounding rounding = kernels::Rounding::kSingle;
  PerTensor input{};
  Stage stage{};

  // x - zero_point lies between these.
  int InputLow() const { return -128 - input.zero_point; }
  int InputHigh() const { return 127 - input.zero_point; }
};

//   kUnimplemented, kInvalidArgument: the message names the layer
Outcome<Weighted> ReadWeighted(const graph::Graph& graph, const graph::Node& node, int taps, int channels);

// Each channel's numbers in the form that all of them permit, zeros up to `count` channels.
struct Channels {
  std::vector<kernels::Channel> channels;
  kernels::Rescale rescale;
};
// `zero_point_folded`: the kernel multiplies inputs as they are, so that the zero point's share goes into the bias.
//   kUnimplemented: a sum may not fit 32 bits
Outcome<Channels> ChannelsOf(const graph::Node& node, const Weighted& w, size_t count, bool zero_point_folded);

std::string Constant(std::string_view name, const std::vector<kernels::Channel>& channels);
std::string Text(
    const kernels::Rescale& rescale);  // "{.rounding = k::Rounding::kDouble, .fast = true, .clamp = false}"

}  // namespace linnet::emit
