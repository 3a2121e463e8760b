// Walking a window over an NHWC tensor: shared by the float and the int8 interpreter, so that both read the same elements.
#pragma once

#include <algorithm>
#include <cstdint>

#include "linnet/graph/graph.h"

namespace linnet::reference {

struct Sizes {
  int64_t batch, in_h, in_w, in_c, out_h, out_w, out_c;
};

inline Sizes SizesOf(const graph::Graph& graph, const graph::Node& node) {
  const graph::Shape& in = graph.tensor(node.inputs[0]).shape;
  const graph::Shape& out = graph.tensor(node.outputs[0]).shape;
  return {in[0], in[1], in[2], in[3], out[1], out[2], out[3]};
}

// Copies the patch under output (oy, ox) into patch[kernel_h][kernel_w][in_c] as `convert(value)`, zero where it is padding.
template <typename In, typename Out, typename Convert>
void GatherPatch(const Sizes& s, const graph::Window& w, const In* image, int64_t oy, int64_t ox, Out* patch,
                 Convert convert) {
  for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
    const int64_t y = oy * w.stride_h - w.pad_top + ky * w.dilation_h;
    for (int64_t kx = 0; kx < w.kernel_w; ++kx, patch += s.in_c) {
      const int64_t x = ox * w.stride_w - w.pad_left + kx * w.dilation_w;
      if (y < 0 || y >= s.in_h || x < 0 || x >= s.in_w) {
        std::fill(patch, patch + s.in_c, Out{0});
        continue;
      }
      const In* source = image + (y * s.in_w + x) * s.in_c;
      for (int64_t c = 0; c < s.in_c; ++c) patch[c] = convert(source[c]);
    }
  }
}

// Calls f(oy, ox) for each output position, and inside it `f` may call ForEachTap(..., g(pointer to the tap's channels, ky, kx)).
template <typename In, typename Function>
void ForEachTap(const Sizes& s, const graph::Window& w, const In* image, int64_t oy, int64_t ox, Function g) {
  for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
    const int64_t y = oy * w.stride_h - w.pad_top + ky * w.dilation_h;
    if (y < 0 || y >= s.in_h) continue;
    for (int64_t kx = 0; kx < w.kernel_w; ++kx) {
      const int64_t x = ox * w.stride_w - w.pad_left + kx * w.dilation_w;
      if (x >= 0 && x < s.in_w) g(image + (y * s.in_w + x) * s.in_c, ky, kx);
    }
  }
}

// The index of the output element that each input element of a reduction falls into.
template <typename Function>
void ForEachReduced(const graph::Shape& in, const std::vector<int>& axes, Function f) {
  std::vector<bool> reduced(in.size(), false);
  for (const int axis : axes) reduced[static_cast<size_t>(axis)] = true;
  std::vector<int64_t> strides(in.size(), 0);
  int64_t stride = 1;
  for (size_t d = in.size(); d-- > 0;) {
    if (reduced[d]) continue;
    strides[d] = stride;
    stride *= in[d];
  }
  std::vector<int64_t> at(in.size(), 0);
  int64_t out = 0;
  const int64_t count = graph::ElementCount(in);
  for (int64_t i = 0; i < count; ++i) {
    f(static_cast<size_t>(i), static_cast<size_t>(out));
    for (size_t d = in.size(); d-- > 0;) {
      out += strides[d];
      if (++at[d] < in[d]) break;
      out -= strides[d] * in[d];
      at[d] = 0;
    }
  }
}

// Copies `in` into `out` with `amounts` of room before each dimension; `out` already holds the padding's value.
template <typename T>
void CopyInto(const graph::Shape& in, const graph::Shape& out, const std::vector<std::pair<int, int>>& amounts,
              const T* from, T* to) {
  std::vector<int64_t> at(in.size(), 0);
  std::vector<int64_t> strides(in.size(), 1);
  for (size_t d = in.size(); d-- > 1;) strides[d - 1] = strides[d] * out[d];
  int64_t offset = 0;
  for (size_t d = 0; d < in.size(); ++d) offset += strides[d] * amounts[d].first;
  const int64_t count = graph::ElementCount(in);
  for (int64_t i = 0; i < count; ++i) {
    to[offset] = from[i];
    for (size_t d = in.size(); d-- > 0;) {
      offset += strides[d];
      if (++at[d] < in[d]) break;
      offset -= strides[d] * in[d];
      at[d] = 0;
    }
  }
}

}  // namespace linnet::reference
