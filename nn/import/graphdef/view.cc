#include "view.h"

#include <algorithm>
#include <array>
#include <charconv>

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
bool GivesNoAnswer(std::string_view op) {
  constexpr std::array kSilent = {"Const",
                                  "NoOp",
                                  "Assert",
                                  "Placeholder",
                                  "PlaceholderWithDefault",
                                  "SaveV2",
                                  "Save",
                                  "RestoreV2",
                                  "MergeV2Checkpoints",
                                  "ShardedFilename",
                                  "ScalarSummary",
                                  "HistogramSummary",
                                  "MergeSummary",
                                  "ImageSummary"};
  return std::find(kSilent.begin(), kSilent.end(), op) != kSilent.end();
}

bool IsAdd(std::string_view op) { return op == "Add" || op == "AddV2"; }

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
  view.ResolveInputs();
  if (auto ok = view.ResolveOutputs(outputs); !ok) return std::unexpected(ok.error());
  return view;
}

void GraphDefView::ResolveInputs() {
  inputs_.resize(static_cast<size_t>(node_count()));
  controls_.resize(static_cast<size_t>(node_count()));
  problems_.resize(static_cast<size_t>(node_count()));
  for (int i = 0; i < node_count(); ++i) {
    const auto at = static_cast<size_t>(i);
    for (const std::string& text : node(i).input()) {
      const bool control = !text.empty() && text[0] == '^';
      const InputName name = Split(std::string_view(text).substr(control ? 1 : 0));
      const auto it = by_name_.find(name.layer);
      if (control) {  // one that is gone was removed with all that only it needed
        if (it != by_name_.end()) controls_[at].push_back(it->second);
        continue;
      }
      if (!name.valid || it == by_name_.end()) {
        problems_[at] = Describe(node(i)) + ": reads '" + text +
                        "', which the file doesn't hold; it may be cut short or not frozen";
        inputs_[at].push_back({});
      } else {
        inputs_[at].push_back({it->second, name.output});
      }
    }
  }
}

std::vector<std::vector<int>> GraphDefView::Readers() const {
  std::vector<std::vector<int>> readers(inputs_.size());
  for (int i = 0; i < node_count(); ++i) {
    for (const Source& input : inputs(i)) {
      if (input.layer >= 0) readers[static_cast<size_t>(input.layer)].push_back(i);
    }
    for (const int control : controls(i)) readers[static_cast<size_t>(control)].push_back(i);
  }
  return readers;
}

Outcome<Source> GraphDefView::FindOutput(const std::string& text) const {
  const InputName name = Split(text);
  const auto it = by_name_.find(name.layer);
  if (name.valid && it != by_name_.end()) return Source{it->second, name.output};
  std::string known;
  for (int i = node_count() - 1; i >= 0 && known.size() < 200; --i) {
    if (!GivesNoAnswer(op(i))) known += (known.empty() ? "" : ", ") + node(i).name();
  }
  return Fail(Status::kInvalidArgument,
              "there is no layer '" + text + "' to take as output; the last ones of the file are: " + known);
}

Outcome<void> GraphDefView::ResolveOutputs(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    LINNET_ASSIGN(const Source output, FindOutput(name));
    outputs_.push_back(output);
  }
  if (!outputs_.empty()) return {};
  std::vector<bool> read(static_cast<size_t>(node_count()), false);
  for (const auto& inputs : inputs_) {
    for (const Source& input : inputs) {
      if (input.layer >= 0) read[static_cast<size_t>(input.layer)] = true;
    }
  }
  for (int i = node_count() - 1; i >= 0 && outputs_.empty(); --i) {
    if (!read[static_cast<size_t>(i)] && !GivesNoAnswer(op(i))) outputs_.push_back({i, 0});
  }
  if (outputs_.empty())
    return Fail(Status::kInvalidArgument,
                "no layer gives an answer: every layer is read by another one, or all are constants");
  return {};
}

Outcome<std::vector<int>> GraphDefView::RunningOrder(const Replacements& replaced) const {
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
  for (const Source& output : outputs_) {
    if (state[static_cast<size_t>(output.layer)] == kNew) enter(output.layer);
    while (!stack.empty()) {
      Visit& top = stack.back();
      const auto at = static_cast<size_t>(top.layer);
      const size_t count = replaced[at] ? 1 : inputs_[at].size();
      if (top.next == count) {
        state[at] = kDone;
        order.push_back(top.layer);
        stack.pop_back();
        continue;
      }
      if (!replaced[at] && !problems_[at].empty()) return Fail(Status::kInvalidArgument, problems_[at]);
      const int input = replaced[at] ? replaced[at]->layer : inputs_[at][top.next].layer;
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
  const std::vector<Source>& in = inputs(index);
  if (layer.op() == "Const") return ScalarConstant(layer);
  if ((layer.op() == "Identity" || layer.op() == "PlaceholderWithDefault") && in.size() == 1)
    return ScalarValue(in[0].layer, depth - 1);
  if (in.size() != 2) return std::nullopt;
  const std::optional<double> a = ScalarValue(in[0].layer, depth - 1);
  const std::optional<double> b = a ? ScalarValue(in[1].layer, depth - 1) : std::nullopt;
  if (!b) return std::nullopt;
  if (IsAdd(layer.op())) return *a + *b;
  if (layer.op() == "Sub") return *a - *b;
  if (layer.op() == "Mul") return *a * *b;
  if ((layer.op() == "RealDiv" || layer.op() == "Div") && *b != 0) return *a / *b;
  return std::nullopt;
}

}  // namespace linnet::graphdef
