// What a network answers to images, and how many it gets right, before and after it became integers. Private to apps/cli.
#pragma once

#include <span>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/data/dataset.h"
#include "linnet/graph/graph.h"

namespace linnet::cli {

struct Prediction {
  int answer = 0;         // the place of the greatest of the first output (the first of equals), or an ArgMax's index
  float confidence = 1;   // what stands there, as a real number; 1 of an index
  float truth_score = 0;  // what stands at the image's own label; 0 of an index
};

// One an image, by as many threads as the machine has. The graph may be float, int8 or both.
// REQUIRES: quantize::CheckFits accepts the images. Errors of the interpreters' Create.
Outcome<std::vector<Prediction>> Predict(const graph::Graph& graph, const data::Images& images);

// Share of the images whose prediction is their label; 0 of none.
double ShareRight(std::span<const Prediction> predictions, const data::Images& images);

}  // namespace linnet::cli
