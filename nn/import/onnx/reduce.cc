// ReduceMean, ReduceSum, ArgMax, Softmax and LogSoftmax: along dimensions of ONNX, wherever they lie in the graph's tensor.
#include <algorithm>

#include "linnet/graph/fixed_point.h"
#include "operators.h"
#include "quantized.h"

namespace linnet::onnx {
namespace {

using graph::OpKind;
using graph::Quantization;
using graph::Shape;
using graph::TensorId;

// The axes of a reduction, ascending; an input from opset 18 on, of ReduceSum from 13 on.
Outcome<std::vector<int>> ReduceAxes(Layer& layer, size_t rank) {
  std::vector<int64_t> stated = layer.Ints("axes");
  if (layer.opset() >= (layer.def().op_type() == "ReduceSum" ? 13 : 18) && layer.has_input(1)) {
    LINNET_ASSIGN(stated, layer.IntegerInput(1, "the axes"));
  }
  std::vector<int> axes;
  for (const int64_t a : stated) {
    LINNET_ASSIGN(const int axis, layer.Axis(a, rank));
    axes.push_back(axis);
  }
  if (stated.empty() && layer.Int("noop_with_empty_axes", 0) == 0) axes = PlainOrder(rank);
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  return axes;
}

// The order of what is left when `axes` of it are gone.
Order WithoutAxes(const Order& order, const std::vector<int>& axes) {
  Order left;
  for (const int axis : order) {
    if (std::find(axes.begin(), axes.end(), axis) != axes.end()) continue;
    const auto before = std::count_if(axes.begin(), axes.end(), [axis](int a) { return a < axis; });
    left.push_back(axis - static_cast<int>(before));
  }
  return left;
}

// Softmax until opset 12 sees the dimensions from `axis` on as one.
Outcome<Value> SeenAsMatrix(Layer& layer, const Value& x, int axis) {
  int64_t rows = 1;
  for (size_t d = 0; d < static_cast<size_t>(axis); ++d) rows *= x.shape[d];
  return layer.Reshaped(x, {rows, CountOf(x.shape) / rows});
}

}  // namespace

Outcome<Values> ConvertReduce(Layer& layer) {
  const OpKind op = layer.def().op_type() == "ReduceSum" ? OpKind::kSum : OpKind::kMean;
  if (auto ok = layer.ExpectInputs(1, 2); !ok) return std::unexpected(ok.error());
  const std::optional<Int8Plan> plan = PlanInt8(layer, {0});
  LINNET_ASSIGN(const Value x, plan ? layer.AnyValue(0) : layer.FloatValue(0));
  LINNET_ASSIGN(const std::vector<int> axes, ReduceAxes(layer, x.shape.size()));
  if (axes.empty()) return Values{x};
  graph::ReduceAttributes reduce;
  reduce.keep_dims = layer.Int("keepdims", 1) != 0;
  for (const int axis : axes) reduce.axes.push_back(static_cast<int>(PositionOf(x.order, axis)));
  std::sort(reduce.axes.begin(), reduce.axes.end());
  LINNET_ASSIGN(const TensorId result, layer.Append(op, {x.tensor}, reduce, {}, plan ? plan->output : Quantization{}));
  if (reduce.keep_dims) return Values{Like(x, result, layer.graph())};
  Value answer = x;
  answer.order = WithoutAxes(x.order, axes);
  answer.shape.resize(answer.order.size());
  return Values{Like(answer, result, layer.graph())};
}

// The index of the greatest element, which is the last thing a network answers: it must be an output.
Outcome<Values> ConvertArgMax(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  if (layer.Int("select_last_index", 0) != 0)
    return layer.Unsupported("the last of equal elements (select_last_index); supported: the first");
  LINNET_ASSIGN(const Value x, layer.FloatValue(0));
  LINNET_ASSIGN(const int axis, layer.Axis(layer.Int("axis", 0), x.shape.size()));
  graph::ReduceAttributes reduce;
  reduce.keep_dims = layer.Int("keepdims", 1) != 0;
  reduce.axes = {static_cast<int>(PositionOf(x.order, axis))};
  LINNET_ASSIGN(const TensorId result, layer.Append(OpKind::kArgMax, {x.tensor}, reduce));
  Value answer = x;
  answer.type = graph::DType::kInt64;
  if (!reduce.keep_dims) {
    answer.order = WithoutAxes(x.order, {axis});
    answer.shape.resize(answer.order.size());
  }
  return Values{Like(answer, result, layer.graph())};
}

Outcome<Values> ConvertSoftmax(Layer& layer) {
  const bool log = layer.def().op_type() == "LogSoftmax";
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  const std::optional<Int8Plan> plan = PlanInt8(layer, {0});
  Value x = layer.input(0);
  if (!plan) {
    LINNET_ASSIGN(x, layer.FloatValue(0));
  }
  const bool flattens = layer.opset() < 13;
  LINNET_ASSIGN(const int axis, layer.Axis(layer.Int("axis", flattens ? 1 : -1), x.shape.size()));
  const Shape shape = x.shape;
  int64_t behind = 1;  // elements in the dimensions after the axis
  for (size_t d = static_cast<size_t>(axis) + 1; d < shape.size(); ++d) behind *= shape[d];
  if (flattens && behind > 1) {
    LINNET_ASSIGN(x, SeenAsMatrix(layer, x, axis));
  } else {
    Order last = x.order;
    std::erase(last, axis);
    last.push_back(axis);
    LINNET_ASSIGN(x, layer.InOrder(x, last));
  }
  const Quantization fixed = log ? Quantization{{1.0F / 16}, {127}, -1}
                                 : Quantization{{graph::kSoftmaxOutputScale}, {graph::kSoftmaxOutputZeroPoint}, -1};
  LINNET_ASSIGN(const TensorId result, layer.Append(log ? OpKind::kLogSoftmax : OpKind::kSoftmax, {x.tensor},
                                                    graph::NoAttributes{}, {}, plan ? fixed : Quantization{}));
  Value answer = Like(x, result, layer.graph());
  if (answer.shape != shape) {
    LINNET_ASSIGN(answer, layer.Reshaped(answer, shape));
  }
  return Values{answer};
}

}  // namespace linnet::onnx
