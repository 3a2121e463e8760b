// How a layer's output may lie over its input. Each kernel writes its output from first byte to last and has done with its input
// from first byte to last, so where the input begins `lead` bytes behind the output's beginning, nothing is written over an
// input that is still to be read. Host or device; no heap.
#pragma once

#include <cstdint>

#include "linnet/kernels/conv_geometry.h"
#include "linnet/kernels/conv_pool.h"
#include "linnet/kernels/depthwise_geometry.h"
#include "linnet/kernels/shapes.h"

namespace linnet::kernels {

// The least lead for outputs and inputs met so far: call it with what is written and the first input byte that is still needed.
struct Lead {
  int64_t bytes = 0;
  constexpr void Need(int64_t written, int64_t first_needed) {
    if (written - first_needed > bytes) bytes = written - first_needed;
  }
};

// Bytes of the input that are in the ring of rows when output row `oy` is written; all of it towards the end.
constexpr int64_t ConvLoadedBytes(const ConvGeometry& g, int oy) {
  const int64_t rows = int64_t{oy} * g.stride_h - g.pad_top + int64_t{g.kernel_h - 1} * g.dilation_h + 1;
  return (rows < 0 ? 0 : rows < g.in_h ? rows : g.in_h) * g.in_w * g.in_c;
}

// Conv2D: a row of outputs at a time.
constexpr int64_t ConvLeadBytes(const ConvGeometry& g) {
  Lead lead;
  const int64_t all = int64_t{g.in_h} * g.in_w * g.in_c;
  for (int oy = 0; oy < g.out_h; ++oy) {
    const int64_t loaded = ConvLoadedBytes(g, oy);
    if (loaded < all) lead.Need(int64_t{oy + 1} * g.out_w * g.out_c, loaded);
  }
  return lead.bytes;
}

// ConvMaxPool: a pooled row at a time.
constexpr int64_t ConvPoolLeadBytes(const ConvGeometry& g, const PoolGeometry& p) {
  Lead lead;
  const int64_t all = int64_t{g.in_h} * g.in_w * g.in_c;
  for (int py = 0; py < p.out_h; ++py) {
    const int64_t loaded = ConvLoadedBytes(g, LastPooledRow(g, p, py) - 1);
    if (loaded < all) lead.Need(int64_t{py + 1} * p.out_w * g.out_c, loaded);
  }
  return lead.bytes;
}

// Pointwise: two pixels at a time, both read before either is written. With stride 1 the pixels of all rows are one row.
constexpr int64_t PointwiseLeadBytes(const ConvGeometry& g) {
  const bool dense = g.stride_h == 1 && g.stride_w == 1 && g.in_w == g.out_w;
  const int rows = dense ? 1 : g.out_h;
  const int pixels = dense ? g.out_h * g.out_w : g.out_w;
  Lead lead;
  for (int row = 0; row < rows; ++row) {
    const int64_t row_begin = int64_t{row} * g.stride_h * g.in_w;
    for (int done = 2; done < pixels; done += 2) {
      lead.Need((int64_t{row} * pixels + done) * g.out_c, (row_begin + int64_t{done} * g.stride_w) * g.in_c);
    }
    if (row + 1 < rows)
      lead.Need(int64_t{row + 1} * pixels * g.out_c, (row_begin + int64_t{g.stride_h} * g.in_w) * g.in_c);
  }
  return lead.bytes;
}

// DepthwiseConv2D: four channels after the other, a band of rows at a time. A channel's outputs must lie over inputs of its own
// four, so the lead is whole pixels. REQUIRES: multiplier 1.
constexpr int64_t DepthwiseLeadBytes(const DepthwiseGeometry& d) {
  const ConvGeometry& g = d.g;
  const int band = (d.BandRows() - d.Rows()) / g.stride_h + 1;  // rows of outputs
  Lead pixels;
  for (int oy = 0; oy < g.out_h; oy += band) {
    const int end = oy + band < g.out_h ? oy + band : g.out_h;
    const int loaded = (end - 1) * g.stride_h + d.Rows() - g.pad_top;
    if (loaded < g.in_h) pixels.Need(int64_t{end} * g.out_w, int64_t{loaded < 0 ? 0 : loaded} * g.in_w);
  }
  while (pixels.bytes * g.in_c % 4 != 0) ++pixels.bytes;
  return pixels.bytes * g.in_c;
}

// MaxPool and AveragePool: a pixel at a time; windows reach back over rows.
constexpr int64_t PoolLeadBytes(const PoolShape& s) {
  Lead lead;
  for (int oy = 0; oy < s.out_h; ++oy) {
    for (int ox = 0; ox < s.out_w; ++ox) {
      const int y = oy * s.stride_h - s.pad_top, x = ox * s.stride_w - s.pad_left;
      const int64_t corner = int64_t{y < 0 ? 0 : y} * s.in_w + (x < 0 ? 0 : x);
      lead.Need((int64_t{oy} * s.out_w + ox + 1) * s.channels, corner * s.channels);
    }
  }
  return lead.bytes;
}

}  // namespace linnet::kernels
