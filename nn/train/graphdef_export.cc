#include "linnet/train/graphdef_export.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <bit>
#include <functional>

#include "check_exported.h"
#include "linnet_graphdef/graphdef.pb.h"

namespace linnet::train {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor_content is little-endian");

using graphdef::AttrValue;
using graphdef::NodeDef;

constexpr int kProducer = 27;  // GraphDef version of TensorFlow 1.12

void SetInts(AttrValue& attribute, std::initializer_list<int64_t> values) {
  for (int64_t value : values) attribute.mutable_list()->add_i(value);
}

// Adds nodes to a graph, each fed by the one before it unless other inputs are named.
class Writer {
 public:
  NodeDef& Node(const std::string& op, const std::string& name, std::initializer_list<std::string> inputs) {
    NodeDef& node = *graph_.add_node();
    node.set_op(op);
    node.set_name(name);
    for (const std::string& input : inputs) node.add_input(input);
    return node;
  }

  // A node of float tensors that takes the output of the last one.
  NodeDef& Next(const std::string& op, const std::string& name, const std::string& second = "") {
    NodeDef& node = Node(op, name, {last_});
    if (!second.empty()) node.add_input(second);
    Attribute(node, "T").set_type(graphdef::DT_FLOAT);
    last_ = name;
    return node;
  }

  static AttrValue& Attribute(NodeDef& node, const std::string& name) { return (*node.mutable_attr())[name]; }

  void Placeholder(const std::string& name, std::initializer_list<int64_t> shape) {
    NodeDef& node = Node("Placeholder", name, {});
    Attribute(node, "dtype").set_type(graphdef::DT_FLOAT);
    for (int64_t size : shape) Attribute(node, "shape").mutable_shape()->add_dim()->set_size(size);
    last_ = name;
  }

  template <typename T>
  void Const(const std::string& name, graphdef::DataType type, const std::vector<int>& shape,
             const std::vector<T>& values) {
    NodeDef& node = Node("Const", name, {});
    Attribute(node, "dtype").set_type(type);
    graphdef::Tensor& tensor = *Attribute(node, "value").mutable_tensor();
    tensor.set_dtype(type);
    for (int size : shape) tensor.mutable_tensor_shape()->add_dim()->set_size(size);
    tensor.set_tensor_content(values.data(), values.size() * sizeof(T));
  }

  const std::string& last() const { return last_; }
  void set_last(const std::string& name) { last_ = name; }

  void BiasAndRelu(const Layer& layer, const Parameter& bias) {
    Attribute(Next("BiasAdd", layer.name + "/BiasAdd", bias.name), "data_format").set_s("NHWC");
    if (layer.relu) Next("Relu", layer.name + "/Relu");
  }

  std::string Serialize() {
    graph_.mutable_versions()->set_producer(kProducer);
    std::string bytes;
    {
      // The attributes are a map: without this their order changes from run to run.
      google::protobuf::io::StringOutputStream stream(&bytes);
      google::protobuf::io::CodedOutputStream out(&stream);
      out.SetSerializationDeterministic(true);
      graph_.SerializeToCodedStream(&out);
    }
    return bytes;
  }

 private:
  graphdef::GraphDef graph_;
  std::string last_;
};

// What quantisation-aware training learned of one layer; nothing where it didn't run.
struct LayerQuantization {
  bool any = false;
  ValueRange output;
  std::vector<float> weight_scales;
};

void FakeQuantAttributes(NodeDef& node, int bits, bool narrow) {
  Writer::Attribute(node, "num_bits").set_i(bits);
  Writer::Attribute(node, "narrow_range").set_b(narrow);
}

void WriteFakeQuant(Writer& out, const std::string& name, const ValueRange& range) {
  out.Const<float>(name + "/min", graphdef::DT_FLOAT, {}, {range.min});
  out.Const<float>(name + "/max", graphdef::DT_FLOAT, {}, {range.max});
  const std::string input = out.last();
  NodeDef& node = out.Node("FakeQuantWithMinMaxVars", name, {input, name + "/min", name + "/max"});
  FakeQuantAttributes(node, 8, false);
  out.set_last(name);
}

// Returns the node that the layer takes its weights from.
std::string WriteWeights(Writer& out, const Layer& layer, const Parameter& weights, const LayerQuantization& learned) {
  std::vector<int> shape = weights.shape;
  const bool reshape = layer.kind == LayerKind::kDepthwise && learned.any;
  if (reshape) std::swap(shape[2], shape[3]);
  out.Const(weights.name, graphdef::DT_FLOAT, shape, weights.values);
  if (!learned.any) return weights.name;
  const std::string name = weights.name + "/FakeQuant";
  const auto most = static_cast<float>((1 << (layer.weight_bits - 1)) - 1);
  std::vector<float> max;
  for (float scale : learned.weight_scales) max.push_back(scale * most);
  std::vector<float> min(max.size());
  std::ranges::transform(max, min.begin(), std::negate<>());
  const std::vector<int> channels = {static_cast<int>(max.size())};
  out.Const(name + "/min", graphdef::DT_FLOAT, channels, min);
  out.Const(name + "/max", graphdef::DT_FLOAT, channels, max);
  NodeDef& node = out.Node("FakeQuantWithMinMaxVarsPerChannel", name, {weights.name, name + "/min", name + "/max"});
  FakeQuantAttributes(node, layer.weight_bits, true);
  if (!reshape) return name;
  out.Const<int32_t>(weights.name + "/shape", graphdef::DT_INT32, {4}, weights.shape);
  NodeDef& reshaped = out.Node("Reshape", weights.name + "/Reshape", {name, weights.name + "/shape"});
  Writer::Attribute(reshaped, "T").set_type(graphdef::DT_FLOAT);
  Writer::Attribute(reshaped, "Tshape").set_type(graphdef::DT_INT32);
  return weights.name + "/Reshape";
}

// Convolution, depthwise convolution or dense layer, with all that belongs to it.
void WriteWeighted(Writer& out, const Layer& layer, const Parameter& weights, const Parameter& bias,
                   const LayerQuantization& learned) {
  const std::string source = WriteWeights(out, layer, weights, learned);
  out.Const(bias.name, graphdef::DT_FLOAT, bias.shape, bias.values);
  if (layer.kind == LayerKind::kDense) {
    NodeDef& node = out.Next("MatMul", layer.name + "/MatMul", source);
    Writer::Attribute(node, "transpose_a").set_b(false);
    Writer::Attribute(node, "transpose_b").set_b(false);
  } else {
    const char* op = layer.kind == LayerKind::kConv ? "Conv2D" : "DepthwiseConv2dNative";
    NodeDef& node = out.Next(op, layer.name + "/" + op, source);
    SetInts(Writer::Attribute(node, "strides"), {1, layer.stride, layer.stride, 1});
    SetInts(Writer::Attribute(node, "dilations"), {1, 1, 1, 1});
    Writer::Attribute(node, "padding").set_s("SAME");
    Writer::Attribute(node, "data_format").set_s("NHWC");
    if (layer.kind == LayerKind::kConv) Writer::Attribute(node, "use_cudnn_on_gpu").set_b(true);
  }
  out.BiasAndRelu(layer, bias);
  if (learned.any) WriteFakeQuant(out, layer.name + "/FakeQuant", learned.output);
}

void WriteGlobalAverage(Writer& out, const Layer& layer, const LayerQuantization& learned) {
  out.Const<int32_t>(layer.name + "/axes", graphdef::DT_INT32, {2}, {1, 2});
  NodeDef& node = out.Next("Mean", layer.name + "/Mean", layer.name + "/axes");
  Writer::Attribute(node, "Tidx").set_type(graphdef::DT_INT32);
  Writer::Attribute(node, "keep_dims").set_b(true);
  if (learned.any) WriteFakeQuant(out, layer.name + "/FakeQuant", learned.output);
}

void WritePool(Writer& out, const Layer& layer) {
  NodeDef& node = out.Next("MaxPool", layer.name + "/MaxPool");
  SetInts(Writer::Attribute(node, "ksize"), {1, layer.window, layer.window, 1});
  SetInts(Writer::Attribute(node, "strides"), {1, layer.window, layer.window, 1});
  Writer::Attribute(node, "padding").set_s("SAME");
  Writer::Attribute(node, "data_format").set_s("NHWC");
}

void WriteFlatten(Writer& out, const Layer& layer, int features) {
  out.Const<int32_t>(layer.name + "/shape", graphdef::DT_INT32, {2}, {-1, features});
  NodeDef& node = out.Next("Reshape", layer.name + "/Reshape", layer.name + "/shape");
  Writer::Attribute(node, "Tshape").set_type(graphdef::DT_INT32);
}

}  // namespace

Outcome<std::string> ExportGraphDef(const Architecture& architecture, const std::vector<Parameter>& parameters,
                                    const Learned& learned) {
  if (auto checked = CheckExported(architecture, parameters, learned); !checked)
    return std::unexpected(checked.error());
  Writer out;
  const bool flat = architecture.layers.front().kind == LayerKind::kFlatten;
  if (flat) {
    out.Placeholder("input", {-1, architecture.height * architecture.width});
  } else {
    out.Placeholder("input", {-1, architecture.height, architecture.width, 1});
  }
  if (learned.any) WriteFakeQuant(out, "input/FakeQuant", learned.input);
  Extent extent = InputOf(architecture);
  auto parameter = parameters.begin();
  for (size_t i = 0; i < architecture.layers.size(); ++i) {
    const Layer& layer = architecture.layers[i];
    LayerQuantization quantization;
    if (learned.any) quantization = {true, learned.outputs[i], learned.weight_scales[i]};
    if (layer.weighted()) {
      WriteWeighted(out, layer, parameter[0], parameter[1], quantization);
      parameter += 2;
    }
    if (layer.kind == LayerKind::kMaxPool) WritePool(out, layer);
    if (layer.kind == LayerKind::kGlobalAveragePool) WriteGlobalAverage(out, layer, quantization);
    // At the head nothing is to be done: the input is flat already.
    if (layer.kind == LayerKind::kFlatten && i != 0) WriteFlatten(out, layer, extent.elements());
    extent = After(layer, extent);
  }
  out.Next("Softmax", "output");
  return out.Serialize();
}

}  // namespace linnet::train
