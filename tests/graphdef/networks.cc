#include "networks.h"

#include <algorithm>

namespace linnet::tests {
namespace {

void SetFlag(graphdef::NodeDef& node, const char* name, bool value) { (*node.mutable_attr())[name].set_b(value); }

int64_t Slid(int64_t input, int64_t kernel, int64_t stride, int64_t dilation, const std::string& padding) {
  const int64_t extent = (kernel - 1) * dilation + 1;
  return padding == "SAME" ? (input + stride - 1) / stride : (input - extent) / stride + 1;
}

}  // namespace

std::vector<float> Maker::Uniforms(size_t count, float lo, float hi) {
  std::vector<float> values(count);
  for (float& v : values) v = Uniform(lo, hi);
  return values;
}

void Maker::Input(const std::vector<int64_t>& input_shape) {
  std::vector<int64_t> stated = input_shape;
  stated[0] = -1;
  b.Placeholder("x", stated);
  last = b.def.node(0).name();
  shape = input_shape;
}

std::string Maker::Variable(const std::string& name, const std::vector<int64_t>& variable_shape, float lo, float hi) {
  size_t count = 1;
  for (const int64_t d : variable_shape) count *= static_cast<size_t>(d);
  b.Floats(name, variable_shape, Uniforms(count, lo, hi));
  b.Type(b.Layer(name + "/read", "Identity", {name}), "T", graphdef::DT_FLOAT);
  return name + "/read";
}

std::string Maker::Number(const std::string& name, float value) {
  b.Floats(name, {}, {value});
  return name;
}

std::string Maker::Ints(const std::string& name, const std::vector<int>& values) {
  b.Ints(name, {static_cast<int64_t>(values.size())}, values);
  return name;
}

std::string Maker::Int(const std::string& name, int value) {
  b.Ints(name, {}, {value});
  return name;
}

graphdef::NodeDef& Maker::Then(const std::string& name, const std::string& op, const std::vector<std::string>& more) {
  std::vector<std::string> inputs = {last};
  inputs.insert(inputs.end(), more.begin(), more.end());
  graphdef::NodeDef& node = b.Layer(name, op, inputs);
  b.Type(node, "T", graphdef::DT_FLOAT);
  last = name;
  return node;
}

void Maker::SetWindow(graphdef::NodeDef& node, int stride, const std::string& padding, int dilation) {
  b.List(node, "strides", {1, stride, stride, 1});
  b.List(node, "dilations", {1, dilation, dilation, 1});
  b.Text(node, "padding", padding);
  b.Text(node, "data_format", "NHWC");
}

void Maker::Conv(const std::string& name, int kernel_h, int kernel_w, int channels, int stride,
                 const std::string& padding, int dilation) {
  const float scale = 1.5F / static_cast<float>(kernel_h * kernel_w);
  const std::string filter = Variable(name + "/filter", {kernel_h, kernel_w, shape[3], channels}, -scale, scale);
  SetWindow(Then(name, "Conv2D", {filter}), stride, padding, dilation);
  shape = {1, Slid(shape[1], kernel_h, stride, dilation, padding), Slid(shape[2], kernel_w, stride, dilation, padding),
           channels};
}

void Maker::Depthwise(const std::string& name, int kernel, int multiplier, int stride, const std::string& padding) {
  const std::string filter = Variable(name + "/filter", {kernel, kernel, shape[3], multiplier}, -0.5F, 0.5F);
  SetWindow(Then(name, "DepthwiseConv2dNative", {filter}), stride, padding, 1);
  shape = {1, Slid(shape[1], kernel, stride, 1, padding), Slid(shape[2], kernel, stride, 1, padding),
           shape[3] * multiplier};
}

void Maker::Pool(const std::string& name, const std::string& op, int kernel, int stride, const std::string& padding) {
  graphdef::NodeDef& node = Then(name, op);
  b.List(node, "ksize", {1, kernel, kernel, 1});
  SetWindow(node, stride, padding, 1);
  shape[1] = Slid(shape[1], kernel, stride, 1, padding);
  shape[2] = Slid(shape[2], kernel, stride, 1, padding);
}

void Maker::Bias(const std::string& name, const std::string& op) {
  graphdef::NodeDef& node = Then(name, op, {Variable(name + "/values", {shape.back()}, -1, 1)});
  if (op == "BiasAdd") b.Text(node, "data_format", "NHWC");
}

void Maker::BatchNorm(const std::string& name, const std::string& op) {
  const std::vector<int64_t> channels = {shape.back()};
  graphdef::NodeDef& node =
      Then(name, op,
           {Variable(name + "/gamma", channels, 0.5F, 1.5F), Variable(name + "/beta", channels, -1, 1),
            Variable(name + "/moving_mean", channels, -1, 1), Variable(name + "/moving_variance", channels, 0.1F, 2)});
  (*node.mutable_attr())["epsilon"].set_f(0.001F);
  SetFlag(node, "is_training", false);
  b.Text(node, "data_format", "NHWC");
}

void Maker::UnfusedBatchNorm(const std::string& name) {
  const std::vector<int64_t> channels = {shape.back()};
  const std::string x = last;
  last = Variable(name + "/moving_variance", channels, 0.1F, 2);
  Then(name + "/add", "AddV2", {Number(name + "/epsilon", 0.001F)});
  Then(name + "/Rsqrt", "Rsqrt");
  Then(name + "/mul", "Mul", {Variable(name + "/gamma", channels, 0.5F, 1.5F)});
  last = Variable(name + "/moving_mean", channels, -1, 1);
  Then(name + "/mul_2", "Mul", {name + "/mul"});
  last = Variable(name + "/beta", channels, -1, 1);
  Then(name + "/sub", "Sub", {name + "/mul_2"});
  last = x;
  Then(name + "/mul_1", "Mul", {name + "/mul"});
  Then(name + "/add_1", "AddV2", {name + "/sub"});
}

void Maker::Dense(const std::string& name, int units, bool transpose_b) {
  const int64_t inputs = shape.back();
  const std::vector<int64_t> weights =
      transpose_b ? std::vector<int64_t>{units, inputs} : std::vector<int64_t>{inputs, units};
  graphdef::NodeDef& node = Then(name, "MatMul", {Variable(name + "/kernel", weights, -0.3F, 0.3F)});
  SetFlag(node, "transpose_a", false);
  SetFlag(node, "transpose_b", transpose_b);
  shape = {shape[0], units};
}

void Maker::Flatten(const std::string& name) {
  const std::string x = last;
  graphdef::NodeDef& of = Then(name + "/Shape", "Shape");
  b.Type(of, "out_type", graphdef::DT_INT32);
  graphdef::NodeDef& batch = Then(name + "/strided_slice", "StridedSlice",
                                  {Ints(name + "/begin", {0}), Ints(name + "/end", {1}), Ints(name + "/strides", {1})});
  for (const char* mask : {"begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask"})
    (*batch.mutable_attr())[mask].set_i(0);
  (*batch.mutable_attr())["shrink_axis_mask"].set_i(1);
  b.Type(batch, "T", graphdef::DT_INT32);
  graphdef::NodeDef& pack = Then(name + "/Reshape/shape", "Pack", {Int(name + "/Reshape/shape/1", -1)});
  b.Type(pack, "T", graphdef::DT_INT32);
  (*pack.mutable_attr())["N"].set_i(2);
  (*pack.mutable_attr())["axis"].set_i(0);
  last = x;
  Then(name + "/Reshape", "Reshape", {name + "/Reshape/shape"});
  int64_t count = 1;
  for (const int64_t d : shape) count *= d;
  shape = {1, count};
}

}  // namespace linnet::tests
