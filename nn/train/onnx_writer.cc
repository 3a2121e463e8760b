#include "onnx_writer.h"

#include <bit>

namespace linnet::train {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

using onnx::proto::AttributeProto;
using onnx::proto::NodeProto;
using onnx::proto::TensorProto;

namespace {

// AttributeProto.type, by ONNX's numbers.
constexpr int kIntAttribute = 2;
constexpr int kIntsAttribute = 7;

constexpr int kIrVersion = 7;  // of ONNX 1.8, which brought opset 13

void Describe(onnx::proto::ValueInfoProto& info, const std::string& name, const OnnxWriter::Dims& dims) {
  info.set_name(name);
  onnx::proto::TypeProto::Tensor& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(TensorProto::FLOAT);
  for (int64_t size : dims) {
    if (size < 0) {
      type.mutable_shape()->add_dim()->set_dim_param("N");
    } else {
      type.mutable_shape()->add_dim()->set_dim_value(size);
    }
  }
}

AttributeProto& Attribute(NodeProto& node, const std::string& name, int type) {
  AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

}  // namespace

OnnxWriter::OnnxWriter(const std::string& network, int opset) {
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("linnet");
  model_.add_opset_import()->set_version(opset);
  model_.mutable_graph()->set_name(network);
}

void OnnxWriter::Input(const std::string& name, const Dims& dims) {
  Describe(*model_.mutable_graph()->add_input(), name, dims);
  last_ = name;
}

void OnnxWriter::Output(const std::string& name, const Dims& dims) {
  Describe(*model_.mutable_graph()->add_output(), name, dims);
}

NodeProto& OnnxWriter::Beside(const std::string& op, const std::string& name, const std::vector<std::string>& inputs) {
  NodeProto& node = *model_.mutable_graph()->add_node();
  node.set_op_type(op);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(name);
  return node;
}

NodeProto& OnnxWriter::Next(const std::string& op, const std::string& name, const std::vector<std::string>& others) {
  std::vector<std::string> inputs = {last_};
  inputs.insert(inputs.end(), others.begin(), others.end());
  last_ = name;
  return Beside(op, name, inputs);
}

void OnnxWriter::SetInt(NodeProto& node, const std::string& name, int64_t value) {
  Attribute(node, name, kIntAttribute).set_i(value);
}

void OnnxWriter::SetInts(NodeProto& node, const std::string& name, const Dims& values) {
  AttributeProto& attribute = Attribute(node, name, kIntsAttribute);
  for (int64_t value : values) attribute.add_ints(value);
}

void OnnxWriter::Floats(const std::string& name, const Dims& dims, const std::vector<float>& values) {
  Raw(name, dims, TensorProto::FLOAT, values.data(), values.size() * sizeof(float));
}

void OnnxWriter::Int8s(const std::string& name, const Dims& dims, const std::vector<int8_t>& values) {
  Raw(name, dims, TensorProto::INT8, values.data(), values.size());
}

void OnnxWriter::Int32s(const std::string& name, const Dims& dims, const std::vector<int32_t>& values) {
  Raw(name, dims, TensorProto::INT32, values.data(), values.size() * sizeof(int32_t));
}

void OnnxWriter::Raw(const std::string& name, const Dims& dims, int type, const void* data, size_t size) {
  TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (int64_t d : dims) tensor.add_dims(d);
  tensor.set_raw_data(data, size);
}

}  // namespace linnet::train
