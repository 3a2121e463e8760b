#include "model_view.h"

#include <algorithm>

namespace linnet::onnx {

std::string NameOf(const proto::NodeProto& node) {
  if (!node.name().empty()) return node.name();
  return node.output_size() > 0 ? node.output(0) : std::string();
}

std::string Describe(const proto::NodeProto& node, int64_t opset) {
  const std::string domain = node.domain().empty() || node.domain() == "ai.onnx" ? "" : node.domain() + ".";
  return "layer '" + NameOf(node) + "' (op '" + domain + node.op_type() + "', opset " + std::to_string(opset) + ")";
}

Outcome<ModelView> ModelView::Create(const proto::ModelProto& model, const std::vector<std::string>& outputs) {
  ModelView view(model.graph());
  if (auto ok = view.ReadOpset(model); !ok) return std::unexpected(ok.error());
  if (auto ok = view.ResolveNames(); !ok) return std::unexpected(ok.error());
  if (auto ok = view.ResolveOutputs(outputs); !ok) return std::unexpected(ok.error());
  if (auto ok = view.FindNeeded(); !ok) return std::unexpected(ok.error());
  return view;
}

Outcome<void> ModelView::ReadOpset(const proto::ModelProto& model) {
  int64_t version = 0;
  for (const auto& opset : model.opset_import()) {
    if (opset.domain().empty() || opset.domain() == "ai.onnx") version = std::max(version, opset.version());
  }
  if (version == 0)
    return Fail(Status::kInvalidArgument, "the model doesn't say which operator set of ONNX it uses (opset_import)");
  if (version < kOldestOpset || version > kNewestOpset) {
    return Fail(Status::kUnimplemented,
                "opset " + std::to_string(version) + "; supported: " + std::to_string(kOldestOpset) + " to " +
                    std::to_string(kNewestOpset) + "; export with opset 13, or convert with onnx.version_converter");
  }
  opset_ = static_cast<int>(version);
  return {};
}

Outcome<void> ModelView::ResolveNames() {
  for (const auto& tensor : graph_->initializer()) {
    if (!initializers_.emplace(tensor.name(), &tensor).second)
      return Fail(Status::kInvalidArgument, "two initializers are called '" + tensor.name() + "'");
    makers_[tensor.name()] = -1;
  }
  for (const auto& input : graph_->input()) makers_[input.name()] = -1;
  for (int i = 0; i < graph_->node_size(); ++i) {
    if (node(i).output_size() == 0)
      return Fail(Status::kInvalidArgument, Describe(node(i), opset_) + ": has no output");
    for (const std::string& output : node(i).output()) {
      if (output.empty()) continue;
      if (!makers_.emplace(output, i).second)
        return Fail(Status::kInvalidArgument,
                    Describe(node(i), opset_) + ": makes '" + output + "', which has another source already");
    }
  }
  return {};
}

Outcome<void> ModelView::ResolveOutputs(const std::vector<std::string>& names) {
  outputs_ = names;
  for (int i = 0; names.empty() && i < graph_->output_size(); ++i) outputs_.push_back(graph_->output(i).name());
  if (outputs_.empty()) return Fail(Status::kInvalidArgument, "the model names no output");
  if (outputs_.size() > 1024) return Fail(Status::kUnimplemented, "more than 1024 outputs");
  for (const std::string& name : outputs_) {
    if (!makers_.contains(name)) return Fail(Status::kInvalidArgument, "nothing makes the output '" + name + "'");
  }
  return {};
}

Outcome<void> ModelView::FindNeeded() {
  std::vector<bool> wanted(static_cast<size_t>(graph_->node_size()), false);
  const auto want = [&](const std::string& name) {
    const int maker = makers_.at(name);
    if (maker >= 0) wanted[static_cast<size_t>(maker)] = true;
  };
  for (const std::string& name : outputs_) want(name);
  for (int i = graph_->node_size() - 1; i >= 0; --i) {
    if (!wanted[static_cast<size_t>(i)]) continue;
    needed_.push_back(i);
    for (const std::string& name : node(i).input()) {
      if (name.empty()) continue;
      const auto maker = makers_.find(name);
      if (maker == makers_.end())
        return Fail(Status::kInvalidArgument,
                    Describe(node(i), opset_) + ": reads '" + name + "', which nothing in the file makes");
      if (maker->second >= i) {
        return Fail(Status::kInvalidArgument, Describe(node(i), opset_) + ": reads '" + name +
                                                  "' before anything has made it; ONNX wants nodes in running order, "
                                                  "onnx.checker tells more");
      }
      readers_[name].push_back(i);
      want(name);
    }
  }
  std::reverse(needed_.begin(), needed_.end());
  return {};
}

bool ModelView::IsOutput(const std::string& name) const {
  return std::find(outputs_.begin(), outputs_.end(), name) != outputs_.end();
}

const std::vector<int>& ModelView::Readers(const std::string& name) const {
  static const std::vector<int> kNobody;
  const auto found = readers_.find(name);
  return found == readers_.end() ? kNobody : found->second;
}

const proto::TensorProto* ModelView::Initializer(const std::string& name) const {
  const auto found = initializers_.find(name);
  return found == initializers_.end() ? nullptr : found->second;
}

}  // namespace linnet::onnx
