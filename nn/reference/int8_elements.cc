// Pools, element-wise operators, tables, and what only moves values.
#include <algorithm>
#include <limits>

#include "broadcast.h"
#include "int8_layer.h"
#include "linnet/base/check.h"
#include "window.h"

namespace linnet::reference {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::Shape;

// A layer from a function of the input's values to the output's.
template <typename Function>
class UnaryLayer : public Int8Layer {
 public:
  UnaryLayer(const Node& node, Function function)
      : in_(node.inputs[0]), out_(node.outputs[0]), function_(std::move(function)) {}
  void Run(Int8Values& values) const override {
    function_(values[static_cast<size_t>(in_)], values[static_cast<size_t>(out_)]);
  }

 private:
  graph::TensorId in_, out_;
  Function function_;
};

template <typename Function>
std::unique_ptr<Int8Layer> Unary(const Node& node, Function function) {
  return std::make_unique<UnaryLayer<Function>>(node, std::move(function));
}

using Bytes = std::vector<int8_t>;

std::unique_ptr<Int8Layer> Pool(const Graph& graph, const Node& node) {
  const Sizes s = SizesOf(graph, node);
  const graph::Window window = std::get<graph::PoolAttributes>(node.attributes).window;
  const bool max = node.op == OpKind::kMaxPool;
  return Unary(node, [=](const Bytes& in, Bytes& out) {
    std::vector<int32_t> row(static_cast<size_t>(s.out_c));
    size_t at = 0;
    for (int64_t b = 0; b < s.batch; ++b) {
      const int8_t* image = in.data() + b * s.in_h * s.in_w * s.in_c;
      for (int64_t y = 0; y < s.out_h; ++y) {
        for (int64_t x = 0; x < s.out_w; ++x) {
          std::fill(row.begin(), row.end(), max ? -128 : 0);
          int32_t taps = 0;
          ForEachTap(s, window, image, y, x, [&](const int8_t* tap, int64_t, int64_t) {
            ++taps;
            for (size_t c = 0; c < row.size(); ++c) row[c] = max ? std::max<int32_t>(row[c], tap[c]) : row[c] + tap[c];
          });
          for (const int32_t value : row)
            out[at++] = max || taps == 0 ? static_cast<int8_t>(value) : graph::RoundedAverage(value, taps);
        }
      }
    }
  });
}

std::unique_ptr<Int8Layer> Mean(const Graph& graph, const Node& node) {
  const Shape shape = graph.tensor(node.inputs[0]).shape;
  const std::vector<int> axes = std::get<graph::ReduceAttributes>(node.attributes).axes;
  return Unary(node, [=](const Bytes& in, Bytes& out) {
    std::vector<int32_t> sums(out.size(), 0);
    ForEachReduced(shape, axes, [&](size_t from, size_t to) { sums[to] += in[from]; });
    const auto count = static_cast<int32_t>(in.size() / out.size());
    for (size_t i = 0; i < out.size(); ++i) out[i] = graph::RoundedAverage(sums[i], count);
  });
}

std::unique_ptr<Int8Layer> Softmax(const Graph& graph, const Node& node) {
  const auto table = graph::SoftmaxTable(ScaleOf(graph, node.inputs[0]).scale);
  const auto width = static_cast<size_t>(graph.tensor(node.inputs[0]).shape.back());
  return Unary(node, [=](const Bytes& in, Bytes& out) {
    for (size_t row = 0; row < in.size(); row += width) {
      const int max =
          *std::max_element(in.begin() + static_cast<ptrdiff_t>(row), in.begin() + static_cast<ptrdiff_t>(row + width));
      uint64_t sum = 0;
      for (size_t i = row; i < row + width; ++i) sum += table[static_cast<size_t>(max - in[i])];
      for (size_t i = row; i < row + width; ++i)
        out[i] = graph::SoftmaxValue(table[static_cast<size_t>(max - in[i])], sum);
    }
  });
}

std::unique_ptr<Int8Layer> Table(const Node& node, const std::array<int8_t, 256>& table) {
  return Unary(node, [=](const Bytes& in, Bytes& out) {
    std::transform(in.begin(), in.end(), out.begin(), [&](int8_t q) { return table[static_cast<size_t>(q + 128)]; });
  });
}

std::unique_ptr<Int8Layer> Relu(const Graph& graph, const Node& node) {
  const Scale scale = ScaleOf(graph, node.outputs[0]);
  const auto kind = node.op == OpKind::kRelu ? graph::Activation::kRelu : graph::Activation::kRelu6;
  const graph::ClampRange range = graph::ActivationRange(kind, scale.scale, scale.zero_point);
  return Unary(node, [=](const Bytes& in, Bytes& out) {
    std::transform(in.begin(), in.end(), out.begin(),
                   [&](int8_t q) { return static_cast<int8_t>(std::clamp<int32_t>(q, range.lo, range.hi)); });
  });
}

std::unique_ptr<Int8Layer> Pad(const Graph& graph, const Node& node) {
  const Shape from = graph.tensor(node.inputs[0]).shape;
  const Shape to = graph.tensor(node.outputs[0]).shape;
  const auto amounts = std::get<graph::PadAttributes>(node.attributes).amounts;
  const auto zero_point = static_cast<int8_t>(ScaleOf(graph, node.inputs[0]).zero_point);
  return Unary(node, [=](const Bytes& in, Bytes& out) {
    std::fill(out.begin(), out.end(), zero_point);
    CopyInto(from, to, amounts, in.data(), out.data());
  });
}

template <typename Function>
class BinaryLayer : public Int8Layer {
 public:
  BinaryLayer(const Graph& graph, const Node& node, Function function)
      : node_(node),
        out_shape_(graph.tensor(node.outputs[0]).shape),
        a_shape_(graph.tensor(node.inputs[0]).shape),
        b_shape_(graph.tensor(node.inputs[1]).shape),
        function_(std::move(function)) {}
  void Run(Int8Values& values) const override {
    const auto& a = values[static_cast<size_t>(node_.inputs[0])];
    const auto& b = values[static_cast<size_t>(node_.inputs[1])];
    auto& out = values[static_cast<size_t>(node_.outputs[0])];
    ForEachBroadcast(out_shape_, a_shape_, b_shape_,
                     [&](size_t i, size_t ai, size_t bi) { out[i] = function_(a[ai], b[bi]); });
  }

 private:
  Node node_;
  Shape out_shape_, a_shape_, b_shape_;
  Function function_;
};

template <typename Function>
std::unique_ptr<Int8Layer> Binary(const Graph& graph, const Node& node, Function function) {
  return std::make_unique<BinaryLayer<Function>>(graph, node, std::move(function));
}

std::unique_ptr<Int8Layer> MakeBinary(const Graph& graph, const Node& node) {
  const Scale a = ScaleOf(graph, node.inputs[0]);
  const Scale b = ScaleOf(graph, node.inputs[1]);
  const Scale out = ScaleOf(graph, node.outputs[0]);
  const double a_scale = a.scale;
  const double b_scale = b.scale;
  const double out_scale = out.scale;
  if (node.op == OpKind::kMaximum) return Binary(graph, node, [](int8_t x, int8_t y) { return std::max(x, y); });
  if (node.op == OpKind::kMinimum) return Binary(graph, node, [](int8_t x, int8_t y) { return std::min(x, y); });
  if (node.op == OpKind::kMul) {
    const graph::Multiplier m = graph::QuantizeMultiplier(a_scale * b_scale / out_scale);
    return Binary(graph, node, [=](int8_t x, int8_t y) {
      return graph::Requantize((x - a.zero_point) * (y - b.zero_point), m, out.zero_point);
    });
  }
  const double sign = node.op == OpKind::kSub ? -1 : 1;
  const graph::AddMultipliers m = graph::QuantizeAddMultipliers(a_scale / out_scale, sign * b_scale / out_scale);
  return Binary(graph, node, [=](int8_t x, int8_t y) {
    return graph::RequantizeSum(x - a.zero_point, y - b.zero_point, m, out.zero_point);
  });
}

}  // namespace

std::unique_ptr<Int8Layer> MakeElementLayer(const Graph& graph, const Node& node) {
  const Scale in = ScaleOf(graph, node.inputs[0]);
  switch (node.op) {
    case OpKind::kMaxPool:
    case OpKind::kAveragePool: return Pool(graph, node);
    case OpKind::kMean: return Mean(graph, node);
    case OpKind::kSoftmax: return Softmax(graph, node);
    case OpKind::kSigmoid: return Table(node, graph::SigmoidTable(in.scale, in.zero_point));
    case OpKind::kTanh: return Table(node, graph::TanhTable(in.scale, in.zero_point));
    case OpKind::kRelu:
    case OpKind::kRelu6: return Relu(graph, node);
    case OpKind::kPad: return Pad(graph, node);
    case OpKind::kReshape:
      return Unary(node, [](const Bytes& from, Bytes& to) { std::copy(from.begin(), from.end(), to.begin()); });
    case OpKind::kAdd:
    case OpKind::kSub:
    case OpKind::kMul:
    case OpKind::kMaximum:
    case OpKind::kMinimum: return MakeBinary(graph, node);
    default: break;
  }
  LINNET_CHECK(false && "CheckInt8Node lets no other operator through");
  return nullptr;
}

}  // namespace linnet::reference
