#include "linnet/graph/graph.h"

#include <limits>

#include "linnet/graph/build.h"
#include "linnet/graph/learned.h"
#include "linnet/graph/shapes.h"

namespace linnet::graph {
namespace {

std::unexpected<Error> Wrong(const std::string& what) { return Fail(Status::kInvalidArgument, "graph: " + what); }

bool InRange(const Graph& graph, TensorId id) { return id >= 0 && static_cast<size_t>(id) < graph.tensors.size(); }

Outcome<void> VerifyBits(const Tensor& tensor) {
  if (tensor.quantization.bits == 8) return {};
  if (tensor.quantization.bits != 4 || !tensor.constant || tensor.type != DType::kInt8)
    return Wrong("tensor '" + tensor.name + "' of " + std::to_string(tensor.quantization.bits) +
                 " bits; only int8 constants may have fewer, which is 4");
  for (const uint8_t byte : tensor.data) {
    const int value = static_cast<int8_t>(byte);
    if (value < -7 || value > 7)
      return Wrong("tensor '" + tensor.name + "' of 4 bits holds " + std::to_string(value) + ", which is beyond -7..7");
  }
  return {};
}

Outcome<void> VerifyQuantization(const Tensor& tensor) {
  const Quantization& q = tensor.quantization;
  if (q.scales.size() != q.zero_points.size())
    return Wrong("tensor '" + tensor.name + "' has scales and zero points of different number");
  if (auto ok = VerifyBits(tensor); !ok) return ok;
  if (q.scales.size() <= 1) return {};
  if (q.axis < 0 || static_cast<size_t>(q.axis) >= tensor.shape.size())
    return Wrong("tensor '" + tensor.name + "' is quantised along an axis it hasn't got");
  const auto channels = static_cast<int64_t>(q.scales.size());
  const int64_t extent = tensor.shape[static_cast<size_t>(q.axis)];
  // A depthwise convolution's weights [kh,kw,in,m] carry in * m channels on their last two dimensions.
  const bool depthwise = tensor.shape.size() == 4 && q.axis == 3 && channels == tensor.shape[2] * tensor.shape[3];
  if (channels != extent && !depthwise)
    return Wrong("tensor '" + tensor.name + "' has " + std::to_string(channels) + " scales for " +
                 std::to_string(extent) + " channels");
  return {};
}

Outcome<void> VerifyLearned(const Tensor& tensor) {
  if (tensor.learned.empty()) return {};
  if (auto ok = CheckLearned(tensor.learned); !ok)
    return Wrong("tensor '" + tensor.name + "' has " + ok.error().message);
  if (tensor.type != DType::kFloat32) return Wrong("tensor '" + tensor.name + "' has a learned range but is not float");
  if (!tensor.constant && tensor.learned.min.size() != 1)
    return Wrong("tensor '" + tensor.name + "' has more than one learned range but is not constant");
  return {};
}

Outcome<void> VerifyTensor(const Tensor& tensor) {
  for (const int64_t d : tensor.shape) {
    if (d < 1)
      return Wrong("tensor '" + tensor.name + "' has shape " + ToString(tensor.shape) +
                   ": every dimension must be known and 1 or more");
  }
  const int64_t count = ElementCount(tensor.shape);
  if (count > kMaxTensorElements)
    return Wrong("tensor '" + tensor.name + "' of " + ToString(tensor.shape) + " has more than 2^26 elements");
  if (tensor.constant && static_cast<int64_t>(tensor.data.size()) != count * SizeBytes(tensor.type)) {
    return Wrong("constant '" + tensor.name + "' holds " + std::to_string(tensor.data.size()) + " bytes, its shape " +
                 ToString(tensor.shape) + " needs " + std::to_string(count * SizeBytes(tensor.type)));
  }
  if (auto ok = VerifyLearned(tensor); !ok) return ok;
  return VerifyQuantization(tensor);
}

Outcome<void> VerifyNode(const Graph& graph, const Node& node, std::vector<bool>& ready) {
  LINNET_ASSIGN(const Shape shape, InferOutputShape(graph, node));  // checks the form and all indices
  for (const TensorId id : node.inputs) {
    if (id != kNoTensor && !ready[static_cast<size_t>(id)]) {
      return Fail(Status::kInvalidArgument,
                  Describe(node) + ": reads '" + graph.tensor(id).name + "' before anything has made it");
    }
  }
  const TensorId out = node.outputs[0];
  if (ready[static_cast<size_t>(out)])
    return Fail(Status::kInvalidArgument,
                Describe(node) + ": its output '" + graph.tensor(out).name + "' has another source already");
  if (shape != graph.tensor(out).shape) {
    return Fail(Status::kInvalidArgument, Describe(node) + ": its output is declared " +
                                              ToString(graph.tensor(out).shape) + " but is " + ToString(shape));
  }
  Node resolved = node;
  if (auto padded = ResolvePadding(graph, resolved); !padded) return padded;
  const auto pads = [](const Node& n) {
    const auto* conv = std::get_if<ConvAttributes>(&n.attributes);
    const auto* pool = std::get_if<PoolAttributes>(&n.attributes);
    const auto* transposed = std::get_if<TransposeConvAttributes>(&n.attributes);
    const Window window = conv != nullptr         ? conv->window
                          : pool != nullptr       ? pool->window
                          : transposed != nullptr ? transposed->window
                                                  : Window{};
    return std::vector<int>{window.pad_top,   window.pad_bottom, window.pad_left,
                            window.pad_right, window.kernel_h,   window.kernel_w};
  };
  if (pads(node) != pads(resolved))
    return Fail(Status::kInvalidArgument, Describe(node) + ": its padding was not resolved (ResolveShapes)");
  ready[static_cast<size_t>(out)] = true;
  return {};
}

struct GetActivation {
  template <typename A>
  Activation operator()(const A& attributes) const {
    if constexpr (requires { attributes.activation; })
      return attributes.activation;
    else
      return Activation::kNone;
  }
};

}  // namespace

int SizeBytes(DType type) {
  switch (type) {
    case DType::kFloat32:
    case DType::kInt32: return 4;
    case DType::kInt64: return 8;
    case DType::kInt8:
    case DType::kUint8:
    case DType::kBool: return 1;
    case DType::kInt16: return 2;
  }
  return 0;
}

std::string_view Name(DType type) {
  switch (type) {
    case DType::kFloat32: return "float32";
    case DType::kInt8: return "int8";
    case DType::kInt32: return "int32";
    case DType::kInt64: return "int64";
    case DType::kBool: return "bool";
    case DType::kInt16: return "int16";
    case DType::kUint8: return "uint8";
  }
  return "?";
}

int64_t ElementCount(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t d : shape) {
    if (d <= 0) return 0;
    if (count > std::numeric_limits<int64_t>::max() / d) return std::numeric_limits<int64_t>::max();
    count *= d;
  }
  return count;
}

std::string_view Name(OpKind op) {
  switch (op) {
    case OpKind::kConv2D: return "Conv2D";
    case OpKind::kDepthwiseConv2D: return "DepthwiseConv2D";
    case OpKind::kFullyConnected: return "FullyConnected";
    case OpKind::kMaxPool: return "MaxPool";
    case OpKind::kAveragePool: return "AveragePool";
    case OpKind::kAdd: return "Add";
    case OpKind::kSub: return "Sub";
    case OpKind::kMul: return "Mul";
    case OpKind::kDiv: return "Div";
    case OpKind::kMaximum: return "Maximum";
    case OpKind::kMinimum: return "Minimum";
    case OpKind::kRelu: return "Relu";
    case OpKind::kRelu6: return "Relu6";
    case OpKind::kSigmoid: return "Sigmoid";
    case OpKind::kTanh: return "Tanh";
    case OpKind::kSoftmax: return "Softmax";
    case OpKind::kReshape: return "Reshape";
    case OpKind::kPad: return "Pad";
    case OpKind::kMean: return "Mean";
    case OpKind::kArgMax: return "ArgMax";
    case OpKind::kIdentity: return "Identity";
    case OpKind::kQuantize: return "Quantize";
    case OpKind::kDequantize: return "Dequantize";
    case OpKind::kTransposeConv: return "TransposeConv";
    case OpKind::kConcat: return "Concat";
    case OpKind::kTranspose: return "Transpose";
    case OpKind::kSlice: return "Slice";
    case OpKind::kResizeNearest: return "ResizeNearest";
    case OpKind::kSum: return "Sum";
    case OpKind::kLeakyRelu: return "LeakyRelu";
    case OpKind::kHardSwish: return "HardSwish";
    case OpKind::kLogSoftmax: return "LogSoftmax";
    case OpKind::kClamp: return "Clamp";
    case OpKind::kLstm: return "Lstm";
    case OpKind::kSvdf: return "Svdf";
  }
  return "?";
}

Activation ActivationOf(const Node& node) { return std::visit(GetActivation{}, node.attributes); }

Outcome<void> Verify(const Graph& graph) {
  std::vector<bool> ready(graph.tensors.size(), false);
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (!graph.tensors[i].constant) continue;
    if (auto ok = VerifyTensor(graph.tensors[i]); !ok) return ok;
    ready[i] = true;
  }
  for (const TensorId id : graph.inputs) {
    if (!InRange(graph, id)) return Wrong("an input is not a tensor of the graph");
    if (auto ok = VerifyTensor(graph.tensor(id)); !ok) return ok;
    if (ready[static_cast<size_t>(id)])
      return Wrong("input '" + graph.tensor(id).name + "' is a constant or stands twice");
    ready[static_cast<size_t>(id)] = true;
  }
  for (const Node& node : graph.nodes) {
    if (auto ok = VerifyNode(graph, node, ready); !ok) return ok;
    if (auto ok = VerifyTensor(graph.tensor(node.outputs[0])); !ok) return ok;
  }
  if (graph.outputs.empty()) return Wrong("has no output");
  for (const TensorId id : graph.outputs) {
    if (!InRange(graph, id)) return Wrong("an output is not a tensor of the graph");
    if (!ready[static_cast<size_t>(id)]) return Wrong("nothing makes the output '" + graph.tensor(id).name + "'");
  }
  return {};
}

}  // namespace linnet::graph
