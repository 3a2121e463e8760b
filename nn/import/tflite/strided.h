// What a STRIDED_SLICE with its five masks takes.
#pragma once

#include "layer.h"

namespace linnet::tflite {

struct StridedSlice {
  std::vector<graph::SliceAttributes::Range> ranges;  // one a dimension of the input
  graph::Shape target;                                // with the dimensions that are dropped and added
};

// From the operator's inputs 1 to 3 and its options, for an input of `shape`, as TensorFlow defines it:
// begin and end from the end if negative and cut to the dimension, a mask's bit i for the i-th entry of begin.
//   kInvalidArgument: nothing is left of a dimension; entries and dimensions don't fit
Outcome<StridedSlice> ReadStridedSlice(Layer& layer, const graph::Shape& shape);

}  // namespace linnet::tflite
