// A parsed model with its names resolved: which nodes the outputs need and who reads what.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/onnx/import_onnx.h"
#include "linnet_onnx/onnx.pb.h"

namespace linnet::onnx {

// "layer 'conv1' (op 'Conv', opset 13)": how every message about a node begins.
std::string Describe(const proto::NodeProto& node, int64_t opset);
std::string NameOf(const proto::NodeProto& node);  // or its first output's, if it has none

class ModelView {
 public:
  // Keeps a reference to `model`. Checks the operator set, names and running order of what the outputs need.
  static Outcome<ModelView> Create(const proto::ModelProto& model, const std::vector<std::string>& outputs);

  const proto::GraphProto& graph() const { return *graph_; }
  const proto::NodeProto& node(int index) const { return graph_->node(index); }
  int opset() const { return opset_; }

  const std::vector<int>& needed() const { return needed_; }            // nodes in running order
  const std::vector<std::string>& outputs() const { return outputs_; }  // names of values
  bool IsOutput(const std::string& name) const;

  // The needed nodes that read the value, each once for every time it does.
  const std::vector<int>& Readers(const std::string& name) const;

  // The initializer of that name, or nullptr.
  const proto::TensorProto* Initializer(const std::string& name) const;

 private:
  explicit ModelView(const proto::GraphProto& graph) : graph_(&graph) {}
  Outcome<void> ReadOpset(const proto::ModelProto& model);
  Outcome<void> ResolveNames();
  Outcome<void> ResolveOutputs(const std::vector<std::string>& names);
  Outcome<void> FindNeeded();

  const proto::GraphProto* graph_;
  int opset_ = 0;
  std::unordered_map<std::string_view, int> makers_;  // by value: the node, -1 for inputs and initializers
  std::unordered_map<std::string_view, const proto::TensorProto*> initializers_;
  std::unordered_map<std::string_view, std::vector<int>> readers_;
  std::vector<int> needed_;
  std::vector<std::string> outputs_;
};

}  // namespace linnet::onnx
