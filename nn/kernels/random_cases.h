// For tests: random numbers and the seeds of random cases. A failing case is run again alone with LINNET_TEST_SEED=N.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

namespace linnet::kernels {

// Evenly from lo..hi.
inline int Pick(std::mt19937& rng, int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(rng); }

// 0..count-1, or the one that LINNET_TEST_SEED names.
inline std::vector<uint32_t> Seeds(uint32_t count) {
  if (const char* seed = std::getenv("LINNET_TEST_SEED")) return {static_cast<uint32_t>(std::atoi(seed))};
  std::vector<uint32_t> seeds;
  for (uint32_t i = 0; i < count; ++i) seeds.push_back(i);
  return seeds;
}

}  // namespace linnet::kernels
