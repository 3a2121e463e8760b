// Every operator in each form that it has, between an input and an output.
#include "operator_cases.h"

namespace linnet::tests {
namespace {

using onnx::OnnxBuilder;

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
  for (const int opset : {11, 13}) {
    cases.push_back(Make("logsoftmax_" + std::to_string(opset), opset, [](Network& net) {
      net.Input({1, 3, 4, 5});
      net.Output(net.WithInts("LogSoftmax", net.Conv("x", {3, 3, 1, 1}), "axis", {1}));
    }));
    cases.push_back(Make("sum_" + std::to_string(opset), opset, [opset](Network& net) {
      net.Input({1, 3, 4, 5});
      std::vector<std::string> inputs{net.Conv("x", {3, 3, 1, 1})};
      if (opset == 13) {
        net.builder.Ints("axes", {2}, {1, -1});
        inputs.push_back("axes");
      }
      auto& node = net.builder.Node("ReduceSum", inputs, "y");
      if (opset < 13) OnnxBuilder::SetInts(node, "axes", {1, -1});
      net.Output("y");
    }));
  }
  cases.push_back(Make("argmax", 13, [](Network& net) {
    net.Input({1, 3, 4, 5});
    auto& node = net.builder.Node("ArgMax", {net.Conv("x", {3, 3, 1, 1})}, "y");
    OnnxBuilder::SetInt(node, "axis", 1);
    OnnxBuilder::SetInt(node, "keepdims", 0);
    net.builder.Output("y", onnx::proto::TensorProto::INT64);
  }));
}

}  // namespace

void AddOperatorCases(std::vector<OnnxCase>& cases) {
  AddConvolutions(cases);
  AddPools(cases);
  AddMatrices(cases);
  AddElementwise(cases);
  AddReductions(cases);
}

}  // namespace linnet::tests
