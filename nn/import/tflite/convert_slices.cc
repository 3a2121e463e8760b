// Parts of a tensor: SLICE, STRIDED_SLICE, SPLIT, SPLIT_V, UNPACK.
#include <algorithm>

#include "operators.h"
#include "strided.h"

namespace linnet::tflite {
namespace {

using graph::OpKind;
using graph::Shape;
using graph::SliceAttributes;
using graph::TensorId;

Outcome<void> Done(const Outcome<TensorId>& made) { return made ? Outcome<void>() : std::unexpected(made.error()); }

SliceAttributes Whole(const Shape& shape) {
  SliceAttributes whole;
  for (const int64_t d : shape) whole.ranges.push_back({0, 1, d});
  return whole;
}

// The slice as output i, with another shape behind it where that differs.
Outcome<void> EmitPart(Layer& layer, TensorId data, SliceAttributes slice, const Shape& target, size_t i) {
  if (auto ok = layer.ExpectSameScale(data, i); !ok) return ok;
  Shape sliced;
  for (const auto& range : slice.ranges) sliced.push_back(range.count);
  if (sliced == target) return Done(layer.Emit(OpKind::kSlice, {data}, std::move(slice), {}, i));
  LINNET_ASSIGN(const TensorId part, layer.EmitInner(OpKind::kSlice, "slice", {data}, std::move(slice)));
  return Done(layer.Emit(OpKind::kReshape, {part}, graph::NoAttributes{}, target, i));
}

// One part after another along the axis.
Outcome<void> EmitParts(Layer& layer, TensorId data, int axis, const std::vector<int64_t>& sizes, bool drop_axis) {
  const Shape shape = layer.shape(data);
  const auto at = static_cast<size_t>(axis);
  int64_t begin = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    SliceAttributes slice = Whole(shape);
    slice.ranges[at] = {begin, 1, sizes[i]};
    Shape target = shape;
    target[at] = sizes[i];
    if (drop_axis) target.erase(target.begin() + axis);
    if (auto ok = EmitPart(layer, data, std::move(slice), target, i); !ok) return ok;
    begin += sizes[i];
  }
  return {};
}

}  // namespace

Outcome<void> ConvertSlice(Layer& layer) {
  if (auto ok = layer.ExpectForm(3, 3); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(const Integers begins, layer.ReadIntegers(1, "begin"));
  LINNET_ASSIGN(const Integers sizes, layer.ReadIntegers(2, "size"));
  const Shape& shape = layer.shape(data);
  if (begins.values.size() != shape.size() || sizes.values.size() != shape.size())
    return layer.Wrong("expects a begin and a size for each dimension of " + graph::ToString(shape));
  SliceAttributes slice;
  Shape target;
  for (size_t d = 0; d < shape.size(); ++d) {
    const int64_t begin = begins.values[d];
    if (begin < 0 || begin >= shape[d]) return layer.Wrong("it begins outside " + graph::ToString(shape));
    target.push_back(sizes.values[d] == -1 ? shape[d] - begin : sizes.values[d]);
    slice.ranges.push_back({begin, 1, target.back()});
  }
  return EmitPart(layer, data, std::move(slice), target, 0);
}

Outcome<void> ConvertStridedSlice(Layer& layer) {
  if (auto ok = layer.ExpectForm(4, 4); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(const StridedSlice slice, ReadStridedSlice(layer, layer.shape(data)));
  return EmitPart(layer, data, {slice.ranges}, slice.target, 0);
}

Outcome<void> ConvertSplit(Layer& layer) {
  const bool sized = layer.op().op == schema::BuiltinOperator::SPLIT_V;
  const size_t outputs = layer.op().outputs.size();
  if (auto ok = layer.ExpectForm(sized ? 3 : 2, sized ? 3 : 2, std::max<size_t>(outputs, 1)); !ok) return ok;
  const size_t from = sized ? 0 : 1;
  LINNET_ASSIGN(const TensorId data, layer.Data(from));
  LINNET_ASSIGN(const int64_t dim, layer.ReadInteger(sized ? 2 : 0, "axis"));
  LINNET_ASSIGN(const int axis, layer.Axis(dim, layer.shape(data).size()));
  const int64_t extent = layer.shape(data)[static_cast<size_t>(axis)];
  const auto parts = static_cast<int64_t>(outputs);
  std::vector<int64_t> sizes(outputs, extent / parts);
  if (sized) {
    LINNET_ASSIGN(Integers given, layer.ReadIntegers(1, "sizes"));
    sizes = std::move(given.values);
    int64_t rest = extent;
    int64_t* open = nullptr;
    for (int64_t& size : sizes) {
      if (size == -1 && open == nullptr)
        open = &size;
      else if (size < 1 || size > rest)
        return layer.Wrong("its sizes don't add up to " + std::to_string(extent));
      else
        rest -= size;
    }
    if (open != nullptr) *open = rest;
    if (sizes.size() != outputs || (open != nullptr ? rest < 1 : rest != 0))
      return layer.Wrong("its sizes don't add up to " + std::to_string(extent));
  } else if (extent % parts != 0) {
    return layer.Wrong("can't split " + std::to_string(extent) + " into " + std::to_string(parts) + " equal parts");
  }
  return EmitParts(layer, data, axis, sizes, false);
}

Outcome<void> ConvertUnpack(Layer& layer) {
  const size_t outputs = layer.op().outputs.size();
  if (auto ok = layer.ExpectForm(1, 1, std::max<size_t>(outputs, 1)); !ok) return ok;
  const auto* options = layer.op().table->builtin_options_as_UnpackOptions();
  if (options == nullptr) return layer.Wrong("its options are missing");
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(const int axis, layer.Axis(options->axis(), layer.shape(data).size()));
  if (layer.shape(data)[static_cast<size_t>(axis)] != static_cast<int64_t>(outputs))
    return layer.Wrong("dimension " + std::to_string(axis) + " of " + graph::ToString(layer.shape(data)) + " is not " +
                       std::to_string(outputs));
  return EmitParts(layer, data, axis, std::vector<int64_t>(outputs, 1), true);
}

}  // namespace linnet::tflite
