// A depthwise convolution's planes and weights. Four input channels at a time are spread into planes of 16-bit values, zero
// point subtracted, padding zero; two values make a word. Of two neighbouring output pixels the first meets the words as they
// stand and the second the same words shifted by a value, so the weights are stored twice: even words (w0, w1), (w2, w3), ...
// and odd words (w1, w2), (w3, w4), ... Dilation stands as zeros among the weights. Host or device; no heap.
#pragma once

#include <cstddef>
#include <cstdint>

#include "linnet/kernels/conv_geometry.h"

namespace linnet::kernels {

inline constexpr int kGroupChannels = 4;
inline constexpr int kPlaneBudgetBytes = 4096;  // a band of rows takes no more, unless the kernel needs it

struct DepthwiseGeometry {
  ConvGeometry g = {};
  int multiplier = 1;
  bool operator==(const DepthwiseGeometry&) const = default;

  constexpr int Columns() const { return (g.kernel_w - 1) * g.dilation_w + 1; }  // of the kernel with its zeros
  constexpr int Rows() const { return (g.kernel_h - 1) * g.dilation_h + 1; }
  constexpr int PaddedHeight() const { return (g.out_h - 1) * g.stride_h + Rows(); }
  // Words of a plane's row: what the last pair of pixels reads, one pixel past an odd width included.
  constexpr int RowWords() const {
    const int pairs = (g.out_w + 1) / 2;
    const int last_column = (2 * pairs - 1) * g.stride_w + Columns() - 1;
    return last_column / 2 + 1;
  }
  // Rows that are in memory at a time.
  constexpr int BandRows() const {
    const int fits = kPlaneBudgetBytes / (kGroupChannels * RowWords() * 4);
    const int least = Rows() + g.stride_h;
    const int wanted = fits > least ? fits : least;
    return wanted < PaddedHeight() ? wanted : PaddedHeight();
  }
  constexpr int PlaneWords() const { return BandRows() * RowWords(); }
  constexpr int ScratchBytes() const { return kGroupChannels * PlaneWords() * 4; }

  constexpr int EvenWords() const { return (Columns() + 1) / 2; }
  constexpr int OddWords() const { return Columns() / 2; }
  // The 3x3 loop needs only (w0, w1) and (w1, w2): the last tap is the odd word's upper half.
  constexpr bool IsThreeByThree() const {
    return g.kernel_h == 3 && g.kernel_w == 3 && g.dilation_h == 1 && g.dilation_w == 1 &&
           (g.stride_w == 1 || g.stride_w == 2);
  }
  constexpr int WordsARow() const { return IsThreeByThree() ? 2 : EvenWords() + OddWords(); }
  constexpr int WordsAChannel() const { return g.kernel_h * WordsARow(); }
  constexpr size_t PackedBytes() const {
    return static_cast<size_t>(g.out_c) * static_cast<size_t>(WordsAChannel()) * 4;
  }
};

// Writes d.PackedBytes() bytes from weights as the graph has them, [kernel_h][kernel_w][in_c * multiplier].
inline void PackDepthwiseWeights(const DepthwiseGeometry& d, const int8_t* weights, int8_t* out) {
  for (int channel = 0; channel < d.g.out_c; ++channel) {
    for (int ky = 0; ky < d.g.kernel_h; ++ky) {
      const auto at = [&](int column) -> int {
        if (column >= d.Columns() || column % d.g.dilation_w != 0) return 0;
        return weights[(static_cast<ptrdiff_t>(ky) * d.g.kernel_w + column / d.g.dilation_w) * d.g.out_c + channel];
      };
      const auto put = [&](int column) {
        for (int lane = 0; lane < 2; ++lane) {
          const int value = at(column + lane);
          *out++ = static_cast<int8_t>(value);
          *out++ = static_cast<int8_t>(value < 0 ? -1 : 0);
        }
      };
      if (d.IsThreeByThree()) {
        put(0);
        put(1);
        continue;
      }
      for (int i = 0; i < d.EvenWords(); ++i) put(2 * i);
      for (int i = 0; i < d.OddWords(); ++i) put(2 * i + 1);
    }
  }
}

}  // namespace linnet::kernels
