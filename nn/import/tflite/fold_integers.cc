// Operators on integers that are known: Keras computes the target of a RESHAPE by SHAPE, STRIDED_SLICE and PACK. They are
// worked out here and leave no node.
#include <algorithm>
#include <array>
#include <functional>

#include "operators.h"
#include "strided.h"

namespace linnet::tflite {
namespace {

using Op = schema::BuiltinOperator;

constexpr std::array kFoldable = {
    Op::ADD,     Op::CAST,    Op::CONCATENATION, Op::EXPAND_DIMS,   Op::FLOOR_DIV,   Op::GATHER,
    Op::MAXIMUM, Op::MINIMUM, Op::MUL,           Op::PACK,          Op::REDUCE_PROD, Op::RESHAPE,
    Op::SHAPE,   Op::SLICE,   Op::SQUEEZE,       Op::STRIDED_SLICE, Op::SUB,
};

bool IsInteger(schema::TensorType type) {
  return type == schema::TensorType::INT32 || type == schema::TensorType::INT64;
}

// Numbers beyond 32 bits are no dimension of anything that can be compiled, and products of them could overflow.
bool InRange(int64_t value) { return value >= INT32_MIN && value <= INT32_MAX; }

Outcome<Integers> Checked(const Layer& layer, Integers integers) {
  if (integers.values.size() > kMaxKeptIntegers) return layer.Wrong("it computes more numbers than a shape can have");
  if (!std::all_of(integers.values.begin(), integers.values.end(), InRange))
    return layer.Wrong("it computes a number beyond 32 bits");
  return integers;
}

int64_t Apply(Op op, int64_t a, int64_t b) {
  switch (op) {
    case Op::ADD: return a + b;
    case Op::SUB: return a - b;
    case Op::MUL: return a * b;
    case Op::MAXIMUM: return std::max(a, b);
    case Op::MINIMUM: return std::min(a, b);
    default: return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);  // FLOOR_DIV
  }
}

Outcome<Integers> FoldBinary(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Integers a, layer.ReadIntegers(0, "first operand"));
  LINNET_ASSIGN(const Integers b, layer.ReadIntegers(1, "second operand"));
  const size_t count = std::max(a.values.size(), b.values.size());
  if (a.values.empty() || b.values.empty() || count % a.values.size() != 0 || count % b.values.size() != 0 ||
      std::min(a.values.size(), b.values.size()) * (a.values.size() == b.values.size() ? 0 : 1) > 1)
    return layer.Unsupported("shapes " + graph::ToString(a.shape) + " and " + graph::ToString(b.shape) +
                             " of integers; supported: equal ones, or one number");
  Integers result{a.values.size() == count ? a.shape : b.shape, {}};
  for (size_t i = 0; i < count; ++i) {
    const int64_t x = a.values[i % a.values.size()];
    const int64_t y = b.values[i % b.values.size()];
    if (!InRange(x) || !InRange(y)) return layer.Wrong("it computes with a number beyond 32 bits");
    if (layer.op().op == Op::FLOOR_DIV && y == 0) return layer.Wrong("it divides by 0");
    result.values.push_back(Apply(layer.op().op, x, y));
  }
  return result;
}

// PACK of numbers to a vector, CONCATENATION of vectors.
Outcome<Integers> FoldJoin(Layer& layer) {
  const bool pack = layer.op().op == Op::PACK;
  Integers result;
  for (size_t i = 0; i < layer.input_count(); ++i) {
    if (!layer.has_input(i)) return layer.Wrong("its input " + std::to_string(i) + " is missing");
    LINNET_ASSIGN(const Integers part, layer.ReadIntegers(i, "input"));
    if (part.shape.size() != (pack ? 0U : 1U))
      return layer.Unsupported("integers of the shape " + graph::ToString(part.shape) +
                               "; supported: " + (pack ? "numbers" : "vectors"));
    if (result.values.size() + part.values.size() > kMaxIntegers)
      return layer.Wrong("more numbers than a shape can have");
    result.values.insert(result.values.end(), part.values.begin(), part.values.end());
  }
  result.shape = {static_cast<int64_t>(result.values.size())};
  return result;
}

Outcome<Integers> FoldSlice(Layer& layer) {
  LINNET_ASSIGN(const Integers from, layer.ReadIntegers(0, "input"));
  if (from.shape.size() != 1)
    return layer.Unsupported("integers of the shape " + graph::ToString(from.shape) + "; supported: vectors");
  Integers result;
  if (layer.op().op == Op::STRIDED_SLICE) {
    if (auto ok = layer.ExpectForm(4, 4); !ok) return std::unexpected(ok.error());
    LINNET_ASSIGN(const StridedSlice slice, ReadStridedSlice(layer, from.shape));
    const auto& r = slice.ranges[0];
    for (int64_t i = 0; i < r.count; ++i)
      result.values.push_back(from.values[static_cast<size_t>(r.begin + i * r.step)]);
    result.shape = slice.target;
    return result;
  }
  if (auto ok = layer.ExpectForm(3, 3); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const int64_t begin, layer.ReadInteger(1, "begin"));
  LINNET_ASSIGN(const int64_t size, layer.ReadInteger(2, "size"));
  const int64_t extent = from.shape[0];
  if (begin < 0 || begin > extent || size < -1 || size > extent - begin)
    return layer.Wrong("it takes more than the " + std::to_string(extent) + " numbers there are");
  const int64_t count = size == -1 ? extent - begin : size;
  result.shape = {count};
  result.values.assign(from.values.begin() + begin, from.values.begin() + begin + count);
  return result;
}

Outcome<Integers> FoldGather(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Integers from, layer.ReadIntegers(0, "input"));
  LINNET_ASSIGN(const Integers at, layer.ReadIntegers(1, "indices"));
  if (from.shape.size() != 1) return layer.Unsupported("of more than a vector of integers");
  Integers result{at.shape, {}};
  for (const int64_t i : at.values) {
    if (i < 0 || i >= from.shape[0]) return layer.Wrong("index " + std::to_string(i) + " is outside its input");
    result.values.push_back(from.values[static_cast<size_t>(i)]);
  }
  return result;
}

Outcome<Integers> FoldProduct(Layer& layer) {
  if (auto ok = layer.ExpectForm(2, 2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Integers from, layer.ReadIntegers(0, "input"));
  int64_t product = 1;
  for (const int64_t value : from.values) {
    if (!InRange(value) || !InRange(product)) return layer.Wrong("it computes a number beyond 32 bits");
    product *= value;
  }
  const auto* options = layer.op().table->builtin_options_as_ReducerOptions();
  const bool keep = options != nullptr && options->keep_dims();
  return Integers{keep ? graph::Shape(from.shape.size(), 1) : graph::Shape{}, {product}};
}

// The same numbers in another shape: the one that the file declares, as far as it can be told.
Outcome<Integers> FoldReshape(Layer& layer) {
  LINNET_ASSIGN(Integers from, layer.ReadIntegers(0, "input"));
  if (layer.op().op == Op::CAST) return from;
  LINNET_ASSIGN(graph::Shape declared, FileShape(layer.output()));
  if (std::any_of(declared.begin(), declared.end(), [](int64_t d) { return d < 0; }) ||
      static_cast<size_t>(graph::ElementCount(declared)) != from.values.size())
    return layer.Wrong("its output of " + graph::ToString(declared) + " doesn't hold its " +
                       std::to_string(from.values.size()) + " numbers");
  from.shape = std::move(declared);
  return from;
}

// The shape of a tensor that flows or of a constant.
Outcome<Integers> FoldShape(Layer& layer) {
  if (auto ok = layer.ExpectForm(1, 1); !ok) return std::unexpected(ok.error());
  const TensorState& state = layer.conversion().known[static_cast<size_t>(layer.op().inputs[0])];
  graph::Shape shape;
  if (state.id != graph::kNoTensor) {
    shape = layer.shape(state.id);
  } else if (state.integers.has_value()) {
    shape = state.integers->shape;
  } else {
    LINNET_ASSIGN(shape, FileShape(layer.input(0)));
  }
  const auto rank = static_cast<int64_t>(shape.size());
  return Integers{{rank}, std::move(shape)};
}

Outcome<Integers> Fold(Layer& layer) {
  switch (layer.op().op) {
    case Op::SHAPE: return FoldShape(layer);
    case Op::PACK:
    case Op::CONCATENATION: return FoldJoin(layer);
    case Op::SLICE:
    case Op::STRIDED_SLICE: return FoldSlice(layer);
    case Op::GATHER: return FoldGather(layer);
    case Op::REDUCE_PROD: return FoldProduct(layer);
    case Op::CAST:
    case Op::RESHAPE:
    case Op::SQUEEZE:
    case Op::EXPAND_DIMS: return FoldReshape(layer);
    default: return FoldBinary(layer);
  }
}

}  // namespace

std::vector<schema::BuiltinOperator> FoldableOperators() { return {kFoldable.begin(), kFoldable.end()}; }

Outcome<bool> FoldIntegers(Layer& layer) {
  const OperatorView& op = layer.op();
  if (std::find(kFoldable.begin(), kFoldable.end(), op.op) == kFoldable.end()) return false;
  if (op.outputs.size() != 1 || !IsInteger(layer.output().type()) || !layer.has_input(0)) return false;
  if (op.op != Op::SHAPE && !IsInteger(layer.input(0).type())) return false;
  LINNET_ASSIGN(Integers integers, Fold(layer));
  LINNET_ASSIGN(integers, Checked(layer, std::move(integers)));
  layer.EmitIntegers(std::move(integers));
  return true;
}

}  // namespace linnet::tflite
