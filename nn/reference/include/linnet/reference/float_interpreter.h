// Runs a float graph as it is written: the yardstick for accuracy, the runner of calibration, the folder of constants.
// Sums start at the bias and run over kernel row, kernel column, input channel in that order; exp is graph::Exp; so the answer
// has the same bits on every host. Host only; one object a thread.
#pragma once

#include <span>
#include <vector>

#include "linnet/graph/graph.h"

namespace linnet::reference {

class FloatInterpreter {
 public:
  // Copies the graph.
  //   errors of graph::Verify | kResourceExhausted: more than 2^27 elements in all tensors together
  //   kUnimplemented: the graph is quantised, or has not exactly one input and one output
  static Outcome<FloatInterpreter> Create(const graph::Graph& graph);

  // REQUIRES: input has as many elements as the graph's input.
  void Run(std::span<const float> input);

  // After Run: the graph's output, or any tensor (an ArgMax's index as a float). Valid until the next Run.
  std::span<const float> output() const;
  std::span<const float> value(graph::TensorId id) const { return values_.at(static_cast<size_t>(id)); }
  const graph::Graph& graph() const { return graph_; }

 private:
  explicit FloatInterpreter(const graph::Graph& graph);
  graph::Graph graph_;
  std::vector<std::vector<float>> values_;  // by tensor
};

// The value of one float node whose inputs are all constants. REQUIRES: Verify accepts the node; float types.
std::vector<float> EvaluateConstant(const graph::Graph& graph, const graph::Node& node);

// The position of the greatest element, the first of equals. REQUIRES: not empty.
template <typename T>
int ArgMax(std::span<const T> values) {
  int best = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i] > values[static_cast<size_t>(best)]) best = static_cast<int>(i);
  }
  return best;
}

}  // namespace linnet::reference
