#include "operators.h"

#include <algorithm>
#include <array>

#include "constant.h"
#include "layer.h"
#include "linnet/graph/shapes.h"

namespace linnet::graphdef {
namespace {

using graph::OpKind;
using graph::Shape;
using graph::TensorId;

Outcome<TensorId> ConvertConst(Layer& layer) {
  LINNET_ASSIGN(graph::Tensor tensor, DecodeConstant(layer.def(), layer.conversion().constant_budget_bytes));
  layer.graph().tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(layer.graph().tensors.size() - 1);
}

Outcome<Shape> PlaceholderShape(Layer& layer) {
  const AttrValue* attribute = FindAttribute(layer.def(), "shape");
  const bool stated = attribute != nullptr && !attribute->shape().unknown_rank() && attribute->shape().dim_size() > 0;
  const auto& given = layer.conversion().options.input_shapes;
  const auto named = given.find(layer.def().name());
  const auto any = given.find("");
  Shape shape;
  if (named != given.end()) {
    shape = named->second;
  } else if (stated) {
    for (const auto& dim : attribute->shape().dim()) shape.push_back(dim.size());
  } else if (any != given.end()) {
    shape = any->second;
  }
  if (shape.empty()) return layer.Wrong("doesn't say its shape; give the input's shape, for instance 1,28,28,1");
  if (shape.size() > 8) return layer.Unsupported("more than 8 dimensions");
  if (shape[0] == -1) shape[0] = 1;  // the batch
  for (const int64_t d : shape) {
    if (d < 1)
      return layer.Wrong("its shape is " + graph::ToString(shape) +
                         "; every dimension but the first must be known and 1 or more");
  }
  if (graph::ElementCount(shape) > graph::kMaxTensorElements)
    return layer.Wrong("an input of " + graph::ToString(shape) + " is too large", Status::kResourceExhausted);
  return shape;
}

Outcome<TensorId> ConvertPlaceholder(Layer& layer) {
  const AttrValue* dtype = FindAttribute(layer.def(), "dtype");
  if (dtype == nullptr || dtype->type() != DT_FLOAT)
    return layer.Unsupported("an input that is not float; supported: float32");
  LINNET_ASSIGN(Shape shape, PlaceholderShape(layer));
  return graph::AddInput(layer.graph(), layer.def().name(), std::move(shape));
}

Outcome<TensorId> ConvertIdentity(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  if (layer.tensor(0).constant) return layer.input(0);  // the read of a frozen variable
  return layer.Append(OpKind::kIdentity, {layer.input(0)});
}

template <OpKind kOp>
Outcome<TensorId> ConvertUnary(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  return layer.Append(kOp, {layer.input(0)});
}

template <OpKind kOp>
Outcome<TensorId> ConvertBinary(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  return layer.Append(kOp, {layer.input(0), layer.input(1)});
}

Outcome<TensorId> ConvertReshape(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(Shape target, layer.Integers(1, "the target shape"));
  if (target.size() > 8) return layer.Unsupported("more than 8 dimensions");
  const int64_t count = graph::ElementCount(layer.tensor(0).shape);
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
  if (open != nullptr) *open = count / known;
  if (graph::ElementCount(target) != count) {
    return layer.Wrong("can't turn " + graph::ToString(layer.tensor(0).shape) + " into " + graph::ToString(target) +
                       " with a batch of 1");
  }
  return layer.Append(OpKind::kReshape, {layer.input(0)}, graph::NoAttributes{}, std::move(target));
}

Outcome<TensorId> ConvertSqueeze(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  const Shape& shape = layer.tensor(0).shape;
  std::vector<bool> dropped(shape.size(), false);
  const std::vector<int64_t> dims = layer.IntegerList("squeeze_dims");
  for (const int64_t dim : dims) {
    LINNET_ASSIGN(const int axis, layer.Axis(dim, shape.size()));
    if (shape[static_cast<size_t>(axis)] != 1)
      return layer.Wrong("dimension " + std::to_string(axis) + " of " + graph::ToString(shape) + " is not 1");
    dropped[static_cast<size_t>(axis)] = true;
  }
  // Without a list every 1 goes, but for the batch, which is 1 only here.
  for (size_t i = 1; dims.empty() && i < shape.size(); ++i) dropped[i] = shape[i] == 1;
  Shape target;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!dropped[i]) target.push_back(shape[i]);
  }
  return layer.Append(OpKind::kReshape, {layer.input(0)}, graph::NoAttributes{}, std::move(target));
}

Outcome<TensorId> ConvertExpandDims(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const std::vector<int64_t> dims, layer.Integers(1, "the dimension"));
  if (dims.size() != 1) return layer.Wrong("expects one dimension, found " + std::to_string(dims.size()));
  Shape target = layer.tensor(0).shape;
  if (target.size() >= 8) return layer.Unsupported("more than 8 dimensions");
  LINNET_ASSIGN(const int axis, layer.Axis(dims[0], target.size() + 1));
  target.insert(target.begin() + axis, 1);
  return layer.Append(OpKind::kReshape, {layer.input(0)}, graph::NoAttributes{}, std::move(target));
}

Outcome<TensorId> ConvertPad(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const std::vector<int64_t> amounts, layer.Integers(1, "the amounts"));
  if (amounts.size() != 2 * layer.tensor(0).shape.size())
    return layer.Wrong("expects two amounts for each dimension, found " + std::to_string(amounts.size()) + " in all");
  graph::PadAttributes pad;
  for (size_t i = 0; i + 1 < amounts.size(); i += 2) {
    if (std::min(amounts[i], amounts[i + 1]) < 0 || std::max(amounts[i], amounts[i + 1]) > graph::kMaxTensorElements)
      return layer.Wrong("an amount of padding is out of range");
    pad.amounts.emplace_back(static_cast<int>(amounts[i]), static_cast<int>(amounts[i + 1]));
  }
  return layer.Append(OpKind::kPad, {layer.input(0)}, std::move(pad));
}

Outcome<TensorId> ConvertReduce(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const std::vector<int64_t> dims, layer.Integers(1, "the dimensions"));
  const bool arg_max = layer.def().op() == "ArgMax";
  graph::ReduceAttributes reduce;
  reduce.keep_dims = !arg_max && layer.Flag("keep_dims");
  for (const int64_t dim : dims) {
    LINNET_ASSIGN(const int axis, layer.Axis(dim, layer.tensor(0).shape.size()));
    if (std::find(reduce.axes.begin(), reduce.axes.end(), axis) == reduce.axes.end()) reduce.axes.push_back(axis);
  }
  std::sort(reduce.axes.begin(), reduce.axes.end());
  return layer.Append(arg_max ? OpKind::kArgMax : OpKind::kMean, {layer.input(0)}, std::move(reduce));
}

struct Operator {
  std::string_view name;
  Outcome<TensorId> (*convert)(Layer&);
};

// Sorted by name.
constexpr std::array kOperators = {
    Operator{"Add", ConvertBinary<OpKind::kAdd>},
    Operator{"AddV2", ConvertBinary<OpKind::kAdd>},
    Operator{"ArgMax", ConvertReduce},
    Operator{"AvgPool", ConvertPool},
    Operator{"BiasAdd", ConvertBiasAdd},
    Operator{"Const", ConvertConst},
    Operator{"Conv2D", ConvertConvolution},
    Operator{"DepthwiseConv2dNative", ConvertConvolution},
    Operator{"ExpandDims", ConvertExpandDims},
    Operator{"Identity", ConvertIdentity},
    Operator{"MatMul", ConvertMatMul},
    Operator{"MaxPool", ConvertPool},
    Operator{"Maximum", ConvertBinary<OpKind::kMaximum>},
    Operator{"Mean", ConvertReduce},
    Operator{"Minimum", ConvertBinary<OpKind::kMinimum>},
    Operator{"Mul", ConvertBinary<OpKind::kMul>},
    Operator{"Pad", ConvertPad},
    Operator{"Placeholder", ConvertPlaceholder},
    Operator{"RealDiv", ConvertBinary<OpKind::kDiv>},
    Operator{"Relu", ConvertUnary<OpKind::kRelu>},
    Operator{"Relu6", ConvertUnary<OpKind::kRelu6>},
    Operator{"Reshape", ConvertReshape},
    Operator{"Sigmoid", ConvertUnary<OpKind::kSigmoid>},
    Operator{"Softmax", ConvertUnary<OpKind::kSoftmax>},
    Operator{"Squeeze", ConvertSqueeze},
    Operator{"Sub", ConvertBinary<OpKind::kSub>},
    Operator{"Tanh", ConvertUnary<OpKind::kTanh>},
};

}  // namespace

std::vector<std::string_view> SupportedOperators() {
  std::vector<std::string_view> names;
  for (const Operator& op : kOperators) names.push_back(op.name);
  return names;
}

Outcome<TensorId> ConvertLayer(Conversion& conversion, int index) {
  Layer layer(conversion, index);
  const std::string& op = layer.def().op();
  for (const Operator& known : kOperators) {
    if (known.name == op) return known.convert(layer);
  }
  return layer.Unsupported(
      "not supported; supported: " + SupportedGraphDefOperators() +
      "; and dropout, which is removed. Replace the layer by these, or name an earlier layer as the output");
}

}  // namespace linnet::graphdef
