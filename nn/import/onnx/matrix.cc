// Gemm and MatMul become fully-connected layers: one factor is constant.
#include <algorithm>

#include "operators.h"
#include "quantized.h"

namespace linnet::onnx {
namespace {

using graph::OpKind;
using graph::Shape;
using graph::TensorId;

constexpr const char* kOneConstant =
    "neither factor is constant; supported: a product with constant weights (attention can't be compiled)";

graph::Tensor Scaled(const graph::Tensor& tensor, float factor) {
  std::vector<float> values = Floats(tensor);
  for (float& v : values) v *= factor;
  graph::Tensor result = FloatTensor(tensor.shape, values);
  result.name = tensor.name;
  return result;
}

// A Gemm's C as a bias of [n], where it is one number, [n] or [1,n].
std::optional<graph::Tensor> AsBias(const Value& c, int64_t n) {
  if (!c.constant || c.type != graph::DType::kFloat32 || c.shape.size() > 2) return std::nullopt;
  const int64_t count = CountOf(c.shape);
  if (count == n && (c.shape.empty() || c.shape.back() == n)) {
    graph::Tensor bias = *c.constant;
    bias.shape = {n};
    if (bias.quantization.scales.size() > 1) bias.quantization.axis = 0;
    return bias;
  }
  if (count != 1) return std::nullopt;
  const std::vector<float> spread(static_cast<size_t>(n), Floats(*c.constant)[0]);
  graph::Tensor bias = FloatTensor({n}, spread);
  bias.name = c.constant->name;
  return bias;
}

struct Product {
  std::optional<Int8Plan> plan;
  graph::Tensor weights;  // [k, n]
  std::optional<graph::Tensor> bias;
};

// x, on the graph as [m, k], times the weights.
Outcome<TensorId> AddProduct(Layer& layer, const Product& product, TensorId x, const std::string& part) {
  const graph::Quantization quantization = product.weights.quantization;
  LINNET_ASSIGN(const TensorId w,
                AddWeights(layer, product.weights, product.weights.shape[1], product.plan, quantization));
  std::vector<TensorId> inputs{x, w};
  if (product.bias) {
    LINNET_ASSIGN(const TensorId b, AddBias(layer, *product.bias, product.plan, x, w));
    inputs.push_back(b);
  }
  graph::FullyConnectedAttributes attributes;
  if (product.plan) attributes.activation = product.plan->activation;
  return layer.Append(OpKind::kFullyConnected, std::move(inputs), attributes, {},
                      product.plan ? product.plan->output : graph::Quantization{}, part);
}

Outcome<void> CheckGemm(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 3); !ok) return ok;
  const Shape& a = layer.input(0).shape;
  const Shape& b = layer.input(1).shape;
  if (a.size() != 2 || b.size() != 2)
    return layer.Wrong("expects matrices, found " + graph::ToString(a) + " and " + graph::ToString(b));
  const bool turned_a = layer.Int("transA", 0) != 0;
  const bool turned_b = layer.Int("transB", 0) != 0;
  if (a[turned_a ? 0 : 1] != b[turned_b ? 1 : 0])
    return layer.Wrong(graph::ToString(a) + " and " + graph::ToString(b) + " don't fit");
  if (!layer.input(1).constant) return layer.Unsupported(kOneConstant);
  return {};
}

// beta * C added behind the product, where it isn't a bias.
Outcome<Value> AddMatrix(Layer& layer, const Value& product, float beta) {
  LINNET_ASSIGN(Value c, layer.FloatValue(2));
  if (c.shape.size() > 2) return layer.Wrong("C has the shape " + graph::ToString(c.shape));
  LINNET_ASSIGN(c, layer.InOrder(c, PlainOrder(c.shape.size())));
  TensorId scaled = c.tensor;
  if (beta != 1) {
    const graph::Tensor factor = FloatTensor({1}, std::vector<float>{beta});
    LINNET_ASSIGN(const TensorId by, layer.AddFloats(factor));
    LINNET_ASSIGN(scaled, layer.Append(OpKind::kMul, {c.tensor, by}, graph::NoAttributes{}, {}, {}, "/beta"));
  }
  LINNET_ASSIGN(const TensorId sum, layer.Append(OpKind::kAdd, {product.tensor, scaled}, graph::NoAttributes{}));
  if (layer.graph().tensor(sum).shape != product.shape)
    return layer.Wrong("C of " + graph::ToString(c.shape) + " doesn't fit the product of " +
                       graph::ToString(product.shape));
  Value result = product;
  result.tensor = sum;
  return result;
}

Value Plain(TensorId tensor, Shape shape, bool int8) {
  Value value;
  value.tensor = tensor;
  value.order = PlainOrder(shape.size());
  value.shape = std::move(shape);
  value.dequantized = int8;
  return value;
}

}  // namespace

Outcome<Values> ConvertGemm(Layer& layer) {
  if (auto ok = CheckGemm(layer); !ok) return std::unexpected(ok.error());
  const bool turned_a = layer.Int("transA", 0) != 0;
  const bool turned_b = layer.Int("transB", 0) != 0;
  const float alpha = layer.Float("alpha", 1);
  const float beta = layer.Float("beta", 1);
  const int64_t n = layer.input(1).shape[turned_b ? 0 : 1];
  const bool has_c = layer.has_input(2) && beta != 0;
  Product product;
  if (has_c) product.bias = AsBias(layer.input(2), n);
  if (alpha == 1 && (!has_c || (product.bias && beta == 1))) {
    LINNET_ASSIGN(product.plan, PlanProduct(layer, 0, 1, turned_b ? 0 : 1));
  }
  LINNET_ASSIGN(product.weights, WeightsInput(layer, 1, product.plan));
  if (turned_b) product.weights = Permuted(product.weights, Order{1, 0});
  if (alpha != 1) product.weights = Scaled(product.weights, alpha);
  if (product.bias && beta != 1) product.bias = Scaled(*product.bias, beta);
  Value x = layer.input(0);
  if (!product.plan) {
    LINNET_ASSIGN(x, layer.FloatValue(0));
  }
  LINNET_ASSIGN(x, layer.InOrder(x, turned_a ? Order{1, 0} : Order{0, 1}));
  const bool apart = has_c && !product.bias;
  LINNET_ASSIGN(const TensorId result, AddProduct(layer, product, x.tensor, apart ? "/product" : ""));
  Value answer = Plain(result, layer.graph().tensor(result).shape, product.plan.has_value());
  if (apart) {
    LINNET_ASSIGN(answer, AddMatrix(layer, answer, beta));
  }
  return Values{answer};
}

namespace {

// W x = (x^T W^T)^T for matrices; the transpositions are orders.
Outcome<Values> ConstantTimes(Layer& layer) {
  const Value& w = layer.input(0);
  if (w.shape.size() != 2 || layer.input(1).shape.size() != 2 || w.shape[1] != layer.input(1).shape[0])
    return layer.Unsupported("a constant of " + graph::ToString(w.shape) + " times " +
                             graph::ToString(layer.input(1).shape) + "; supported: two matrices that fit");
  Product product;
  LINNET_ASSIGN(product.plan, PlanProduct(layer, 1, 0, 0));
  LINNET_ASSIGN(product.weights, WeightsInput(layer, 0, product.plan));
  product.weights = Permuted(product.weights, Order{1, 0});
  Value x = layer.input(1);
  if (!product.plan) {
    LINNET_ASSIGN(x, layer.FloatValue(1));
  }
  LINNET_ASSIGN(x, layer.InOrder(x, Order{1, 0}));
  LINNET_ASSIGN(const TensorId result, AddProduct(layer, product, x.tensor, ""));
  Value answer = Plain(result, {w.shape[0], x.shape[1]}, product.plan.has_value());
  answer.order = {1, 0};
  return Values{answer};
}

// The second factor as a matrix [k, n]: leading ones are dropped, a vector is a column.
Outcome<Shape> MatrixShape(const Layer& layer, const Shape& b) {
  if (b.size() == 1) return Shape{b[0], 1};
  for (size_t d = 0; d + 2 < b.size(); ++d) {
    if (b[d] != 1)
      return layer.Unsupported("weights " + graph::ToString(b) + ", one matrix for each of several; supported: one");
  }
  if (b.size() < 2) return layer.Wrong("a factor without dimensions");
  return Shape(b.end() - 2, b.end());
}

}  // namespace

Outcome<Values> ConvertMatMul(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 2); !ok) return std::unexpected(ok.error());
  if (layer.input(0).constant && !layer.input(1).constant) return ConstantTimes(layer);
  if (!layer.input(1).constant) return layer.Unsupported(kOneConstant);
  const Shape a = layer.input(0).shape;
  const Shape b = layer.input(1).shape;
  LINNET_ASSIGN(const Shape matrix, MatrixShape(layer, b));
  if (a.empty() || a.back() != matrix[0])
    return layer.Wrong(graph::ToString(a) + " and " + graph::ToString(b) + " don't fit");
  Product product;
  if (b.size() == 2) {
    LINNET_ASSIGN(product.plan, PlanProduct(layer, 0, 1, 1));
  }
  LINNET_ASSIGN(product.weights, WeightsInput(layer, 1, product.plan));
  product.weights.shape = matrix;
  Value x = layer.input(0);
  if (!product.plan) {
    LINNET_ASSIGN(x, layer.FloatValue(0));
  }
  LINNET_ASSIGN(x, layer.Reshaped(x, {CountOf(a) / a.back(), a.back()}));
  LINNET_ASSIGN(const TensorId result, AddProduct(layer, product, x.tensor, ""));
  Shape shape(a.begin(), a.end() - 1);
  for (size_t d = 2; d < b.size() && shape.size() + 1 < b.size(); ++d) shape.insert(shape.begin(), 1);
  if (b.size() > 1) shape.push_back(matrix[1]);
  const Value flat = Plain(result, layer.graph().tensor(result).shape, product.plan.has_value());
  LINNET_ASSIGN(const Value answer, layer.Reshaped(flat, shape));
  return Values{answer};
}

}  // namespace linnet::onnx
