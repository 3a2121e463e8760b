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

class GraphDefView {
 public:
  // Keeps a reference to `def`. Checks names, inputs and cycles among the layers that `outputs` need.
  static Outcome<GraphDefView> Create(const GraphDef& def, const std::vector<std::string>& outputs);

  const NodeDef& node(int index) const { return def_->node(index); }
  int node_count() const { return def_->node_size(); }

  // The data inputs of a layer (control inputs are dropped), as indices of layers. A reference to a second
  // output ("x:1") or to a layer that doesn't exist is reported by Create.
  const std::vector<int>& inputs(int index) const { return inputs_[static_cast<size_t>(index)]; }

  const std::vector<int>& outputs() const { return outputs_; }

  // The layers that the outputs need, each after its inputs. `replaced[i]` >= 0 stands for layer i reading only that one.
  Outcome<std::vector<int>> RunningOrder(const std::vector<int>& replaced) const;

  // The single number that a layer always gives, if that can be seen: a scalar Const, or + - * / of such.
  std::optional<double> ScalarValue(int index, int depth = 8) const;

 private:
  explicit GraphDefView(const GraphDef& def) : def_(&def) {}
  Outcome<void> ResolveInputs();
  Outcome<void> ResolveOutputs(const std::vector<std::string>& names);

  const GraphDef* def_;
  std::unordered_map<std::string_view, int> by_name_;
  std::vector<std::vector<int>> inputs_;  // -1: see problems_
  std::vector<std::string> problems_;     // by layer; reported only if the layer is needed
  std::vector<int> outputs_;
};

// For each layer the layer that replaces it because it is the last of a dropout, or -1. Random
// numbers that reach an output in any other way are met by the conversion, which has no operator for them.
std::vector<int> FindDropouts(const GraphDefView& view);

}  // namespace linnet::graphdef
