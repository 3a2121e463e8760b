#include "layer.h"

#include <algorithm>

#include "linnet/graph/shapes.h"

namespace linnet::graphdef {

using graph::DType;
using graph::OpKind;
using graph::Shape;
using graph::TensorId;

std::unexpected<Error> Layer::Wrong(const std::string& what, Status status) const {
  return Fail(status, Describe(def()) + ": " + what);
}

const Result& Layer::input(size_t i) const {
  const Source& source = c_.view.inputs(index_)[i];
  return c_.results[static_cast<size_t>(source.layer)][static_cast<size_t>(source.output)];
}

Outcome<void> Layer::CheckInputs() const {
  for (const Source& source : c_.view.inputs(index_)) {
    const size_t given = c_.results[static_cast<size_t>(source.layer)].size();
    if (static_cast<size_t>(source.output) >= given) {
      return Unsupported("reads result " + std::to_string(source.output) + " of " +
                         Describe(c_.view.node(source.layer)) + ", of which the first " + std::to_string(given) +
                         " can be compiled");
    }
  }
  return {};
}

Outcome<void> Layer::ExpectInputs(size_t least, size_t most) const {
  if (input_count() >= least && input_count() <= most) return {};
  return Wrong("expects " + std::to_string(least) + (most > least ? " to " + std::to_string(most) : "") +
               " inputs, found " + std::to_string(input_count()));
}

const Shape& Layer::ShapeOf(const Result& result) const {
  return result.constant ? result.constant->shape : c_.graph.tensor(result.tensor).shape;
}

DType Layer::TypeOf(const Result& result) const {
  return result.constant ? result.constant->type : c_.graph.tensor(result.tensor).type;
}

Outcome<const Constant*> Layer::FloatConstant(size_t i, const char* what) const {
  const Constant* constant = input(i).constant.get();
  if (constant == nullptr) {
    return Unsupported(std::string(what) + " '" + NameOfInput(i) +
                       "' is computed from the network's input; supported: constants. If it is a variable, freeze the "
                       "graph, so that variables become constants");
  }
  if (constant->type != DType::kFloat32)
    return Unsupported(std::string(what) + " '" + NameOfInput(i) + "' is " + std::string(Name(constant->type)) +
                       "; supported: float32");
  return constant;
}

Outcome<std::vector<int64_t>> Layer::Integers(size_t i, const char* what) const {
  const Constant* constant = input(i).constant.get();
  if (constant == nullptr || !constant->is_integer()) {
    return Unsupported(std::string(what) + " '" + NameOfInput(i) +
                       "' is not an integer constant; only what is known when the graph is frozen is supported");
  }
  return std::vector<int64_t>(constant->numbers.begin(), constant->numbers.end());
}

Outcome<int64_t> Layer::Integer(size_t i, const char* what) const {
  LINNET_ASSIGN(const std::vector<int64_t> values, Integers(i, what));
  if (values.size() != 1)
    return Wrong(std::string(what) + " must be one number, found " + std::to_string(values.size()));
  return values[0];
}

Outcome<float> Layer::Number(size_t i, const char* what) const {
  LINNET_ASSIGN(const Constant* constant, FloatConstant(i, what));
  if (constant->numbers.size() != 1)
    return Unsupported(std::string(what) + " holds " + std::to_string(constant->numbers.size()) +
                       " numbers; supported: one");
  return static_cast<float>(constant->numbers[0]);
}

bool Layer::Flag(const std::string& name) const {
  const AttrValue* attribute = FindAttribute(def(), name);
  return attribute != nullptr && attribute->b();
}

std::string Layer::Text(const std::string& name) const {
  const AttrValue* attribute = FindAttribute(def(), name);
  return attribute == nullptr ? std::string() : attribute->s();
}

int64_t Layer::Integer(const std::string& name, int64_t otherwise) const {
  const AttrValue* attribute = FindAttribute(def(), name);
  return attribute == nullptr ? otherwise : attribute->i();
}

float Layer::Number(const std::string& name, float otherwise) const {
  const AttrValue* attribute = FindAttribute(def(), name);
  return attribute == nullptr ? otherwise : attribute->f();
}

std::vector<int64_t> Layer::IntegerList(const std::string& name) const {
  const AttrValue* attribute = FindAttribute(def(), name);
  if (attribute == nullptr) return {};
  return {attribute->list().i().begin(), attribute->list().i().end()};
}

Outcome<int> Layer::Axis(int64_t axis, size_t rank) const {
  const auto limit = static_cast<int64_t>(rank);
  if (axis < -limit || axis >= limit)
    return Wrong("dimension " + std::to_string(axis) + " of a tensor that has " + std::to_string(rank));
  return static_cast<int>(axis < 0 ? axis + limit : axis);
}

Outcome<void> Layer::Spend(int64_t elements) const {
  c_.work_budget -= elements;
  if (c_.work_budget >= 0) return {};
  return Wrong("computing with the graph's constants takes too long", Status::kResourceExhausted);
}

Outcome<std::shared_ptr<Constant>> Layer::NewConstant(DType type, Shape shape, const std::string& suffix) const {
  if (shape.size() > kMaxRank) return Unsupported("more than 8 dimensions");
  if (auto ok = TakeBudget(def(), type, shape, c_.constant_budget_bytes); !ok) return std::unexpected(ok.error());
  const int64_t count = *CountOf(shape);
  if (auto ok = Spend(count); !ok) return std::unexpected(ok.error());
  auto constant = std::make_shared<Constant>();
  constant->name = def().name() + suffix;
  constant->type = type;
  constant->shape = std::move(shape);
  constant->numbers.resize(static_cast<size_t>(count));
  return constant;
}

Outcome<Result> Layer::Finish(std::shared_ptr<Constant> constant) const {
  if (!RoundToType(*constant)) return Wrong("computes an integer that is out of range or no number");
  return Result{graph::kNoTensor, std::move(constant)};
}

Outcome<Result> Layer::Integers(DType type, Shape shape, const std::vector<int64_t>& values) const {
  LINNET_ASSIGN(std::shared_ptr<Constant> constant, NewConstant(type, std::move(shape)));
  std::copy(values.begin(), values.end(), constant->numbers.begin());
  return Finish(std::move(constant));
}

Outcome<TensorId> Layer::Tensor(const Result& result) const {
  if (TypeOf(result) != DType::kFloat32) {
    const std::string& name = result.constant ? result.constant->name : c_.graph.tensor(result.tensor).name;
    return Unsupported("reads '" + name + "', which is " + std::string(Name(TypeOf(result))) +
                       "; supported: float32, and integers only as shapes and axes");
  }
  if (!result.constant) return result.tensor;
  Constant& constant = *result.constant;
  if (constant.numbers.empty()) return Wrong("reads '" + constant.name + "', which has no elements");
  if (constant.tensor == graph::kNoTensor) {
    const std::vector<float> values(constant.numbers.begin(), constant.numbers.end());
    constant.tensor = graph::AddConstant(c_.graph, constant.name, constant.shape, values);
    c_.graph.tensor(constant.tensor).learned = constant.learned;
  }
  return constant.tensor;
}

Outcome<Result> Layer::Append(OpKind op, std::initializer_list<Result> inputs, graph::Attributes attributes,
                              Shape target, const std::string& suffix) const {
  return Append(op, std::vector<Result>(inputs), std::move(attributes), std::move(target), suffix);
}

Outcome<Result> Layer::Append(OpKind op_kind, const std::vector<Result>& inputs, graph::Attributes attributes,
                              Shape target, const std::string& suffix) const {
  std::vector<TensorId> ids;
  for (const Result& input : inputs) {
    LINNET_ASSIGN(const TensorId id, Tensor(input));
    ids.push_back(id);
  }
  auto result = graph::AddNode(c_.graph, op_kind, def().name() + suffix, std::move(ids), std::move(attributes),
                               std::move(target));
  if (!result) return std::unexpected(Error(result.error().status, result.error().message + " (op '" + op() + "')"));
  return Result{*result, nullptr};
}

}  // namespace linnet::graphdef
