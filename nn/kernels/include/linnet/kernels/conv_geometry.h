// A convolution's shape, known when code is generated, and what follows from it: how input rows are laid out for the inner
// loop, in which runs the taps are taken, how the weights are packed to match. Host or device; no heap.
//
// An input row becomes words of two 16-bit lanes, zero point subtracted, so that padding is zero and rows outside the image
// are skipped. A lane pair is two channels of a pixel; with one input channel it is a pixel and its right neighbour. Words
// lie in planes: one plane for each pair of channels and each residue of the padded column modulo the stride, so that two
// neighbouring output pixels read two neighbouring words (LDRD) whatever the stride. The rows of one residue follow each other,
// so that one run of equally distant planes goes through all kernel rows.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::kernels {

constexpr int GreatestCommonDivisor(int a, int b) { return b == 0 ? a : GreatestCommonDivisor(b, a % b); }

struct ConvGeometry {
  int in_h = 0, in_w = 0, in_c = 0;
  int out_h = 0, out_w = 0, out_c = 0;
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0;
  bool operator==(const ConvGeometry&) const = default;

  constexpr bool PairsAlongX() const { return in_c == 1 && dilation_w == 1 && kernel_w > 1; }
  // The channels a plane's word holds: groups of four go as (0, 2) and (1, 3), which SXTB16 makes of four bytes.
  constexpr bool Fours() const { return in_c % 4 == 0; }
  constexpr int Planes() const { return PairsAlongX() ? 1 : Fours() ? in_c / 2 : (in_c + 1) / 2; }  // a residue
  constexpr int ColumnsAWord() const { return PairsAlongX() ? 2 : 1; }
  constexpr int TapColumns() const { return (kernel_w + ColumnsAWord() - 1) / ColumnsAWord(); }
  // Residues that taps meet: every ResidueStep()th, Residues() of them.
  constexpr int ResidueStep() const { return GreatestCommonDivisor(stride_w, dilation_w * ColumnsAWord()); }
  constexpr int Residues() const { return TapColumns() == 1 ? 1 : stride_w / ResidueStep(); }
  constexpr bool Meets(int column) const {
    return column % stride_w % ResidueStep() == 0 && column % stride_w / ResidueStep() < Residues();
  }
  constexpr int PaddedWidth() const { return (out_w - 1) * stride_w + (kernel_w - 1) * dilation_w + 1; }
  // Words of a plane: every position that two neighbouring output pixels may read, the second past the last included.
  constexpr int PlaneWords() const { return (PaddedWidth() - 1) / stride_w + 1 + 1; }
  constexpr int RowWords() const { return Planes() * PlaneWords(); }  // of one residue
  constexpr int WindowRows() const {
    return (kernel_h - 1) * dilation_h + 1 < in_h ? (kernel_h - 1) * dilation_h + 1 : in_h;
  }
  constexpr int ResidueWords() const { return WindowRows() * RowWords(); }  // of one residue
  constexpr int WindowBytes() const { return Residues() * ResidueWords() * 4; }
  // False where a row of outputs may lie over padding alone.
  constexpr bool EveryRowMeetsTheImage() const {
    return pad_top < kernel_h && dilation_h == 1 && (out_h - 1) * stride_h - pad_top < in_h;
  }
  constexpr bool IsPointwise() const {
    return kernel_h == 1 && kernel_w == 1 && pad_top == 0 && pad_left == 0 && (out_h - 1) * stride_h < in_h &&
           (out_w - 1) * stride_w < in_w;
  }
};

// Taps of one kernel row that stand in one residue's planes at equal distances: in each plane, `taps` words from `first` on,
// `step` apart.
struct TapRun {
  int residue = 0, first = 0, taps = 0, step = 1;
  int kx = 0, kx_step = 1;  // which columns of the kernel they are
};

inline constexpr int kMaxTapRuns = 16;
inline constexpr int kTapsUnrolled = 5;  // of one plane; a longer run has a loop over the taps of each plane

struct TapRuns {
  TapRun runs[kMaxTapRuns] = {};
  int count = 0;
  bool fits = true;  // false: more than kMaxTapRuns
};

constexpr TapRuns TapRunsOf(const ConvGeometry& g) {
  TapRuns all;
  const int advance = g.ColumnsAWord();
  const int columns = g.TapColumns();
  const int distance = g.dilation_w * advance;  // padded columns from one word to the next
  const int period = g.stride_w / GreatestCommonDivisor(g.stride_w, distance);
  for (int start = 0; start < period && start < columns; ++start) {
    if (all.count == kMaxTapRuns) {
      all.fits = false;
      return all;
    }
    const int column = start * distance;
    all.runs[all.count++] = {.residue = column % g.stride_w / g.ResidueStep(),
                             .first = column / g.stride_w,
                             .taps = (columns - start + period - 1) / period,
                             .step = period * distance / g.stride_w,
                             .kx = start * advance,
                             .kx_step = period * advance};
  }
  return all;
}

inline constexpr int kBlockChannelsConv = 4;  // output channels that are computed together, for two pixels

constexpr int ConvBlocks(const ConvGeometry& g) { return (g.out_c + kBlockChannelsConv - 1) / kBlockChannelsConv; }
// Words of packed weights of one kernel row of one run of one block: two words a tap word.
constexpr int RunRowWords(const ConvGeometry& g, const TapRun& run) { return g.Planes() * run.taps * 2; }
// Where a run's words begin in a block, and how many words a block has.
constexpr int RunWord(const ConvGeometry& g, const TapRuns& runs, int index) {
  int words = 0;
  for (int i = 0; i < index; ++i) words += g.kernel_h * RunRowWords(g, runs.runs[i]);
  return words;
}
constexpr int BlockWords(const ConvGeometry& g) {
  const TapRuns runs = TapRunsOf(g);
  return RunWord(g, runs, runs.count);
}
constexpr size_t PackedConvBytes(const ConvGeometry& g) {
  return static_cast<size_t>(ConvBlocks(g)) * static_cast<size_t>(BlockWords(g)) * 4;
}

}  // namespace linnet::kernels
