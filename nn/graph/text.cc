// ToText: the form in which tests compare graphs and people read them.
#include <cstdio>

#include "linnet/graph/build.h"
#include "linnet/graph/graph.h"

namespace linnet::graph {
namespace {

const char* TypeName(DType type) {
  switch (type) {
    case DType::kFloat32: return "float32";
    case DType::kInt8: return "int8";
    case DType::kInt32: return "int32";
    case DType::kInt64: return "int64";
    case DType::kBool: return "bool";
  }
  return "?";
}

std::string Hash(const std::vector<uint8_t>& data) {  // FNV-1a
  uint32_t hash = 2166136261U;
  for (const uint8_t byte : data) hash = (hash ^ byte) * 16777619U;
  char text[16];
  std::snprintf(text, sizeof text, "#%08x", hash);
  return text;
}

std::string TypeText(const Tensor& tensor) {
  std::string text = TypeName(tensor.type) + ToString(tensor.shape);
  const Quantization& q = tensor.quantization;
  if (q.scales.size() == 1) {
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, " scale %.6g zero %d", static_cast<double>(q.scales[0]), q.zero_points[0]);
    text += numbers;
  } else if (q.scales.size() > 1) {
    text += " " + std::to_string(q.scales.size()) + " scales";
  }
  return text;
}

std::string WindowText(const Window& w, bool pool) {
  std::string text;
  if (pool) text += " " + std::to_string(w.kernel_h) + "x" + std::to_string(w.kernel_w);
  if (w.stride_h != 1 || w.stride_w != 1)
    text += " stride " + std::to_string(w.stride_h) + "x" + std::to_string(w.stride_w);
  if (w.dilation_h != 1 || w.dilation_w != 1)
    text += " dilation " + std::to_string(w.dilation_h) + "x" + std::to_string(w.dilation_w);
  if ((w.pad_top | w.pad_bottom | w.pad_left | w.pad_right) != 0) {
    text += " pad " + std::to_string(w.pad_top) + "," + std::to_string(w.pad_bottom) + "," +
            std::to_string(w.pad_left) + "," + std::to_string(w.pad_right);
  }
  return text;
}

std::string ActivationText(Activation activation) {
  switch (activation) {
    case Activation::kNone: return "";
    case Activation::kRelu: return " relu";
    case Activation::kRelu6: return " relu6";
  }
  return "";
}

struct AttributesText {
  std::string operator()(const NoAttributes&) const { return ""; }
  std::string operator()(const ConvAttributes& a) const {
    return WindowText(a.window, false) + ActivationText(a.activation);
  }
  std::string operator()(const FullyConnectedAttributes& a) const { return ActivationText(a.activation); }
  std::string operator()(const PoolAttributes& a) const { return WindowText(a.window, true); }
  std::string operator()(const PadAttributes& a) const {
    std::string text = " by";
    for (const auto& [before, after] : a.amounts) text += " " + std::to_string(before) + "," + std::to_string(after);
    return text;
  }
  std::string operator()(const ReduceAttributes& a) const {
    std::string text = " over";
    for (const int axis : a.axes) text += " " + std::to_string(axis);
    return text + (a.keep_dims ? " keep" : "");
  }
};

std::string TensorName(const Graph& graph, TensorId id) {
  if (id == kNoTensor) return "-";
  const Tensor& tensor = graph.tensor(id);
  return tensor.name.empty() ? "%" + std::to_string(id) : tensor.name;
}

std::string NodeText(const Graph& graph, const Node& node) {
  std::string text = std::string(Name(node.op)) + " \"" + node.name + "\" (";
  for (size_t i = 0; i < node.inputs.size(); ++i) text += (i == 0 ? "" : ", ") + TensorName(graph, node.inputs[i]);
  text += ")" + std::visit(AttributesText{}, node.attributes) + " ->";
  for (const TensorId id : node.outputs) text += " " + TensorName(graph, id) + " " + TypeText(graph.tensor(id));
  return text;
}

}  // namespace

std::string ToText(const Graph& graph) {
  std::string text;
  for (const TensorId id : graph.inputs)
    text += "input " + TensorName(graph, id) + " " + TypeText(graph.tensor(id)) + "\n";
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const Tensor& tensor = graph.tensors[i];
    if (tensor.constant)
      text += "const " + TensorName(graph, static_cast<TensorId>(i)) + " " + TypeText(tensor) + " " +
              Hash(tensor.data) + "\n";
  }
  for (const Node& node : graph.nodes) text += NodeText(graph, node) + "\n";
  for (const TensorId id : graph.outputs) text += "output " + TensorName(graph, id) + "\n";
  return text;
}

}  // namespace linnet::graph
