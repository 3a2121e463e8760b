#include "float_kernels.h"

#include <algorithm>
#include <limits>

#include "broadcast.h"
#include "linnet/base/check.h"
#include "linnet/graph/fixed_point.h"
#include "window.h"

namespace linnet::reference {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::TensorId;
using Values = std::vector<std::vector<float>>;

float Activate(float value, graph::Activation activation) {
  if (activation == graph::Activation::kNone) return value;
  value = value > 0 ? value : 0;
  return activation == graph::Activation::kRelu6 && value > 6 ? 6 : value;
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

// out[c] = activation(bias[c] + sum over k of x[k] * w[k][c])
void Multiply(const float* x, int64_t count, const float* w, int64_t outputs, const float* bias,
              graph::Activation activation, float* out) {
  for (int64_t c = 0; c < outputs; ++c) out[c] = bias != nullptr ? bias[c] : 0;
  int64_t c = 0;
  for (; c + 16 <= outputs; c += 16) AccumulateBlock<16>(x, count, w + c, outputs, out + c);
  for (; c + 4 <= outputs; c += 4) AccumulateBlock<4>(x, count, w + c, outputs, out + c);
  for (; c < outputs; ++c) AccumulateBlock<1>(x, count, w + c, outputs, out + c);
  if (activation == graph::Activation::kNone) return;
  for (c = 0; c < outputs; ++c) out[c] = Activate(out[c], activation);
}

struct Operands {
  const Graph& graph;
  const Node& node;
  Values& values;

  const std::vector<float>& in(size_t i) const { return values[static_cast<size_t>(node.inputs[i])]; }
  std::vector<float>& out() const { return values[static_cast<size_t>(node.outputs[0])]; }
  const graph::Shape& in_shape(size_t i) const { return graph.tensor(node.inputs[i]).shape; }
  const graph::Shape& out_shape() const { return graph.tensor(node.outputs[0]).shape; }
  const float* bias() const {
    return node.inputs.size() > 2 && node.inputs[2] != graph::kNoTensor ? in(2).data() : nullptr;
  }
};

void FullyConnected(const Operands& o) {
  const int64_t inputs = o.in_shape(1)[0];
  const int64_t outputs = o.in_shape(1)[1];
  const auto activation = std::get<graph::FullyConnectedAttributes>(o.node.attributes).activation;
  for (int64_t b = 0; b < o.in_shape(0)[0]; ++b) {
    Multiply(o.in(0).data() + b * inputs, inputs, o.in(1).data(), outputs, o.bias(), activation,
             o.out().data() + b * outputs);
  }
}

void Conv2D(const Operands& o) {
  const Sizes s = SizesOf(o.graph, o.node);
  const auto& conv = std::get<graph::ConvAttributes>(o.node.attributes);
  const int64_t taps = int64_t{conv.window.kernel_h} * conv.window.kernel_w * s.in_c;
  std::vector<float> patch(static_cast<size_t>(taps));
  float* out = o.out().data();
  for (int64_t b = 0; b < s.batch; ++b) {
    const float* image = o.in(0).data() + b * s.in_h * s.in_w * s.in_c;
    for (int64_t y = 0; y < s.out_h; ++y) {
      for (int64_t x = 0; x < s.out_w; ++x, out += s.out_c) {
        GatherPatch(s, conv.window, image, y, x, patch.data(), [](float v) { return v; });
        Multiply(patch.data(), taps, o.in(1).data(), s.out_c, o.bias(), conv.activation, out);
      }
    }
  }
}

void DepthwiseConv2D(const Operands& o) {
  const Sizes s = SizesOf(o.graph, o.node);
  const auto& conv = std::get<graph::ConvAttributes>(o.node.attributes);
  const int64_t multiplier = s.out_c / s.in_c;
  const float* weights = o.in(1).data();
  float* out = o.out().data();
  for (int64_t b = 0; b < s.batch; ++b) {
    const float* image = o.in(0).data() + b * s.in_h * s.in_w * s.in_c;
    for (int64_t y = 0; y < s.out_h; ++y) {
      for (int64_t x = 0; x < s.out_w; ++x, out += s.out_c) {
        for (int64_t c = 0; c < s.out_c; ++c) out[c] = o.bias() != nullptr ? o.bias()[c] : 0;
        ForEachTap(s, conv.window, image, y, x, [&](const float* tap, int64_t ky, int64_t kx) {
          const float* w = weights + (ky * conv.window.kernel_w + kx) * s.out_c;
          for (int64_t c = 0; c < s.out_c; ++c) out[c] += tap[c / multiplier] * w[c];
        });
        for (int64_t c = 0; c < s.out_c; ++c) out[c] = Activate(out[c], conv.activation);
      }
    }
  }
}

void Pool(const Operands& o) {
  const Sizes s = SizesOf(o.graph, o.node);
  const graph::Window& window = std::get<graph::PoolAttributes>(o.node.attributes).window;
  const bool max = o.node.op == OpKind::kMaxPool;
  float* out = o.out().data();
  for (int64_t b = 0; b < s.batch; ++b) {
    const float* image = o.in(0).data() + b * s.in_h * s.in_w * s.in_c;
    for (int64_t y = 0; y < s.out_h; ++y) {
      for (int64_t x = 0; x < s.out_w; ++x, out += s.out_c) {
        std::fill(out, out + s.out_c, max ? std::numeric_limits<float>::lowest() : 0.0F);
        int taps = 0;
        ForEachTap(s, window, image, y, x, [&](const float* tap, int64_t, int64_t) {
          ++taps;
          for (int64_t c = 0; c < s.out_c; ++c) out[c] = max ? (tap[c] > out[c] ? tap[c] : out[c]) : out[c] + tap[c];
        });
        if (!max && taps > 0) {
          for (int64_t c = 0; c < s.out_c; ++c) out[c] /= static_cast<float>(taps);
        }
      }
    }
  }
}

template <typename Function>
void Binary(const Operands& o, Function f) {
  const float* a = o.in(0).data();
  const float* b = o.in(1).data();
  float* out = o.out().data();
  ForEachBroadcast(o.out_shape(), o.in_shape(0), o.in_shape(1),
                   [&](size_t i, size_t ai, size_t bi) { out[i] = f(a[ai], b[bi]); });
}

template <typename Function>
void Unary(const Operands& o, Function f) {
  std::transform(o.in(0).begin(), o.in(0).end(), o.out().begin(), f);
}

void Softmax(const Operands& o) {
  const auto width = static_cast<size_t>(o.in_shape(0).back());
  std::vector<double> shares(width);
  for (size_t row = 0; row < o.in(0).size(); row += width) {
    const float* x = o.in(0).data() + row;
    const double max = *std::max_element(x, x + width);
    double sum = 0;
    for (size_t i = 0; i < width; ++i) sum += shares[i] = graph::Exp(x[i] - max);
    for (size_t i = 0; i < width; ++i) o.out()[row + i] = static_cast<float>(shares[i] / sum);
  }
}

void Mean(const Operands& o) {
  std::fill(o.out().begin(), o.out().end(), 0.0F);
  const auto& axes = std::get<graph::ReduceAttributes>(o.node.attributes).axes;
  ForEachReduced(o.in_shape(0), axes, [&](size_t from, size_t to) { o.out()[to] += o.in(0)[from]; });
  const float count = static_cast<float>(o.in(0).size()) / static_cast<float>(o.out().size());
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

void Pad(const Operands& o) {
  std::fill(o.out().begin(), o.out().end(), 0.0F);
  CopyInto(o.in_shape(0), o.out_shape(), std::get<graph::PadAttributes>(o.node.attributes).amounts, o.in(0).data(),
           o.out().data());
}

}  // namespace

void RunFloatNode(const Graph& graph, const Node& node, Values& values) {
  const Operands o{graph, node, values};
  switch (node.op) {
    case OpKind::kFullyConnected: return FullyConnected(o);
    case OpKind::kConv2D: return Conv2D(o);
    case OpKind::kDepthwiseConv2D: return DepthwiseConv2D(o);
    case OpKind::kMaxPool:
    case OpKind::kAveragePool: return Pool(o);
    case OpKind::kAdd: return Binary(o, [](float a, float b) { return a + b; });
    case OpKind::kSub: return Binary(o, [](float a, float b) { return a - b; });
    case OpKind::kMul: return Binary(o, [](float a, float b) { return a * b; });
    case OpKind::kDiv: return Binary(o, [](float a, float b) { return a / b; });
    case OpKind::kMaximum: return Binary(o, [](float a, float b) { return a > b ? a : b; });
    case OpKind::kMinimum: return Binary(o, [](float a, float b) { return a < b ? a : b; });
    case OpKind::kRelu: return Unary(o, [](float x) { return Activate(x, graph::Activation::kRelu); });
    case OpKind::kRelu6: return Unary(o, [](float x) { return Activate(x, graph::Activation::kRelu6); });
    case OpKind::kSigmoid: return Unary(o, [](float x) { return static_cast<float>(1.0 / (1.0 + graph::Exp(-x))); });
    case OpKind::kTanh:
      return Unary(o, [](float x) { return static_cast<float>(1.0 - 2.0 / (graph::Exp(2.0 * x) + 1.0)); });
    case OpKind::kSoftmax: return Softmax(o);
    case OpKind::kReshape:
    case OpKind::kIdentity: return Unary(o, [](float x) { return x; });
    case OpKind::kMean: return Mean(o);
    case OpKind::kArgMax: return ArgMaxIndex(o);
    case OpKind::kPad: return Pad(o);
    default: break;
  }
  LINNET_CHECK(false && "no float kernel for this operator");
}

}  // namespace linnet::reference
