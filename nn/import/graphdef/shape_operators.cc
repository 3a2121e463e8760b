// Shapes that a graph computes, and the layers that give data another shape or cut pieces out of it.
#include <algorithm>

#include "layer.h"
#include "linnet/graph/shapes.h"

namespace linnet::graphdef {
namespace {

using graph::DType;
using graph::OpKind;
using graph::Shape;
using Range = graph::SliceAttributes::Range;

DType IndexType(const Layer& layer, const char* attribute) {
  const AttrValue* type = FindAttribute(layer.def(), attribute);
  return type != nullptr && type->type() == DT_INT64 ? DType::kInt64 : DType::kInt32;
}

}  // namespace

// Shape, Size, Rank: known of data, too.
Outcome<Result> ConvertShape(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  const Shape shape = layer.shape(0);
  const auto rank = static_cast<int64_t>(shape.size());
  if (layer.op() == "Rank") return layer.Integers(DType::kInt32, {}, {rank});
  const DType type = IndexType(layer, "out_type");
  if (layer.op() == "Size") return layer.Integers(type, {}, {CountOf(shape).value_or(0)});
  return layer.Integers(type, {rank}, shape);
}

// Fill, ZerosLike, OnesLike.
Outcome<Result> ConvertFill(Layer& layer) {
  const bool fill = layer.op() == "Fill";
  if (auto ok = layer.ExpectInputs(fill ? 2 : 1); !ok) return std::unexpected(ok.error());
  Shape shape = layer.shape(0);
  double value = layer.op() == "OnesLike" ? 1 : 0;
  if (fill) {
    LINNET_ASSIGN(shape, layer.Integers(0, "the shape"));
    const Constant* constant = layer.input(1).constant.get();
    if (constant == nullptr || constant->numbers.size() != 1)
      return layer.Unsupported("the value '" + layer.NameOfInput(1) + "' is no constant number");
    value = constant->numbers[0];
  }
  LINNET_ASSIGN(auto filled, layer.NewConstant(layer.TypeOf(layer.input(fill ? 1 : 0)), std::move(shape)));
  std::fill(filled->numbers.begin(), filled->numbers.end(), value);
  return layer.Finish(std::move(filled));
}

Outcome<Result> ConvertRange(Layer& layer) {
  if (auto ok = layer.ExpectInputs(3); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const int64_t start, layer.Integer(size_t{0}, "the start"));
  LINNET_ASSIGN(const int64_t limit, layer.Integer(size_t{1}, "the limit"));
  LINNET_ASSIGN(const int64_t delta, layer.Integer(size_t{2}, "the step"));
  if (delta == 0) return layer.Wrong("a step of 0");
  const int64_t span = delta > 0 ? limit - start : start - limit;
  const int64_t step = delta > 0 ? delta : -delta;
  const int64_t count = std::max<int64_t>(0, (span + step - 1) / step);
  LINNET_ASSIGN(auto values, layer.NewConstant(layer.TypeOf(layer.input(0)), {count}));
  for (int64_t i = 0; i < count; ++i) values->numbers[static_cast<size_t>(i)] = static_cast<double>(start + i * delta);
  return layer.Finish(std::move(values));
}

Outcome<Result> ConvertReshape(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(Shape target, layer.Integers(1, "the target shape"));
  const int64_t count = CountOf(layer.shape(0)).value_or(0);
  const auto open = std::find(target.begin(), target.end(), -1);
  if (open != target.end()) {
    *open = 1;
    const int64_t known = CountOf(target).value_or(0);
    *open = known > 0 ? count / known : 0;
  }
  if (!CountOf(target)) return layer.Wrong("the target shape " + graph::ToString(target) + " is not possible");
  return layer.Reshape(layer.input(0), std::move(target));
}

Outcome<Result> ConvertSqueeze(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  const Shape shape = layer.shape(0);
  std::vector<bool> dropped(shape.size(), false);
  const std::vector<int64_t> dims = layer.IntegerList("squeeze_dims");
  for (const int64_t dim : dims) {
    LINNET_ASSIGN(const int axis, layer.Axis(dim, shape.size()));
    if (shape[static_cast<size_t>(axis)] != 1)
      return layer.Wrong("dimension " + std::to_string(axis) + " of " + graph::ToString(shape) + " is not 1");
    dropped[static_cast<size_t>(axis)] = true;
  }
  // Without a list every 1 goes, but for the batch of data, which is 1 only here.
  const size_t first = layer.IsConstant(0) ? 0 : 1;
  for (size_t i = first; dims.empty() && i < shape.size(); ++i) dropped[i] = shape[i] == 1;
  Shape target;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!dropped[i]) target.push_back(shape[i]);
  }
  return layer.Reshape(layer.input(0), std::move(target));
}

Outcome<Result> ConvertExpandDims(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const int64_t dim, layer.Integer(size_t{1}, "the dimension"));
  Shape target = layer.shape(0);
  LINNET_ASSIGN(const int axis, layer.Axis(dim, target.size() + 1));
  target.insert(target.begin() + axis, 1);
  return layer.Reshape(layer.input(0), std::move(target));
}

// Of constants, and of data where one index is taken of one dimension.
Outcome<Result> ConvertGather(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 3); !ok) return std::unexpected(ok.error());
  const Shape shape = layer.shape(0);
  int64_t dim = 0;
  if (layer.input_count() == 3) {
    LINNET_ASSIGN(dim, layer.Integer(size_t{2}, "the dimension"));
  }
  LINNET_ASSIGN(const int axis, layer.Axis(dim, shape.size()));
  LINNET_ASSIGN(const std::vector<int64_t> indices, layer.Integers(1, "the indices"));
  if (!layer.IsConstant(0) && indices.size() != 1)
    return layer.Unsupported("takes " + std::to_string(indices.size()) +
                             " slices of data; supported: one, or all of a constant. Use tf.slice or tf.concat");
  const auto at = static_cast<size_t>(axis);
  std::vector<Result> parts;
  std::vector<Range> ranges;
  for (const int64_t d : shape) ranges.push_back({0, 1, d});
  if (indices.empty()) ranges[at].count = 0;
  for (const int64_t index : indices) {
    if (index < 0 || index >= shape[at])
      return layer.Wrong("index " + std::to_string(index) + " is outside " + graph::ToString(shape));
    if (parts.size() >= 4096) return layer.Unsupported("takes more than 4096 slices");
    ranges[at] = {index, 1, 1};
    LINNET_ASSIGN(const Result part, layer.Slice(layer.input(0), ranges, "/slice"));
    parts.push_back(part);
  }
  if (parts.empty()) {
    LINNET_ASSIGN(const Result none, layer.Slice(layer.input(0), ranges, "/slice"));
    parts.push_back(none);
  }
  LINNET_ASSIGN(const Result taken, layer.Concat(parts, axis, "/joined"));
  Shape target(shape.begin(), shape.begin() + axis);
  target.insert(target.end(), layer.shape(1).begin(), layer.shape(1).end());
  target.insert(target.end(), shape.begin() + axis + 1, shape.end());
  return layer.Reshape(taken, std::move(target));
}

Outcome<Result> ConvertPad(Layer& layer) {
  const bool valued = layer.op() == "PadV2";
  if (auto ok = layer.ExpectInputs(valued ? 3 : 2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const std::vector<int64_t> amounts, layer.Integers(1, "the amounts"));
  const size_t rank = layer.shape(0).size();
  if (amounts.size() != 2 * rank)
    return layer.Wrong("expects two amounts for each dimension, found " + std::to_string(amounts.size()) + " in all");
  graph::PadAttributes pad;
  bool nothing = true;
  for (size_t i = 0; i + 1 < amounts.size(); i += 2) {
    if (std::min(amounts[i], amounts[i + 1]) < 0 || std::max(amounts[i], amounts[i + 1]) > graph::kMaxTensorElements)
      return layer.Wrong("an amount of padding is out of range");
    nothing &= amounts[i] == 0 && amounts[i + 1] == 0;
    pad.amounts.emplace_back(static_cast<int>(amounts[i]), static_cast<int>(amounts[i + 1]));
  }
  if (valued) {
    LINNET_ASSIGN(pad.value, layer.Number(size_t{2}, "the value"));
  }
  if (nothing) return ConvertIdentity(layer);
  // Channels-first data that is computed channels last is padded so.
  const auto& transpositions = layer.conversion().transpositions;
  const auto turned = transpositions.find(layer.input(0).tensor);
  if (layer.IsConstant(0) || turned == transpositions.end())
    return layer.Append(OpKind::kPad, {layer.input(0)}, std::move(pad));
  const auto [source, permutation] = turned->second;
  graph::PadAttributes last = pad;
  for (size_t i = 0; i < rank; ++i) last.amounts[static_cast<size_t>(permutation[i])] = pad.amounts[i];
  LINNET_ASSIGN(const Result padded,
                layer.Append(OpKind::kPad, {Result{source, nullptr}}, std::move(last), {}, "/channels_last"));
  return layer.Transpose(padded, permutation);
}

Outcome<Result> ConvertSlice(Layer& layer) {
  if (auto ok = layer.ExpectInputs(3); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const std::vector<int64_t> begin, layer.Integers(1, "the begin"));
  LINNET_ASSIGN(const std::vector<int64_t> size, layer.Integers(2, "the size"));
  const Shape shape = layer.shape(0);
  if (begin.size() != shape.size() || size.size() != shape.size())
    return layer.Wrong("expects a begin and a size for each of " + std::to_string(shape.size()) + " dimensions");
  std::vector<Range> ranges;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool inside = begin[i] >= 0 && begin[i] <= shape[i];
    const int64_t count = inside && size[i] == -1 ? shape[i] - begin[i] : size[i];
    if (!inside || count < 0 || count > shape[i] - begin[i])
      return layer.Wrong("dimension " + std::to_string(i) + ": " + std::to_string(size[i]) + " elements from " +
                         std::to_string(begin[i]) + " leave " + graph::ToString(shape));
    ranges.push_back({begin[i], 1, count});
  }
  return layer.Slice(layer.input(0), ranges);
}

namespace {

// What a StridedSlice does with one entry of its specification, or with a dimension that it doesn't mention.
struct Cutter {
  const Layer& layer;
  std::vector<int64_t> begin, end, strides;
  std::vector<Range> ranges;  // of the input's dimensions so far
  Shape target;

  bool Bit(const char* mask, size_t i) const { return ((layer.Integer(mask, 0) >> i) & 1) != 0; }

  void Whole(int64_t extent) {
    ranges.push_back({0, 1, extent});
    target.push_back(extent);
  }

  Outcome<void> Cut(size_t i, int64_t extent) {
    const int64_t step = strides[i];
    if (step == 0) return layer.Wrong("a step of 0");
    const auto from_end = [&](int64_t v) { return v < 0 ? v + extent : v; };
    if (Bit("shrink_axis_mask", i)) {
      const int64_t index = from_end(begin[i]);
      if (index < 0 || index >= extent)
        return layer.Wrong("index " + std::to_string(begin[i]) + " is outside a dimension of " +
                           std::to_string(extent));
      ranges.push_back({index, 1, 1});
      return {};
    }
    const int64_t lowest = step > 0 ? 0 : -1;
    const int64_t highest = step > 0 ? extent : extent - 1;
    int64_t first = std::clamp(from_end(begin[i]), lowest, highest);
    int64_t last = std::clamp(from_end(end[i]), lowest, highest);
    if (Bit("begin_mask", i)) first = step > 0 ? lowest : highest;
    if (Bit("end_mask", i)) last = step > 0 ? highest : lowest;
    const int64_t distance = step > 0 ? last - first : first - last;
    const int64_t pace = step > 0 ? step : -step;
    const int64_t count = distance <= 0 ? 0 : (distance - 1) / pace + 1;
    ranges.push_back({count == 0 ? 0 : first, count == 0 ? 1 : step, count});
    target.push_back(count);
    return {};
  }
};

}  // namespace

Outcome<Result> ConvertStridedSlice(Layer& layer) {
  if (auto ok = layer.ExpectInputs(4); !ok) return std::unexpected(ok.error());
  const Shape shape = layer.shape(0);
  Cutter cutter{layer, {}, {}, {}, {}, {}};
  LINNET_ASSIGN(cutter.begin, layer.Integers(1, "the begin"));
  LINNET_ASSIGN(cutter.end, layer.Integers(2, "the end"));
  LINNET_ASSIGN(cutter.strides, layer.Integers(3, "the steps"));
  const size_t entries = cutter.begin.size();
  if (entries > 2 * kMaxRank || cutter.end.size() != entries || cutter.strides.size() != entries)
    return layer.Wrong("begin, end and steps have different lengths");
  size_t mentioned = 0;
  for (size_t i = 0; i < entries; ++i)
    mentioned += cutter.Bit("ellipsis_mask", i) || cutter.Bit("new_axis_mask", i) ? 0 : 1;
  if (mentioned > shape.size())
    return layer.Wrong("cuts " + std::to_string(mentioned) + " dimensions of " + graph::ToString(shape));
  for (size_t i = 0; i < entries; ++i) {
    if (cutter.Bit("ellipsis_mask", i)) {
      size_t after = 0;  // dimensions that the entries behind it cut
      for (size_t k = i + 1; k < entries; ++k) after += cutter.Bit("new_axis_mask", k) ? 0 : 1;
      while (cutter.ranges.size() + after < shape.size()) cutter.Whole(shape[cutter.ranges.size()]);
    } else if (cutter.Bit("new_axis_mask", i)) {
      cutter.target.push_back(1);
    } else if (cutter.ranges.size() >= shape.size()) {
      return layer.Wrong("cuts more dimensions than " + graph::ToString(shape) + " has");
    } else if (auto ok = cutter.Cut(i, shape[cutter.ranges.size()]); !ok) {
      return std::unexpected(ok.error());
    }
  }
  while (cutter.ranges.size() < shape.size()) cutter.Whole(shape[cutter.ranges.size()]);
  const std::string suffix = cutter.target.size() == shape.size() ? "" : "/slice";
  LINNET_ASSIGN(const Result cut, layer.Slice(layer.input(0), cutter.ranges, suffix));
  return layer.Reshape(cut, std::move(cutter.target));
}

}  // namespace linnet::graphdef
