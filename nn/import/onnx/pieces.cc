// Concat, Slice, Split, Gather, Pad: parts of tensors taken out or put together.
#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/graph/shapes.h"
#include "operators.h"
#include "quantized.h"

namespace linnet::onnx {
namespace {

using graph::OpKind;
using graph::Shape;
using graph::SliceAttributes;
using graph::TensorId;

SliceAttributes Everything(const Shape& shape) {
  SliceAttributes all;
  for (const int64_t d : shape) all.ranges.push_back({0, 1, d});
  return all;
}

std::vector<int64_t> AllAxes(size_t rank) {
  const Order order = PlainOrder(rank);
  return {order.begin(), order.end()};
}

// Which elements start..end (exclusive) in steps picks of `extent`, as NumPy has it.
SliceAttributes::Range RangeOf(int64_t start, int64_t end, int64_t step, int64_t extent) {
  const auto from_end = [extent](int64_t i) { return i < 0 ? std::max<int64_t>(i, -extent - 1) + extent : i; };
  SliceAttributes::Range range;
  range.step = step;
  if (step > 0) {
    range.begin = std::clamp<int64_t>(from_end(start), 0, extent);
    const int64_t stop = std::clamp<int64_t>(from_end(end), 0, extent);
    range.count = stop > range.begin ? (stop - range.begin - 1) / step + 1 : 0;
  } else {
    range.begin = std::clamp<int64_t>(from_end(start), -1, extent - 1);
    const int64_t stop = std::clamp<int64_t>(from_end(end), -1, extent - 1);
    range.count = range.begin > stop ? (range.begin - stop - 1) / -step + 1 : 0;
  }
  return range;
}

// A slice of the value, its ranges in ONNX's order.
Outcome<Value> Sliced(Layer& layer, const Value& x, const SliceAttributes& slice, const std::string& part) {
  for (size_t d = 0; d < slice.ranges.size(); ++d) {
    if (slice.ranges[d].count < 1)
      return layer.Unsupported("leaves nothing of dimension " + std::to_string(d) + " of " + graph::ToString(x.shape));
  }
  SliceAttributes turned;
  for (const int axis : x.order) turned.ranges.push_back(slice.ranges[static_cast<size_t>(axis)]);
  LINNET_ASSIGN(const TensorId result, layer.Append(OpKind::kSlice, {x.tensor}, turned, {}, {}, part));
  return Like(x, result, layer.graph());
}

// The inputs of a Concat on the graph: codes of one scale where that is possible, floats otherwise.
Outcome<Values> ConcatInputs(Layer& layer) {
  const auto count = static_cast<size_t>(layer.def().input_size());
  bool codes = true;
  bool same = true;
  for (size_t i = 0; i < count; ++i) {
    const Value& x = layer.input(i);
    codes = codes && !x.constant && (x.dequantized || x.type != graph::DType::kFloat32) &&
            x.type == layer.input(0).type && x.dequantized == layer.input(0).dequantized;
    same = same && codes &&
           SameQuantization(layer.graph().tensor(x.tensor).quantization,
                            layer.graph().tensor(layer.input(0).tensor).quantization);
  }
  const std::optional<Int8Plan> plan = codes && !same ? PlanInt8(layer, {0}) : std::nullopt;
  Values inputs;
  for (size_t i = 0; i < count; ++i) {
    Value x = layer.input(i);
    if (plan) {
      LINNET_ASSIGN(x, Requantized(layer, x, plan->output));
    } else if (!same) {
      LINNET_ASSIGN(x, layer.AsFloat(x));
    }
    inputs.push_back(std::move(x));
  }
  return inputs;
}

struct SliceInputs {
  std::vector<int64_t> starts, ends, axes, steps;
};

Outcome<SliceInputs> ReadSlice(Layer& layer) {
  SliceInputs s;
  if (layer.opset() < 10) {
    if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
    s = {layer.Ints("starts"), layer.Ints("ends"), layer.Ints("axes"), {}};
  } else {
    if (auto ok = layer.ExpectInputs(3, 5); !ok) return std::unexpected(ok.error());
    LINNET_ASSIGN(s.starts, layer.IntegerInput(1, "'starts'"));
    LINNET_ASSIGN(s.ends, layer.IntegerInput(2, "'ends'"));
    if (layer.has_input(3)) {
      LINNET_ASSIGN(s.axes, layer.IntegerInput(3, "'axes'"));
    }
    if (layer.has_input(4)) {
      LINNET_ASSIGN(s.steps, layer.IntegerInput(4, "'steps'"));
    }
  }
  if (s.axes.empty()) s.axes = AllAxes(s.starts.size());
  if (s.steps.empty()) s.steps.assign(s.starts.size(), 1);
  if (s.ends.size() != s.starts.size() || s.axes.size() != s.starts.size() || s.steps.size() != s.starts.size())
    return layer.Wrong("'starts', 'ends', 'axes' and 'steps' differ in length");
  return s;
}

// The sizes of a Split's parts, which may be stated or follow from the number of outputs.
Outcome<std::vector<int64_t>> SplitSizes(Layer& layer, int64_t extent) {
  std::vector<int64_t> sizes = layer.Ints("split");
  if (layer.opset() >= 13 && layer.has_input(1)) {
    LINNET_ASSIGN(sizes, layer.IntegerInput(1, "the sizes"));
  }
  const int64_t outputs = layer.def().output_size();
  if (sizes.empty()) {
    const int64_t each = (extent + outputs - 1) / outputs;
    if (layer.opset() < 18 && each * outputs != extent)
      return layer.Wrong(std::to_string(extent) + " don't divide into " + std::to_string(outputs) + " equal parts");
    sizes.assign(static_cast<size_t>(outputs), each);
    sizes.back() = extent - each * (outputs - 1);
  }
  int64_t left = extent;
  for (const int64_t size : sizes) {
    if (size < 1 || size > left)
      return layer.Wrong("parts of " + graph::ToString(sizes) + " of " + std::to_string(extent));
    left -= size;
  }
  if (left != 0 || static_cast<int64_t>(sizes.size()) != outputs)
    return layer.Wrong("parts of " + graph::ToString(sizes) + " of " + std::to_string(extent) + " for " +
                       std::to_string(outputs) + " outputs");
  return sizes;
}

}  // namespace

Outcome<SliceAttributes> SliceRanges(Layer& layer, const Shape& from) {
  LINNET_ASSIGN(const SliceInputs s, ReadSlice(layer));
  SliceAttributes slice = Everything(from);
  for (size_t i = 0; i < s.starts.size(); ++i) {
    LINNET_ASSIGN(const int axis, layer.Axis(s.axes[i], from.size()));
    const auto d = static_cast<size_t>(axis);
    if (s.steps[i] == 0) return layer.Wrong("a step of 0");
    const int64_t step = std::clamp(s.steps[i], -graph::kMaxTensorElements, graph::kMaxTensorElements);
    slice.ranges[d] = RangeOf(s.starts[i], s.ends[i], step, from[d]);
  }
  return slice;
}

Outcome<std::vector<SliceAttributes>> SplitRanges(Layer& layer, const Shape& from) {
  LINNET_ASSIGN(const int axis, layer.Axis(layer.Int("axis", 0), from.size()));
  const auto d = static_cast<size_t>(axis);
  LINNET_ASSIGN(const std::vector<int64_t> sizes, SplitSizes(layer, from[d]));
  std::vector<SliceAttributes> parts;
  int64_t begin = 0;
  for (const int64_t size : sizes) {
    parts.push_back(Everything(from));
    parts.back().ranges[d] = {begin, 1, size};
    begin += size;
  }
  return parts;
}

Outcome<Values> ConvertConcat(Layer& layer) {
  if (auto ok = layer.ExpectEveryInput(); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Values inputs, ConcatInputs(layer));
  if (inputs.size() == 1) return inputs;
  const Value* widest = &inputs[0];  // whose order the others take
  for (const Value& x : inputs) {
    if (x.shape.size() != inputs[0].shape.size())
      return layer.Wrong("joins " + graph::ToString(inputs[0].shape) + " and " + graph::ToString(x.shape));
    if (CountOf(x.shape) > CountOf(widest->shape)) widest = &x;
  }
  LINNET_ASSIGN(const int axis, layer.Axis(layer.Int("axis", 0), inputs[0].shape.size()));
  graph::ConcatAttributes concat;
  concat.axis = static_cast<int>(PositionOf(widest->order, axis));
  std::vector<TensorId> tensors;
  for (const Value& x : inputs) {
    LINNET_ASSIGN(const Value turned, layer.InOrder(x, widest->order));
    tensors.push_back(turned.tensor);
  }
  LINNET_ASSIGN(const TensorId result, layer.Append(OpKind::kConcat, std::move(tensors), concat));
  return Values{Like(*widest, result, layer.graph())};
}

Outcome<Values> ConvertSlice(Layer& layer) {
  LINNET_ASSIGN(const Value x, layer.AnyValue(0));
  LINNET_ASSIGN(const SliceAttributes slice, SliceRanges(layer, x.shape));
  LINNET_ASSIGN(const Value answer, Sliced(layer, x, slice, ""));
  return Values{answer};
}

Outcome<Values> ConvertSplit(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Value x, layer.AnyValue(0));
  LINNET_ASSIGN(const std::vector<SliceAttributes> parts, SplitRanges(layer, x.shape));
  Values answers;
  for (size_t i = 0; i < parts.size(); ++i) {
    LINNET_ASSIGN(const Value answer, Sliced(layer, x, parts[i], "/part" + std::to_string(i)));
    answers.push_back(answer);
  }
  return answers;
}

Outcome<Values> ConvertGather(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const auto indices, layer.IntegerInput(1, "the index"));
  if (indices.size() != 1)
    return layer.Unsupported(std::to_string(indices.size()) +
                             " indices of a tensor that isn't constant; supported: one");
  LINNET_ASSIGN(const Value x, layer.AnyValue(0));
  LINNET_ASSIGN(const int axis, layer.Axis(layer.Int("axis", 0), x.shape.size()));
  const int64_t extent = x.shape[static_cast<size_t>(axis)];
  if (indices[0] < -extent || indices[0] >= extent)
    return layer.Wrong("index " + std::to_string(indices[0]) + " of " + std::to_string(extent));
  SliceAttributes slice = Everything(x.shape);
  slice.ranges[static_cast<size_t>(axis)] = {indices[0] < 0 ? indices[0] + extent : indices[0], 1, 1};
  LINNET_ASSIGN(Value answer, Sliced(layer, x, slice, ""));
  const size_t rank = layer.input(1).shape.size();  // of the index: [] takes the dimension away, [1] leaves it
  if (rank > 1) return layer.Unsupported("an index of shape " + graph::ToString(layer.input(1).shape));
  if (rank == 0) {
    LINNET_ASSIGN(answer, layer.WithoutOne(answer, axis));
  }
  return Values{answer};
}

namespace {

struct PadInputs {
  std::vector<int64_t> amounts;  // all before, all after
  std::vector<int64_t> axes;
  float value = 0;
};

Outcome<PadInputs> ReadPad(Layer& layer, size_t rank) {
  const std::string mode = layer.Text("mode");
  if (!mode.empty() && mode != "constant") return layer.Unsupported("mode '" + mode + "'; supported: constant");
  PadInputs pad;
  if (layer.opset() < 11) {
    pad.amounts = layer.Ints("pads");
    pad.value = layer.Float("value", 0);
  } else {
    if (auto ok = layer.ExpectInputs(2, 4); !ok) return std::unexpected(ok.error());
    LINNET_ASSIGN(pad.amounts, layer.IntegerInput(1, "the amounts"));
    if (layer.has_input(2)) {
      LINNET_ASSIGN(pad.value, layer.FloatInput(2, "the value"));
    }
    if (layer.has_input(3)) {
      LINNET_ASSIGN(pad.axes, layer.IntegerInput(3, "the axes"));
    }
  }
  if (pad.axes.empty()) pad.axes = AllAxes(rank);
  if (pad.amounts.size() != 2 * pad.axes.size())
    return layer.Wrong("expects two amounts for each of " + std::to_string(pad.axes.size()) + " dimensions, found " +
                       std::to_string(pad.amounts.size()) + " in all");
  if (std::isnan(pad.value)) return layer.Wrong("pads with a value that is no number");
  constexpr float kMost = std::numeric_limits<float>::max();
  pad.value = std::clamp(pad.value, -kMost, kMost);
  return pad;
}

}  // namespace

Outcome<Values> ConvertPad(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 4); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const PadInputs stated, ReadPad(layer, layer.input(0).shape.size()));
  LINNET_ASSIGN(const Value x, stated.value == 0 ? layer.AnyValue(0) : layer.FloatValue(0));
  if (x.type != graph::DType::kFloat32) return layer.Unsupported("reads integers; supported: float32");
  graph::PadAttributes pad;
  pad.value = stated.value;
  pad.amounts.assign(x.shape.size(), {0, 0});
  const size_t axes = stated.axes.size();
  for (size_t i = 0; i < axes; ++i) {
    LINNET_ASSIGN(const int axis, layer.Axis(stated.axes[i], x.shape.size()));
    const int64_t before = stated.amounts[i];
    const int64_t after = stated.amounts[axes + i];
    if (std::min(before, after) < 0)
      return layer.Unsupported("negative amounts of padding; supported: 0 or more, a Slice takes away");
    if (std::max(before, after) > graph::kMaxTensorElements)
      return layer.Wrong("amounts of padding beyond 2^26", Status::kResourceExhausted);
    pad.amounts[PositionOf(x.order, axis)] = {static_cast<int>(before), static_cast<int>(after)};
  }
  LINNET_ASSIGN(const TensorId result, layer.Append(OpKind::kPad, {x.tensor}, pad));
  return Values{Like(x, result, layer.graph())};
}

}  // namespace linnet::onnx
