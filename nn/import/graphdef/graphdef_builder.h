// GraphDefs for tests, layer by layer.
#pragma once

#include <string>
#include <vector>

#include "linnet_graphdef/graphdef.pb.h"

namespace linnet::graphdef {

struct GraphDefBuilder {
  GraphDef def;

  NodeDef& Layer(const std::string& name, const std::string& op, const std::vector<std::string>& inputs = {}) {
    NodeDef& node = *def.add_node();
    node.set_name(name);
    node.set_op(op);
    for (const std::string& input : inputs) node.add_input(input);
    return node;
  }

  void Placeholder(const std::string& name, const std::vector<int64_t>& shape) {
    NodeDef& node = Layer(name, "Placeholder");
    (*node.mutable_attr())["dtype"].set_type(DT_FLOAT);
    for (const int64_t d : shape) (*node.mutable_attr())["shape"].mutable_shape()->add_dim()->set_size(d);
  }

  Tensor& Const(const std::string& name, const std::vector<int64_t>& shape, DataType type) {
    NodeDef& node = Layer(name, "Const");
    Type(node, "dtype", type);
    Tensor& tensor = *(*node.mutable_attr())["value"].mutable_tensor();
    tensor.set_dtype(type);
    for (const int64_t d : shape) tensor.mutable_tensor_shape()->add_dim()->set_size(d);
    return tensor;
  }

  void Floats(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values) {
    Tensor& tensor = Const(name, shape, DT_FLOAT);
    for (const float v : values) tensor.add_float_val(v);
  }

  void Ints(const std::string& name, const std::vector<int64_t>& shape, const std::vector<int>& values) {
    Tensor& tensor = Const(name, shape, DT_INT32);
    for (const int v : values) tensor.add_int_val(v);
  }

  // tf.nn.dropout of TensorFlow 1.x: `keep` names the layer that gives the probability.
  void Dropout(const std::string& scope, const std::string& x, const std::string& keep) {
    Layer(scope + "/Shape", "Shape", {x});
    Layer(scope + "/random", "RandomUniform", {scope + "/Shape"});
    Floats(scope + "/range", {}, {1});
    Layer(scope + "/random_mul", "Mul", {scope + "/random", scope + "/range"});
    Floats(scope + "/min", {}, {0});
    Layer(scope + "/random_uniform", "Add", {scope + "/random_mul", scope + "/min"});
    Layer(scope + "/add", "Add", {keep, scope + "/random_uniform"});
    Layer(scope + "/Floor", "Floor", {scope + "/add"});
    Layer(scope + "/div", "RealDiv", {x, keep});
    Layer(scope + "/mul", "Mul", {scope + "/div", scope + "/Floor"});
  }

  static void List(NodeDef& node, const std::string& name, const std::vector<int64_t>& values) {
    for (const int64_t v : values) (*node.mutable_attr())[name].mutable_list()->add_i(v);
  }
  static void Type(NodeDef& node, const std::string& name, DataType type) {
    (*node.mutable_attr())[name].set_type(type);
  }
  static void Text(NodeDef& node, const std::string& name, const std::string& value) {
    (*node.mutable_attr())[name].set_s(value);
  }

  std::vector<uint8_t> Bytes() const {
    const std::string text = def.SerializeAsString();
    return {text.begin(), text.end()};
  }
};

}  // namespace linnet::graphdef
