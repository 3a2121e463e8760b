// Turns input rows into the planes of words that a convolution's inner loop reads (conv_geometry.h).
#pragma once

#include <cstdint>

#include "linnet/kernels/conv_geometry.h"
#include "linnet/kernels/dsp.h"

namespace linnet::kernels {

// Where padded column `column` stands in the first plane of its residue, in words from the row's start in residue 0.
template <ConvGeometry kG>
constexpr int ColumnWord(int column) {
  return column % kG.stride_w / kG.ResidueStep() * kG.ResidueWords() + column / kG.stride_w;
}

// The input columns that any tap reads: from the first inside the image to the last padded column.
template <ConvGeometry kG>
constexpr int UsedColumns() {
  const int last = kG.PaddedWidth() - kG.pad_left;
  return last < kG.in_w ? last : kG.in_w;
}

// Channels in groups of four: LDR, two SXTAB16, two STR a group. `offset` holds -zero_point in both lanes.
template <ConvGeometry kG>
inline void FillFours(const int8_t* row, uint32_t offset, uint32_t* words) {
  for (int residue = 0; residue < kG.Residues() * kG.ResidueStep(); residue += kG.ResidueStep()) {
    // The first input column of this residue.
    const int first = (residue - kG.pad_left % kG.stride_w + kG.stride_w) % kG.stride_w;
    uint32_t* plane = words + ColumnWord<kG>(kG.pad_left + first);
    for (int c = 0; c < kG.in_c; c += 4) {
      const int8_t* x = row + first * kG.in_c + c;
      const int8_t* const end = row + UsedColumns<kG>() * kG.in_c + c;
      uint32_t* to = plane;
#pragma GCC unroll 2
      for (; x < end; x += kG.stride_w * kG.in_c) {
        const uint32_t four = dsp::LoadWord(x);
        to[kG.PlaneWords()] = dsp::Sxtab16Ror8(offset, four);
        *to++ = dsp::Sxtab16(offset, four);
      }
      plane += 2 * kG.PlaneWords();
    }
  }
}

// One input channel: a word is a column and its right neighbour.
template <ConvGeometry kG>
inline void FillPairsAlongX(const int8_t* row, int32_t zero_point, uint32_t* words) {
  const auto value = [&](int column) -> int32_t {  // padded column
    const int x = column - kG.pad_left;
    return x >= 0 && x < kG.in_w ? row[x] - zero_point : 0;
  };
  for (int column = 0; column < kG.PaddedWidth(); column += kG.ResidueStep()) {
    if (kG.Meets(column)) words[ColumnWord<kG>(column)] = dsp::Lanes(value(column), value(column + 1));
  }
}

// Any number of channels, one pair at a time; a missing one is zero.
template <ConvGeometry kG>
inline void FillPairs(const int8_t* row, int32_t zero_point, uint32_t* words) {
  for (int x = 0; x < UsedColumns<kG>(); ++x) {
    if (!kG.Meets(kG.pad_left + x)) {
      row += kG.in_c;
      continue;
    }
    uint32_t* to = words + ColumnWord<kG>(kG.pad_left + x);
    for (int c = 0; c < kG.in_c; c += 2) {
      const int32_t low = row[0] - zero_point;
      const int32_t high = c + 1 < kG.in_c ? row[1] - zero_point : 0;
      *to = dsp::Lanes(low, high);
      row += c + 1 < kG.in_c ? 2 : 1;
      to += kG.PlaneWords();
    }
  }
}

// Fills the words of one row. REQUIRES: padding columns are zero already (they stay so from row to row).
template <ConvGeometry kG>
[[gnu::noinline]] void FillRow(const int8_t* row, int32_t zero_point, uint32_t* words) {
  if constexpr (kG.PairsAlongX()) {
    FillPairsAlongX<kG>(row, zero_point, words);
  } else if constexpr (kG.Fours()) {
    FillFours<kG>(row, dsp::Lanes(-zero_point, -zero_point), words);
  } else {
    FillPairs<kG>(row, zero_point, words);
  }
}

// The input rows under one row of outputs, topmost first: those that the next row of outputs wants again move up.
template <ConvGeometry kG>
class InputWindow {
 public:
  // `memory` holds kG.WindowBytes(), 4-byte aligned.
  InputWindow(uint32_t* memory, const int8_t* input, int32_t zero_point)
      : memory_(memory), input_(input), zero_point_(zero_point) {
    if constexpr (kG.PaddedWidth() > UsedColumns<kG>() || kG.pad_left > 0) {
      for (int i = 0; i < kG.WindowBytes() / 4; ++i) memory[i] = 0;
    }
  }
  // Brings in the rows from `first` to `last` as far as they are inside the image; those above `first` go.
  void Load(int first, int last) {
    if (first > top_) {
      if (next_ > first) MoveUp(first - top_, next_ - first);
      if (next_ < first) next_ = first;
      top_ = first;
    }
    for (; next_ <= last && next_ < kG.in_h; ++next_) {
      FillRow<kG>(input_ + next_ * kG.in_w * kG.in_c, zero_point_, memory_ + (next_ - top_) * kG.RowWords());
    }
  }
  // REQUIRES: 0 <= y < in_h, loaded.
  const uint32_t* Row(int y) const { return memory_ + (y - top_) * kG.RowWords(); }

 private:
  // Padding columns move with the rest: they are zero in every row that was filled.
  void MoveUp(int rows, int count) {
    for (int residue = 0; residue < kG.Residues(); ++residue) {
      uint32_t* to = memory_ + residue * kG.ResidueWords();
      const uint32_t* from = to + rows * kG.RowWords();
      for (int words = count * kG.RowWords(); words > 0; --words) *to++ = *from++;
    }
  }

  uint32_t* memory_;
  const int8_t* input_;
  int32_t zero_point_;
  int top_ = 0;   // the image's row that stands first
  int next_ = 0;  // the first that is not in memory
};

}  // namespace linnet::kernels
