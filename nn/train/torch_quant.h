// Rounding as the compiler will do it (nn/quantize), on LibTorch's tensors. Only trainer_torch.cc includes this.
#pragma once

#include <torch/torch.h>

#include "linnet/train/trainer.h"
#include "value_steps.h"

namespace linnet::train {

// The step of each output channel (dimension 0): the largest weight over 2^(bits-1) - 1, or 1 where all are zero.
inline torch::Tensor WeightScales(const torch::Tensor& weights, int bits) {
  torch::NoGradGuard no_grad;
  const double most = (1 << (bits - 1)) - 1;
  const torch::Tensor largest = weights.detach().abs().reshape({weights.size(0), -1}).amax(1) / most;
  return torch::where(largest > 0, largest, torch::ones_like(largest));
}

// Rounded to these steps; gradients pass through.
inline torch::Tensor RoundWeights(const torch::Tensor& weights, int bits) {
  const torch::Tensor scales = WeightScales(weights, bits);
  const int64_t most = (1 << (bits - 1)) - 1;
  return torch::fake_quantize_per_channel_affine(weights, scales, torch::zeros({weights.size(0)}, torch::kInt32), 0,
                                                 -most, most);
}

// Rounded so; gradients pass where nothing is clipped.
inline torch::Tensor RoundValues(const torch::Tensor& x, const ValueRange& range) {
  const Affine affine = AffineOf(range);
  return torch::fake_quantize_per_tensor_affine(x, affine.scale, affine.zero_point, -128, 127);
}

// Moves the range a share of the way to what x holds; zero stays inside.
inline void Observe(const torch::Tensor& x, float share, ValueRange* range) {
  torch::NoGradGuard no_grad;
  const float least = std::min(0.0f, x.min().item<float>()), most = std::max(0.0f, x.max().item<float>());
  if (range->min == 0 && range->max == 0) share = 1;
  range->min += share * (least - range->min);
  range->max += share * (most - range->max);
}

}  // namespace linnet::train
