// Runs a float graph as it is written: the yardstick for accuracy, the runner of calibration, the folder of constants.
// Every operation is an IEEE float operation in an order that README.md fixes, exp and its kin included: the answer has the same
// bits on every host, and on a board. Host only; one object a thread.
#pragma once

#include <span>
#include <vector>

#include "linnet/graph/graph.h"

namespace linnet::reference {

class FloatInterpreter {
 public:
  // Copies the graph.
  //   errors of graph::Verify | kResourceExhausted: more than 2^27 elements in all tensors together
  //   kUnimplemented: the graph is quantised, or has an operator defined in int8 only
  static Outcome<FloatInterpreter> Create(const graph::Graph& graph);

  // REQUIRES: as many elements as input `index` has.
  void SetInput(size_t index, std::span<const float> values);
  void Run();
  // SetInput and Run for a graph of one input.
  void Run(std::span<const float> input);

  // After Run: an output of the graph, or any tensor (an ArgMax's index as a float). Valid until the next Run.
  std::span<const float> output(size_t index = 0) const;
  std::span<const float> value(graph::TensorId id) const { return values_.at(static_cast<size_t>(id)); }
  const graph::Graph& graph() const { return graph_; }

 private:
  explicit FloatInterpreter(const graph::Graph& graph);
  graph::Graph graph_;
  std::vector<std::vector<float>> values_;  // by tensor
};

// The value of one float node whose inputs are all constants.
// REQUIRES: Verify accepts the node; float types; not kLstm, kSvdf, kQuantize or kDequantize.
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
