// Builds an ONNX file node by node; a node is called like what it gives. Knows messages, not layers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet_onnx/onnx.pb.h"

namespace linnet::train {

class OnnxWriter {
 public:
  using Dims = std::vector<int64_t>;

  OnnxWriter(const std::string& network, int opset);

  // Float32; -1 stands for the number of images, which is left open.
  void Input(const std::string& name, const Dims& dims);
  void Output(const std::string& name, const Dims& dims);

  // A node that reads the last one's answer and then `others`; what it gives becomes the last one's.
  onnx::proto::NodeProto& Next(const std::string& op, const std::string& name,
                               const std::vector<std::string>& others = {});
  // A node beside the chain, which the last one's answer passes by.
  onnx::proto::NodeProto& Beside(const std::string& op, const std::string& name,
                                 const std::vector<std::string>& inputs);
  static void SetInt(onnx::proto::NodeProto& node, const std::string& name, int64_t value);
  static void SetInts(onnx::proto::NodeProto& node, const std::string& name, const Dims& values);

  // Constants, row-major; no dims: a single number.
  void Floats(const std::string& name, const Dims& dims, const std::vector<float>& values);
  void Int8s(const std::string& name, const Dims& dims, const std::vector<int8_t>& values);
  void Int32s(const std::string& name, const Dims& dims, const std::vector<int32_t>& values);

  const std::string& last() const { return last_; }
  std::string Serialize() const {
    return model_.SerializeAsString();
  }  // no maps in these messages: always the same bytes

 private:
  void Raw(const std::string& name, const Dims& dims, int type, const void* data, size_t size);

  onnx::proto::ModelProto model_;
  std::string last_;
};

}  // namespace linnet::train
