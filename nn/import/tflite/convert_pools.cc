// Pools, reductions and resizing.
#include <algorithm>

#include "operators.h"

namespace linnet::tflite {
namespace {

using graph::OpKind;
using graph::TensorId;

Outcome<void> Done(const Outcome<TensorId>& made) { return made ? Outcome<void>() : std::unexpected(made.error()); }

}  // namespace

Outcome<void> ConvertPool(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, 1); !ok) return ok;
  const auto* options = layer.op().table->builtin_options_as_Pool2DOptions();
  if (options == nullptr) return layer.Wrong("its options are missing");
  graph::PoolAttributes a;
  a.window.stride_h = options->stride_h();
  a.window.stride_w = options->stride_w();
  a.window.kernel_h = options->filter_height();
  a.window.kernel_w = options->filter_width();
  if (options->padding() != schema::Padding::SAME && options->padding() != schema::Padding::VALID)
    return layer.Wrong("its padding is neither SAME nor VALID");
  a.window.padding = options->padding() == schema::Padding::SAME ? graph::Padding::kSame : graph::Padding::kValid;
  LINNET_ASSIGN(a.activation, layer.Fused(options->fused_activation_function()));
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  if (auto ok = layer.ExpectSameScale(data); !ok) return ok;
  const bool average = layer.op().op == schema::BuiltinOperator::AVERAGE_POOL_2D;
  return Done(layer.Emit(average ? OpKind::kAveragePool : OpKind::kMaxPool, {data}, a));
}

Outcome<void> ConvertReduce(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 2); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(const Integers dims, layer.ReadIntegers(1, "axes"));
  const auto* options = layer.op().table->builtin_options_as_ReducerOptions();
  graph::ReduceAttributes reduce;
  reduce.keep_dims = options != nullptr && options->keep_dims();
  for (const int64_t dim : dims.values) {
    LINNET_ASSIGN(const int axis, layer.Axis(dim, layer.shape(data).size()));
    if (std::find(reduce.axes.begin(), reduce.axes.end(), axis) == reduce.axes.end()) reduce.axes.push_back(axis);
  }
  std::sort(reduce.axes.begin(), reduce.axes.end());
  const bool mean = layer.op().op == schema::BuiltinOperator::MEAN;
  return Done(layer.Emit(mean ? OpKind::kMean : OpKind::kSum, {data}, std::move(reduce)));
}

Outcome<void> ConvertArgMax(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 2); !ok) return ok;
  if (layer.output().type() != schema::TensorType::INT32 && layer.output().type() != schema::TensorType::INT64)
    return layer.Unsupported("it makes " + NameOf(layer.output().type()) + "; supported: int32 and int64");
  LINNET_ASSIGN(const TensorId data, layer.Data(0, Layer::Types::kAny));
  LINNET_ASSIGN(const int64_t dim, layer.ReadInteger(1, "axis"));
  LINNET_ASSIGN(const int axis, layer.Axis(dim, layer.shape(data).size()));
  graph::ReduceAttributes reduce;
  reduce.axes = {axis};
  return Done(layer.Emit(OpKind::kArgMax, {data}, std::move(reduce)));
}

Outcome<void> ConvertResizeNearest(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 2); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(const Integers size, layer.ReadIntegers(1, "size"));
  if (size.values.size() != 2 || std::min(size.values[0], size.values[1]) < 1 ||
      std::max(size.values[0], size.values[1]) > (1 << 20))
    return layer.Wrong("its size " + graph::ToString(size.values) + " is not a height and a width");
  if (auto ok = layer.ExpectSameScale(data); !ok) return ok;
  graph::ResizeAttributes a;
  a.out_h = static_cast<int>(size.values[0]);
  a.out_w = static_cast<int>(size.values[1]);
  if (const auto* options = layer.op().table->builtin_options_as_ResizeNearestNeighborOptions()) {
    a.align_corners = options->align_corners();
    a.half_pixel_centers = options->half_pixel_centers();
  }
  return Done(layer.Emit(OpKind::kResizeNearest, {data}, a));
}

}  // namespace linnet::tflite
