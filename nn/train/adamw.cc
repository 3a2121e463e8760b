#include "linnet/train/adamw.h"

#include <cmath>

namespace linnet::train {

// Clones for wider registers: the same operations on more floats at once, so the same bits.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((optimize("O3", "no-math-errno"), target_clones("avx2", "default")))
#endif
void ApplyAdamW(const AdamWStep& step, float* __restrict weights, const float* __restrict gradient,
                float* __restrict moment1, float* __restrict moment2, size_t count) {
  const float beta1 = step.beta1, beta2 = step.beta2, epsilon = step.epsilon;
  const float keep = 1 - step.learning_rate * step.weight_decay;
  // Powers in double: over ten thousand steps floats would drift.
  const float rate = static_cast<float>(static_cast<double>(step.learning_rate) /
                                        (1 - std::pow(static_cast<double>(step.beta1), step.step)));
  const float correction2 = static_cast<float>(1 / std::sqrt(1 - std::pow(static_cast<double>(step.beta2), step.step)));
  for (size_t i = 0; i < count; ++i) {
    const float g = gradient[i];
    const float m = beta1 * moment1[i] + (1 - beta1) * g;
    const float v = beta2 * moment2[i] + (1 - beta2) * g * g;
    moment1[i] = m;
    moment2[i] = v;
    weights[i] = weights[i] * keep - rate * m / (std::sqrt(v) * correction2 + epsilon);
  }
}

}  // namespace linnet::train
