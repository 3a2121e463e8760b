// ToText: the form in which tests compare graphs and people read them.
#include <cstdio>

#include "linnet/graph/build.h"
#include "linnet/graph/graph.h"

namespace linnet::graph {
namespace {

std::string Hash(const std::vector<uint8_t>& data) {  // FNV-1a
  uint32_t hash = 2166136261U;
  for (const uint8_t byte : data) hash = (hash ^ byte) * 16777619U;
  char text[16];
  std::snprintf(text, sizeof text, "#%08x", hash);
  return text;
}

std::string Number(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", static_cast<double>(value));
  return text;
}

std::string LearnedText(const Learned& learned) {
  if (learned.empty()) return "";
  std::string text = " learned " + std::to_string(learned.bits) + " bits" + (learned.narrow_range ? " narrow" : "");
  if (learned.min.size() > 1) return text + ", " + std::to_string(learned.min.size()) + " ranges";
  return text + " " + Number(learned.min[0]) + ".." + Number(learned.max[0]);
}

std::string TypeText(const Tensor& tensor) {
  std::string text = std::string(Name(tensor.type)) + ToString(tensor.shape);
  const Quantization& q = tensor.quantization;
  if (q.bits != 8) text += " " + std::to_string(q.bits) + " bits";
  if (q.scales.size() == 1) {
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, " scale %.6g zero %d", static_cast<double>(q.scales[0]), q.zero_points[0]);
    text += numbers;
  } else if (q.scales.size() > 1) {
    text += " " + std::to_string(q.scales.size()) + " scales";
  }
  return text + LearnedText(tensor.learned);
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
    case Activation::kReluN1To1: return " relu_n1_to_1";
  }
  return "";
}

struct AttributesText {
  std::string operator()(const NoAttributes&) const { return ""; }
  std::string operator()(const ConvAttributes& a) const {
    return WindowText(a.window, false) + ActivationText(a.activation);
  }
  std::string operator()(const FullyConnectedAttributes& a) const { return ActivationText(a.activation); }
  std::string operator()(const PoolAttributes& a) const {
    return WindowText(a.window, true) + ActivationText(a.activation);
  }
  std::string operator()(const PadAttributes& a) const {
    std::string text = " by";
    for (const auto& [before, after] : a.amounts) text += " " + std::to_string(before) + "," + std::to_string(after);
    if (a.value != 0) text += " value " + Number(a.value);
    return text;
  }
  std::string operator()(const ReduceAttributes& a) const {
    std::string text = " over";
    for (const int axis : a.axes) text += " " + std::to_string(axis);
    return text + (a.keep_dims ? " keep" : "");
  }
  std::string operator()(const ActivationAttributes& a) const { return ActivationText(a.activation); }
  std::string operator()(const TransposeConvAttributes& a) const {
    return WindowText(a.window, false) + " to " + std::to_string(a.out_h) + "x" + std::to_string(a.out_w) +
           ActivationText(a.activation);
  }
  std::string operator()(const ConcatAttributes& a) const {
    return " along " + std::to_string(a.axis) + ActivationText(a.activation);
  }
  std::string operator()(const TransposeAttributes& a) const {
    std::string text = " by";
    for (const int axis : a.permutation) text += " " + std::to_string(axis);
    return text;
  }
  std::string operator()(const SliceAttributes& a) const {
    std::string text = " [";
    for (size_t i = 0; i < a.ranges.size(); ++i) {
      const auto& r = a.ranges[i];
      text += (i == 0 ? "" : ",") + std::to_string(r.begin) + ":" + std::to_string(r.begin + r.count * r.step);
      if (r.step != 1) text += ":" + std::to_string(r.step);
    }
    return text + "]";
  }
  std::string operator()(const ResizeAttributes& a) const {
    return " to " + std::to_string(a.out_h) + "x" + std::to_string(a.out_w) +
           (a.align_corners ? " align_corners" : "") + (a.half_pixel_centers ? " half_pixel_centers" : "");
  }
  std::string operator()(const LeakyReluAttributes& a) const { return " alpha " + Number(a.alpha); }
  std::string operator()(const ClampAttributes& a) const { return " " + Number(a.lo) + ".." + Number(a.hi); }
  std::string operator()(const SoftmaxAttributes& a) const { return a.beta == 1 ? "" : " beta " + Number(a.beta); }
  std::string operator()(const LstmAttributes& a) const {
    return std::string(a.time_major ? " time_major" : "") + " cell_clip " + Number(a.cell_clip) + " cell_scale " +
           Number(a.cell_scale) + " hidden_scale " + Number(a.hidden_scale) + " hidden_zero " +
           std::to_string(a.hidden_zero_point);
  }
  std::string operator()(const SvdfAttributes& a) const {
    return " rank " + std::to_string(a.rank) + ActivationText(a.activation) + " state " +
           std::string(Name(a.state_type)) + " scale " + Number(a.state_scale) + " zero " +
           std::to_string(a.state_zero_point);
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
  if (graph.arithmetic == Arithmetic::kTflite) text += "arithmetic tflite\n";
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
