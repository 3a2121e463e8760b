#include "operators.h"

#include <algorithm>
#include <array>

namespace linnet::tflite {
namespace {

using Op = schema::BuiltinOperator;

struct Operator {
  Op op;
  Outcome<void> (*convert)(Layer&);
};

// Sorted by name.
constexpr std::array kOperators = {
    Operator{Op::ADD, ConvertBinary},
    Operator{Op::ARG_MAX, ConvertArgMax},
    Operator{Op::AVERAGE_POOL_2D, ConvertPool},
    Operator{Op::CONCATENATION, ConvertConcatenation},
    Operator{Op::CONV_2D, ConvertConv2D},
    Operator{Op::DEPTHWISE_CONV_2D, ConvertDepthwiseConv2D},
    Operator{Op::DEQUANTIZE, ConvertDequantize},
    Operator{Op::DIV, ConvertBinary},
    Operator{Op::EXPAND_DIMS, ConvertExpandDims},
    Operator{Op::FULLY_CONNECTED, ConvertFullyConnected},
    Operator{Op::HARD_SWISH, ConvertActivation},
    Operator{Op::LEAKY_RELU, ConvertLeakyRelu},
    Operator{Op::LOGISTIC, ConvertActivation},
    Operator{Op::LOG_SOFTMAX, ConvertSoftmax},
    Operator{Op::MAXIMUM, ConvertBinary},
    Operator{Op::MAX_POOL_2D, ConvertPool},
    Operator{Op::MEAN, ConvertReduce},
    Operator{Op::MINIMUM, ConvertBinary},
    Operator{Op::MUL, ConvertBinary},
    Operator{Op::PACK, ConvertPack},
    Operator{Op::PAD, ConvertPad},
    Operator{Op::PADV2, ConvertPad},
    Operator{Op::QUANTIZE, ConvertQuantize},
    Operator{Op::RELU, ConvertActivation},
    Operator{Op::RELU6, ConvertActivation},
    Operator{Op::RELU_0_TO_1, ConvertActivation},
    Operator{Op::RELU_N1_TO_1, ConvertActivation},
    Operator{Op::RESHAPE, ConvertReshape},
    Operator{Op::RESIZE_NEAREST_NEIGHBOR, ConvertResizeNearest},
    Operator{Op::SLICE, ConvertSlice},
    Operator{Op::SOFTMAX, ConvertSoftmax},
    Operator{Op::SPLIT, ConvertSplit},
    Operator{Op::SPLIT_V, ConvertSplit},
    Operator{Op::SQUEEZE, ConvertSqueeze},
    Operator{Op::STRIDED_SLICE, ConvertStridedSlice},
    Operator{Op::SUB, ConvertBinary},
    Operator{Op::SUM, ConvertReduce},
    Operator{Op::SVDF, ConvertSvdf},
    Operator{Op::TANH, ConvertActivation},
    Operator{Op::TRANSPOSE, ConvertTranspose},
    Operator{Op::TRANSPOSE_CONV, ConvertTransposeConv},
    Operator{Op::UNIDIRECTIONAL_SEQUENCE_LSTM, ConvertLstm},
    Operator{Op::UNPACK, ConvertUnpack},
};

std::string Joined(const std::vector<Op>& ops) {
  std::string text;
  for (const Op op : ops) text += (text.empty() ? "" : ", ") + std::string(schema::EnumNameBuiltinOperator(op));
  return text;
}

std::string WayOut(Op op) {
  switch (op) {
    case Op::IF:
    case Op::WHILE:
    case Op::CALL:
    case Op::CALL_ONCE: return "Control flow can't be compiled: unroll it before converting";
    case Op::CUSTOM: return "Convert with built-in operators alone (without allow_custom_ops and SELECT_TF_OPS)";
    case Op::LSTM:
    case Op::RNN: return "Convert with TensorFlow 2.x, which writes UNIDIRECTIONAL_SEQUENCE_LSTM";
    case Op::RESIZE_BILINEAR: return "Use UpSampling2D(interpolation='nearest')";
    case Op::ELU:
    case Op::PRELU:
    case Op::GELU: return "Train with RELU, LEAKY_RELU or HARD_SWISH instead";
    case Op::BATCH_MATMUL: return "Use a Dense layer with constant weights";
    case Op::REDUCE_MAX: return "Use MAX_POOL_2D over the whole height and width";
    case Op::DELEGATE: return "Compile the file before it was given to another compiler";
    default: return "Replace the layer by these, or name an earlier layer as the output";
  }
}

}  // namespace

std::string SupportedOperators() {
  std::vector<Op> ops;
  for (const Operator& known : kOperators) ops.push_back(known.op);
  return Joined(ops);
}

std::string FoldedOperators() { return Joined(FoldableOperators()); }

Outcome<void> ConvertOperator(Conversion& conversion, size_t index) {
  Layer layer(conversion, index);
  LINNET_ASSIGN(const bool folded, FoldIntegers(layer));
  if (folded) return {};
  for (const Operator& known : kOperators) {
    if (known.op == layer.op().op) return known.convert(layer);
  }
  return layer.Unsupported("not supported; supported: " + SupportedOperators() + ". " + WayOut(layer.op().op));
}

}  // namespace linnet::tflite
