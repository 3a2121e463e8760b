#include "operators.h"

#include <algorithm>
#include <array>

#include "quantized.h"

namespace linnet::onnx {
namespace {

struct Operator {
  std::string_view name;
  Outcome<Values> (*convert)(Layer& layer);
};

constexpr std::array kOperators = std::to_array<Operator>({
    {"Add", ConvertBinary},
    {"ArgMax", ConvertArgMax},
    {"AveragePool", ConvertPool},
    {"BatchNormalization", ConvertBatchNormalization},
    {"Cast", FoldOnly},
    {"Clip", ConvertClip},
    {"Concat", ConvertConcat},
    {"Constant", FoldOnly},
    {"ConstantOfShape", FoldOnly},
    {"Conv", ConvertConv},
    {"DequantizeLinear", ConvertDequantize},
    {"Div", ConvertBinary},
    {"Dropout", ConvertDropout},
    {"Flatten", ConvertFlatten},
    {"Gather", ConvertGather},
    {"Gemm", ConvertGemm},
    {"GlobalAveragePool", ConvertGlobalPool},
    {"GlobalMaxPool", ConvertGlobalPool},
    {"HardSwish", ConvertUnary},
    {"Identity", ConvertIdentity},
    {"LeakyRelu", ConvertLeakyRelu},
    {"LogSoftmax", ConvertSoftmax},
    {"MatMul", ConvertMatMul},
    {"Max", ConvertBinary},
    {"MaxPool", ConvertPool},
    {"Min", ConvertBinary},
    {"Mul", ConvertBinary},
    {"Pad", ConvertPad},
    {"QuantizeLinear", ConvertQuantize},
    {"ReduceMean", ConvertReduce},
    {"ReduceSum", ConvertReduce},
    {"Relu", ConvertUnary},
    {"Reshape", ConvertReshape},
    {"Shape", FoldOnly},
    {"Sigmoid", ConvertUnary},
    {"Slice", ConvertSlice},
    {"Softmax", ConvertSoftmax},
    {"Split", ConvertSplit},
    {"Squeeze", ConvertSqueeze},
    {"Sub", ConvertBinary},
    {"Tanh", ConvertUnary},
    {"Transpose", ConvertTranspose},
    {"Unsqueeze", ConvertUnsqueeze},
});

// The cheapest way out for operators that are met often.
std::string WayOut(std::string_view op, const std::string& domain) {
  if (!domain.empty() && domain != "ai.onnx")
    return "it is not one of ONNX's own; export without ONNX Runtime's optimisations (graph_optimization_level "
           "ORT_DISABLE_ALL or ORT_ENABLE_BASIC)";
  if (op == "QLinearConv" || op == "QLinearMatMul" || op == "ConvInteger" || op == "MatMulInteger" ||
      op == "DynamicQuantizeLinear")
    return "quantise statically in the QDQ format (quantize_static(..., quant_format=QuantFormat.QDQ))";
  if (op == "If" || op == "Loop" || op == "Where" || op == "Equal" || op == "Expand" || op == "Range" ||
      op == "NonZero")
    return "if it only computes a shape, onnxsim takes it away; else trace the network with a fixed input shape";
  if (op == "LSTM" || op == "GRU" || op == "RNN") return "an LSTM is taken from an int8 .tflite";
  if (op == "Resize" || op == "Upsample" || op == "ConvTranspose")
    return "convert the network to .tflite, whose RESIZE_NEAREST_NEIGHBOR and TRANSPOSE_CONV are supported";
  if (op == "PRelu" || op == "Elu" || op == "Gelu" || op == "Erf" || op == "HardSigmoid" || op == "Softplus")
    return "train with Relu, LeakyRelu, HardSwish, Sigmoid or Tanh instead";
  return "write the network with supported operators, or ask for the answer of an earlier layer";
}

}  // namespace

std::vector<std::string_view> OperatorNames() {
  std::vector<std::string_view> names;
  for (const Operator& op : kOperators) names.push_back(op.name);
  return names;
}

Outcome<Values> ConvertNode(Layer& layer) {
  const std::string& op = layer.def().op_type();
  const std::string& domain = layer.def().domain();
  const auto* found =
      std::find_if(kOperators.begin(), kOperators.end(), [&](const Operator& o) { return o.name == op; });
  if (found == kOperators.end() || (!domain.empty() && domain != "ai.onnx"))
    return layer.Unsupported("not supported; supported: " + SupportedOperators() + "; " + WayOut(op, domain));
  LINNET_ASSIGN(const std::optional<Values> folded, Fold(layer));
  if (folded) return *folded;
  if (!layer.has_input(0)) return layer.Wrong("its first input is left out");
  return found->convert(layer);
}

std::string SupportedOperators() {
  std::string text;
  for (const std::string_view name : OperatorNames()) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

}  // namespace linnet::onnx
