// Any bytes: a verified graph or an error. The seeds are whole models built here; the mutator works on their fields, because
// bytes alone seldom get beyond the parser.
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <array>

#include "linnet/base/check.h"
#include "linnet/onnx/import_onnx.h"
#include "onnx_builder.h"

namespace linnet::onnx {
namespace {

// A network with most operators, some of them in int8. `opset` decides between forms with attributes and with inputs.
OnnxBuilder Seed(int opset) {
  OnnxBuilder b(opset);
  b.Input("x", {-1, 2, 6, 6});
  b.Floats("w", {4, 2, 1, 3}, std::vector<float>(24, 0.5F));
  auto& conv = b.Node("Conv", {b.Quantized("x", 0.1F, 3), "w"}, "conv");
  OnnxBuilder::SetInts(conv, "pads", {0, 1, 0, 1});
  OnnxBuilder::SetInts(conv, "strides", {2, 1});
  b.Node("BatchNormalization", {"conv", "p", "p", "p", "p"}, "norm");
  b.Floats("p", {4}, {1, 2, 3, 4});
  b.Node("Relu", {"norm"}, "relu");
  auto& pool = b.Node("MaxPool", {"relu"}, "pool");
  OnnxBuilder::SetInts(pool, "kernel_shape", {2, 2});
  OnnxBuilder::SetInt(pool, "ceil_mode", 1);
  b.Node("Shape", {"pool"}, "shape");
  b.Ints("zero", {}, {0});
  b.Ints("axes", {1}, {0});
  b.Ints("minus", {1}, {-1});
  b.Node("Gather", {"shape", "zero"}, "batch");
  auto& unsqueeze = b.Node("Unsqueeze", {"batch", "axes"}, "batch1");
  OnnxBuilder::SetInts(unsqueeze, "axes", {0});
  OnnxBuilder::SetInt(b.Node("Concat", {"batch1", "minus"}, "target"), "axis", 0);
  OnnxBuilder::SetInts(b.Node("Transpose", {"pool"}, "turned"), "perm", {0, 2, 1, 3});
  b.Node("Reshape", {"turned", "target"}, "flat");
  b.Floats("fc", {40, 2}, std::vector<float>(80, 0.25F));
  b.Node("Gemm", {"flat", "fc"}, "gemm");
  b.Node("Softmax", {"gemm"}, "soft");
  b.Output("soft");
  auto& average = b.Node("AveragePool", {"pool"}, "average");
  OnnxBuilder::SetInts(average, "kernel_shape", {2, 2});
  OnnxBuilder::SetInts(average, "pads", {1, 0, 0, 1});
  OnnxBuilder::SetInt(average, "count_include_pad", 1);
  b.Floats("channel", {4, 1, 1}, {1, 2, 3, 4});
  b.Node("Mul", {"average", "channel"}, "scaled");
  OnnxBuilder::SetInts(b.Node("Split", {"scaled"}, std::vector<std::string>{"left", "right"}), "split", {2, 2});
  OnnxBuilder::SetInt(*b.model.mutable_graph()->mutable_node(b.model.graph().node_size() - 1), "axis", 1);
  auto& slice = b.Node("Slice", {"left"}, "slice");
  for (const char* input : {"zero1", "minus", "last"}) {
    if (opset >= 10) slice.add_input(input);
  }
  OnnxBuilder::SetInts(slice, "starts", {0});
  OnnxBuilder::SetInts(slice, "ends", {-1});
  OnnxBuilder::SetInts(slice, "axes", {3});
  b.Ints("zero1", {1}, {0});
  b.Ints("last", {1}, {3});
  b.Output("slice");
  b.Node("Add", {"left", "right"}, "sum");
  OnnxBuilder::SetInts(b.Node("ReduceMean", {"sum"}, "mean"), "axes", {2, 3});
  b.Output("mean");
  return b;
}

// The int8 layers of a quantised network.
OnnxBuilder Int8Seed(bool is_unsigned) {
  OnnxBuilder b(13);
  b.Input("x", {1, 4, 4, 4});
  const std::string x = b.Quantized("x", 0.1F, 3, is_unsigned);
  b.Codes("w_codes", {4, 1, 3, 3}, std::vector<int8_t>(36, 5));
  b.Floats("w_scale", {4}, {0.1F, 0.2F, 0.3F, 0.4F});
  b.Codes("w_zero", {4}, std::vector<int8_t>(4, 0));
  OnnxBuilder::SetInt(b.Node("DequantizeLinear", {"w_codes", "w_scale", "w_zero"}, "w"), "axis", 0);
  b.Int32s("b_codes", {4}, {1, 2, 3, 4});
  b.Floats("b_scale", {}, {0.02F});
  b.Node("DequantizeLinear", {"b_codes", "b_scale"}, "b");
  auto& conv = b.Node("Conv", {x, "w", "b"}, "conv");
  OnnxBuilder::SetInt(conv, "group", 4);
  b.Node("Clip", {"conv", "lo", "hi"}, "clip");
  b.Floats("lo", {}, {0});
  b.Floats("hi", {}, {6});
  const std::string clip = b.Quantized("clip", 0.02F, -128);
  b.Node("Sigmoid", {clip}, "gate");
  b.Node("Mul", {clip, b.Quantized("gate", 0.004F, -128)}, "product");
  const std::string product = b.Quantized("product", 0.02F, -100);
  OnnxBuilder::SetInt(b.Node("Concat", {product, clip}, "both"), "axis", 1);
  b.Node("GlobalAveragePool", {b.Quantized("both", 0.03F, -90)}, "mean");
  b.Node("Flatten", {b.Quantized("mean", 0.03F, -90)}, "flat");
  b.Node("MatMul", {"flat", "dense"}, "dense_out");
  b.Floats("dense", {8, 2}, std::vector<float>(16, 0.5F));
  b.Output(b.Quantized("dense_out", 0.1F, 0));
  return b;
}

// Whole models that the importer takes, every one.
std::vector<std::vector<uint8_t>> Seeds() {
  std::vector<std::vector<uint8_t>> seeds;
  for (const int opset : {9, 11, 13, 18}) seeds.push_back(Seed(opset).Bytes());
  seeds.push_back(Int8Seed(false).Bytes());
  seeds.push_back(Int8Seed(true).Bytes());
  for (const auto& seed : seeds) LINNET_CHECK(ImportOnnx(seed).has_value());
  return seeds;
}

constexpr std::array<const char*, 46> kOperators = {"Add",
                                                    "AveragePool",
                                                    "BatchNormalization",
                                                    "Cast",
                                                    "Clip",
                                                    "Concat",
                                                    "Constant",
                                                    "ConstantOfShape",
                                                    "Conv",
                                                    "DequantizeLinear",
                                                    "Div",
                                                    "Dropout",
                                                    "Flatten",
                                                    "Gather",
                                                    "Gemm",
                                                    "GlobalAveragePool",
                                                    "GlobalMaxPool",
                                                    "HardSwish",
                                                    "Identity",
                                                    "LeakyRelu",
                                                    "MatMul",
                                                    "Max",
                                                    "MaxPool",
                                                    "Min",
                                                    "Mul",
                                                    "Pad",
                                                    "QuantizeLinear",
                                                    "ReduceMean",
                                                    "Relu",
                                                    "Reshape",
                                                    "Shape",
                                                    "Sigmoid",
                                                    "Slice",
                                                    "Softmax",
                                                    "Split",
                                                    "Squeeze",
                                                    "Sub",
                                                    "Tanh",
                                                    "Transpose",
                                                    "Unsqueeze",
                                                    "Relu",
                                                    "Conv",
                                                    "Gemm",
                                                    "Reshape",
                                                    "Transpose",
                                                    "Odd"};
constexpr std::array<const char*, 16> kAttributes = {
    "axis",     "axes",  "pads",   "strides", "kernel_shape", "group",  "perm", "dilations",
    "keepdims", "split", "starts", "ends",    "value",        "transA", "to",   "alpha"};

// A small random generator: libFuzzer gives the seed.
struct Dice {
  uint32_t state;
  uint32_t Roll(uint32_t sides) {
    state = state * 1664525U + 1013904223U;
    return sides == 0 ? 0 : (state >> 8) % sides;
  }
  int64_t Number() {
    static constexpr std::array<int64_t, 14> kNumbers = {
        0, 1, 2, 3, -1, -2, 4, 7, 8, 100, 1 << 20, int64_t{1} << 40, INT64_MAX, INT64_MIN};
    return kNumbers[Roll(Roll(4) == 0 ? 14 : 9)];
  }
};

// Some value's name, mostly one that exists.
std::string AnyName(const proto::GraphProto& graph, Dice& dice) {
  const auto pick = [&](int count) { return static_cast<int>(dice.Roll(static_cast<uint32_t>(count))); };
  switch (dice.Roll(4)) {
    case 0:
      if (graph.initializer_size() > 0) return graph.initializer(pick(graph.initializer_size())).name();
      break;
    case 1:
      if (graph.input_size() > 0) return graph.input(pick(graph.input_size())).name();
      break;
    case 2:
      if (dice.Roll(8) == 0) return "";
      break;
    default: break;
  }
  if (graph.node_size() == 0) return "x";
  const auto& node = graph.node(pick(graph.node_size()));
  return node.output_size() > 0 ? node.output(pick(node.output_size())) : "x";
}

void MutateNode(proto::GraphProto& graph, Dice& dice) {
  if (graph.node_size() == 0) return;
  auto& node = *graph.mutable_node(static_cast<int>(dice.Roll(static_cast<uint32_t>(graph.node_size()))));
  const auto input = [&] { return static_cast<int>(dice.Roll(static_cast<uint32_t>(node.input_size()))); };
  switch (dice.Roll(6)) {
    case 0: node.set_op_type(kOperators[dice.Roll(kOperators.size())]); break;
    case 1:
      if (node.input_size() > 0) node.set_input(input(), AnyName(graph, dice));
      break;
    case 2:
      if (node.input_size() < 8) node.add_input(AnyName(graph, dice));
      break;
    case 3:
      if (node.input_size() > 0) node.mutable_input()->RemoveLast();
      break;
    case 4: {
      auto& attribute =
          node.attribute_size() > 0 && dice.Roll(2) == 0
              ? *node.mutable_attribute(static_cast<int>(dice.Roll(static_cast<uint32_t>(node.attribute_size()))))
              : *node.add_attribute();
      if (attribute.name().empty()) attribute.set_name(kAttributes[dice.Roll(kAttributes.size())]);
      attribute.set_i(dice.Number());
      if (attribute.ints_size() > 0 && dice.Roll(2) == 0)
        attribute.set_ints(static_cast<int>(dice.Roll(static_cast<uint32_t>(attribute.ints_size()))), dice.Number());
      else if (attribute.ints_size() < 10)
        attribute.add_ints(dice.Number());
      break;
    }
    default:
      if (graph.output_size() < 6) graph.add_output()->set_name(AnyName(graph, dice));
  }
}

void MutateTensor(proto::GraphProto& graph, Dice& dice) {
  if (graph.initializer_size() == 0) return;
  auto& tensor =
      *graph.mutable_initializer(static_cast<int>(dice.Roll(static_cast<uint32_t>(graph.initializer_size()))));
  switch (dice.Roll(4)) {
    case 0: tensor.add_dims(1); break;
    case 1:
      if (tensor.dims_size() > 0)
        tensor.set_dims(static_cast<int>(dice.Roll(static_cast<uint32_t>(tensor.dims_size()))), dice.Number());
      break;
    case 2: tensor.set_data_type(static_cast<int>(dice.Roll(14))); break;
    default:
      if (!tensor.raw_data().empty())
        (*tensor.mutable_raw_data())[dice.Roll(static_cast<uint32_t>(tensor.raw_data().size()))] =
            static_cast<char>(dice.Roll(256));
  }
}

void MutateInput(proto::ModelProto& model, Dice& dice) {
  if (dice.Roll(4) == 0 && model.opset_import_size() > 0) {
    model.mutable_opset_import(0)->set_version(8 + dice.Roll(12));
    return;
  }
  if (model.graph().input_size() == 0) return;
  auto& tensor = *model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type();
  if (dice.Roll(4) == 0) tensor.set_elem_type(static_cast<int>(dice.Roll(8)));
  if (tensor.shape().dim_size() > 0)
    tensor.mutable_shape()
        ->mutable_dim(static_cast<int>(dice.Roll(static_cast<uint32_t>(tensor.shape().dim_size()))))
        ->set_dim_value(dice.Number());
}

}  // namespace
}  // namespace linnet::onnx

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  using namespace linnet::onnx;
  Dice dice{seed};
  if (dice.Roll(8) == 0) return LLVMFuzzerMutate(data, size, max_size);
  static const std::vector<std::vector<uint8_t>> seeds = Seeds();
  const google::protobuf::LogSilencer quiet;
  proto::ModelProto model;
  if (size < 8 || dice.Roll(32) == 0 || !model.ParseFromArray(data, static_cast<int>(size))) {
    const auto& fresh = seeds[dice.Roll(static_cast<uint32_t>(seeds.size()))];
    model.ParseFromArray(fresh.data(), static_cast<int>(fresh.size()));
  }
  for (uint32_t left = 1 + dice.Roll(4); left > 0; --left) {
    switch (dice.Roll(5)) {
      case 0: MutateTensor(*model.mutable_graph(), dice); break;
      case 1: MutateInput(model, dice); break;
      default: MutateNode(*model.mutable_graph(), dice);
    }
  }
  const std::string bytes = model.SerializeAsString();
  if (bytes.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  linnet::onnx::ImportOptions options;
  options.max_constant_bytes = size_t{1} << 20;
  const auto graph = linnet::onnx::ImportOnnx({data, size}, options);
  if (graph) {
    LINNET_CHECK(linnet::graph::Verify(*graph).has_value());
    LINNET_CHECK(!linnet::graph::ToText(*graph).empty());
  }
  return 0;
}
