#include "linnet/train/graphdef_export.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <bit>

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

  void Parameters(const Parameter& weights, const Parameter& bias) {
    Const(weights.name, graphdef::DT_FLOAT, weights.shape, weights.values);
    Const(bias.name, graphdef::DT_FLOAT, bias.shape, bias.values);
  }

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

void WriteConv(Writer& out, const Layer& layer, const Parameter& weights, const Parameter& bias) {
  out.Parameters(weights, bias);
  NodeDef& node = out.Next("Conv2D", layer.name + "/Conv2D", weights.name);
  SetInts(Writer::Attribute(node, "strides"), {1, 1, 1, 1});
  SetInts(Writer::Attribute(node, "dilations"), {1, 1, 1, 1});
  Writer::Attribute(node, "padding").set_s("SAME");
  Writer::Attribute(node, "data_format").set_s("NHWC");
  Writer::Attribute(node, "use_cudnn_on_gpu").set_b(true);
  out.BiasAndRelu(layer, bias);
}

void WritePool(Writer& out, const Layer& layer) {
  NodeDef& node = out.Next("MaxPool", layer.name + "/MaxPool");
  SetInts(Writer::Attribute(node, "ksize"), {1, layer.window, layer.window, 1});
  SetInts(Writer::Attribute(node, "strides"), {1, layer.window, layer.window, 1});
  Writer::Attribute(node, "padding").set_s("SAME");
  Writer::Attribute(node, "data_format").set_s("NHWC");
}

void WriteDense(Writer& out, const Layer& layer, const Parameter& weights, const Parameter& bias) {
  out.Parameters(weights, bias);
  NodeDef& node = out.Next("MatMul", layer.name + "/MatMul", weights.name);
  Writer::Attribute(node, "transpose_a").set_b(false);
  Writer::Attribute(node, "transpose_b").set_b(false);
  out.BiasAndRelu(layer, bias);
}

void WriteFlatten(Writer& out, const Layer& layer, int features) {
  out.Const<int32_t>(layer.name + "/shape", graphdef::DT_INT32, {2}, {-1, features});
  NodeDef& node = out.Next("Reshape", layer.name + "/Reshape", layer.name + "/shape");
  Writer::Attribute(node, "Tshape").set_type(graphdef::DT_INT32);
}

Status Check(const Architecture& architecture, const std::vector<Parameter>& parameters) {
  const std::vector<Parameter> expected = ParametersOf(architecture);
  if (parameters.size() != expected.size()) return Status::kInvalidArgument;
  for (size_t i = 0; i < expected.size(); ++i) {
    size_t count = 1;
    for (int size : expected[i].shape) count *= static_cast<size_t>(size);
    if (parameters[i].name != expected[i].name || parameters[i].shape != expected[i].shape ||
        parameters[i].values.size() != count) {
      return Status::kInvalidArgument;
    }
  }
  return Status::kOk;
}

}  // namespace

Outcome<std::string> ExportGraphDef(const Architecture& architecture, const std::vector<Parameter>& parameters) {
  if (!Ok(Check(architecture, parameters))) {
    return Fail(Status::kInvalidArgument, "the weights are not those of `" + architecture.name + "`");
  }
  Writer out;
  const bool flat = architecture.layers.front().kind == LayerKind::kFlatten;
  if (flat) {
    out.Placeholder("input", {-1, architecture.height * architecture.width});
  } else {
    out.Placeholder("input", {-1, architecture.height, architecture.width, 1});
  }
  int height = architecture.height, width = architecture.width, channels = 1;
  auto parameter = parameters.begin();
  for (const Layer& layer : architecture.layers) {
    switch (layer.kind) {
      case LayerKind::kConv:
        WriteConv(out, layer, parameter[0], parameter[1]);
        parameter += 2;
        channels = layer.outputs;
        break;
      case LayerKind::kMaxPool:
        WritePool(out, layer);
        height = PooledSize(height, layer.window);
        width = PooledSize(width, layer.window);
        break;
      case LayerKind::kFlatten:  // at the head nothing is to be done: the input is flat already
        if (&layer != &architecture.layers.front()) WriteFlatten(out, layer, height * width * channels);
        break;
      case LayerKind::kDense:
        WriteDense(out, layer, parameter[0], parameter[1]);
        parameter += 2;
        break;
      case LayerKind::kDropout: break;
    }
  }
  out.Next("Softmax", "output");
  return out.Serialize();
}

}  // namespace linnet::train
