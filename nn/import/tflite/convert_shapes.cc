// Operators that give the same numbers another shape or order.
#include <algorithm>

#include "linnet/graph/shapes.h"
#include "operators.h"

namespace linnet::tflite {
namespace {

using graph::OpKind;
using graph::Shape;
using graph::TensorId;

Outcome<void> Done(const Outcome<TensorId>& made) { return made ? Outcome<void>() : std::unexpected(made.error()); }

// A reshape; of a constant, a constant.
Outcome<void> Reshaped(Layer& layer, TensorId data, Shape target) {
  if (auto ok = layer.ExpectSameScale(data); !ok) return ok;
  if (!layer.tensor(data).constant || layer.tensor(data).quantization.axis >= 0)
    return Done(layer.Emit(OpKind::kReshape, {data}, graph::NoAttributes{}, std::move(target)));
  if (graph::ElementCount(target) != graph::ElementCount(layer.shape(data)))
    return layer.Wrong("can't turn " + graph::ToString(layer.shape(data)) + " into " + graph::ToString(target));
  LINNET_ASSIGN(graph::Tensor constant, layer.Constant(0, "input"));
  constant.shape = std::move(target);
  return layer.EmitConstant(std::move(constant));
}

// The target of a RESHAPE: the second input, else the options; a -1 is worked out.
Outcome<Shape> ReshapeTarget(Layer& layer, const Shape& from) {
  Shape target;
  const auto* options = layer.op().table->builtin_options_as_ReshapeOptions();
  if (layer.has_input(1)) {
    LINNET_ASSIGN(Integers integers, layer.ReadIntegers(1, "target shape"));
    target = std::move(integers.values);
  } else if (options != nullptr && options->new_shape() != nullptr && options->new_shape()->size() <= 8) {
    for (const int32_t d : *options->new_shape()) target.push_back(d);
  } else {
    return layer.Wrong("it doesn't say its target shape");
  }
  if (target.size() > 8) return layer.Unsupported("more than 8 dimensions");
  int64_t known = 1;
  int64_t* open = nullptr;
  for (int64_t& d : target) {
    if (d == -1 && open == nullptr) {
      open = &d;
      continue;
    }
    if (d < 1 || d > graph::kMaxTensorElements || known > graph::kMaxTensorElements)
      return layer.Wrong("the target shape " + graph::ToString(target) + " is not possible");
    known *= d;
  }
  if (open != nullptr) *open = graph::ElementCount(from) / known;
  if (graph::ElementCount(target) != graph::ElementCount(from))
    return layer.Wrong("can't turn " + graph::ToString(from) + " into " + graph::ToString(target));
  return target;
}

}  // namespace

Outcome<void> ConvertReshape(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, 2); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(Shape target, ReshapeTarget(layer, layer.shape(data)));
  return Reshaped(layer, data, std::move(target));
}

Outcome<void> ConvertSqueeze(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, 1); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  const Shape& shape = layer.shape(data);
  std::vector<bool> dropped(shape.size(), false);
  const auto* options = layer.op().table->builtin_options_as_SqueezeOptions();
  const auto* dims = options == nullptr ? nullptr : options->squeeze_dims();
  const bool all = dims == nullptr || dims->size() == 0;
  if (!all) {
    for (const int32_t dim : *dims) {
      LINNET_ASSIGN(const int axis, layer.Axis(dim, shape.size()));
      if (shape[static_cast<size_t>(axis)] != 1)
        return layer.Wrong("dimension " + std::to_string(axis) + " of " + graph::ToString(shape) + " is not 1");
      dropped[static_cast<size_t>(axis)] = true;
    }
  }
  Shape target;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (all ? shape[i] != 1 : !dropped[i]) target.push_back(shape[i]);
  }
  return Reshaped(layer, data, std::move(target));
}

Outcome<void> ConvertExpandDims(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 2); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(const int64_t dim, layer.ReadInteger(1, "axis"));
  Shape target = layer.shape(data);
  if (target.size() >= 8) return layer.Unsupported("more than 8 dimensions");
  LINNET_ASSIGN(const int axis, layer.Axis(dim, target.size() + 1));
  target.insert(target.begin() + axis, 1);
  return Reshaped(layer, data, std::move(target));
}

Outcome<void> ConvertTranspose(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 2); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(const Integers order, layer.ReadIntegers(1, "permutation"));
  const size_t rank = layer.shape(data).size();
  graph::TransposeAttributes a;
  std::vector<bool> seen(rank, false);
  for (const int64_t dim : order.values) {
    LINNET_ASSIGN(const int axis, layer.Axis(dim, rank));
    if (seen[static_cast<size_t>(axis)]) return layer.Wrong("its permutation names a dimension twice");
    seen[static_cast<size_t>(axis)] = true;
    a.permutation.push_back(axis);
  }
  if (a.permutation.size() != rank) return layer.Wrong("its permutation doesn't name every dimension");
  if (auto ok = layer.ExpectSameScale(data); !ok) return ok;
  if (layer.tensor(data).constant) {
    LINNET_ASSIGN(const graph::Tensor constant, layer.Constant(0, "input"));
    return layer.EmitConstant(Transposed(constant, a.permutation));
  }
  return Done(layer.Emit(OpKind::kTranspose, {data}, std::move(a)));
}

Outcome<void> ConvertPad(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 3); !ok) return ok;
  LINNET_ASSIGN(const TensorId data, layer.Data(0));
  LINNET_ASSIGN(const Integers amounts, layer.ReadIntegers(1, "amounts"));
  if (amounts.values.size() != 2 * layer.shape(data).size())
    return layer.Wrong("expects two amounts for each dimension, found " + std::to_string(amounts.values.size()) +
                       " in all");
  if (auto ok = layer.ExpectSameScale(data); !ok) return ok;
  graph::PadAttributes pad;
  for (size_t i = 0; i + 1 < amounts.values.size(); i += 2) {
    const int64_t before = amounts.values[i];
    const int64_t after = amounts.values[i + 1];
    if (std::min(before, after) < 0 || std::max(before, after) > graph::kMaxTensorElements)
      return layer.Wrong("an amount of padding is out of range");
    pad.amounts.emplace_back(static_cast<int>(before), static_cast<int>(after));
  }
  if (layer.has_input(2)) {
    LINNET_ASSIGN(const graph::Tensor value, layer.Constant(2, "value"));
    if (value.type != layer.tensor(data).type || graph::ElementCount(value.shape) != 1)
      return layer.Wrong("its value is not one " + std::string(graph::Name(layer.tensor(data).type)));
    if (value.type == graph::DType::kInt8 && value.quantization.scales.size() != 1)
      return layer.Wrong("its value has no scale");
    pad.value = graph::FloatValues(value.type == graph::DType::kInt8 ? Dequantized(value) : value)[0];
  }
  return Done(layer.Emit(OpKind::kPad, {data}, std::move(pad)));
}

Outcome<void> ConvertConcatenation(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, layer.input_count()); !ok) return ok;
  const auto* options = layer.op().table->builtin_options_as_ConcatenationOptions();
  if (options == nullptr) return layer.Wrong("its options are missing");
  std::vector<TensorId> inputs;
  for (size_t i = 0; i < layer.input_count(); ++i) {
    if (!layer.has_input(i)) return layer.Wrong("its input " + std::to_string(i) + " is missing");
    LINNET_ASSIGN(const TensorId data, layer.Data(i));
    if (auto ok = layer.ExpectSameScale(data); !ok) return ok;
    inputs.push_back(data);
  }
  graph::ConcatAttributes a;
  LINNET_ASSIGN(a.axis, layer.Axis(options->axis(), layer.shape(inputs[0]).size()));
  LINNET_ASSIGN(a.activation, layer.Fused(options->fused_activation_function()));
  if (inputs.size() == 1 && a.activation != graph::Activation::kNone)
    return layer.Unsupported("of one input with an activation; supported: the activation as a layer of its own");
  if (inputs.size() == 1) return Done(layer.Emit(OpKind::kIdentity, inputs));
  return Done(layer.Emit(OpKind::kConcat, std::move(inputs), a));
}

// Every input gets a dimension of 1 at the axis, along which they are then joined.
Outcome<void> ConvertPack(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, layer.input_count()); !ok) return ok;
  const auto* options = layer.op().table->builtin_options_as_PackOptions();
  if (options == nullptr) return layer.Wrong("its options are missing");
  std::vector<TensorId> rows;
  graph::ConcatAttributes a;
  Shape target;
  for (size_t i = 0; i < layer.input_count(); ++i) {
    if (!layer.has_input(i)) return layer.Wrong("its input " + std::to_string(i) + " is missing");
    LINNET_ASSIGN(const TensorId data, layer.Data(i));
    if (auto ok = layer.ExpectSameScale(data); !ok) return ok;
    target = layer.shape(data);
    if (target.size() >= 8) return layer.Unsupported("more than 8 dimensions");
    LINNET_ASSIGN(a.axis, layer.Axis(options->axis(), target.size() + 1));
    target.insert(target.begin() + a.axis, 1);
    if (layer.input_count() == 1) return Reshaped(layer, data, std::move(target));
    LINNET_ASSIGN(const TensorId row, layer.EmitInner(OpKind::kReshape, "row", {data}, graph::NoAttributes{}, target));
    rows.push_back(row);
  }
  return Done(layer.Emit(OpKind::kConcat, std::move(rows), a));
}

}  // namespace linnet::tflite
