// NumPy's broadcasting for operators of two tensors: neighbouring elements of the output in runs, an outer loop over what is
// left. The compiler merges dimensions, so that equal shapes and a constant a channel have few and long runs.
#pragma once

#include <cstdint>

namespace linnet::kernels {

inline constexpr int kBroadcastDimensions = 5;  // beside the run

// Steps are in elements; 0 along a dimension that an operand repeats. Outermost dimension first.
struct BroadcastShape {
  int run = 0;
  int dimensions = 0;
  int counts[kBroadcastDimensions] = {};
  int a_steps[kBroadcastDimensions] = {};
  int b_steps[kBroadcastDimensions] = {};
};

// Which operand moves within a run; the other one is one element.
enum class Moving : uint8_t { kBoth, kA, kB };

// Op: Element, Output (types), Parameters, and `template <Moving> static void Run(const Parameters&, int count, const Element* a,
// const Element* b, Output* output)`. May work in place on an operand as large as the output, unless Op says otherwise.
template <typename Op, Moving kMoving>
[[gnu::noinline]] void Elementwise(const BroadcastShape& shape, const typename Op::Parameters& parameters,
                                   const typename Op::Element* a, const typename Op::Element* b,
                                   typename Op::Output* output) {
  int at[kBroadcastDimensions];
  for (int d = 0; d < shape.dimensions; ++d) {
    at[d] = 0;
    asm("" ::: "memory");  // no call of memset
  }
  for (;;) {
    Op::template Run<kMoving>(parameters, shape.run, a, b, output);
    output += shape.run;
    int d = shape.dimensions - 1;
    for (; d >= 0; --d) {
      a += shape.a_steps[d];
      b += shape.b_steps[d];
      if (++at[d] < shape.counts[d]) break;
      a -= shape.a_steps[d] * shape.counts[d];
      b -= shape.b_steps[d] * shape.counts[d];
      at[d] = 0;
    }
    if (d < 0) return;
  }
}

}  // namespace linnet::kernels
