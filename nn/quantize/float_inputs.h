// Calibration inputs hold all inputs of a network one after the other.
#pragma once

#include <span>

#include "linnet/reference/float_interpreter.h"
#include "linnet/reference/int8_interpreter.h"

namespace linnet::quantize {

// Elements of all inputs together.
inline size_t InputElements(const graph::Graph& graph) {
  int64_t elements = 0;
  for (const graph::TensorId id : graph.inputs) elements += graph::ElementCount(graph.tensor(id).shape);
  return static_cast<size_t>(elements);
}

// `set(index, values)` for each input. REQUIRES: as many values as InputElements.
template <typename Set>
void ForEachInput(const graph::Graph& graph, std::span<const float> values, Set set) {
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    const auto count = static_cast<size_t>(graph::ElementCount(graph.tensor(graph.inputs[i]).shape));
    set(i, values.first(count));
    values = values.subspan(count);
  }
}

inline void SetInputs(reference::FloatInterpreter& network, std::span<const float> values) {
  ForEachInput(network.graph(), values, [&](size_t i, std::span<const float> part) { network.SetInput(i, part); });
}
inline void SetInputs(reference::Int8Interpreter& network, std::span<const float> values) {
  ForEachInput(network.graph(), values, [&](size_t i, std::span<const float> part) { network.SetFloatInput(i, part); });
}

}  // namespace linnet::quantize
