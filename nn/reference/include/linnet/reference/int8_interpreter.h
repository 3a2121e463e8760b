// Runs an int8 graph (nn/graph/README.md) with exact integers: what generated code must answer bit for bit. Written from the
// definition in linnet/graph/fixed_point.h and sharing nothing with nn/kernels. Host only; one object a thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "linnet/graph/graph.h"

namespace linnet::reference {

struct Int8Layer;  // a node made ready: weights rearranged, multipliers computed

class Int8Interpreter {
 public:
  // Copies what it needs.
  //   errors of graph::Verify | kResourceExhausted: more than 2^27 elements in all tensors together
  //   kUnimplemented: a layer that int8 graphs don't have, not exactly one input and one output, or an output more than
  //   2^24 times finer than what it is made from
  //   kInvalidArgument: a tensor without its quantisation, scales that should be equal and aren't; the message names the layer
  static Outcome<Int8Interpreter> Create(const graph::Graph& graph);
  Int8Interpreter(Int8Interpreter&&) noexcept;
  Int8Interpreter& operator=(Int8Interpreter&&) noexcept;
  ~Int8Interpreter();

  // REQUIRES: input has as many elements as the graph's input.
  void Run(std::span<const int8_t> input);
  // Quantises with the input's scale and zero point, then Run.
  void RunFloat(std::span<const float> input);

  // After Run: the graph's output, or any tensor. Valid until the next Run.
  std::span<const int8_t> output() const;
  std::span<const int8_t> value(graph::TensorId id) const { return values_.at(static_cast<size_t>(id)); }
  const graph::Graph& graph() const { return graph_; }

 private:
  explicit Int8Interpreter(const graph::Graph& graph);
  graph::Graph graph_;
  std::vector<std::vector<int8_t>> values_;  // by tensor
  std::vector<std::unique_ptr<Int8Layer>> layers_;
  std::vector<int8_t> input_;
};

}  // namespace linnet::reference
