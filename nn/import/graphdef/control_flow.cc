// What tf.cond leaves in a graph: each tensor that a branch reads goes through a Switch, whose second result runs if the
// flag is true and whose first if it is false; a Merge gives the one that ran. Training graphs choose so between dropout and
// nothing, and between the statistics of the batch and those learned. Here the flag is known, so the branch is.
#include "view.h"

namespace linnet::graphdef {
namespace {

class ChoiceFinder {
 public:
  ChoiceFinder(const GraphDefView& view, Replacements& replaced)
      : view_(view),
        replaced_(replaced),
        dead_(static_cast<size_t>(view.node_count()), 0),
        dead_outputs_(static_cast<size_t>(view.node_count()), -1) {}

  void Find() {
    ChooseBranches();
    SpreadDeath();
    for (int i = 0; i < view_.node_count(); ++i) {
      const std::string& op = view_.op(i);
      if (op == "Merge" || op == "RefMerge") ReplaceMerge(i);
      if (op == "Select" || op == "SelectV2") ReplaceSelect(i);
    }
  }

 private:
  // The flag that a layer gives, if that can be told.
  std::optional<bool> Flag(Source source, int depth = 8) const {
    if (source.layer < 0 || depth == 0) return std::nullopt;
    const NodeDef& layer = view_.node(source.layer);
    const std::vector<Source>& in = view_.inputs(source.layer);
    if (layer.op() == "Const" && IsBool(layer, "dtype")) {
      const std::optional<double> value = view_.ScalarValue(source.layer);
      return value ? std::optional(*value != 0) : std::nullopt;
    }
    if (layer.op() == "Placeholder" && IsBool(layer, "dtype")) return false;
    if (in.empty()) return std::nullopt;
    const std::optional<bool> a = Flag(in[0], depth - 1);
    if (layer.op() == "Identity" || layer.op() == "PlaceholderWithDefault" || layer.op() == "Switch") return a;
    if (layer.op() == "LogicalNot" && a) return !*a;
    if (in.size() != 2 || !a) return std::nullopt;
    const std::optional<bool> b = Flag(in[1], depth - 1);
    if (!b) return std::nullopt;
    if (layer.op() == "LogicalAnd") return *a && *b;
    if (layer.op() == "LogicalOr") return *a || *b;
    return std::nullopt;
  }

  static bool IsBool(const NodeDef& layer, const std::string& name) {
    const AttrValue* attribute = FindAttribute(layer, name);
    return attribute != nullptr && attribute->type() == DT_BOOL;
  }

  void ChooseBranches() {
    for (int i = 0; i < view_.node_count(); ++i) {
      const std::vector<Source>& in = view_.inputs(i);
      if ((view_.op(i) != "Switch" && view_.op(i) != "RefSwitch") || in.size() != 2 || in[0].layer < 0) continue;
      const std::optional<bool> flag = Flag(in[1]);
      if (!flag) continue;
      replaced_[static_cast<size_t>(i)] = in[0];
      dead_outputs_[static_cast<size_t>(i)] = *flag ? 0 : 1;
    }
  }

  bool IsDead(const Source& source) const {
    const auto at = static_cast<size_t>(source.layer);
    return source.layer >= 0 && (dead_[at] != 0 || dead_outputs_[at] == source.output);
  }

  bool ReadsDead(int layer) const {
    if (view_.op(layer) == "Merge" && view_.inputs(layer).size() > 16) return false;  // none that TensorFlow wrote
    bool any = false;
    bool all = !view_.inputs(layer).empty();
    for (const Source& input : view_.inputs(layer)) {
      any |= IsDead(input);
      all &= IsDead(input);
    }
    for (const int control : view_.controls(layer)) any |= dead_[static_cast<size_t>(control)] != 0;
    return view_.op(layer) == "Merge" ? all : any;
  }

  // A layer that reads what doesn't run doesn't run.
  void SpreadDeath() {
    const std::vector<std::vector<int>> readers = view_.Readers();
    std::vector<int> waiting;
    for (size_t i = 0; i < readers.size(); ++i) {
      if (dead_outputs_[i] >= 0) waiting.insert(waiting.end(), readers[i].begin(), readers[i].end());
    }
    while (!waiting.empty()) {
      const int i = waiting.back();
      waiting.pop_back();
      if (dead_[static_cast<size_t>(i)] != 0 || !ReadsDead(i)) continue;
      dead_[static_cast<size_t>(i)] = 1;
      const std::vector<int>& next = readers[static_cast<size_t>(i)];
      waiting.insert(waiting.end(), next.begin(), next.end());
    }
  }

  void ReplaceMerge(int layer) {
    std::optional<Source> alive;
    for (const Source& input : view_.inputs(layer)) {
      if (input.layer < 0 || IsDead(input)) continue;
      if (alive) return;  // both may run: nothing told which
      alive = input;
    }
    replaced_[static_cast<size_t>(layer)] = alive;
  }

  void ReplaceSelect(int layer) {
    const std::vector<Source>& in = view_.inputs(layer);
    if (in.size() != 3) return;
    const std::optional<bool> flag = Flag(in[0]);
    if (!flag || in[*flag ? 1 : 2].layer < 0) return;
    replaced_[static_cast<size_t>(layer)] = in[*flag ? 1 : 2];
  }

  const GraphDefView& view_;
  Replacements& replaced_;
  std::vector<char> dead_;         // by layer: it doesn't run
  std::vector<int> dead_outputs_;  // of a Switch: the result that doesn't
};

}  // namespace

void ReplaceChoices(const GraphDefView& view, Replacements& replaced) { ChoiceFinder(view, replaced).Find(); }

}  // namespace linnet::graphdef
