#include "view.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "constant.h"

namespace linnet::graphdef {
namespace {

// "name:0" -> "name", 0. TensorFlow's layer names hold no colon.
struct InputName {
  std::string_view layer;
  int output = 0;
  bool valid = true;
};

InputName Split(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {text, 0, true};
  InputName name{text.substr(0, colon), 0, true};
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), name.output);
  name.valid = error == std::errc() && end == digits.data() + digits.size() && name.output >= 0;
  return name;
}

// Layers that stand in a graph for training or for TensorFlow itself and give no answer.
bool GivesNoAnswer(const std::string& op) {
  return op == "Const" || op == "NoOp" || op == "Assert" || op == "Placeholder" || op == "SaveV2" || op == "RestoreV2";
}

}  // namespace

std::string Describe(const NodeDef& node) { return "layer '" + node.name() + "' (op '" + node.op() + "')"; }

const AttrValue* FindAttribute(const NodeDef& node, const std::string& name) {
  const auto it = node.attr().find(name);
  return it == node.attr().end() ? nullptr : &it->second;
}

Outcome<GraphDefView> GraphDefView::Create(const GraphDef& def, const std::vector<std::string>& outputs) {
  GraphDefView view(def);
  for (int i = 0; i < def.node_size(); ++i) {
    if (!view.by_name_.emplace(def.node(i).name(), i).second) {
      return Fail(Status::kInvalidArgument, "two layers are called '" + def.node(i).name() + "'");
    }
  }
  if (auto ok = view.ResolveInputs(); !ok) return std::unexpected(ok.error());
  if (auto ok = view.ResolveOutputs(outputs); !ok) return std::unexpected(ok.error());
  return view;
}

Outcome<void> GraphDefView::ResolveInputs() {
  inputs_.resize(static_cast<size_t>(node_count()));
  problems_.resize(static_cast<size_t>(node_count()));
  for (int i = 0; i < node_count(); ++i) {
    const NodeDef& layer = node(i);
    for (const std::string& text : layer.input()) {
      if (!text.empty() && text[0] == '^') continue;  // runs before, gives nothing
      const InputName name = Split(text);
      const auto it = by_name_.find(name.layer);
      std::string& problem = problems_[static_cast<size_t>(i)];
      if (!name.valid || it == by_name_.end()) {
        problem =
            Describe(layer) + ": reads '" + text + "', which the file doesn't hold; it may be cut short or not frozen";
      } else if (name.output != 0) {
        problem = Describe(layer) + ": reads the second or later result '" + text +
                  "'; supported: the first result of a layer";
      }
      inputs_[static_cast<size_t>(i)].push_back(problem.empty() ? it->second : -1);
    }
  }
  return {};
}

Outcome<void> GraphDefView::ResolveOutputs(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto it = by_name_.find(Split(name).layer);
    if (it == by_name_.end())
      return Fail(Status::kInvalidArgument, "there is no layer '" + name + "' to take as output");
    outputs_.push_back(it->second);
  }
  if (!outputs_.empty()) return {};
  std::vector<bool> read(static_cast<size_t>(node_count()), false);
  for (const auto& inputs : inputs_) {
    for (const int input : inputs) {
      if (input >= 0) read[static_cast<size_t>(input)] = true;
    }
  }
  for (int i = 0; i < node_count(); ++i) {
    if (!read[static_cast<size_t>(i)] && !GivesNoAnswer(node(i).op())) outputs_.push_back(i);
  }
  if (outputs_.empty())
    return Fail(Status::kInvalidArgument,
                "no layer gives an answer: every layer is read by another one, or all are constants");
  return {};
}

Outcome<std::vector<int>> GraphDefView::RunningOrder(const std::vector<int>& replaced) const {
  enum : char { kNew, kOpen, kDone };
  std::vector<char> state(static_cast<size_t>(node_count()), kNew);
  std::vector<int> order;
  struct Visit {
    int layer;
    size_t next;
  };
  std::vector<Visit> stack;  // explicit, so that a chain of any length can't exhaust the call stack
  const auto enter = [&](int layer) {
    state[static_cast<size_t>(layer)] = kOpen;
    stack.push_back({layer, 0});
  };
  for (const int output : outputs_) {
    if (state[static_cast<size_t>(output)] == kNew) enter(output);
    while (!stack.empty()) {
      Visit& top = stack.back();
      const auto at = static_cast<size_t>(top.layer);
      const bool is_replaced = replaced[at] >= 0;
      const size_t count = is_replaced ? 1 : inputs_[at].size();
      if (top.next == count) {
        state[at] = kDone;
        order.push_back(top.layer);
        stack.pop_back();
        continue;
      }
      if (!is_replaced && !problems_[at].empty()) return Fail(Status::kInvalidArgument, problems_[at]);
      const int input = is_replaced ? replaced[at] : inputs_[at][top.next];
      ++top.next;
      if (state[static_cast<size_t>(input)] == kOpen) {
        return Fail(Status::kInvalidArgument, Describe(node(input)) +
                                                  ": reads its own result through other layers (a cycle); loops are "
                                                  "not supported, unroll them before freezing");
      }
      if (state[static_cast<size_t>(input)] == kNew) enter(input);
    }
  }
  return order;
}

std::optional<double> GraphDefView::ScalarValue(int index, int depth) const {
  if (index < 0 || depth == 0) return std::nullopt;
  const NodeDef& layer = node(index);
  const std::vector<int>& in = inputs(index);
  if (layer.op() == "Const") return ScalarConstant(layer);
  if (layer.op() == "Identity" && in.size() == 1) return ScalarValue(in[0], depth - 1);
  if (in.size() != 2) return std::nullopt;
  const std::optional<double> a = ScalarValue(in[0], depth - 1);
  const std::optional<double> b = a ? ScalarValue(in[1], depth - 1) : std::nullopt;
  if (!b) return std::nullopt;
  if (layer.op() == "Add" || layer.op() == "AddV2") return *a + *b;
  if (layer.op() == "Sub") return *a - *b;
  if (layer.op() == "Mul") return *a * *b;
  if ((layer.op() == "RealDiv" || layer.op() == "Div") && *b != 0) return *a / *b;
  return std::nullopt;
}

}  // namespace linnet::graphdef
