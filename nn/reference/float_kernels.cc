// Sums run from the bias on over kernel row, kernel column, input channel; padding takes no part. README.md says the rest.
#include "float_kernels.h"

#include <algorithm>
#include <limits>

#include "broadcast.h"
#include "float_functions.h"
#include "linnet/base/check.h"
#include "linnet/graph/build.h"
#include "moves.h"
#include "window.h"

namespace linnet::reference {
namespace {

using graph::Activation;
using graph::Graph;
using graph::Node;
using graph::OpKind;

float Clamp(float value, float lo, float hi) {
  value = value > lo ? value : lo;
  return value < hi ? value : hi;
}

float Activate(float value, Activation activation) {
  switch (activation) {
    case Activation::kNone: return value;
    case Activation::kRelu: return value > 0 ? value : 0;
    case Activation::kRelu6: return Clamp(value, 0, 6);
    case Activation::kReluN1To1: return Clamp(value, -1, 1);
  }
  return value;
}

// acc[0..N) += x . w for N neighbouring outputs, k ascending. N is a constant, so that the sums stay in registers.
template <int N>
void AccumulateBlock(const float* x, int64_t count, const float* w, int64_t stride, float* acc) {
  float sums[N];
  for (int j = 0; j < N; ++j) sums[j] = acc[j];
  for (int64_t k = 0; k < count; ++k, w += stride) {
    const float v = x[k];
    for (int j = 0; j < N; ++j) sums[j] += v * w[j];
  }
  for (int j = 0; j < N; ++j) acc[j] = sums[j];
}

// acc[c] += sum over k of x[k] * w[k][c]
void Accumulate(const float* x, int64_t count, const float* w, int64_t outputs, float* acc) {
  int64_t c = 0;
  for (; c + 16 <= outputs; c += 16) AccumulateBlock<16>(x, count, w + c, outputs, acc + c);
  for (; c + 4 <= outputs; c += 4) AccumulateBlock<4>(x, count, w + c, outputs, acc + c);
  for (; c < outputs; ++c) AccumulateBlock<1>(x, count, w + c, outputs, acc + c);
}

struct Operands {
  const Graph& graph;
  const Node& node;
  const FloatValues& values;

  std::span<const float> in(size_t i) const { return values[static_cast<size_t>(node.inputs[i])]; }
  std::span<float> out() const { return values[static_cast<size_t>(node.outputs[0])]; }
  const graph::Shape& in_shape(size_t i) const { return graph.tensor(node.inputs[i]).shape; }
  const graph::Shape& out_shape() const { return graph.tensor(node.outputs[0]).shape; }
  float bias(int64_t channel) const {
    return node.inputs.size() > 2 && node.inputs[2] != graph::kNoTensor ? in(2)[static_cast<size_t>(channel)] : 0;
  }
  // Before and after the sums of one output pixel or row.
  void StartAtBias(float* out, int64_t channels) const {
    for (int64_t c = 0; c < channels; ++c) out[c] = bias(c);
  }
  void Finish(float* out, int64_t channels) const {
    const Activation activation = graph::ActivationOf(node);
    if (activation == Activation::kNone) return;
    for (int64_t c = 0; c < channels; ++c) out[c] = Activate(out[c], activation);
  }
};

void FullyConnected(const Operands& o) {
  const int64_t inputs = o.in_shape(1)[0];
  const int64_t outputs = o.in_shape(1)[1];
  for (int64_t b = 0; b < o.in_shape(0)[0]; ++b) {
    float* out = o.out().data() + b * outputs;
    o.StartAtBias(out, outputs);
    Accumulate(o.in(0).data() + b * inputs, inputs, o.in(1).data(), outputs, out);
    o.Finish(out, outputs);
  }
}

// Calls f(out pixel, image, oy, ox) for each pixel of the output, between bias and activation.
template <typename Function>
void ForEachPixel(const Operands& o, const Sizes& s, Function f) {
  float* out = o.out().data();
  for (int64_t b = 0; b < s.batch; ++b) {
    const float* image = o.in(0).data() + b * s.in_h * s.in_w * s.in_c;
    for (int64_t y = 0; y < s.out_h; ++y) {
      for (int64_t x = 0; x < s.out_w; ++x, out += s.out_c) f(out, image, y, x);
    }
  }
}

void Conv2D(const Operands& o) {
  const Sizes s = SizesOf(o.graph, o.node);
  const graph::Window& w = std::get<graph::ConvAttributes>(o.node.attributes).window;
  const float* weights = o.in(1).data();
  const int64_t tap_size = s.in_c * s.out_c;
  ForEachPixel(o, s, [&](float* out, const float* image, int64_t y, int64_t x) {
    o.StartAtBias(out, s.out_c);
    if (w.dilation_w == 1) {  // the taps of a kernel row are neighbours
      const int64_t left = x * w.stride_w - w.pad_left;
      const int64_t first = std::max<int64_t>(0, -left);
      const int64_t count = std::min<int64_t>(w.kernel_w, s.in_w - left) - first;
      for (int64_t ky = 0; ky < w.kernel_h && count > 0; ++ky) {
        const int64_t row = y * w.stride_h - w.pad_top + ky * w.dilation_h;
        if (row < 0 || row >= s.in_h) continue;
        Accumulate(image + (row * s.in_w + left + first) * s.in_c, count * s.in_c,
                   weights + (ky * w.kernel_w + first) * tap_size, s.out_c, out);
      }
    } else {
      ForEachTap(s, w, image, y, x, [&](const float* tap, int64_t ky, int64_t kx) {
        Accumulate(tap, s.in_c, weights + (ky * w.kernel_w + kx) * tap_size, s.out_c, out);
      });
    }
    o.Finish(out, s.out_c);
  });
}

// The input pixel whose window over the output has its tap k at `out`, or -1.
int64_t SourceOf(int64_t out, int64_t pad, int64_t k, int64_t dilation, int64_t stride, int64_t extent) {
  const int64_t at = out + pad - k * dilation;
  return at < 0 || at % stride != 0 || at / stride >= extent ? -1 : at / stride;
}

void TransposeConv(const Operands& o) {
  const Sizes s = SizesOf(o.graph, o.node);
  const graph::Window& w = std::get<graph::TransposeConvAttributes>(o.node.attributes).window;
  const float* weights = o.in(1).data();
  ForEachPixel(o, s, [&](float* out, const float* image, int64_t y, int64_t x) {
    o.StartAtBias(out, s.out_c);
    for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
      const int64_t row = SourceOf(y, w.pad_top, ky, w.dilation_h, w.stride_h, s.in_h);
      if (row < 0) continue;
      for (int64_t kx = 0; kx < w.kernel_w; ++kx) {
        const int64_t column = SourceOf(x, w.pad_left, kx, w.dilation_w, w.stride_w, s.in_w);
        if (column < 0) continue;
        Accumulate(image + (row * s.in_w + column) * s.in_c, s.in_c,
                   weights + (ky * w.kernel_w + kx) * s.in_c * s.out_c, s.out_c, out);
      }
    }
    o.Finish(out, s.out_c);
  });
}

void DepthwiseConv2D(const Operands& o) {
  const Sizes s = SizesOf(o.graph, o.node);
  const graph::Window& window = std::get<graph::ConvAttributes>(o.node.attributes).window;
  const int64_t multiplier = s.out_c / s.in_c;
  const float* weights = o.in(1).data();
  ForEachPixel(o, s, [&](float* out, const float* image, int64_t y, int64_t x) {
    o.StartAtBias(out, s.out_c);
    ForEachTap(s, window, image, y, x, [&](const float* tap, int64_t ky, int64_t kx) {
      const float* w = weights + (ky * window.kernel_w + kx) * s.out_c;
      for (int64_t c = 0; c < s.out_c; ++c) out[c] += tap[c / multiplier] * w[c];
    });
    o.Finish(out, s.out_c);
  });
}

void Pool(const Operands& o) {
  const Sizes s = SizesOf(o.graph, o.node);
  const graph::Window& window = std::get<graph::PoolAttributes>(o.node.attributes).window;
  const bool max = o.node.op == OpKind::kMaxPool;
  ForEachPixel(o, s, [&](float* out, const float* image, int64_t y, int64_t x) {
    std::fill(out, out + s.out_c, max ? std::numeric_limits<float>::lowest() : 0.0F);
    int taps = 0;
    ForEachTap(s, window, image, y, x, [&](const float* tap, int64_t, int64_t) {
      ++taps;
      for (int64_t c = 0; c < s.out_c; ++c) out[c] = max ? (tap[c] > out[c] ? tap[c] : out[c]) : out[c] + tap[c];
    });
    if (!max && taps > 0) {
      for (int64_t c = 0; c < s.out_c; ++c) out[c] /= static_cast<float>(taps);
    }
    o.Finish(out, s.out_c);
  });
}

template <typename Function>
void Binary(const Operands& o, Function f) {
  const Activation activation = graph::ActivationOf(o.node);
  const float* a = o.in(0).data();
  const float* b = o.in(1).data();
  float* out = o.out().data();
  ForEachBroadcast(o.out_shape(), o.in_shape(0), o.in_shape(1),
                   [&](size_t i, size_t ai, size_t bi) { out[i] = Activate(f(a[ai], b[bi]), activation); });
}

template <typename Function>
void Unary(const Operands& o, Function f) {
  std::transform(o.in(0).begin(), o.in(0).end(), o.out().begin(), f);
}

void Softmax(const Operands& o) {
  const auto* attributes = std::get_if<graph::SoftmaxAttributes>(&o.node.attributes);
  const float beta = attributes != nullptr ? attributes->beta : 1;
  const auto width = static_cast<size_t>(o.in_shape(0).back());
  for (size_t row = 0; row < o.in(0).size(); row += width) {
    const std::span<const float> x = o.in(0).subspan(row, width);
    const std::span<float> out = o.out().subspan(row, width);
    const float max = *std::max_element(x.begin(), x.end());
    float sum = 0;
    for (size_t i = 0; i < width; ++i) sum += out[i] = Exp((x[i] - max) * beta);
    for (float& share : out) share /= sum;
  }
}

void LogSoftmax(const Operands& o) {
  const auto width = static_cast<size_t>(o.in_shape(0).back());
  for (size_t row = 0; row < o.in(0).size(); row += width) {
    const std::span<const float> x = o.in(0).subspan(row, width);
    const float max = *std::max_element(x.begin(), x.end());
    float sum = 0;
    for (const float value : x) sum += Exp(value - max);
    const float log = Log(sum);
    for (size_t i = 0; i < width; ++i) o.out()[row + i] = (x[i] - max) - log;
  }
}

void SumOrMean(const Operands& o) {
  std::fill(o.out().begin(), o.out().end(), 0.0F);
  const auto& axes = std::get<graph::ReduceAttributes>(o.node.attributes).axes;
  ForEachReduced(o.in_shape(0), axes, [&](size_t from, size_t to) { o.out()[to] += o.in(0)[from]; });
  if (o.node.op == OpKind::kSum) return;
  const float count = static_cast<float>(o.in(0).size() / o.out().size());
  for (float& value : o.out()) value /= count;
}

void ArgMaxIndex(const Operands& o) {
  const auto& axes = std::get<graph::ReduceAttributes>(o.node.attributes).axes;
  std::vector<float> best(o.out().size(), -std::numeric_limits<float>::infinity());
  std::vector<float> seen(o.out().size(), 0);
  ForEachReduced(o.in_shape(0), axes, [&](size_t from, size_t to) {
    if (seen[to] == 0 || o.in(0)[from] > best[to]) {
      best[to] = o.in(0)[from];
      o.out()[to] = seen[to];
    }
    seen[to] += 1;
  });
}

void Move(const Operands& o) {
  if (const auto* pad = std::get_if<graph::PadAttributes>(&o.node.attributes))
    std::fill(o.out().begin(), o.out().end(), pad->value);
  ForEachMove(o.graph, o.node, [&](size_t to, size_t input, size_t from) { o.out()[to] = o.in(input)[from]; });
  if (graph::ActivationOf(o.node) != Activation::kNone) o.Finish(o.out().data(), static_cast<int64_t>(o.out().size()));
}

void RunUnary(const Operands& o) {
  switch (o.node.op) {
    case OpKind::kRelu: return Unary(o, [](float x) { return Activate(x, Activation::kRelu); });
    case OpKind::kRelu6: return Unary(o, [](float x) { return Activate(x, Activation::kRelu6); });
    case OpKind::kSigmoid: return Unary(o, Logistic);
    case OpKind::kTanh: return Unary(o, Tanh);
    case OpKind::kHardSwish: return Unary(o, [](float x) { return x * Clamp(x + 3, 0, 6) / 6; });
    case OpKind::kLeakyRelu: {
      const float alpha = std::get<graph::LeakyReluAttributes>(o.node.attributes).alpha;
      return Unary(o, [=](float x) { return x > 0 ? x : x * alpha; });
    }
    case OpKind::kClamp: {
      const auto& a = std::get<graph::ClampAttributes>(o.node.attributes);
      return Unary(o, [&](float x) { return Clamp(x, a.lo, a.hi); });
    }
    default: return Unary(o, [](float x) { return x; });  // kIdentity
  }
}

}  // namespace

Outcome<void> CheckFloatNode(const Node& node) {
  switch (node.op) {
    case OpKind::kLstm:
    case OpKind::kSvdf:
    case OpKind::kQuantize:
    case OpKind::kDequantize:
      return Fail(Status::kUnimplemented,
                  graph::Describe(node) + ": is defined in int8 only; export the model with int8 quantisation");
    default: return {};
  }
}

void RunFloatNode(const Graph& graph, const Node& node, const FloatValues& values) {
  const Operands o{graph, node, values};
  if (IsMove(node.op)) return Move(o);
  switch (node.op) {
    case OpKind::kFullyConnected: return FullyConnected(o);
    case OpKind::kConv2D: return Conv2D(o);
    case OpKind::kDepthwiseConv2D: return DepthwiseConv2D(o);
    case OpKind::kTransposeConv: return TransposeConv(o);
    case OpKind::kMaxPool:
    case OpKind::kAveragePool: return Pool(o);
    case OpKind::kAdd: return Binary(o, [](float a, float b) { return a + b; });
    case OpKind::kSub: return Binary(o, [](float a, float b) { return a - b; });
    case OpKind::kMul: return Binary(o, [](float a, float b) { return a * b; });
    case OpKind::kDiv: return Binary(o, [](float a, float b) { return a / b; });
    case OpKind::kMaximum: return Binary(o, [](float a, float b) { return a > b ? a : b; });
    case OpKind::kMinimum: return Binary(o, [](float a, float b) { return a < b ? a : b; });
    case OpKind::kSoftmax: return Softmax(o);
    case OpKind::kLogSoftmax: return LogSoftmax(o);
    case OpKind::kSum:
    case OpKind::kMean: return SumOrMean(o);
    case OpKind::kArgMax: return ArgMaxIndex(o);
    default: return RunUnary(o);
  }
}

}  // namespace linnet::reference
