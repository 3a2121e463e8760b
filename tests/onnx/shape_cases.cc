// Reshape, Squeeze, Transpose, Pad, Slice, Split, Gather and Concat, in each form that they have.
#include "operator_cases.h"

namespace linnet::tests {
namespace {

using onnx::OnnxBuilder;

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

}  // namespace

void AddShapeCases(std::vector<OnnxCase>& cases) {
  AddShapes(cases);
  AddPieces(cases);
}

}  // namespace linnet::tests
