// Reshape, Flatten, Squeeze, Unsqueeze, Transpose: no element changes. A transposition is only noted (value.h).
#include <algorithm>

#include "linnet/graph/shapes.h"
#include "operators.h"

namespace linnet::onnx {

using graph::Shape;

Outcome<Shape> ReshapeTarget(Layer& layer, const Shape& from) {
  LINNET_ASSIGN(Shape target, layer.IntegerInput(1, "the target shape"));
  if (target.size() > kMaxRank) return layer.Unsupported("more than " + std::to_string(kMaxRank) + " dimensions");
  const std::string wanted = graph::ToString(target);
  const int64_t count = CountOf(from);
  int64_t known = 1;
  int64_t* open = nullptr;
  for (size_t i = 0; i < target.size(); ++i) {
    int64_t& d = target[i];
    if (d == 0 && layer.Int("allowzero", 0) == 0 && i < from.size()) d = from[i];
    if (d == -1 && open == nullptr) {
      open = &d;
      continue;
    }
    if (d < 1 || d > graph::kMaxTensorElements || known > graph::kMaxTensorElements)
      return layer.Wrong("the target shape " + wanted + " is not possible for " + graph::ToString(from));
    known *= d;
  }
  if (open != nullptr) *open = count / known;
  if (CountOf(target) != count || count == 0) {
    return layer.Wrong("can't turn " + graph::ToString(from) + " into " + wanted +
                       "; where the batch is unknown it is 1 here, export with a batch of 1");
  }
  return target;
}

Outcome<Shape> FlattenTarget(Layer& layer, const Shape& from) {
  const int64_t stated = layer.Int("axis", 1);
  const auto rank = static_cast<int64_t>(from.size());
  if (stated < -rank || stated > rank)
    return layer.Wrong("axis " + std::to_string(stated) + " of " + graph::ToString(from));
  const int64_t axis = stated < 0 ? stated + rank : stated;
  Shape target{1, 1};
  for (int64_t d = 0; d < rank; ++d) target[d < axis ? 0 : 1] *= from[static_cast<size_t>(d)];
  return target;
}

namespace {

// Axes by attribute until opset 12, by input from 13 on.
Outcome<std::vector<int64_t>> StatedAxes(Layer& layer) {
  if (layer.opset() < 13 || !layer.has_input(1)) return layer.Ints("axes");
  return layer.IntegerInput(1, "the axes");
}

}  // namespace

Outcome<std::vector<int>> SqueezeAxes(Layer& layer, const Shape& from) {
  LINNET_ASSIGN(const auto stated, StatedAxes(layer));
  std::vector<int> axes;
  for (const int64_t a : stated) {
    LINNET_ASSIGN(const int axis, layer.Axis(a, from.size()));
    if (from[static_cast<size_t>(axis)] != 1)
      return layer.Wrong("dimension " + std::to_string(axis) + " of " + graph::ToString(from) + " is not 1");
    axes.push_back(axis);
  }
  for (size_t d = 0; stated.empty() && d < from.size(); ++d) {
    if (from[d] == 1) axes.push_back(static_cast<int>(d));
  }
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  return axes;
}

Outcome<std::vector<int>> UnsqueezeAxes(Layer& layer, size_t rank) {
  LINNET_ASSIGN(const auto stated, StatedAxes(layer));
  if (stated.empty()) return layer.Wrong("names no axes");
  if (rank + stated.size() > kMaxRank)
    return layer.Unsupported("more than " + std::to_string(kMaxRank) + " dimensions");
  std::vector<int> axes;
  for (const int64_t a : stated) {
    LINNET_ASSIGN(const int axis, layer.Axis(a, rank + stated.size()));
    axes.push_back(axis);
  }
  std::sort(axes.begin(), axes.end());
  if (std::unique(axes.begin(), axes.end()) != axes.end()) return layer.Wrong("names an axis twice");
  return axes;
}

Outcome<Order> TransposeOrder(Layer& layer, size_t rank) {
  const std::vector<int64_t> stated = layer.Ints("perm");
  Order order = PlainOrder(rank);
  if (stated.empty()) {
    std::reverse(order.begin(), order.end());
    return order;
  }
  std::vector<int64_t> sorted = stated;
  std::sort(sorted.begin(), sorted.end());
  if (!std::equal(sorted.begin(), sorted.end(), order.begin(), order.end()))
    return layer.Wrong("perm " + graph::ToString(stated) + " is no permutation of " + std::to_string(rank) +
                       " dimensions");
  for (size_t i = 0; i < rank; ++i) order[i] = static_cast<int>(stated[i]);
  return order;
}

Outcome<Values> ConvertReshape(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Value x, layer.AnyValue(0));
  LINNET_ASSIGN(Shape target, ReshapeTarget(layer, x.shape));
  LINNET_ASSIGN(const Value answer, layer.Reshaped(x, std::move(target)));
  return Values{answer};
}

Outcome<Values> ConvertFlatten(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Value x, layer.AnyValue(0));
  LINNET_ASSIGN(Shape target, FlattenTarget(layer, x.shape));
  LINNET_ASSIGN(const Value answer, layer.Reshaped(x, std::move(target)));
  return Values{answer};
}

Outcome<Values> ConvertSqueeze(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(Value x, layer.AnyValue(0));
  LINNET_ASSIGN(const std::vector<int> axes, SqueezeAxes(layer, x.shape));
  for (size_t i = axes.size(); i-- > 0;) {
    LINNET_ASSIGN(x, layer.WithoutOne(x, axes[i]));
  }
  return Values{x};
}

Outcome<Values> ConvertUnsqueeze(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(Value x, layer.AnyValue(0));
  LINNET_ASSIGN(const std::vector<int> axes, UnsqueezeAxes(layer, x.shape.size()));
  for (const int axis : axes) {
    LINNET_ASSIGN(x, layer.WithOne(x, axis));
  }
  return Values{x};
}

Outcome<Values> ConvertTranspose(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Value x, layer.AnyValue(0));
  LINNET_ASSIGN(const Order permutation, TransposeOrder(layer, x.shape.size()));
  Value answer = x;
  for (size_t i = 0; i < permutation.size(); ++i) {
    answer.shape[i] = x.shape[static_cast<size_t>(permutation[i])];
    answer.order[PositionOf(x.order, permutation[i])] = static_cast<int>(i);
  }
  return Values{answer};
}

}  // namespace linnet::onnx
