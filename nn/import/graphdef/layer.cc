#include "layer.h"

#include "constant.h"

namespace linnet::graphdef {

using graph::DType;
using graph::TensorId;

std::unexpected<Error> Layer::Wrong(const std::string& what, Status status) const {
  return Fail(status, Describe(def()) + ": " + what);
}

Outcome<void> Layer::ExpectInputs(size_t count) const {
  if (input_count() == count) return {};
  return Wrong("expects " + std::to_string(count) + " inputs, found " + std::to_string(input_count()));
}

Outcome<TensorId> Layer::FloatConstant(size_t i, const char* what) const {
  if (!tensor(i).constant)
    return Unsupported(std::string(what) + " '" + tensor(i).name +
                       "' is not constant; freeze the graph, so that its variables become constants");
  if (tensor(i).type != DType::kFloat32)
    return Unsupported(std::string(what) + " '" + tensor(i).name + "' is not float; supported: float32");
  return input(i);
}

Outcome<std::vector<int64_t>> Layer::Integers(size_t i, const char* what) const {
  const graph::Tensor& t = tensor(i);
  if (!t.constant || (t.type != DType::kInt32 && t.type != DType::kInt64)) {
    return Unsupported(std::string(what) + " '" + t.name +
                       "' is not an integer constant; only what is known when the graph is frozen is supported");
  }
  return IntegerValues(t);
}

bool Layer::Flag(const std::string& name) const {
  const AttrValue* attribute = FindAttribute(def(), name);
  return attribute != nullptr && attribute->b();
}

std::string Layer::Text(const std::string& name) const {
  const AttrValue* attribute = FindAttribute(def(), name);
  return attribute == nullptr ? std::string() : attribute->s();
}

std::vector<int64_t> Layer::IntegerList(const std::string& name) const {
  const AttrValue* attribute = FindAttribute(def(), name);
  if (attribute == nullptr) return {};
  return {attribute->list().i().begin(), attribute->list().i().end()};
}

Outcome<TensorId> Layer::Append(graph::OpKind op, std::vector<TensorId> inputs, graph::Attributes attributes,
                                graph::Shape target) {
  for (const TensorId id : inputs) {
    if (graph().tensor(id).type != DType::kFloat32)
      return Unsupported("reads '" + graph().tensor(id).name + "', which is not float; supported: float32");
  }
  auto result = graph::AddNode(graph(), op, def().name(), std::move(inputs), std::move(attributes), std::move(target));
  if (!result)
    return std::unexpected(Error(result.error().status, result.error().message + " (op '" + def().op() + "')"));
  return result;
}

Outcome<int> Layer::Axis(int64_t axis, size_t rank) const {
  const auto limit = static_cast<int64_t>(rank);
  if (axis < -limit || axis >= limit)
    return Wrong("dimension " + std::to_string(axis) + " of a tensor that has " + std::to_string(rank));
  return static_cast<int>(axis < 0 ? axis + limit : axis);
}

}  // namespace linnet::graphdef
