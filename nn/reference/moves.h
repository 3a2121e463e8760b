// Operators that only move elements: where each element of the output comes from.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/graph/graph.h"
#include "linnet/graph/resize_nearest.h"

namespace linnet::reference {

inline bool IsMove(graph::OpKind op) {
  switch (op) {
    case graph::OpKind::kReshape:
    case graph::OpKind::kPad:
    case graph::OpKind::kConcat:
    case graph::OpKind::kTranspose:
    case graph::OpKind::kSlice:
    case graph::OpKind::kResizeNearest: return true;
    default: return false;
  }
}

// One dimension of a walk over a block of elements: `count` steps of `from` in the input and `to` in the output.
struct Stride {
  int64_t count, from, to;
};

inline std::vector<int64_t> RowMajor(const graph::Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  return strides;
}

// Calls f(to, from) for each element of the block, from the offsets on.
template <typename Function>
void ForEachStrided(const std::vector<Stride>& strides, int64_t to, int64_t from, Function f, size_t dimension = 0) {
  if (dimension == strides.size()) return f(static_cast<size_t>(to), static_cast<size_t>(from));
  const Stride& s = strides[dimension];
  for (int64_t i = 0; i < s.count; ++i) ForEachStrided(strides, to + i * s.to, from + i * s.from, f, dimension + 1);
}

template <typename Function>
void ForEachResized(const graph::Graph& graph, const graph::Node& node, Function f) {
  const graph::Shape& in = graph.tensor(node.inputs[0]).shape;
  const graph::Shape& out = graph.tensor(node.outputs[0]).shape;
  const auto& a = std::get<graph::ResizeAttributes>(node.attributes);
  size_t to = 0;
  for (int64_t b = 0; b < out[0]; ++b) {
    for (int64_t y = 0; y < out[1]; ++y) {
      const int64_t row = b * in[1] + graph::NearestSource(y, in[1], out[1], a);
      for (int64_t x = 0; x < out[2]; ++x) {
        const int64_t pixel = row * in[2] + graph::NearestSource(x, in[2], out[2], a);
        for (int64_t c = 0; c < out[3]; ++c) f(to++, size_t{0}, static_cast<size_t>(pixel * out[3] + c));
      }
    }
  }
}

// Calls f(output element, which input, that input's element) for each element of the output that comes from an input; the
// rest of a kPad's output is padding. REQUIRES: Verify accepts the node, IsMove.
template <typename Function>
void ForEachMove(const graph::Graph& graph, const graph::Node& node, Function f) {
  if (node.op == graph::OpKind::kResizeNearest) return ForEachResized(graph, node, f);
  const graph::Shape& out = graph.tensor(node.outputs[0]).shape;
  const std::vector<int64_t> out_strides = RowMajor(out);
  int64_t to = 0;
  for (size_t input = 0; input < node.inputs.size(); ++input) {
    const graph::Shape& in = graph.tensor(node.inputs[input]).shape;
    const std::vector<int64_t> in_strides = RowMajor(in);
    std::vector<Stride> strides;
    int64_t from = 0;
    if (node.op == graph::OpKind::kReshape) strides.push_back({graph::ElementCount(in), 1, 1});
    for (size_t d = 0; d < in.size() && node.op != graph::OpKind::kReshape; ++d) {
      if (const auto* slice = std::get_if<graph::SliceAttributes>(&node.attributes)) {
        strides.push_back({slice->ranges[d].count, in_strides[d] * slice->ranges[d].step, out_strides[d]});
        from += in_strides[d] * slice->ranges[d].begin;
      } else if (const auto* transpose = std::get_if<graph::TransposeAttributes>(&node.attributes)) {
        strides.push_back({out[d], in_strides[static_cast<size_t>(transpose->permutation[d])], out_strides[d]});
      } else {
        strides.push_back({in[d], in_strides[d], out_strides[d]});
      }
    }
    if (const auto* pad = std::get_if<graph::PadAttributes>(&node.attributes)) {
      for (size_t d = 0; d < in.size(); ++d) to += out_strides[d] * pad->amounts[d].first;
    }
    ForEachStrided(strides, to, from, [&](size_t t, size_t s) { f(t, input, s); });
    if (const auto* concat = std::get_if<graph::ConcatAttributes>(&node.attributes)) {
      const auto axis = static_cast<size_t>(concat->axis);
      to += out_strides[axis] * in[axis];
    }
  }
}

}  // namespace linnet::reference
