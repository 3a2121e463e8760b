#include "linnet/train/adamw.h"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "linnet/train/random.h"

namespace linnet::train {
namespace {

// The paper's algorithm 2 in double, weight by weight.
void Reference(const AdamWStep& s, double g, double* w, double* m, double* v) {
  *m = s.beta1 * *m + (1 - s.beta1) * g;
  *v = s.beta2 * *v + (1 - s.beta2) * g * g;
  const double m_hat = *m / (1 - std::pow(s.beta1, s.step)), v_hat = *v / (1 - std::pow(s.beta2, s.step));
  *w -= s.learning_rate * (m_hat / (std::sqrt(v_hat) + s.epsilon) + s.weight_decay * *w);
}

TEST(AdamW, FollowsThePaper) {
  constexpr size_t kCount = 37;  // no multiple of a register
  Random random(11);
  std::vector<float> weights(kCount), gradient(kCount), moment1(kCount), moment2(kCount);
  for (float& w : weights) w = random.Symmetric(1);
  std::vector<double> w(weights.begin(), weights.end()), m(kCount), v(kCount);
  for (int step = 1; step <= 50; ++step) {
    for (float& g : gradient) g = random.Symmetric(0.1f);
    const AdamWStep now{0.004f, 0.9f, 0.999f, 1e-8f, 0.01f, step};
    ApplyAdamW(now, weights.data(), gradient.data(), moment1.data(), moment2.data(), kCount);
    for (size_t i = 0; i < kCount; ++i) Reference(now, gradient[i], &w[i], &m[i], &v[i]);
  }
  for (size_t i = 0; i < kCount; ++i) EXPECT_NEAR(weights[i], w[i], 2e-5) << i;
}

TEST(AdamW, FirstStep_MovesEachWeightByTheLearningRate) {
  float weights[] = {1.0f, -1.0f}, gradient[] = {1e-3f, -5.0f}, moment1[2] = {}, moment2[2] = {};
  ApplyAdamW({0.01f, 0.9f, 0.999f, 1e-8f, 0, 1}, weights, gradient, moment1, moment2, 2);
  EXPECT_NEAR(weights[0], 0.99f, 1e-6);
  EXPECT_NEAR(weights[1], -0.99f, 1e-6);
}

TEST(AdamW, WithoutGradient_OnlyDecays) {
  float weight = 2.0f, gradient = 0, moment1 = 0, moment2 = 0;
  ApplyAdamW({0.1f, 0.9f, 0.999f, 1e-8f, 0.5f, 1}, &weight, &gradient, &moment1, &moment2, 1);
  EXPECT_FLOAT_EQ(weight, 2.0f * (1 - 0.1f * 0.5f));
}

}  // namespace
}  // namespace linnet::train
