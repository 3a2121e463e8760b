#include "cases.h"

#include <algorithm>
#include <functional>

#include "linnet/base/check.h"
#include "linnet/onnx/import_onnx.h"
#include "linnet/reference/float_interpreter.h"
#include "network.h"

namespace linnet::tests {
namespace {

using onnx::OnnxBuilder;

OnnxCase Finish(const Network& net, std::string name, bool int8 = false) {
  return {std::move(name), net.Bytes(), net.input_shape(), int8};
}

using Recipe = std::function<void(Network&)>;

OnnxCase Make(const std::string& name, int opset, const Recipe& recipe) {
  Network net(opset, static_cast<uint32_t>(std::hash<std::string>{}(name)));
  recipe(net);
  return Finish(net, name);
}

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

// One operator in a form of its own, between an input and the output.
OnnxCase Single(const std::string& name, int opset, const Dims& input, const std::string& op,
                const std::function<void(Network&, onnx::proto::NodeProto&)>& fill) {
  return Make(name, opset, [&](Network& net) {
    net.Input(input);
    fill(net, net.builder.Node(op, {"x"}, "y"));
    net.Output("y");
  });
}

void AddPools(std::vector<OnnxCase>& cases) {
  const Dims input{1, 3, 7, 9};
  const auto pool = [&](const std::string& name, const std::string& op, const Dims& kernel, const Dims& strides,
                        const Dims& pads, const Dims& flags, const char* auto_pad = nullptr) {
    cases.push_back(Make(name, 12, [&](Network& net) {
      net.Input(input);
      const std::string y = net.Pool(op, "x", kernel, strides, pads, flags);
      if (auto_pad != nullptr) OnnxBuilder::SetText(net.last(), "auto_pad", auto_pad);
      net.Output(y);
    }));
  };
  pool("maxpool_asymmetric", "MaxPool", {3, 2}, {2, 2}, {1, 0, 0, 1}, {});
  pool("maxpool_ceil", "MaxPool", {2, 2}, {2, 2}, {}, {1});
  pool("maxpool_ceil_padded", "MaxPool", {3, 3}, {2, 3}, {1, 1, 1, 1}, {1});
  pool("maxpool_ceil_wide_stride", "MaxPool", {1, 2}, {3, 4}, {0, 1, 0, 1}, {1});
  pool("maxpool_same_upper", "MaxPool", {2, 2}, {2, 2}, {}, {}, "SAME_UPPER");
  pool("maxpool_same_lower", "MaxPool", {2, 2}, {2, 2}, {}, {}, "SAME_LOWER");
  pool("averagepool_padded", "AveragePool", {3, 3}, {1, 2}, {1, 1, 0, 1}, {});
  pool("averagepool_with_zeros", "AveragePool", {3, 3}, {2, 2}, {1, 1, 1, 1}, {0, 1});
  pool("averagepool_ceil", "AveragePool", {2, 2}, {2, 2}, {}, {1});
  pool("averagepool_ceil_with_zeros", "AveragePool", {3, 2}, {2, 2}, {1, 1, 0, 0}, {1, 1});
  pool("averagepool_same_upper", "AveragePool", {2, 4}, {2, 2}, {}, {}, "SAME_UPPER");
  cases.push_back(Single("maxpool_dilated", 12, input, "MaxPool", [](Network&, auto& node) {
    OnnxBuilder::SetInts(node, "kernel_shape", {2, 3});
    OnnxBuilder::SetInts(node, "dilations", {2, 3});
  }));
  cases.push_back(Single("maxpool_line", 12, {1, 3, 11}, "MaxPool", [](Network&, auto& node) {
    OnnxBuilder::SetInts(node, "kernel_shape", {3});
    OnnxBuilder::SetInts(node, "strides", {2});
    OnnxBuilder::SetInts(node, "pads", {1, 0});
  }));
  cases.push_back(Single("globalmaxpool", 12, input, "GlobalMaxPool", [](Network&, auto&) {}));
  cases.push_back(Single("globalaveragepool_line", 12, {1, 3, 11}, "GlobalAveragePool", [](Network&, auto&) {}));
}

void AddConvolutions(std::vector<OnnxCase>& cases) {
  cases.push_back(Make("conv_asymmetric_dilated", 11, [](Network& net) {
    net.Input({1, 2, 9, 8});
    net.Output(net.Conv("x", {5, 2, 3, 2}, {2, 1}, {0, 1, 2, 0}, 1, {1, 3}));
  }));
  for (const char* mode : {"SAME_UPPER", "SAME_LOWER", "VALID"}) {
    cases.push_back(Make(std::string("conv_") + mode, 11, [mode](Network& net) {
      net.Input({1, 2, 9, 8});
      const std::string y = net.Conv("x", {3, 2, 4, 3}, {2, 2});
      OnnxBuilder::SetText(net.last(), "auto_pad", mode);
      net.Output(y);
    }));
  }
  cases.push_back(Make("conv_depthwise_multiplier", 11, [](Network& net) {
    net.Input({1, 4, 6, 6});
    net.Output(net.Conv("x", {12, 1, 3, 3}, {1, 1}, {1, 1, 1, 1}, 4));
  }));
  cases.push_back(Make("conv_groups", 11, [](Network& net) {
    net.Input({1, 6, 5, 5});
    net.Output(net.Conv("x", {9, 2, 3, 3}, {1, 1}, {1, 1, 1, 1}, 3));
  }));
  cases.push_back(Make("conv_line", 11, [](Network& net) {
    net.Input({1, 3, 20});
    std::string x = net.Conv("x", {5, 3, 4}, {2}, {1, 2});
    x = net.Op("Relu", {x});
    x = net.Conv(x, {5, 1, 3}, {1}, {1, 1}, 5);
    x = net.BatchNorm(x, 5);
    net.Output(x);
  }));
}

void AddMatrices(std::vector<OnnxCase>& cases) {
  cases.push_back(Make("gemm_alpha_beta_turned", 13, [](Network& net) {
    net.Input({4, 1});
    net.builder.Floats("w", {4, 3}, net.Numbers({4, 3}));
    net.builder.Floats("c", {1, 3}, net.Numbers({3}));
    auto& node = net.builder.Node("Gemm", {"x", "w", "c"}, "y");
    OnnxBuilder::SetInt(node, "transA", 1);
    OnnxBuilder::SetFloat(node, "alpha", 0.5F);
    OnnxBuilder::SetFloat(node, "beta", -2);
    // The unknown first dimension would be the 4.
    net.builder.model.mutable_graph()
        ->mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(0)
        ->set_dim_value(4);
    net.Output("y");
  }));
  cases.push_back(Make("gemm_plus_input", 13, [](Network& net) {
    net.Input({1, 4});
    net.builder.Floats("w", {4, 4}, net.Numbers({4, 4}));
    OnnxBuilder::SetFloat(net.builder.Node("Gemm", {"x", "w", "x"}, "y"), "beta", 0.25F);
    net.Output("y");
  }));
  cases.push_back(Make("matmul_rows", 13, [](Network& net) {
    net.Input({1, 5, 4});
    net.builder.Floats("w", {4, 3}, net.Numbers({4, 3}));
    net.builder.Floats("b", {3}, net.Numbers({3}));
    net.builder.Node("MatMul", {"x", "w"}, "y");
    net.builder.Node("Add", {"b", "y"}, "z");
    net.Output("z");
  }));
  cases.push_back(Make("matmul_constant_first", 13, [](Network& net) {
    net.Input({1, 5, 4});
    net.builder.Floats("w", {3, 5}, net.Numbers({3, 5}));
    const std::string flat = net.Reshape("x", {5, 4});
    net.builder.Node("MatMul", {"w", flat}, "y");
    net.Output(net.Op("Relu", {"y"}));
  }));
  cases.push_back(Make("matmul_of_image_channels", 13, [](Network& net) {
    net.Input({1, 3, 4, 5});
    net.builder.Floats("w", {5, 2}, net.Numbers({5, 2}));
    net.builder.Node("MatMul", {net.Conv("x", {3, 3, 1, 1}), "w"}, "y");
    net.Output("y");
  }));
}

void AddShapes(std::vector<OnnxCase>& cases) {
  cases.push_back(Make("view_computed", 13, [](Network& net) {  // PyTorch's x.view(x.size(0), -1)
    net.Input({1, 3, 4, 4});
    const std::string c = net.Conv("x", {4, 3, 3, 3});
    net.builder.Node("Shape", {c}, "shape");
    net.builder.Ints("zero", {}, {0});
    net.builder.Node("Gather", {"shape", "zero"}, "batch");
    net.builder.Ints("axis0", {1}, {0});
    net.builder.Node("Unsqueeze", {"batch", "axis0"}, "batch1");
    net.builder.Ints("minus", {1}, {-1});
    OnnxBuilder::SetInt(net.builder.Node("Concat", {"batch1", "minus"}, "target"), "axis", 0);
    net.builder.Node("Reshape", {c, "target"}, "flat");
    net.Output(net.Gemm("flat", 16, 3));
  }));
  cases.push_back(Make("channel_shuffle", 13, [](Network& net) {
    net.Input({1, 6, 3, 4});
    std::string x = net.Conv("x", {6, 6, 1, 1});
    x = net.Reshape(x, {0, 2, 3, 3, 4});
    x = net.WithInts("Transpose", x, "perm", {0, 2, 1, 3, 4});
    x = net.Reshape(x, {0, -1, 3, 4});
    net.Output(net.Conv(x, {2, 6, 2, 2}));
  }));
  cases.push_back(Make("channels_last_file", 13, [](Network& net) {  // as tf2onnx writes them
    net.Input({1, 5, 6, 3});
    std::string x = net.WithInts("Transpose", "x", "perm", {0, 3, 1, 2});
    x = net.Conv(x, {4, 3, 3, 3});
    net.Output(net.WithInts("Transpose", x, "perm", {0, 2, 3, 1}));
  }));
  cases.push_back(Make("transposed_to_rows", 13, [](Network& net) {
    net.Input({1, 3, 4, 5});
    std::string x = net.Conv("x", {2, 3, 1, 1});
    x = net.WithInts("Transpose", x, "perm", {0, 2, 1, 3});
    x = net.WithInts("Flatten", x, "axis", {2});
    net.Output(x);
  }));
  for (const int opset : {11, 13}) {
    cases.push_back(Make("squeeze_unsqueeze_" + std::to_string(opset), opset, [opset](Network& net) {
      net.Input({1, 4, 1, 6});
      std::string x = net.Conv("x", {4, 4, 1, 1});
      if (opset < 13) {
        x = net.WithInts("Squeeze", x, "axes", {2});
        x = net.WithInts("Unsqueeze", x, "axes", {0, 3});
      } else {
        net.builder.Ints("two", {1}, {-2});
        net.builder.Ints("places", {2}, {3, 0});
        x = net.Op("Squeeze", {x, "two"});
        x = net.Op("Unsqueeze", {x, "places"});
      }
      net.Output(x);
    }));
  }
  cases.push_back(Make("pad_11", 11, [](Network& net) {
    net.Input({1, 2, 3, 4});
    net.builder.Ints("amounts", {8}, {0, 1, 2, 0, 0, 0, 1, 3});
    net.builder.Floats("value", {}, {0.5F});
    net.Output(net.Op("Pad", {"x", "amounts", "value"}));
  }));
  cases.push_back(Single("pad_9", 9, {1, 2, 3, 4}, "Pad", [](Network&, auto& node) {
    OnnxBuilder::SetInts(node, "pads", {0, 0, 1, 2, 0, 0, 3, 0});
  }));
}

void AddPieces(std::vector<OnnxCase>& cases) {
  cases.push_back(Make("slice_inputs", 13, [](Network& net) {
    net.Input({1, 6, 5, 7});
    net.builder.Ints("starts", {3}, {1, -1, -100});
    net.builder.Ints("ends", {3}, {5, -100, 1000});
    net.builder.Ints("axes", {3}, {1, 2, -1});
    net.builder.Ints("steps", {3}, {2, -2, 3});
    net.Output(net.Op("Slice", {"x", "starts", "ends", "axes", "steps"}));
  }));
  cases.push_back(Single("slice_attributes", 9, {1, 6, 5, 7}, "Slice", [](Network&, auto& node) {
    OnnxBuilder::SetInts(node, "starts", {1, 2});
    OnnxBuilder::SetInts(node, "ends", {4, 9});
    OnnxBuilder::SetInts(node, "axes", {1, 3});
  }));
  for (const int opset : {11, 13, 18}) {
    cases.push_back(Make("split_" + std::to_string(opset), opset, [opset](Network& net) {
      net.Input({1, 7, 3, 3});
      std::vector<std::string> inputs{"x"};
      if (opset == 13) {
        net.builder.Ints("sizes", {3}, {2, 4, 1});
        inputs.push_back("sizes");
      }
      auto& node = net.builder.Node("Split", inputs, {"a", "b", "c"});
      OnnxBuilder::SetInt(node, "axis", 1);
      if (opset == 11) OnnxBuilder::SetInts(node, "split", {2, 4, 1});
      if (opset == 18) OnnxBuilder::SetInt(node, "num_outputs", 3);
      OnnxBuilder::SetInt(net.builder.Node("Concat", {"c", "b", "a"}, "y"), "axis", 1);
      net.Output("y");
    }));
  }
  cases.push_back(Make("gather_one", 13, [](Network& net) {
    net.Input({1, 4, 3, 5});
    net.builder.Ints("index", {}, {-2});
    auto& node = net.builder.Node("Gather", {net.Conv("x", {4, 4, 1, 1}), "index"}, "y");
    OnnxBuilder::SetInt(node, "axis", 2);
    net.Output("y");
  }));
  cases.push_back(Make("concat_rows", 13, [](Network& net) {
    net.Input({1, 2, 3, 4});
    net.builder.Floats("more", {1, 2, 2, 4}, net.Numbers({1, 2, 2, 4}));
    auto& node = net.builder.Node("Concat", {net.Conv("x", {2, 2, 1, 1}), "more", "x"}, "y");
    OnnxBuilder::SetInt(node, "axis", -2);
    net.Output("y");
  }));
}

void AddElementwise(std::vector<OnnxCase>& cases) {
  for (const char* op : {"Sigmoid", "Tanh", "LeakyRelu", "Relu", "HardSwish"}) {
    cases.push_back(Single(op, 14, {1, 2, 3, 4}, op, [](Network&, auto&) {}));
  }
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Max", "Min"}) {
    cases.push_back(Make(std::string("broadcast_") + op, 13, [op](Network& net) {
      net.Input({1, 3, 4, 5});
      const std::string c = net.Conv("x", {3, 3, 1, 1});
      net.builder.Floats("channel", {3, 1, 1}, net.Numbers({3}, 0.5F, 2));
      net.builder.Floats("row", {5}, net.Numbers({5}, 0.5F, 2));
      net.builder.Floats("one", {}, {1.5F});
      std::string y = net.Op(op, {c, "channel"});
      y = net.Op(op, {y, "row"});
      y = net.Op(op, {"one", net.Op("Sigmoid", {y})});
      y = net.Op(op, {net.Op("Sigmoid", {c}), net.Op("Sigmoid", {y})});
      net.Output(y);
    }));
  }
  cases.push_back(Make("squeeze_and_excite", 13, [](Network& net) {
    net.Input({1, 4, 5, 6});
    const std::string c = net.Conv("x", {4, 4, 1, 1});
    std::string s = net.Op("GlobalAveragePool", {c});
    s = net.Op("Sigmoid", {net.Conv(s, {4, 4, 1, 1})});
    net.Output(net.Op("Mul", {c, s}));
  }));
  cases.push_back(Make("broadcast_fewer_dimensions", 13, [](Network& net) {
    net.Input({1, 3, 4, 5});
    auto& mean = net.builder.Node("ReduceMean", {"x"}, "mean");
    OnnxBuilder::SetInts(mean, "axes", {0, 1});
    OnnxBuilder::SetInt(mean, "keepdims", 0);
    net.Output(net.Op("Sub", {net.Conv("x", {3, 3, 1, 1}), "mean"}));
  }));
  cases.push_back(Single("clip_attributes", 9, {1, 20}, "Clip", [](Network&, auto& node) {
    OnnxBuilder::SetFloat(node, "min", -0.25F);
    OnnxBuilder::SetFloat(node, "max", 0.5F);
  }));
  cases.push_back(Make("clip_inputs", 13, [](Network& net) {
    net.Input({1, 20});
    net.builder.Floats("zero", {}, {0});
    net.builder.Floats("six", {}, {6});
    net.builder.Floats("third", {}, {0.3F});
    std::string y = net.Op("Clip", {"x", "", "third"});
    y = net.Op("Clip", {y, "zero", "six"});
    net.Output(y);
  }));
  for (const int opset : {9, 13, 15}) {
    cases.push_back(Make("batchnorm_" + std::to_string(opset), opset, [](Network& net) {
      net.Input({1, 3, 4, 5});
      net.Output(net.Op("Relu", {net.BatchNorm(net.Conv("x", {3, 3, 2, 2}), 3)}));
    }));
  }
  cases.push_back(Make("batchnorm_flat", 13, [](Network& net) {
    net.Input({1, 6});
    net.Output(net.Op("Dropout", {net.BatchNorm(net.Gemm("x", 6, 6), 6)}));
  }));
}

void AddReductions(std::vector<OnnxCase>& cases) {
  for (const int opset : {11, 13}) {
    for (const int64_t axis : {1, 2, 3, -1}) {
      cases.push_back(
          Make("softmax_" + std::to_string(opset) + "_axis" + std::to_string(axis), opset, [axis](Network& net) {
            net.Input({1, 3, 4, 5});
            net.Output(net.WithInts("Softmax", net.Conv("x", {3, 3, 1, 1}), "axis", {axis}));
          }));
    }
  }
  const auto mean = [&](const std::string& name, int opset, const Dims& axes, int64_t keep) {
    cases.push_back(Make(name, opset, [&](Network& net) {
      net.Input({1, 3, 4, 5});
      std::vector<std::string> inputs{net.Conv("x", {3, 3, 1, 1})};
      if (opset >= 18) {
        net.builder.Ints("axes", {static_cast<int64_t>(axes.size())}, axes);
        inputs.push_back("axes");
      }
      auto& node = net.builder.Node("ReduceMean", inputs, "y");
      if (opset < 18) OnnxBuilder::SetInts(node, "axes", axes);
      OnnxBuilder::SetInt(node, "keepdims", keep);
      net.Output("y");
    }));
  };
  mean("mean_pixels", 13, {2, 3}, 0);
  mean("mean_rows", 13, {-2}, 0);
  mean("mean_channels", 18, {1}, 0);
  mean("mean_kept", 18, {1, -1}, 1);
}

}  // namespace

std::vector<OnnxCase> HandMadeCases() {
  std::vector<OnnxCase> cases;
  for (const Named& network : kNetworks) cases.push_back(Make(network.name, 13, network.recipe));
  AddConvolutions(cases);
  AddPools(cases);
  AddMatrices(cases);
  AddShapes(cases);
  AddPieces(cases);
  AddElementwise(cases);
  AddReductions(cases);
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
      cases.push_back(Finish(net, std::string(network.name) + (is_unsigned ? "_uint8" : "_int8"), true));
    }
  }
  return cases;
}

}  // namespace linnet::tests
