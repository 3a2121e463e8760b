// Packs a convolution's weights into the order in which its inner loop reads them: for each block of four output channels,
// each run of taps, each kernel row, each plane, each tap, two words; word 0 for channels 0 and 1 of the block, word 1 for 2
// and 3. A word's 16-bit lanes belong to the two lanes of an input word; a lane is first | second << 8 (kPlain) or
// first + 256 * second (kRawPair, see pack.h). Host or device; no heap.
#pragma once

#include "linnet/kernels/conv_geometry.h"
#include "linnet/kernels/pack.h"

namespace linnet::kernels {

// Weights as the graph has them, [kernel_h][kernel_w][in_c][out_c]; 0 outside.
struct ConvWeightView {
  const int8_t* data;
  ConvGeometry g;
  constexpr int at(int ky, int kx, int in, int out) const {
    if (kx >= g.kernel_w || in >= g.in_c || out >= g.out_c) return 0;
    const ptrdiff_t tap = (static_cast<ptrdiff_t>(ky) * g.kernel_w + kx) * g.in_c + in;
    return data[tap * g.out_c + out];
  }
  // The weight that meets lane 0 or 1 of plane `plane`'s word for column kx.
  constexpr int lane(int ky, int kx, int plane, int which, int out) const {
    if (g.PairsAlongX()) return at(ky, kx + which, 0, out);
    if (g.Fours()) return at(ky, kx, plane / 2 * 4 + plane % 2 + which * 2, out);
    return at(ky, kx, plane * 2 + which, out);
  }
};

// True if no input x - zero_point in [x_lo, x_hi] can take the second sum of a pair out of 24 bits, and no lane overflows.
inline bool FitsRawPair(const ConvWeightView& w, int x_lo, int x_hi) {
  constexpr int64_t kLimit = (int64_t{1} << 23) - 1;
  for (int out = 1; out < w.g.out_c; out += 2) {
    int64_t least = 0, most = 0;
    for (int ky = 0; ky < w.g.kernel_h; ++ky) {
      for (int kx = 0; kx < w.g.kernel_w; ++kx) {
        for (int in = 0; in < w.g.in_c; ++in) {
          const int value = w.at(ky, kx, in, out);
          if (value == -128 && w.at(ky, kx, in, out - 1) < 0) return false;
          most += value > 0 ? value * x_hi : value * x_lo;
          least += value > 0 ? value * x_lo : value * x_hi;
        }
      }
    }
    if (most > kLimit || least < -kLimit) return false;
  }
  return true;
}

// Writes PackedConvBytes(w.g) bytes. REQUIRES: TapRunsOf(w.g).fits.
inline void PackConvWeights(const ConvWeightView& w, Packing packing, int8_t* out) {
  const TapRuns runs = TapRunsOf(w.g);
  for (int block = 0; block < ConvBlocks(w.g); ++block) {
    for (int r = 0; r < runs.count; ++r) {
      for (int ky = 0; ky < w.g.kernel_h; ++ky) {
        for (int plane = 0; plane < w.g.Planes(); ++plane) {
          for (int tap = 0; tap < runs.runs[r].taps; ++tap) {
            const int kx = runs.runs[r].kx + tap * runs.runs[r].kx_step;
            for (int pair = 0; pair < 2; ++pair) {
              for (int which = 0; which < 2; ++which) {
                const int channel = block * kBlockChannelsConv + pair * 2;
                const int low = w.lane(ky, kx, plane, which, channel);
                const int high = w.lane(ky, kx, plane, which, channel + 1);
                *out++ = static_cast<int8_t>(low);
                *out++ = static_cast<int8_t>(high - (packing == Packing::kRawPair && low < 0 ? 1 : 0));
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace linnet::kernels
