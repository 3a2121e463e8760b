// Sums, means, greatest values over dimensions; ArgMax and softmax.
#include <algorithm>
#include <array>
#include <cmath>

#include "layer.h"

namespace linnet::graphdef {
namespace {

using graph::OpKind;
using graph::Shape;

struct Reduction {
  std::string_view name;
  double start;
  double (*join)(double, double);
  std::optional<OpKind> node = std::nullopt;
};

constexpr std::array kReductions = {
    Reduction{"All", 1, [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0; }},
    Reduction{"Any", 0, [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0; }},
    Reduction{"Max", -HUGE_VAL, [](double a, double b) { return a > b ? a : b; }},
    Reduction{"Mean", 0, [](double a, double b) { return a + b; }, OpKind::kMean},
    Reduction{"Min", HUGE_VAL, [](double a, double b) { return a < b ? a : b; }},
    Reduction{"Prod", 1, [](double a, double b) { return a * b; }},
    Reduction{"Sum", 0, [](double a, double b) { return a + b; }, OpKind::kSum},
};

Shape Reduced(const Shape& shape, const graph::ReduceAttributes& reduce) {
  Shape result;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool gone = std::find(reduce.axes.begin(), reduce.axes.end(), static_cast<int>(i)) != reduce.axes.end();
    if (!gone) result.push_back(shape[i]);
    if (gone && reduce.keep_dims) result.push_back(1);
  }
  return result;
}

Outcome<Result> Compute(const Layer& layer, const Reduction& reduction, const Constant& data,
                        const graph::ReduceAttributes& reduce) {
  LINNET_ASSIGN(auto result, layer.NewConstant(data.type, Reduced(data.shape, reduce)));
  const auto count = static_cast<int64_t>(data.numbers.size());
  if (auto ok = layer.Spend(count); !ok) return std::unexpected(ok.error());
  std::vector<int64_t> strides(data.shape.size(), 0);
  int64_t stride = 1;
  for (size_t i = strides.size(); i-- > 0;) {
    if (std::find(reduce.axes.begin(), reduce.axes.end(), static_cast<int>(i)) != reduce.axes.end()) continue;
    strides[i] = stride;
    stride *= std::max<int64_t>(data.shape[i], 1);
  }
  std::fill(result->numbers.begin(), result->numbers.end(), reduction.start);
  std::vector<int64_t> at(strides.size(), 0);
  int64_t to = 0;
  for (const double number : data.numbers) {
    double& sum = result->numbers[static_cast<size_t>(to)];
    sum = reduction.join(sum, number);
    for (size_t d = at.size(); d-- > 0;) {
      to += strides[d];
      if (++at[d] < data.shape[d]) break;
      to -= at[d] * strides[d];
      at[d] = 0;
    }
  }
  if (reduction.name == "Mean" && !result->numbers.empty()) {
    for (double& sum : result->numbers) sum /= static_cast<double>(count) / static_cast<double>(result->numbers.size());
  }
  return layer.Finish(std::move(result));
}

// The greatest value of each channel is a pool over the whole picture.
Outcome<Result> AppendMax(Layer& layer, const graph::ReduceAttributes& reduce) {
  const Shape shape = layer.shape(0);
  if (shape.size() != 4 || reduce.axes != std::vector<int>{1, 2}) {
    return layer.Unsupported(
        "over other dimensions than height and width of 4; supported: Max over [1, 2]. Name an "
        "earlier layer as the output");
  }
  graph::PoolAttributes pool;
  pool.window.kernel_h = static_cast<int>(shape[1]);
  pool.window.kernel_w = static_cast<int>(shape[2]);
  LINNET_ASSIGN(const Result greatest,
                layer.Append(OpKind::kMaxPool, {layer.input(0)}, pool, {}, reduce.keep_dims ? "" : "/pool"));
  return layer.Reshape(greatest, Reduced(shape, reduce));
}

// Over data that stands channels first but is computed channels last: the same over the latter, where what remains
// keeps its order.
Outcome<Result> AppendReduction(Layer& layer, OpKind node, const graph::ReduceAttributes& reduce) {
  const auto& transpositions = layer.conversion().transpositions;
  const auto turned = transpositions.find(layer.input(0).tensor);
  if (turned == transpositions.end() || reduce.keep_dims) return layer.Append(node, {layer.input(0)}, reduce);
  const auto& permutation = turned->second.permutation;
  graph::ReduceAttributes last;
  int previous = -1;
  bool ordered = true;
  for (size_t i = 0; i < permutation.size(); ++i) {
    const bool gone = std::find(reduce.axes.begin(), reduce.axes.end(), static_cast<int>(i)) != reduce.axes.end();
    if (gone) {
      last.axes.push_back(permutation[i]);
    } else {
      ordered &= permutation[i] > previous;
      previous = permutation[i];
    }
  }
  std::sort(last.axes.begin(), last.axes.end());
  if (!ordered) return layer.Append(node, {layer.input(0)}, reduce);
  return layer.Append(node, {Result{turned->second.source, nullptr}}, last);
}

}  // namespace

Outcome<Result> ConvertReduce(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const std::vector<int64_t> dims, layer.Integers(1, "the dimensions"));
  const bool arg_max = layer.op() == "ArgMax";
  graph::ReduceAttributes reduce;
  reduce.keep_dims = !arg_max && layer.Flag("keep_dims");
  for (const int64_t dim : dims) {
    LINNET_ASSIGN(const int axis, layer.Axis(dim, layer.shape(0).size()));
    if (std::find(reduce.axes.begin(), reduce.axes.end(), axis) == reduce.axes.end()) reduce.axes.push_back(axis);
  }
  std::sort(reduce.axes.begin(), reduce.axes.end());
  if (arg_max) return layer.Append(OpKind::kArgMax, {layer.input(0)}, std::move(reduce));
  const Reduction& reduction = *std::find_if(kReductions.begin(), kReductions.end(),
                                             [&](const Reduction& known) { return known.name == layer.op(); });
  if (layer.IsConstant(0)) return Compute(layer, reduction, *layer.input(0).constant, reduce);
  if (reduce.axes.empty()) return ConvertIdentity(layer);
  if (reduction.name == "Max") return AppendMax(layer, reduce);
  if (!reduction.node)
    return layer.Unsupported("of data that the network computes; supported: " + layer.op() +
                             " of constants, Mean and Sum of data. Name an earlier layer as the output");
  return AppendReduction(layer, *reduction.node, reduce);
}

Outcome<Result> ConvertSoftmax(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  return layer.Append(layer.op() == "Softmax" ? OpKind::kSoftmax : OpKind::kLogSoftmax, {layer.input(0)});
}

}  // namespace linnet::graphdef
