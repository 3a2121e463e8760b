// From a 32-bit accumulator to the int8 that is stored: one multiplication, one shift, the output's zero point, a clamp.
// Two roundings, so that answers equal TensorFlow Lite's (double) or cost one instruction less (single). Host or device.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::kernels {

// real = multiplier * 2^-shift, multiplier in [2^30, 2^31), shift 1..62.
//   kSingle: round(acc * multiplier / 2^shift), halves up.
//   kDouble: TensorFlow Lite's MultiplyByQuantizedMultiplier: halves up after 31 bits, then halves away from zero after the rest.
enum class Rounding : uint8_t { kSingle, kDouble };

// What becomes of an accumulator: clamp(zero_point + rescaled, lo, hi).
struct OutputStage {
  int32_t zero_point = 0;
  int32_t lo = -128;
  int32_t hi = 127;
};

// One output channel as generated code stores it. The fast form holds what the instructions take:
//   multiplier  kDouble: 2 * multiplier modulo 2^32 (SMMLAR adds the missing accumulator); kSingle: multiplier
//   last        bits 7..0 the last shift e, bits 31..8 the half and the zero point before it: (1 << (e - 1)) + (zero_point << e)
// The general form holds the multiplier as it is and the shift in bits 31..8, zeros below.
struct Channel {
  int32_t bias = 0;
  int32_t multiplier = 0;
  int32_t last = 0;
};

struct Rescale {
  Rounding rounding = Rounding::kSingle;
  bool fast = false;   // every channel of the layer is in the fast form; else each channel says by its low byte
  bool clamp = false;  // lo and hi are not -128 and 127
  bool operator==(const Rescale&) const = default;
};

// The shift that is left when the product's upper word has been taken.
constexpr int LastShift(Rounding rounding, int shift) {
  return rounding == Rounding::kDouble ? shift - 31 : shift - 32;
}

inline constexpr int64_t kFastSumMax = (int64_t{1} << 31) - (int64_t{1} << 25);

// True if the channel has a fast form. Bits 31..8 of `last` hold the zero point shifted left by up to 15 bits.
// REQUIRES of the channel that uses it: |acc| <= kFastSumMax.
constexpr bool HasFastForm(Rounding rounding, int shift) {
  const int e = LastShift(rounding, shift);
  return e >= 1 && e <= 15;
}

constexpr Channel FastChannel(Rounding rounding, int32_t bias, int32_t multiplier, int shift, int32_t zero_point) {
  const int e = LastShift(rounding, shift);
  const int32_t add = (int32_t{1} << (e - 1)) + zero_point * (int32_t{1} << e);
  const auto stored =
      rounding == Rounding::kDouble ? static_cast<uint32_t>(multiplier) << 1 : static_cast<uint32_t>(multiplier);
  return {bias, static_cast<int32_t>(stored), add * 256 + e};
}

constexpr Channel GeneralChannel(int32_t bias, int32_t multiplier, int shift) {
  return {bias, multiplier, shift * 256};
}
constexpr bool IsFast(const Channel& channel) { return (channel.last & 255) != 0; }

// The definition of both roundings, for any shift. The result stays within +-2^30: far outside what any clamp lets through.
constexpr int32_t RescaleGeneral(Rounding rounding, int32_t acc, int32_t multiplier, int shift) {
  constexpr int64_t kFar = int64_t{1} << 30;
  int64_t value = 0;
  if (rounding == Rounding::kSingle) {
    value = (int64_t{acc} * multiplier + (int64_t{1} << (shift - 1))) >> shift;
  } else {
    const int left = shift < 31 ? 31 - shift : 0;
    const int right = shift < 31 ? 0 : shift - 31;
    // TensorFlow Lite shifts left in 32 bits; an accumulator that would wrap there is out of any model's range.
    const auto shifted = static_cast<int32_t>(static_cast<uint32_t>(acc) << left);
    const int64_t high = (int64_t{shifted} * multiplier + (int64_t{1} << 30)) >> 31;
    if (right == 0) {
      value = high;
    } else {
      value = (high + (high < 0 ? -1 : 0) + (int64_t{1} << (right - 1))) >> right;
    }
  }
  return static_cast<int32_t>(value < -kFar ? -kFar : value > kFar ? kFar : value);
}

constexpr int32_t Clamp(int32_t value, int32_t lo, int32_t hi) { return value < lo ? lo : value > hi ? hi : value; }

// The general form's value before the clamp. Rare: out of line, once for all layers.
template <Rounding kRounding>
[[gnu::noinline]] int32_t FinishGeneral(int32_t acc, int32_t multiplier, int32_t last, int32_t zero_point) {
  return RescaleGeneral(kRounding, acc, multiplier, last >> 8) + zero_point;
}

// The int8 of one accumulator (bias already in it). T::FastRescale is the twin's.
template <typename T, Rescale kRescale>
[[gnu::always_inline]] inline int32_t FinishChannel(int32_t acc, const Channel& channel, const OutputStage& stage) {
  constexpr Rounding kRounding = kRescale.rounding;
  if constexpr (kRescale.fast && !kRescale.clamp) {
    return T::template FastRescale<kRounding, true>(acc, channel.multiplier, channel.last);
  } else {
    const bool fast = kRescale.fast || IsFast(channel);
    const int32_t value = fast ? T::template FastRescale<kRounding, false>(acc, channel.multiplier, channel.last)
                               : FinishGeneral<kRounding>(acc, channel.multiplier, channel.last, stage.zero_point);
    return Clamp(value, stage.lo, stage.hi);
  }
}

}  // namespace linnet::kernels
