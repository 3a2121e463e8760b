// The trainer's own random numbers: the same on every machine and library, so that a seed names a network.
// C++17, see architecture.h.
#pragma once

#include <cstdint>

namespace linnet::train {

// SplitMix64 (Steele, Lea, Flood 2014). A stream is named by up to three numbers, so that the draws for image 7 of
// epoch 3 don't depend on what was drawn before: training can be resumed at any epoch.
class Random {
 public:
  explicit Random(uint64_t seed, uint64_t a = 0, uint64_t b = 0) : state_(seed) {
    state_ = Next() ^ a;
    state_ = Next() ^ b;
    state_ = Next();
  }
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  // In [0, count); the bias of the remainder is below count / 2^64.
  uint64_t Below(uint64_t count) { return Next() % count; }
  // In [-half, half).
  float Symmetric(float half) {
    return static_cast<float>(static_cast<int64_t>(Next() >> 40) - (1 << 23)) * (half / (1 << 23));
  }

 private:
  uint64_t state_;
};

}  // namespace linnet::train
