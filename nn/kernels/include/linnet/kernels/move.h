// Elements moved to other places: slices, transpositions, concatenations, pads and resizes are one strided copy. Elements are bytes
// or words, whatever they mean. Input and output may not overlap.
#pragma once

#include <cstdint>

#include "linnet/kernels/elementwise.h"

namespace linnet::kernels {

inline constexpr int kMoveDimensions = 6;

// Steps are in elements and may be negative; outermost dimension first. The innermost one is `run` elements, `run_step` apart
// in the input and side by side in the output.
struct MoveShape {
  int run = 1, run_step = 1;
  int dimensions = 0;
  int counts[kMoveDimensions] = {};
  int in_steps[kMoveDimensions] = {};
  int out_steps[kMoveDimensions] = {};
};

template <typename Element>
[[gnu::always_inline]] inline void CopyRun(const Element* from, int step, int count, Element* to) {
  if (step == 1) {
    CopyBytes(reinterpret_cast<const int8_t*>(from), count * static_cast<int>(sizeof(Element)),
              reinterpret_cast<int8_t*>(to));
    return;
  }
  for (; count > 0; --count, from += step) *to++ = *from;
}

// `to` and `from` point at the first element that is moved.
template <typename Element>
[[gnu::noinline]] void Move(const MoveShape& s, const Element* from, Element* to) {
  int at[kMoveDimensions] = {0, 0, 0, 0, 0, 0};
  for (;;) {
    CopyRun(from, s.run_step, s.run, to);
    int d = s.dimensions - 1;
    for (; d >= 0; --d) {
      from += s.in_steps[d];
      to += s.out_steps[d];
      if (++at[d] < s.counts[d]) break;
      from -= s.in_steps[d] * s.counts[d];
      to -= s.out_steps[d] * s.counts[d];
      at[d] = 0;
    }
    if (d < 0) return;
  }
}

template <typename Element>
inline void Fill(Element value, int count, Element* to) {
  if constexpr (sizeof(Element) == 1) {
    FillBytes(value, count, to);
  } else {
    for (; count > 0; --count) {
      *to++ = value;
      asm("" : "+r"(to));
    }
  }
}

// An image of `rows` x `columns` pixels of `pixel` bytes, picked from an input with `row_bytes` a row: output pixel (y, x) is
// input pixel (row_indices[y], column_indices[x]).
[[gnu::noinline]] inline void PickPixels(int rows, int columns, int pixel, int row_bytes, const uint16_t* row_indices,
                                         const uint16_t* column_indices, const int8_t* input, int8_t* output) {
  for (int y = 0; y < rows; ++y) {
    const int8_t* const row = input + row_indices[y] * row_bytes;
    for (int x = 0; x < columns; ++x, output += pixel) CopyBytes(row + column_indices[x] * pixel, pixel, output);
  }
}

}  // namespace linnet::kernels
