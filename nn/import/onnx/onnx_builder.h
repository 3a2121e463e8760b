// ONNX models for tests, node by node. A node is called like its first output.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "linnet_onnx/onnx.pb.h"

namespace linnet::onnx {

struct OnnxBuilder {
  using Dims = std::vector<int64_t>;
  proto::ModelProto model;

  explicit OnnxBuilder(int opset = 13) {
    model.set_ir_version(8);
    model.add_opset_import()->set_version(opset);
    model.mutable_graph()->set_name("net");
  }

  // -1 is an unknown dimension.
  void Input(const std::string& name, const Dims& dims, int type = proto::TensorProto::FLOAT) {
    Describe(*model.mutable_graph()->add_input(), name, dims, type);
  }
  // The shape is written because ONNX wants one; Linnet infers its own.
  void Output(const std::string& name, int type = proto::TensorProto::FLOAT) {
    proto::ValueInfoProto& info = *model.mutable_graph()->add_output();
    info.set_name(name);
    info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
  }

  proto::TensorProto& Floats(const std::string& name, const Dims& dims, const std::vector<float>& values) {
    return Raw(name, dims, proto::TensorProto::FLOAT, values.data(), values.size() * sizeof(float));
  }
  proto::TensorProto& Ints(const std::string& name, const Dims& dims, const std::vector<int64_t>& values) {
    return Raw(name, dims, proto::TensorProto::INT64, values.data(), values.size() * sizeof(int64_t));
  }
  proto::TensorProto& Int32s(const std::string& name, const Dims& dims, const std::vector<int32_t>& values) {
    return Raw(name, dims, proto::TensorProto::INT32, values.data(), values.size() * sizeof(int32_t));
  }
  proto::TensorProto& Codes(const std::string& name, const Dims& dims, const std::vector<int8_t>& values) {
    return Raw(name, dims, proto::TensorProto::INT8, values.data(), values.size());
  }
  proto::TensorProto& Codes(const std::string& name, const Dims& dims, const std::vector<uint8_t>& values) {
    return Raw(name, dims, proto::TensorProto::UINT8, values.data(), values.size());
  }

  proto::NodeProto& Node(const std::string& op, const std::vector<std::string>& inputs,
                         const std::vector<std::string>& outputs) {
    proto::NodeProto& node = *model.mutable_graph()->add_node();
    node.set_op_type(op);
    node.set_name(outputs[0]);
    for (const std::string& input : inputs) node.add_input(input);
    for (const std::string& output : outputs) node.add_output(output);
    return node;
  }
  proto::NodeProto& Node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output) {
    return Node(op, inputs, std::vector<std::string>{output});
  }

  // QuantizeLinear and DequantizeLinear behind x, called x_q and x_dq; gives the latter's name. uint8 if `is_unsigned`.
  std::string Quantized(const std::string& x, float scale, int zero_point, bool is_unsigned = false) {
    Floats(x + "_scale", {}, {scale});
    if (is_unsigned)
      Codes(x + "_zero", {}, std::vector<uint8_t>{static_cast<uint8_t>(zero_point)});
    else
      Codes(x + "_zero", {}, std::vector<int8_t>{static_cast<int8_t>(zero_point)});
    Node("QuantizeLinear", {x, x + "_scale", x + "_zero"}, x + "_q");
    Node("DequantizeLinear", {x + "_q", x + "_scale", x + "_zero"}, x + "_dq");
    return x + "_dq";
  }

  static proto::AttributeProto& Attribute(proto::NodeProto& node, const std::string& name, int type) {
    proto::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(type);
    return attribute;
  }
  static void SetInts(proto::NodeProto& node, const std::string& name, const Dims& values) {
    proto::AttributeProto& attribute = Attribute(node, name, 7);
    for (const int64_t v : values) attribute.add_ints(v);
  }
  static void SetInt(proto::NodeProto& node, const std::string& name, int64_t value) {
    Attribute(node, name, 2).set_i(value);
  }
  static void SetFloat(proto::NodeProto& node, const std::string& name, float value) {
    Attribute(node, name, 1).set_f(value);
  }
  static void SetText(proto::NodeProto& node, const std::string& name, const std::string& value) {
    Attribute(node, name, 3).set_s(value);
  }

  std::vector<uint8_t> Bytes() const {
    const std::string text = model.SerializeAsString();
    return {text.begin(), text.end()};
  }

 private:
  static void Describe(proto::ValueInfoProto& info, const std::string& name, const Dims& dims, int type) {
    info.set_name(name);
    info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
    auto& shape = *info.mutable_type()->mutable_tensor_type()->mutable_shape();
    for (const int64_t d : dims) {
      auto& dim = *shape.add_dim();
      if (d >= 0)
        dim.set_dim_value(d);
      else
        dim.set_dim_param("N");
    }
  }

  proto::TensorProto& Raw(const std::string& name, const Dims& dims, int type, const void* data, size_t size) {
    proto::TensorProto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const int64_t d : dims) tensor.add_dims(d);
    tensor.set_raw_data(data, size);
    return tensor;
  }
};

}  // namespace linnet::onnx
