// A layer with weights as a quantiser may ask for it, and its definition in exact arithmetic. For the tests of both twins.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "linnet/kernels/kernels.h"
#include "random_cases.h"

namespace linnet::kernels {

// Bytes that end where their allocation ends: under the address sanitizer a read past them fails.
inline std::vector<int8_t> RandomBytes(std::mt19937& rng, size_t count, int lo = -128, int hi = 127) {
  std::vector<int8_t> bytes(count);
  for (auto& b : bytes) b = static_cast<int8_t>(Pick(rng, lo, hi));
  return bytes;
}

struct AlignedBytes {
  explicit AlignedBytes(size_t count) : words((count + 3) / 4) {}
  int8_t* data() { return reinterpret_cast<int8_t*>(words.data()); }
  std::vector<uint32_t> words;
};

// What a quantiser may ask of a layer, as real numbers: one multiplier and shift a channel.
struct Layer {
  int32_t input_zero = 0;
  OutputStage stage = {};
  std::vector<int32_t> bias, multipliers;
  std::vector<int> shifts;

  Layer(std::mt19937& rng, int channels, Rescale rescale) {
    input_zero = Pick(rng, 0, 3) == 0 ? -128 : Pick(rng, -128, 127);
    stage.zero_point = Pick(rng, -128, 127);
    if (rescale.clamp) {
      stage.lo = Pick(rng, -128, 0);
      stage.hi = Pick(rng, 1, 127);
    }
    for (int c = 0; c < channels; ++c) {
      bias.push_back(Pick(rng, -20000, 20000));
      multipliers.push_back(Pick(rng, 1 << 30, 0x7FFFFFFF));
      shifts.push_back(rescale.fast ? Pick(rng, 33, 46) : Pick(rng, 25, 50));
    }
  }

  std::vector<Channel> Channels(Rescale rescale, size_t count, const std::vector<int32_t>& stored_bias) const {
    std::vector<Channel> channels;
    for (size_t c = 0; c < bias.size(); ++c) {
      channels.push_back(
          rescale.fast ? FastChannel(rescale.rounding, stored_bias[c], multipliers[c], shifts[c], stage.zero_point)
                       : GeneralChannel(stored_bias[c], multipliers[c], shifts[c]));
    }
    while (channels.size() < count) channels.push_back({});
    return channels;
  }

  // The definition, in exact arithmetic.
  int8_t Finished(Rounding rounding, int64_t acc, size_t c) const {
    __int128 value = static_cast<__int128>(acc) * multipliers[c];
    if (rounding == Rounding::kSingle) {
      value = (value + (static_cast<__int128>(1) << (shifts[c] - 1))) >> shifts[c];
    } else {
      const int right = std::max(0, shifts[c] - 31), left = std::max(0, 31 - shifts[c]);
      value = ((value << left) + (1 << 30)) >> 31;  // halves up
      if (right > 0) {
        const __int128 half = static_cast<__int128>(1) << (right - 1);  // halves away from zero
        value = value < 0 ? -((-value + half) >> right) : (value + half) >> right;
      }
    }
    value += stage.zero_point;
    return static_cast<int8_t>(value < stage.lo ? stage.lo : value > stage.hi ? stage.hi : static_cast<int>(value));
  }
};

inline constexpr Rescale kRescales[] = {{Rounding::kSingle, true, false}, {Rounding::kSingle, true, true},
                                        {Rounding::kSingle, false, true}, {Rounding::kDouble, true, false},
                                        {Rounding::kDouble, true, true},  {Rounding::kDouble, false, true}};

}  // namespace linnet::kernels
