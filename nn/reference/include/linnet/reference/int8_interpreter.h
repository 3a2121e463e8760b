// Runs a quantised or mixed graph (nn/graph/README.md) exactly: what generated code must answer bit for bit. Integers as
// linnet/graph/fixed_point.h or, for Arithmetic::kTflite, linnet/graph/tflite_arithmetic.h defines them; float nodes as
// FloatInterpreter computes them. Shares nothing with nn/kernels. Host only; one object a thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "linnet/graph/graph.h"

namespace linnet::reference {

class Int8Interpreter {
 public:
  // Copies what it needs. Takes every operator in int8 but kDiv; kReshape, kPad, kConcat, kTranspose, kSlice and kResizeNearest of
  // any type; kArgMax to int32 or int64; kQuantize and kDequantize between float and int8; float nodes.
  //   errors of graph::Verify | kResourceExhausted: more than 2^27 elements in all tensors together
  //   kUnimplemented: a layer without an int8 kernel, parameters that TensorFlow Lite Micro refuses, or an output more than
  //   2^24 times finer than what it is made from
  //   kInvalidArgument: a tensor without its quantisation or of a wrong type; the message names the layer
  static Outcome<Int8Interpreter> Create(const graph::Graph& graph);
  Int8Interpreter(Int8Interpreter&&) noexcept;
  Int8Interpreter& operator=(Int8Interpreter&&) noexcept;
  ~Int8Interpreter();

  // Input `index` as the bytes of its type, or as floats: rounded with the input's scale and zero point where it is int8.
  // REQUIRES: as many bytes or elements as the input has; for floats, an input of int8 (with a scale) or float32.
  void SetInput(size_t index, std::span<const std::byte> values);
  void SetFloatInput(size_t index, std::span<const float> values);
  // Every node once. The states of kLstm and kSvdf stay from run to run.
  void Run();

  // For the one input of a graph: SetInput, or SetFloatInput, and Run.
  void Run(std::span<const int8_t> input);
  void RunFloat(std::span<const float> input);

  // States to what they are before the first run.
  void Reset();

  // After Run, until the next: any tensor's bytes; an int8 one's numbers; a float32 one's; an int8 output.
  // REQUIRES: the type that the function names.
  std::span<const std::byte> bytes(graph::TensorId id) const;
  std::span<const int8_t> value(graph::TensorId id) const;
  std::span<const float> float_value(graph::TensorId id) const;
  std::span<const int8_t> output(size_t index = 0) const;
  const graph::Graph& graph() const;

 private:
  struct Parts;
  explicit Int8Interpreter(const graph::Graph& graph);
  std::unique_ptr<Parts> parts_;
};

}  // namespace linnet::reference
