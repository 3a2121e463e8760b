// Float operators of one or two tensors, element by element; each may work in place.
#pragma once

#include <cstdint>

#include "linnet/kernels/broadcast.h"
#include "linnet/kernels/float_conv.h"
#include "linnet/kernels/float_math.h"

namespace linnet::kernels {

// An Op of broadcast.h for each of the four operations and the two extremes.
enum class FloatOperation : uint8_t { kAdd, kSub, kMul, kDiv, kMaximum, kMinimum };
template <FloatOperation kOperation>
struct FloatBinary {
  using Element = float;
  using Output = float;
  using Parameters = FloatClamp;
  static float Of(float a, float b) {
    switch (kOperation) {
      case FloatOperation::kAdd: return a + b;
      case FloatOperation::kSub: return a - b;
      case FloatOperation::kMul: return a * b;
      case FloatOperation::kDiv: return a / b;
      case FloatOperation::kMaximum: return a > b ? a : b;
      case FloatOperation::kMinimum: return a < b ? a : b;
    }
  }
  template <Moving kMoving>
  [[gnu::always_inline]] static inline void Run(const Parameters& clamp, int count, const float* a, const float* b,
                                                float* output) {
    for (int i = 0; i < count; ++i) {
      output[i] = Clamped(clamp, Of(*a, *b));
      if (kMoving != Moving::kB) ++a;
      if (kMoving != Moving::kA) ++b;
    }
  }
};

struct FloatClampFunction {
  FloatClamp clamp;
  float operator()(float x) const { return Clamped(clamp, x); }
};
struct FloatLeakyRelu {
  float alpha;
  float operator()(float x) const { return x >= 0 ? x : x * alpha; }
};
struct FloatHardSwish {  // x * relu6(x + 3) / 6
  float operator()(float x) const {
    float gate = x + 3.0F;
    gate = gate > 0 ? gate : 0.0F;
    gate = gate < 6.0F ? gate : 6.0F;
    return x * gate / 6.0F;
  }
};
struct FloatSigmoidFunction {
  float operator()(float x) const { return FloatSigmoid(x); }
};
struct FloatTanhFunction {
  float operator()(float x) const { return FloatTanh(x); }
};

template <typename Function>
[[gnu::noinline]] void FloatUnary(const Function& function, int count, const float* input, float* output) {
  for (int i = 0; i < count; ++i) output[i] = function(input[i]);
}

}  // namespace linnet::kernels
