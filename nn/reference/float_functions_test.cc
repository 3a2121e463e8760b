#include "float_functions.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>

#include "linnet/kernels/float_math.h"

namespace linnet::reference {
namespace {

// Every 997th bit pattern of a float: all exponents, both signs, 4.3 million values.
constexpr uint64_t kStep = 997;

template <typename Function>
void ForEachFloat(Function f) {
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += kStep) f(std::bit_cast<float>(static_cast<uint32_t>(bits)));
}

bool Same(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

TEST(FloatFunctions, HaveTheBitsOfTheKernels) {
  int different = 0;
  ForEachFloat([&](float x) {
    const bool same = Same(Exp(x), kernels::FloatExp(x)) && Same(Logistic(x), kernels::FloatSigmoid(x)) &&
                      Same(Tanh(x), kernels::FloatTanh(x)) &&
                      (!std::isnormal(x) || x < 0 || Same(Log(x), kernels::FloatLog(x)));
    if (!same && ++different < 10) ADD_FAILURE() << "x = " << x;
  });
  EXPECT_EQ(different, 0);
}

TEST(FloatFunctions, AreCloseToTheRealFunctions) {
  ForEachFloat([&](float x) {
    if (!(std::fabs(x) < 80)) return;
    const double real = x;
    ASSERT_NEAR(static_cast<double>(Exp(x)) / std::exp(real), 1, 2e-7) << x;
    ASSERT_NEAR(Logistic(x), 1 / (1 + std::exp(-real)), 2e-7) << x;
    ASSERT_NEAR(Tanh(x), std::tanh(real), 2e-7) << x;
    if (!std::isnormal(x) || x < 0) return;
    ASSERT_NEAR(Log(x), std::log(real), 2e-7 * (1 + std::fabs(std::log(real)))) << x;
  });
}

}  // namespace
}  // namespace linnet::reference
