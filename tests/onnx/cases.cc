#include "cases.h"

#include <algorithm>

#include "linnet/base/check.h"
#include "linnet/onnx/import_onnx.h"
#include "linnet/reference/float_interpreter.h"
#include "operator_cases.h"

namespace linnet::tests {
namespace {

using onnx::OnnxBuilder;

// Networks that have a quantised form too.

void Digits(Network& net) {  // convolutions, batch normalisation left out: it is folded before anyone quantises
  net.Input({1, 1, 14, 14});
  std::string x = net.Conv("x", {8, 1, 3, 3}, {1, 1}, {1, 1, 1, 1});
  x = net.Op("Relu", {x});
  x = net.Pool("MaxPool", x, {2, 2}, {2, 2});
  x = net.Conv(x, {12, 8, 3, 3}, {2, 2}, {1, 1, 1, 1});
  x = net.Op("Relu", {x});
  x = net.WithInts("Flatten", x, "axis", {1});
  x = net.Gemm(x, 12 * 4 * 4, 10);
  net.Output(x);
}

void Mobile(Network& net) {  // depthwise and pointwise, residual, global average
  net.Input({1, 3, 12, 12});
  std::string x = net.Conv("x", {8, 3, 3, 3}, {2, 2}, {0, 0, 1, 1});
  x = net.Op("Relu", {x});
  std::string y = net.Conv(x, {8, 1, 3, 3}, {1, 1}, {1, 1, 1, 1}, 8);
  y = net.Op("Relu", {y});
  y = net.Conv(y, {8, 8, 1, 1});
  x = net.Op("Add", {x, y});
  x = net.Op("GlobalAveragePool", {x});
  x = net.WithInts("Flatten", x, "axis", {1});
  x = net.Gemm(x, 8, 5);
  net.Output(x);
}

void Branches(Network& net) {  // concatenation of two branches, average pool, softmax
  net.Input({1, 4, 8, 8});
  const std::string a = net.Conv("x", {6, 4, 1, 1});
  const std::string b = net.Conv("x", {4, 4, 3, 3}, {1, 1}, {1, 1, 1, 1});
  std::string x = net.Fresh("concat");
  OnnxBuilder::SetInt(net.builder.Node("Concat", {a, b}, x), "axis", 1);
  x = net.Answer(x);
  x = net.Op("Relu", {x});
  x = net.Pool("AveragePool", x, {2, 2}, {2, 2});
  x = net.Reshape(x, {1, 160});
  x = net.Gemm(x, 160, 6);
  x = net.Op("Softmax", {x});
  net.Output(x);
}

void Gates(Network& net) {  // sigmoid, tanh, products, grouped convolution
  net.Input({1, 6, 6, 6});
  const std::string a = net.Op("Sigmoid", {net.Conv("x", {6, 6, 1, 1})});
  const std::string b = net.Op("Tanh", {net.Conv("x", {6, 3, 3, 3}, {1, 1}, {1, 1, 1, 1}, 2)});
  std::string x = net.Op("Mul", {a, b});
  x = net.Op("Sub", {x, a});
  x = net.Op("LeakyRelu", {x});
  net.Output(x);
}

void Autoencoder(Network& net) {
  net.Input({1, 40});
  std::string x = net.Op("Relu", {net.Gemm("x", 40, 24)});
  x = net.Op("Relu", {net.Gemm(x, 24, 8)});
  x = net.Gemm(x, 8, 40);
  net.Output(x);
}

struct Named {
  const char* name;
  void (*recipe)(Network& net);
};
constexpr Named kNetworks[] = {
    {"digits", Digits}, {"mobile", Mobile}, {"branches", Branches}, {"gates", Gates}, {"autoencoder", Autoencoder}};

// The least and greatest of every value of a float network on random inputs.
std::map<std::string, Range> RangesOf(const Network& net) {
  const auto graph = onnx::ImportOnnx(net.Bytes());
  LINNET_CHECK(graph.has_value());
  auto interpreter = reference::FloatInterpreter::Create(*graph);
  LINNET_CHECK(interpreter.has_value());
  std::map<std::string, Range> ranges;
  Network source(13, 99);
  for (int i = 0; i < 20; ++i) {
    interpreter->Run(source.Numbers(net.input_shape()));
    for (size_t t = 0; t < graph->tensors.size(); ++t) {
      const auto values = interpreter->value(static_cast<graph::TensorId>(t));
      if (values.empty()) continue;
      const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
      Range& range = ranges[graph->tensors[t].name];
      range = {std::min(range.lo, *lo), std::max(range.hi, *hi)};
    }
  }
  return ranges;
}

}  // namespace

std::vector<OnnxCase> HandMadeCases() {
  std::vector<OnnxCase> cases;
  for (const Named& network : kNetworks) cases.push_back(Make(network.name, 13, network.recipe));
  AddOperatorCases(cases);
  AddShapeCases(cases);
  return cases;
}

std::vector<OnnxCase> QuantizedCases() {
  std::vector<OnnxCase> cases;
  for (const Named& network : kNetworks) {
    constexpr uint32_t kSeed = 7;
    Network floats(13, kSeed);
    network.recipe(floats);
    QuantizedForm form;
    form.ranges = RangesOf(floats);
    for (const bool is_unsigned : {false, true}) {
      form.is_unsigned = is_unsigned;
      form.per_channel = !is_unsigned;
      Network net(13, kSeed, &form);
      network.recipe(net);
      cases.push_back(
          {std::string(network.name) + (is_unsigned ? "_uint8" : "_int8"), net.Bytes(), net.input_shape(), true});
    }
  }
  return cases;
}

}  // namespace linnet::tests
