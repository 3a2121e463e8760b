#include "linnet/quantize/weight_choice.h"

#include <algorithm>

namespace linnet::quantize {
namespace {

bool Names(const std::string& name, std::string_view layer) {
  return layer == name || (layer.starts_with(name) && layer[name.size()] == '/');
}

bool HasWeights(graph::OpKind op) {
  return op == graph::OpKind::kConv2D || op == graph::OpKind::kDepthwiseConv2D ||
         op == graph::OpKind::kFullyConnected || op == graph::OpKind::kTransposeConv;
}

}  // namespace

bool WeightChoice::IsInt4(std::string_view layer) const {
  return all_int4 || std::ranges::any_of(int4_layers, [&](const std::string& name) { return Names(name, layer); });
}

Outcome<WeightChoice> ParseWeightChoice(std::string_view text) {
  constexpr std::string_view kSome = "int4:";
  WeightChoice choice;
  if (text == "int8") return choice;
  choice.all_int4 = text == "int4";
  if (choice.all_int4) return choice;
  bool whole = text.starts_with(kSome);
  for (size_t at = kSome.size(); whole && at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    whole = end > at;
    choice.int4_layers.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (whole) return choice;
  return Fail(Status::kInvalidArgument, "there are no weights '" + std::string(text) +
                                            "'; there are int8, int4, and int4: with names of layers, such as "
                                            "int4:fc1,fc2");
}

Outcome<void> CheckWeightChoice(const WeightChoice& choice, const graph::Graph& graph) {
  for (const std::string& name : choice.int4_layers) {
    std::string known;
    bool found = false;
    for (const graph::Node& node : graph.nodes) {
      if (!HasWeights(node.op)) continue;
      found |= Names(name, node.name);
      known += (known.empty() ? "" : ", ") + node.name;
    }
    if (found) continue;
    return Fail(Status::kInvalidArgument,
                "no layer '" + name + "' has weights; there are " + (known.empty() ? "none" : known));
  }
  return {};
}

}  // namespace linnet::quantize
