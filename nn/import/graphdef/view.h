// A parsed GraphDef with its names resolved: what the importer and the recognition of dropout walk over.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "linnet/base/error.h"
#include "linnet_graphdef/graphdef.pb.h"

namespace linnet::graphdef {

// "layer 'x' (op 'FooBar')": how every message about a layer of the file begins.
std::string Describe(const NodeDef& node);

// The attribute of that name, or nullptr.
const AttrValue* FindAttribute(const NodeDef& node, const std::string& name);

// One result of a layer: "x" and "x:0" the first, "x:1" the second.
struct Source {
  int layer = -1;
  int output = 0;
  bool operator==(const Source&) const = default;
};

// By layer: the result that stands for the layer's own, because the layer only chooses it or is the last of a dropout.
using Replacements = std::vector<std::optional<Source>>;

class GraphDefView {
 public:
  // Keeps a reference to `def`. Checks names; what is wrong with a layer's inputs is reported by RunningOrder if it is needed.
  static Outcome<GraphDefView> Create(const GraphDef& def, const std::vector<std::string>& outputs);

  const NodeDef& node(int index) const { return def_->node(index); }
  const std::string& op(int index) const { return def_->node(index).op(); }
  int node_count() const { return def_->node_size(); }

  // The data inputs of a layer; layer -1 for one that the file doesn't hold.
  const std::vector<Source>& inputs(int index) const { return inputs_[static_cast<size_t>(index)]; }
  // The layers that have to run before it and give it nothing ("^x").
  const std::vector<int>& controls(int index) const { return controls_[static_cast<size_t>(index)]; }
  // The layers that read each layer's results, or run after it.
  std::vector<std::vector<int>> Readers() const;

  const std::vector<Source>& outputs() const { return outputs_; }

  // The layers that the outputs need, each after its inputs; a replaced layer needs only its replacement.
  Outcome<std::vector<int>> RunningOrder(const Replacements& replaced) const;

  // The single number that a layer always gives, if that can be seen: a scalar Const, or + - * / of such.
  std::optional<double> ScalarValue(int index, int depth = 8) const;

 private:
  explicit GraphDefView(const GraphDef& def) : def_(&def) {}
  void ResolveInputs();
  Outcome<Source> FindOutput(const std::string& name) const;
  Outcome<void> ResolveOutputs(const std::vector<std::string>& names);

  const GraphDef* def_;
  std::unordered_map<std::string_view, int> by_name_;
  std::vector<std::vector<Source>> inputs_;
  std::vector<std::vector<int>> controls_;
  std::vector<std::string> problems_;  // by layer; reported only if the layer is needed
  std::vector<Source> outputs_;
};

// Switch, Merge and Select whose flag can be told (control_flow.cc): a bool Placeholder means "in training" and is false.
// Reached dropouts (dropout.cc): the layer that each leaves as it was. Random numbers that reach an output in any other way
// are met by the conversion, which has no operator for them.
void ReplaceChoices(const GraphDefView& view, Replacements& replaced);
void ReplaceDropouts(const GraphDefView& view, Replacements& replaced);

}  // namespace linnet::graphdef
