// Convolution, transposed convolution, depthwise and fully-connected layers in float. Every sum has one order: it starts at the bias and
// takes kernel rows, kernel columns and input channels as they come, acc = acc + x * w, padding left out. Several outputs go
// side by side, which hides the FPU's latency and leaves each sum's order alone. Compile with -ffp-contract=off.
#pragma once

#include <cstdint>

namespace linnet::kernels {

// A fused activation; `on` false lets every value through.
struct FloatClamp {
  bool on = false;
  float lo = 0, hi = 0;
};
[[gnu::always_inline]] inline float Clamped(const FloatClamp& clamp, float x) {
  if (!clamp.on) return x;
  x = x > clamp.lo ? x : clamp.lo;
  return x < clamp.hi ? x : clamp.hi;
}

// Layout NHWC, weights [kernel_h, kernel_w, in_c, out_c]; depthwise [kernel_h, kernel_w, in_c * multiplier].
struct FloatConvShape {
  int in_h = 0, in_w = 0, in_c = 0;
  int out_h = 0, out_w = 0, out_c = 0;
  int kernel_h = 0, kernel_w = 0;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0;
  FloatClamp clamp = {};
};

// What a kernel tap reads along one axis: the input index of tap 0 and where the taps lie inside the input.
struct FloatTaps {
  int origin, first, last;  // taps first..last-1
};
inline FloatTaps TapsInside(int position, int stride, int pad, int dilation, int kernel, int size) {
  const int origin = position * stride - pad;
  int first = 0, last = kernel;
  while (first < last && origin + first * dilation < 0) ++first;
  while (last > first && origin + (last - 1) * dilation >= size) --last;
  return {origin, first, last};
}

// sums[0..kCount) += x[k] * w[k][0..kCount) for ascending k; rows of w are `step` floats apart.
template <int kCount>
[[gnu::always_inline]] inline void AddProducts(const float* x, int count, const float* w, int step, float* sums) {
  for (; count > 0; --count, w += step) {
    const float value = *x++;
#pragma GCC unroll 8
    for (int c = 0; c < kCount; ++c) sums[c] = sums[c] + value * w[c];
  }
}

template <int kCount>
[[gnu::noinline]] void FloatConvPixel(const FloatConvShape& s, const FloatTaps& rows, const FloatTaps& columns,
                                      const float* input, const float* weights, const float* bias, float* output) {
  float sums[kCount];
  for (int c = 0; c < kCount; ++c) sums[c] = bias != nullptr ? bias[c] : 0.0F;
  for (int ky = rows.first; ky < rows.last; ++ky) {
    for (int kx = columns.first; kx < columns.last; ++kx) {
      const int y = rows.origin + ky * s.dilation_h, x = columns.origin + kx * s.dilation_w;
      AddProducts<kCount>(input + (y * s.in_w + x) * s.in_c, s.in_c,
                          weights + (ky * s.kernel_w + kx) * s.in_c * s.out_c, s.out_c, sums);
    }
  }
  for (int c = 0; c < kCount; ++c) output[c] = Clamped(s.clamp, sums[c]);
}

// A fully-connected layer is the convolution of one pixel. bias may be nullptr.
[[gnu::noinline]] inline void FloatConv2D(const FloatConvShape& s, const float* input, const float* weights,
                                          const float* bias, float* output) {
  for (int y = 0; y < s.out_h; ++y) {
    const FloatTaps rows = TapsInside(y, s.stride_h, s.pad_top, s.dilation_h, s.kernel_h, s.in_h);
    for (int x = 0; x < s.out_w; ++x) {
      const FloatTaps columns = TapsInside(x, s.stride_w, s.pad_left, s.dilation_w, s.kernel_w, s.in_w);
      const float* b = bias;
      int c = 0;
      for (; c + 8 <= s.out_c; c += 8, b = b != nullptr ? b + 8 : b)
        FloatConvPixel<8>(s, rows, columns, input, weights + c, b, output + c);
      for (; c < s.out_c; ++c, b = b != nullptr ? b + 1 : b)
        FloatConvPixel<1>(s, rows, columns, input, weights + c, b, output + c);
      output += s.out_c;
    }
  }
}

// Output channel c reads input channel c / multiplier.
template <int kCount>
[[gnu::noinline]] void FloatDepthwisePixel(const FloatConvShape& s, int multiplier, const FloatTaps& rows,
                                           const FloatTaps& columns, const float* input, const float* weights,
                                           const float* bias, int channel, float* output) {
  float sums[kCount];
  int from[kCount];
  for (int c = 0; c < kCount; ++c) {
    sums[c] = bias != nullptr ? bias[channel + c] : 0.0F;
    from[c] = (channel + c) / multiplier;
  }
  for (int ky = rows.first; ky < rows.last; ++ky) {
    for (int kx = columns.first; kx < columns.last; ++kx) {
      const int y = rows.origin + ky * s.dilation_h, x = columns.origin + kx * s.dilation_w;
      const float* const pixel = input + (y * s.in_w + x) * s.in_c;
      const float* const w = weights + (ky * s.kernel_w + kx) * s.out_c + channel;
      for (int c = 0; c < kCount; ++c) sums[c] = sums[c] + pixel[from[c]] * w[c];
    }
  }
  for (int c = 0; c < kCount; ++c) output[channel + c] = Clamped(s.clamp, sums[c]);
}

[[gnu::noinline]] inline void FloatDepthwiseConv2D(const FloatConvShape& s, int multiplier, const float* input,
                                                   const float* weights, const float* bias, float* output) {
  for (int y = 0; y < s.out_h; ++y) {
    const FloatTaps rows = TapsInside(y, s.stride_h, s.pad_top, s.dilation_h, s.kernel_h, s.in_h);
    for (int x = 0; x < s.out_w; ++x) {
      const FloatTaps columns = TapsInside(x, s.stride_w, s.pad_left, s.dilation_w, s.kernel_w, s.in_w);
      int c = 0;
      for (; c + 4 <= s.out_c; c += 4)
        FloatDepthwisePixel<4>(s, multiplier, rows, columns, input, weights, bias, c, output);
      for (; c < s.out_c; ++c) FloatDepthwisePixel<1>(s, multiplier, rows, columns, input, weights, bias, c, output);
      output += s.out_c;
    }
  }
}

// Output pixel (y, x) takes tap (ky, kx) of input pixel ((y + pad_top - ky) / stride_h, ...) where the division leaves nothing. Strides,
// pads and kernel are those of the convolution whose gradient this is; no dilation.
[[gnu::noinline]] inline void FloatTransposeConv(const FloatConvShape& s, const float* input, const float* weights,
                                                 const float* bias, float* output) {
  for (int y = 0; y < s.out_h; ++y) {
    for (int x = 0; x < s.out_w; ++x, output += s.out_c) {
      for (int c = 0; c < s.out_c; ++c) output[c] = bias != nullptr ? bias[c] : 0.0F;
      for (int ky = 0; ky < s.kernel_h; ++ky) {
        const int down = y + s.pad_top - ky;
        if (down < 0 || down % s.stride_h != 0 || down / s.stride_h >= s.in_h) continue;
        for (int kx = 0; kx < s.kernel_w; ++kx) {
          const int across = x + s.pad_left - kx;
          if (across < 0 || across % s.stride_w != 0 || across / s.stride_w >= s.in_w) continue;
          const float* const pixel = input + (down / s.stride_h * s.in_w + across / s.stride_w) * s.in_c;
          const float* const w = weights + (ky * s.kernel_w + kx) * s.in_c * s.out_c;
          int c = 0;
          for (; c + 4 <= s.out_c; c += 4) AddProducts<4>(pixel, s.in_c, w + c, s.out_c, output + c);
          for (; c < s.out_c; ++c) AddProducts<1>(pixel, s.in_c, w + c, s.out_c, output + c);
        }
      }
      for (int c = 0; c < s.out_c; ++c) output[c] = Clamped(s.clamp, output[c]);
    }
  }
}

}  // namespace linnet::kernels
