// A network written once and built twice: in float, and with QuantizeLinear and DequantizeLinear around every operator.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "onnx_builder.h"

namespace linnet::tests {

using Dims = std::vector<int64_t>;

struct Range {
  float lo = 0, hi = 0;
};

struct QuantizedForm {
  std::map<std::string, Range> ranges;  // by value, of the float form
  bool is_unsigned = false;             // activations and weights uint8 instead of int8
  bool per_channel = true;
};

class Network {
 public:
  explicit Network(int opset, uint32_t seed, const QuantizedForm* form = nullptr)
      : builder(opset), random_(seed), form_(form) {}

  onnx::OnnxBuilder builder;

  // Called "x"; in the quantised form what "x" names below is the input behind QuantizeLinear and DequantizeLinear.
  void Input(const Dims& shape);
  // Each gives the name of its answer, which a later call takes as `x`.
  std::string Conv(const std::string& x, const Dims& weights, const Dims& strides = {1, 1}, const Dims& pads = {},
                   int64_t group = 1, const Dims& dilations = {});
  std::string Gemm(const std::string& x, int64_t in, int64_t out);
  std::string Op(const std::string& op, const std::vector<std::string>& inputs);
  std::string BatchNorm(const std::string& x, int64_t channels);
  std::string Pool(const std::string& op, const std::string& x, const Dims& kernel, const Dims& strides,
                   const Dims& pads = {}, const Dims& flags = {});  // ceil_mode, count_include_pad
  std::string WithInts(const std::string& op, const std::string& x, const std::string& attribute, const Dims& values);
  std::string Reshape(const std::string& x, const Dims& shape);
  void Output(const std::string& x);

  std::vector<float> Numbers(const Dims& shape, float least = -1, float most = 1);
  std::vector<uint8_t> Bytes() const { return builder.Bytes(); }
  onnx::proto::NodeProto& last() { return *builder.model.mutable_graph()->mutable_node(last_); }
  const Dims& input_shape() const { return input_shape_; }
  std::string Fresh(const std::string& op) { return op + std::to_string(++count_); }
  // In the quantised form: x behind QuantizeLinear and DequantizeLinear of its range.
  std::string Answer(const std::string& x);

 private:
  std::string Weights(const std::string& name, const Dims& shape, int64_t fan_in);

  std::mt19937 random_;
  const QuantizedForm* form_;
  Dims input_shape_;
  int count_ = 0;
  int last_ = 0;
};

}  // namespace linnet::tests
