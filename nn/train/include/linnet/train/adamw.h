// AdamW (Loshchilov, Hutter 2019) on plain floats: one pass over the memory, where LibTorch's takes eight. C++17, see architecture.h.
#pragma once

#include <cstddef>

namespace linnet::train {

struct AdamWStep {
  float learning_rate = 0.001f;
  float beta1 = 0.9f, beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 0.01f;
  int step = 1;  // from 1: how many steps the moments know, this one included
};

// One step over `count` weights: `moment1` and `moment2` are the running means of the gradient and its square.
// The same arguments give the same bits on every machine of one compiler: no fused multiply-add, one order.
void ApplyAdamW(const AdamWStep& step, float* weights, const float* gradient, float* moment1, float* moment2,
                size_t count);

}  // namespace linnet::train
