// Which TensorFlow operator is converted by what; the layers that bring values in; what is said about all others.
#include <algorithm>
#include <array>

#include "layer.h"
#include "linnet/graph/shapes.h"

namespace linnet::graphdef {
namespace {

using graph::DType;
using graph::Shape;

Outcome<Result> ConvertConst(Layer& layer) {
  LINNET_ASSIGN(Constant constant, DecodeConstant(layer.def(), layer.conversion().constant_budget_bytes));
  return Result{graph::kNoTensor, std::make_shared<Constant>(std::move(constant))};
}

// -1 stands for what the file leaves open; nothing if it says no shape at all.
std::optional<Shape> StatedShape(const Layer& layer) {
  const AttrValue* attribute = FindAttribute(layer.def(), "shape");
  if (attribute == nullptr || attribute->shape().unknown_rank()) return std::nullopt;
  Shape shape;
  for (const auto& dim : attribute->shape().dim()) shape.push_back(dim.size());
  return shape;
}

bool Fits(const Shape& given, const Shape& stated) {
  if (given.size() != stated.size()) return false;
  for (size_t i = 0; i < given.size(); ++i) {
    if (i > 0 && stated[i] >= 0 && given[i] != stated[i]) return false;
  }
  return true;
}

Outcome<Shape> InputShape(const Layer& layer) {
  const auto& given = layer.conversion().options.input_shapes;
  const std::optional<Shape> stated = StatedShape(layer);
  const bool open =
      !stated || stated->empty() || std::any_of(stated->begin() + 1, stated->end(), [](int64_t d) { return d < 0; });
  auto wanted = given.find(layer.def().name());
  if (wanted == given.end() && open) wanted = given.find("");
  Shape shape = stated.value_or(Shape{});
  if (wanted != given.end()) {
    shape = wanted->second;
    if (stated && !stated->empty() && !Fits(shape, *stated))
      return layer.Wrong("the shape given for it, " + graph::ToString(shape) + ", doesn't fit the file's " +
                         graph::ToString(*stated));
  }
  if (shape.empty()) return layer.Wrong("doesn't say its shape; give the input's shape, for instance 1,28,28,1");
  if (shape.size() > kMaxRank) return layer.Unsupported("more than 8 dimensions");
  if (shape[0] == -1) shape[0] = 1;  // the batch
  for (const int64_t d : shape) {
    if (d < 1) {
      return layer.Wrong("its shape is " + graph::ToString(shape) +
                         "; every dimension but the first must be known and 1 or more. Give the input's shape, for "
                         "instance 1,28,28,1");
    }
  }
  if (!CountOf(shape))
    return layer.Wrong("an input of " + graph::ToString(shape) + " is too large", Status::kResourceExhausted);
  return shape;
}

// An integer input is taken as float numbers if that is what the network turns it into first.
bool IsReadAsFloat(const Layer& layer) {
  Conversion& c = layer.conversion();
  if (c.readers.empty()) c.readers = c.view.Readers();
  const std::vector<int>& readers = c.readers[static_cast<size_t>(layer.index())];
  return std::all_of(readers.begin(), readers.end(), [&](int reader) {
    const AttrValue* type = FindAttribute(c.view.node(reader), "DstT");
    return c.view.op(reader) == "Shape" ||
           (c.view.op(reader) == "Cast" && type != nullptr && TypeOf(type->type()) == DType::kFloat32);
  });
}

Outcome<Result> ConvertPlaceholder(Layer& layer) {
  const AttrValue* dtype = FindAttribute(layer.def(), "dtype");
  const std::optional<DType> type = dtype == nullptr ? std::nullopt : TypeOf(dtype->type());
  if (type != DType::kFloat32 && (!type || !IsReadAsFloat(layer))) {
    return layer.Unsupported("an input of type " + (dtype == nullptr ? "unknown" : NameOf(dtype->type())) +
                             "; supported: float, or an integer that is cast to float at once");
  }
  LINNET_ASSIGN(Shape shape, InputShape(layer));
  return Result{graph::AddInput(layer.conversion().graph, layer.def().name(), std::move(shape)), nullptr};
}

// A single number that may be fed, like keep_prob, keeps its default; anything else is an input.
Outcome<Result> ConvertPlaceholderWithDefault(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  if (layer.shape(0).empty() || layer.TypeOf(layer.input(0)) != DType::kFloat32) return layer.input(0);
  const std::optional<Shape> stated = StatedShape(layer);
  const auto& given = layer.conversion().options.input_shapes;
  if (!stated && !given.contains(layer.def().name()) && !given.contains("")) {
    return Result{graph::AddInput(layer.conversion().graph, layer.def().name(), layer.shape(0)), nullptr};
  }
  LINNET_ASSIGN(Shape shape, InputShape(layer));
  return Result{graph::AddInput(layer.conversion().graph, layer.def().name(), std::move(shape)), nullptr};
}

template <Outcome<Result> (*kConvert)(Layer&)>
Outcome<Results> One(Layer& layer) {
  LINNET_ASSIGN(const Result result, kConvert(layer));
  return Results{result};
}

Outcome<Results> ConvertShapeN(Layer& layer) {
  Results results;
  for (size_t i = 0; i < layer.input_count(); ++i) {
    const Shape shape = layer.shape(i);
    LINNET_ASSIGN(const Result result, layer.Integers(DType::kInt32, {static_cast<int64_t>(shape.size())}, shape));
    results.push_back(result);
  }
  return results;
}

// The choice of control_flow.cc or dropout.cc, which told what it gives.
Outcome<Results> ConvertUnresolved(Layer& layer) {
  const std::string what = layer.op() == "Switch" || layer.op() == "Merge"
                               ? "a branch of tf.cond whose flag is computed from the network's input"
                               : "chooses by data that the network computes";
  return layer.Unsupported(what + "; supported: flags that are constants or bool inputs, taken as false (no training)");
}

struct Operator {
  std::string_view name;
  Outcome<Results> (*convert)(Layer&);
  OperatorUse use = OperatorUse::kData;
};

// Sorted by name.
constexpr std::array kOperators = {
    Operator{"Abs", One<ConvertUnary>},
    Operator{"Add", One<ConvertBinary>},
    Operator{"AddN", One<ConvertAddN>},
    Operator{"AddV2", One<ConvertBinary>},
    Operator{"All", One<ConvertReduce>, OperatorUse::kConstants},
    Operator{"Any", One<ConvertReduce>, OperatorUse::kConstants},
    Operator{"ArgMax", One<ConvertReduce>},
    Operator{"AvgPool", One<ConvertPool>},
    Operator{"BatchMatMul", One<ConvertMatMul>},
    Operator{"BatchMatMulV2", One<ConvertMatMul>},
    Operator{"BiasAdd", One<ConvertBiasAdd>},
    Operator{"Cast", One<ConvertCast>},
    Operator{"Ceil", One<ConvertUnary>, OperatorUse::kConstants},
    Operator{"CheckNumerics", One<ConvertIdentity>},
    Operator{"ClipByValue", One<ConvertClip>},
    Operator{"Concat", One<ConvertConcat>},
    Operator{"ConcatV2", One<ConvertConcat>},
    Operator{"Const", One<ConvertConst>},
    Operator{"Conv2D", One<ConvertConvolution>},
    Operator{"Conv2DBackpropInput", One<ConvertTransposeConv>},
    Operator{"DepthwiseConv2dNative", One<ConvertConvolution>},
    Operator{"Div", One<ConvertBinary>},
    Operator{"EnsureShape", One<ConvertIdentity>},
    Operator{"Equal", One<ConvertBinary>, OperatorUse::kConstants},
    Operator{"Exp", One<ConvertUnary>, OperatorUse::kConstants},
    Operator{"ExpandDims", One<ConvertExpandDims>},
    Operator{"FakeQuantWithMinMaxArgs", One<ConvertFakeQuant>},
    Operator{"FakeQuantWithMinMaxVars", One<ConvertFakeQuant>},
    Operator{"FakeQuantWithMinMaxVarsPerChannel", One<ConvertFakeQuant>},
    Operator{"Fill", One<ConvertFill>, OperatorUse::kConstants},
    Operator{"Floor", One<ConvertUnary>, OperatorUse::kConstants},
    Operator{"FloorDiv", One<ConvertBinary>, OperatorUse::kConstants},
    Operator{"FloorMod", One<ConvertBinary>, OperatorUse::kConstants},
    Operator{"FusedBatchNorm", One<ConvertBatchNorm>},
    Operator{"FusedBatchNormV2", One<ConvertBatchNorm>},
    Operator{"FusedBatchNormV3", One<ConvertBatchNorm>},
    Operator{"Gather", One<ConvertGather>, OperatorUse::kConstants},
    Operator{"GatherV2", One<ConvertGather>, OperatorUse::kConstants},
    Operator{"Greater", One<ConvertBinary>, OperatorUse::kConstants},
    Operator{"GreaterEqual", One<ConvertBinary>, OperatorUse::kConstants},
    Operator{"Identity", One<ConvertIdentity>},
    Operator{"LeakyRelu", One<ConvertLeakyRelu>},
    Operator{"Less", One<ConvertBinary>, OperatorUse::kConstants},
    Operator{"LessEqual", One<ConvertBinary>, OperatorUse::kConstants},
    Operator{"Log", One<ConvertUnary>, OperatorUse::kConstants},
    Operator{"LogSoftmax", One<ConvertSoftmax>},
    Operator{"LogicalNot", One<ConvertUnary>, OperatorUse::kConstants},
    Operator{"MatMul", One<ConvertMatMul>},
    Operator{"Max", One<ConvertReduce>},
    Operator{"MaxPool", One<ConvertPool>},
    Operator{"Maximum", One<ConvertBinary>},
    Operator{"Mean", One<ConvertReduce>},
    Operator{"Merge", ConvertUnresolved, OperatorUse::kFlags},
    Operator{"Min", One<ConvertReduce>, OperatorUse::kConstants},
    Operator{"Minimum", One<ConvertBinary>},
    Operator{"Mul", One<ConvertBinary>},
    Operator{"Neg", One<ConvertUnary>},
    Operator{"NotEqual", One<ConvertBinary>, OperatorUse::kConstants},
    Operator{"OnesLike", One<ConvertFill>, OperatorUse::kConstants},
    Operator{"Pack", One<ConvertPack>},
    Operator{"Pad", One<ConvertPad>},
    Operator{"PadV2", One<ConvertPad>},
    Operator{"Placeholder", One<ConvertPlaceholder>},
    Operator{"PlaceholderWithDefault", One<ConvertPlaceholderWithDefault>},
    Operator{"Pow", One<ConvertBinary>, OperatorUse::kConstants},
    Operator{"PreventGradient", One<ConvertIdentity>},
    Operator{"Prod", One<ConvertReduce>, OperatorUse::kConstants},
    Operator{"Range", One<ConvertRange>, OperatorUse::kConstants},
    Operator{"Rank", One<ConvertShape>, OperatorUse::kConstants},
    Operator{"RealDiv", One<ConvertBinary>},
    Operator{"Reciprocal", One<ConvertUnary>},
    Operator{"Relu", One<ConvertUnary>},
    Operator{"Relu6", One<ConvertUnary>},
    Operator{"Reshape", One<ConvertReshape>},
    Operator{"Round", One<ConvertUnary>, OperatorUse::kConstants},
    Operator{"Rsqrt", One<ConvertUnary>, OperatorUse::kConstants},
    Operator{"Select", ConvertUnresolved, OperatorUse::kFlags},
    Operator{"SelectV2", ConvertUnresolved, OperatorUse::kFlags},
    Operator{"Shape", One<ConvertShape>, OperatorUse::kConstants},
    Operator{"ShapeN", ConvertShapeN, OperatorUse::kConstants},
    Operator{"Sigmoid", One<ConvertUnary>},
    Operator{"Size", One<ConvertShape>, OperatorUse::kConstants},
    Operator{"Slice", One<ConvertSlice>},
    Operator{"Snapshot", One<ConvertIdentity>},
    Operator{"Softmax", One<ConvertSoftmax>},
    Operator{"Split", ConvertSplit},
    Operator{"SplitV", ConvertSplit},
    Operator{"Sqrt", One<ConvertUnary>, OperatorUse::kConstants},
    Operator{"Square", One<ConvertUnary>},
    Operator{"SquaredDifference", One<ConvertBinary>},
    Operator{"Squeeze", One<ConvertSqueeze>},
    Operator{"StopGradient", One<ConvertIdentity>},
    Operator{"StridedSlice", One<ConvertStridedSlice>},
    Operator{"Sub", One<ConvertBinary>},
    Operator{"Sum", One<ConvertReduce>},
    Operator{"Switch", ConvertUnresolved, OperatorUse::kFlags},
    Operator{"Tanh", One<ConvertUnary>},
    Operator{"Transpose", One<ConvertTranspose>},
    Operator{"Unpack", ConvertUnpack},
    Operator{"ZerosLike", One<ConvertFill>, OperatorUse::kConstants},
};

// Operators that many graphs hold, and the way out for each.
struct WayOut {
  std::string_view begins;  // of the operator's name
  std::string_view advice;
};

constexpr std::array kWaysOut = {
    WayOut{"Variable",
           "a variable: the graph isn't frozen. Freeze it with "
           "tf.graph_util.convert_variables_to_constants(session, graph_def, [output])"},
    WayOut{"VarHandleOp",
           "a variable: the graph isn't frozen. Freeze it with "
           "tf.graph_util.convert_variables_to_constants(session, graph_def, [output])"},
    WayOut{"ReadVariableOp",
           "a variable: the graph isn't frozen. Freeze it with "
           "tf.graph_util.convert_variables_to_constants(session, graph_def, [output])"},
    WayOut{"Quantized", "TensorFlow's own int8 operators: freeze the float graph; the compiler quantises"},
    WayOut{"StatefulPartitionedCall", "a function of TensorFlow 2: convert the model to .tflite"},
    WayOut{"PartitionedCall", "a function of TensorFlow 2: convert the model to .tflite"},
    WayOut{"Enter", "a loop: unroll it with tf.nn.static_rnn before freezing"},
    WayOut{"Exit", "a loop: unroll it with tf.nn.static_rnn before freezing"},
    WayOut{"NextIteration", "a loop: unroll it with tf.nn.static_rnn before freezing"},
    WayOut{"TensorArray", "a loop: unroll it with tf.nn.static_rnn before freezing"},
    WayOut{"While", "a loop: unroll it with tf.nn.static_rnn before freezing"},
    WayOut{"ResizeBilinear", "resize with tf.image.resize_nearest_neighbor in a .tflite, or before the network"},
    WayOut{"Elu", "replace it by Relu or LeakyRelu and train again"},
    WayOut{"Selu", "replace it by Relu or LeakyRelu and train again"},
    WayOut{"Soft", "replace it by Relu or LeakyRelu and train again"},
    WayOut{"LRN", "replace it by batch normalisation and train again"},
    WayOut{"Random", "random numbers that are no dropout: build the graph for inference"},
    WayOut{"Decode", "reads a file: name the layer behind it as input by cutting the graph there"},
    WayOut{"Iterator", "a data set: build the graph on a Placeholder"},
};

std::unexpected<Error> NotSupported(const Layer& layer) {
  std::string way_out = "Replace the layer by these, or name an earlier layer as the output";
  for (const WayOut& known : kWaysOut) {
    if (layer.op().starts_with(known.begins)) way_out = "It is " + std::string(known.advice);
  }
  return layer.Unsupported("not supported; supported: " + SupportedGraphDefOperators() +
                           "; and dropout, which is removed. " + way_out);
}

}  // namespace

std::string SupportedGraphDefOperators(OperatorUse use) {
  std::string text;
  for (const Operator& op : kOperators) {
    if (op.use == use) text += (text.empty() ? "" : ", ") + std::string(op.name);
  }
  return text;
}

Outcome<Results> ConvertLayer(Conversion& conversion, int index) {
  Layer layer(conversion, index);
  const auto known =
      std::find_if(kOperators.begin(), kOperators.end(), [&](const Operator& op) { return op.name == layer.op(); });
  if (known == kOperators.end()) return NotSupported(layer);
  if (auto ok = layer.CheckInputs(); !ok) return std::unexpected(ok.error());
  return known->convert(layer);
}

}  // namespace linnet::graphdef
