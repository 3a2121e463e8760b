#pragma once

#include <functional>

#include "cases.h"
#include "network.h"

namespace linnet::tests {

// A network that `recipe` fills, with weights that its name decides.
inline OnnxCase Make(const std::string& name, int opset, const std::function<void(Network&)>& recipe) {
  Network net(opset, static_cast<uint32_t>(std::hash<std::string>{}(name)));
  recipe(net);
  return {name, net.Bytes(), net.input_shape(), false};
}

// One operator in a form of its own between "x" and the output "y".
inline OnnxCase Single(const std::string& name, int opset, const Dims& input, const std::string& op,
                       const std::function<void(Network&, onnx::proto::NodeProto&)>& fill) {
  return Make(name, opset, [&](Network& net) {
    net.Input(input);
    fill(net, net.builder.Node(op, {"x"}, "y"));
    net.Output("y");
  });
}

void AddOperatorCases(std::vector<OnnxCase>& cases);
void AddShapeCases(std::vector<OnnxCase>& cases);  // Reshape, Transpose, Slice and their kin

}  // namespace linnet::tests
