// Operators element by element.
#include <algorithm>
#include <array>
#include <cmath>

#include "layer.h"

namespace linnet::graphdef {
namespace {

using graph::DType;
using graph::OpKind;
using graph::Shape;

struct BinaryOperator {
  std::string_view name;
  double (*compute)(double, double);
  std::optional<OpKind> node = std::nullopt;  // nothing: of constants only
  bool compares = false;
};

constexpr std::array kBinary = {
    BinaryOperator{"Add", [](double a, double b) { return a + b; }, OpKind::kAdd},
    BinaryOperator{"AddV2", [](double a, double b) { return a + b; }, OpKind::kAdd},
    BinaryOperator{"Div", [](double a, double b) { return a / b; }, OpKind::kDiv},
    BinaryOperator{"Equal", [](double a, double b) { return a == b ? 1.0 : 0; }, std::nullopt, true},
    BinaryOperator{"FloorDiv", [](double a, double b) { return std::floor(a / b); }},
    BinaryOperator{"FloorMod", [](double a, double b) { return a - std::floor(a / b) * b; }},
    BinaryOperator{"Greater", [](double a, double b) { return a > b ? 1.0 : 0; }, std::nullopt, true},
    BinaryOperator{"GreaterEqual", [](double a, double b) { return a >= b ? 1.0 : 0; }, std::nullopt, true},
    BinaryOperator{"Less", [](double a, double b) { return a < b ? 1.0 : 0; }, std::nullopt, true},
    BinaryOperator{"LessEqual", [](double a, double b) { return a <= b ? 1.0 : 0; }, std::nullopt, true},
    BinaryOperator{"Maximum", [](double a, double b) { return a > b ? a : b; }, OpKind::kMaximum},
    BinaryOperator{"Minimum", [](double a, double b) { return a < b ? a : b; }, OpKind::kMinimum},
    BinaryOperator{"Mul", [](double a, double b) { return a * b; }, OpKind::kMul},
    BinaryOperator{"NotEqual", [](double a, double b) { return a != b ? 1.0 : 0; }, std::nullopt, true},
    BinaryOperator{"Pow", [](double a, double b) { return std::pow(a, b); }},
    BinaryOperator{"RealDiv", [](double a, double b) { return a / b; }, OpKind::kDiv},
    BinaryOperator{"SquaredDifference", [](double a, double b) { return (a - b) * (a - b); }},
    BinaryOperator{"Sub", [](double a, double b) { return a - b; }, OpKind::kSub},
};

struct UnaryOperator {
  std::string_view name;
  double (*compute)(double);
  std::optional<OpKind> node = std::nullopt;
};

constexpr std::array kUnary = {
    UnaryOperator{"Abs", [](double a) { return std::fabs(a); }},
    UnaryOperator{"Ceil", [](double a) { return std::ceil(a); }},
    UnaryOperator{"Exp", [](double a) { return std::exp(a); }},
    UnaryOperator{"Floor", [](double a) { return std::floor(a); }},
    UnaryOperator{"Log", [](double a) { return std::log(a); }},
    UnaryOperator{"LogicalNot", [](double a) { return a == 0 ? 1.0 : 0; }},
    UnaryOperator{"Neg", [](double a) { return -a; }},
    UnaryOperator{"Reciprocal", [](double a) { return 1 / a; }},
    UnaryOperator{"Relu", [](double a) { return a > 0 ? a : 0; }, OpKind::kRelu},
    UnaryOperator{"Relu6", [](double a) { return a > 6   ? 6
                                                 : a > 0 ? a
                                                         : 0; }, OpKind::kRelu6},
    UnaryOperator{"Round", [](double a) { return std::nearbyint(a); }},
    UnaryOperator{"Rsqrt", [](double a) { return 1 / std::sqrt(a); }},
    UnaryOperator{"Sigmoid", [](double a) { return 1 / (1 + std::exp(-a)); }, OpKind::kSigmoid},
    UnaryOperator{"Sqrt", [](double a) { return std::sqrt(a); }},
    UnaryOperator{"Square", [](double a) { return a * a; }},
    UnaryOperator{"Tanh", [](double a) { return std::tanh(a); }, OpKind::kTanh},
};

template <typename Operators>
const auto* Find(const Operators& operators, std::string_view name) {
  const auto it = std::find_if(operators.begin(), operators.end(), [&](const auto& op) { return op.name == name; });
  return it == operators.end() ? nullptr : &*it;
}

std::optional<Shape> Broadcast(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < result.size(); ++i) {  // from the last dimension
    const int64_t da = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t db = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (da != db && da != 1 && db != 1) return std::nullopt;
    result[result.size() - 1 - i] = da == 1 ? db : da;
  }
  return result;
}

// How far the element of an operand moves for a step in each dimension of the result: 0 where the operand is broadcast.
std::vector<int64_t> BroadcastStrides(const Shape& operand, size_t rank) {
  std::vector<int64_t> strides(rank, 0);
  int64_t stride = 1;
  for (size_t i = 0; i < operand.size(); ++i) {
    const int64_t extent = operand[operand.size() - 1 - i];
    if (extent != 1) strides[rank - 1 - i] = stride;
    stride *= std::max<int64_t>(extent, 1);
  }
  return strides;
}

Outcome<Result> Compute(const Layer& layer, const BinaryOperator& op, const Constant& a, const Constant& b,
                        const std::string& suffix) {
  const std::optional<Shape> shape = Broadcast(a.shape, b.shape);
  if (!shape)
    return layer.Wrong("shapes " + graph::ToString(a.shape) + " and " + graph::ToString(b.shape) + " don't broadcast");
  if (a.type != b.type)
    return layer.Wrong("its operands are " + std::string(Name(a.type)) + " and " + std::string(Name(b.type)));
  LINNET_ASSIGN(auto result, layer.NewConstant(op.compares ? DType::kBool : a.type, *shape, suffix));
  const std::vector<int64_t> step_a = BroadcastStrides(a.shape, shape->size());
  const std::vector<int64_t> step_b = BroadcastStrides(b.shape, shape->size());
  std::vector<int64_t> at(shape->size(), 0);
  int64_t ia = 0;
  int64_t ib = 0;
  for (double& number : result->numbers) {
    number = op.compute(a.numbers[static_cast<size_t>(ia)], b.numbers[static_cast<size_t>(ib)]);
    for (size_t d = at.size(); d-- > 0;) {
      ia += step_a[d];
      ib += step_b[d];
      if (++at[d] < (*shape)[d]) break;
      ia -= at[d] * step_a[d];
      ib -= at[d] * step_b[d];
      at[d] = 0;
    }
  }
  return layer.Finish(std::move(result));
}

// A constant that stands beside channels-first data, for the same data channels last.
Outcome<Result> TurnBack(const Layer& layer, const Result& constant, const std::vector<int>& permutation) {
  Shape wide = layer.ShapeOf(constant);
  if (CountOf(wide) == 1) return constant;
  wide.insert(wide.begin(), permutation.size() - std::min(wide.size(), permutation.size()), 1);
  if (wide.size() != permutation.size()) return layer.Unsupported("a constant with more dimensions than the data");
  std::vector<int> back(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) back[static_cast<size_t>(permutation[i])] = static_cast<int>(i);
  LINNET_ASSIGN(const Result same_rank, layer.Reshape(constant, std::move(wide), "/wide"));
  return layer.Transpose(same_rank, back, "/channels_last");
}

// Where operands are transposed data, or such beside a constant, the operator works before the transposition.
Outcome<Result> AppendBinary(const Layer& layer, OpKind node, const Result& a, const Result& b,
                             const std::string& suffix) {
  const auto& transpositions = layer.conversion().transpositions;
  const auto turned_a = a.constant ? transpositions.end() : transpositions.find(a.tensor);
  const auto turned_b = b.constant ? transpositions.end() : transpositions.find(b.tensor);
  const bool any_a = turned_a != transpositions.end();
  const bool any_b = turned_b != transpositions.end();
  if ((!any_a && !any_b) || (!any_a && !a.constant) || (!any_b && !b.constant))
    return layer.Append(node, {a, b}, graph::NoAttributes{}, {}, suffix);
  const std::vector<int> permutation = any_a ? turned_a->second.permutation : turned_b->second.permutation;
  if (any_a && any_b &&
      (turned_b->second.permutation != permutation || layer.ShapeOf(a).size() != layer.ShapeOf(b).size()))
    return layer.Append(node, {a, b}, graph::NoAttributes{}, {}, suffix);
  Result last_a{any_a ? turned_a->second.source : graph::kNoTensor, nullptr};
  Result last_b{any_b ? turned_b->second.source : graph::kNoTensor, nullptr};
  if (!any_a) {
    LINNET_ASSIGN(last_a, TurnBack(layer, a, permutation));
  }
  if (!any_b) {
    LINNET_ASSIGN(last_b, TurnBack(layer, b, permutation));
  }
  LINNET_ASSIGN(const Result result,
                layer.Append(node, {last_a, last_b}, graph::NoAttributes{}, {}, suffix + "/channels_last"));
  return layer.Transpose(result, permutation, suffix);
}

Outcome<Result> AppendUnary(const Layer& layer, OpKind node, const Result& a,
                            const graph::Attributes& attributes = graph::NoAttributes{}) {
  const auto& transpositions = layer.conversion().transpositions;
  const auto turned = a.constant ? transpositions.end() : transpositions.find(a.tensor);
  if (turned == transpositions.end()) return layer.Append(node, {a}, attributes);
  const auto [source, permutation] = turned->second;
  LINNET_ASSIGN(const Result result, layer.Append(node, {Result{source, nullptr}}, attributes, {}, "/channels_last"));
  return layer.Transpose(result, permutation);
}

Outcome<Result> Scalar(const Layer& layer, double value, const std::string& suffix) {
  LINNET_ASSIGN(auto constant, layer.NewConstant(DType::kFloat32, {}, suffix));
  constant->numbers[0] = value;
  return layer.Finish(std::move(constant));
}

Outcome<Result> Map(const Layer& layer, double (*compute)(double), const Constant& a) {
  LINNET_ASSIGN(auto result, layer.NewConstant(a.type, a.shape));
  std::transform(a.numbers.begin(), a.numbers.end(), result->numbers.begin(), compute);
  return layer.Finish(std::move(result));
}

}  // namespace

Outcome<Result> Layer::Binary(std::string_view name, const Result& a, const Result& b,
                              const std::string& suffix) const {
  const BinaryOperator& known = *Find(kBinary, name);
  if (a.constant && b.constant) return Compute(*this, known, *a.constant, *b.constant, suffix);
  if (name == "SquaredDifference") {
    LINNET_ASSIGN(const Result difference, Binary("Sub", a, b, suffix + "/difference"));
    return AppendBinary(*this, OpKind::kMul, difference, difference, suffix);
  }
  if (!known.node)
    return Unsupported("of data that the network computes; supported: " + std::string(name) +
                       " of constants. Leave it to the program that reads the answer, and name an earlier layer as the "
                       "output");
  // Dividing by what is known is multiplying, which is cheaper and keeps int8 networks to multiplications.
  const bool divides = known.node == OpKind::kDiv && b.constant && b.constant->type == DType::kFloat32;
  if (divides && std::find(b.constant->numbers.begin(), b.constant->numbers.end(), 0.0) == b.constant->numbers.end()) {
    LINNET_ASSIGN(auto inverse, NewConstant(DType::kFloat32, b.constant->shape, suffix + "/inverse"));
    std::transform(b.constant->numbers.begin(), b.constant->numbers.end(), inverse->numbers.begin(),
                   [](double v) { return 1 / v; });
    LINNET_ASSIGN(const Result factor, Finish(std::move(inverse)));
    return AppendBinary(*this, OpKind::kMul, a, factor, suffix);
  }
  return AppendBinary(*this, *known.node, a, b, suffix);
}

Outcome<Result> ConvertBinary(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  return layer.Binary(layer.op(), layer.input(0), layer.input(1));
}

Outcome<Result> ConvertAddN(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 64); !ok) return std::unexpected(ok.error());
  Result sum = layer.input(0);
  for (size_t i = 1; i < layer.input_count(); ++i) {
    const std::string suffix = i + 1 == layer.input_count() ? "" : "/" + std::to_string(i);
    LINNET_ASSIGN(sum, layer.Binary("Add", sum, layer.input(i), suffix));
  }
  return sum;
}

Outcome<Result> ConvertUnary(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  const UnaryOperator& known = *Find(kUnary, layer.op());
  const Result& a = layer.input(0);
  if (a.constant) return Map(layer, known.compute, *a.constant);
  if (known.node) return AppendUnary(layer, *known.node, a);
  if (known.name == "Square") return layer.Binary("Mul", a, a);
  if (known.name == "Neg") {
    LINNET_ASSIGN(const Result minus_one, Scalar(layer, -1, "/factor"));
    return layer.Binary("Mul", a, minus_one);
  }
  if (known.name == "Reciprocal") {
    LINNET_ASSIGN(const Result one, Scalar(layer, 1, "/dividend"));
    return layer.Binary("RealDiv", one, a);
  }
  if (known.name == "Abs") {
    LINNET_ASSIGN(const Result minus_one, Scalar(layer, -1, "/factor"));
    LINNET_ASSIGN(const Result negative, layer.Binary("Mul", a, minus_one, "/negative"));
    return layer.Binary("Maximum", a, negative);
  }
  return layer.Unsupported(
      "of data that the network computes; supported: " + layer.op() +
      " of constants. Replace it by Relu, Sigmoid or Tanh, or name an earlier layer as the output");
}

Outcome<Result> ConvertIdentity(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 3); !ok) return std::unexpected(ok.error());
  // The read of a frozen variable; an ArgMax's index, which stays as it is.
  if (layer.IsConstant(0) || layer.TypeOf(layer.input(0)) != DType::kFloat32) return layer.input(0);
  return AppendUnary(layer, OpKind::kIdentity, layer.input(0));
}

Outcome<Result> ConvertLeakyRelu(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  return AppendUnary(layer, OpKind::kLeakyRelu, layer.input(0),
                     graph::LeakyReluAttributes{layer.Number("alpha", 0.2F)});
}

Outcome<Result> ConvertClip(Layer& layer) {
  if (auto ok = layer.ExpectInputs(3); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const float lo, layer.Number(size_t{1}, "the lower limit"));
  LINNET_ASSIGN(const float hi, layer.Number(size_t{2}, "the upper limit"));
  if (!(lo <= hi)) return layer.Wrong("the lower limit is above the upper one");
  if (lo == 0 && hi == 6) return AppendUnary(layer, OpKind::kRelu6, layer.input(0));
  return AppendUnary(layer, OpKind::kClamp, layer.input(0), graph::ClampAttributes{lo, hi});
}

Outcome<Result> ConvertCast(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  const AttrValue* attribute = FindAttribute(layer.def(), "DstT");
  const DataType wanted = attribute == nullptr ? DT_INVALID : attribute->type();
  const std::optional<DType> type = TypeOf(wanted);
  if (!type) return layer.Unsupported("to " + NameOf(wanted) + "; supported: float, double, half, bool and integers");
  const Result& a = layer.input(0);
  if (a.constant) {
    LINNET_ASSIGN(auto result, layer.NewConstant(*type, a.constant->shape));
    result->numbers = a.constant->numbers;
    return layer.Finish(std::move(result));
  }
  const bool to_float = *type == DType::kFloat32;
  const bool from_float = layer.TypeOf(a) == DType::kFloat32;
  if (to_float != from_float) {
    return layer.Unsupported(
        "from " + std::string(Name(layer.TypeOf(a))) + " to " + NameOf(wanted) +
        "; supported: between floats, and of an integer input. Name an earlier layer as the output");
  }
  return ConvertIdentity(layer);
}

}  // namespace linnet::graphdef
