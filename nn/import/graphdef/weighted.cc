// Matrix products, biases and batch normalisation.
#include <cmath>

#include "layer.h"

namespace linnet::graphdef {
namespace {

using graph::OpKind;
using graph::Shape;

Outcome<Result> ComputeProduct(const Layer& layer, const Constant& a, const Constant& b) {
  const auto rows = a.shape[0];
  const auto inner = a.shape[1];
  const auto columns = b.shape[1];
  LINNET_ASSIGN(auto product, layer.NewConstant(a.type, {rows, columns}));
  for (int64_t r = 0; r < rows; ++r) {
    if (auto ok = layer.Spend(inner * columns); !ok) return std::unexpected(ok.error());
    double* out = product->numbers.data() + r * columns;
    for (int64_t k = 0; k < inner; ++k) {
      const double factor = a.numbers[static_cast<size_t>(r * inner + k)];
      const double* in = b.numbers.data() + k * columns;
      for (int64_t c = 0; c < columns; ++c) out[c] += factor * in[c];
    }
  }
  return layer.Finish(std::move(product));
}

// data [rows, in] times constant weights [in, out]. Several rows are the pixels of a convolution with one weight each way.
Outcome<Result> AppendProduct(const Layer& layer, const Result& data, const Result& weights,
                              const std::string& suffix) {
  const Shape shape = layer.ShapeOf(data);
  const Shape filter = layer.ShapeOf(weights);
  if (shape[0] == 1)
    return layer.Append(OpKind::kFullyConnected, {data, weights}, graph::FullyConnectedAttributes{}, {}, suffix);
  LINNET_ASSIGN(const Result pixels, layer.Reshape(data, {1, shape[0], 1, shape[1]}, suffix + "/pixels"));
  LINNET_ASSIGN(const Result one_by_one, layer.Reshape(weights, {1, 1, filter[0], filter[1]}, suffix + "/filter"));
  LINNET_ASSIGN(const Result products,
                layer.Append(OpKind::kConv2D, {pixels, one_by_one}, graph::ConvAttributes{}, {}, suffix + "/products"));
  return layer.Reshape(products, {shape[0], filter[1]}, suffix);
}

Outcome<Result> Product(const Layer& layer, const Result& a, const Result& b) {
  if (layer.ShapeOf(a)[1] != layer.ShapeOf(b)[0]) {
    return layer.Wrong("can't multiply " + graph::ToString(layer.ShapeOf(a)) + " by " +
                       graph::ToString(layer.ShapeOf(b)) + ", as transposed");
  }
  if (a.constant && b.constant) return ComputeProduct(layer, *a.constant, *b.constant);
  if (b.constant) return AppendProduct(layer, a, b, "");
  // W x = (x^T W^T)^T
  LINNET_ASSIGN(const Result weights, layer.Transpose(a, {1, 0}, "/weights"));
  LINNET_ASSIGN(const Result data, layer.Transpose(b, {1, 0}, "/rows"));
  LINNET_ASSIGN(const Result product, AppendProduct(layer, data, weights, "/transposed"));
  return layer.Transpose(product, {1, 0});
}

bool IsChannelsFirst(const Layer& layer) { return layer.Text("data_format") == "NCHW"; }

}  // namespace

// MatMul; BatchMatMul where all but the last two dimensions are 1, or the second factor is one constant matrix.
Outcome<Result> ConvertMatMul(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  const bool batch = layer.op() != "MatMul";
  if (!layer.IsConstant(0) && !layer.IsConstant(1)) {
    return layer.Unsupported("both factors '" + layer.NameOfInput(0) + "' and '" + layer.NameOfInput(1) +
                             "' are computed from the network's input; supported: one of them constant. If it is a "
                             "variable, freeze the graph, so that variables become constants");
  }
  const Shape shape_a = layer.shape(0);
  const Shape shape_b = layer.shape(1);
  if (shape_a.size() < 2 || shape_b.size() < 2 || (!batch && (shape_a.size() > 2 || shape_b.size() > 2))) {
    return layer.Wrong("expects factors of 2 dimensions, found " + graph::ToString(shape_a) + " and " +
                       graph::ToString(shape_b));
  }
  const bool turn_a = layer.Flag(batch ? "adj_x" : "transpose_a");
  const bool turn_b = layer.Flag(batch ? "adj_y" : "transpose_b");
  const auto rows_of = [](const Shape& shape) { return *CountOf(Shape(shape.begin(), shape.end() - 1)); };
  const Shape flat_a = {rows_of(shape_a), shape_a.back()};
  const Shape flat_b = {rows_of(shape_b), shape_b.back()};
  const bool many_a = flat_a[0] != shape_a[shape_a.size() - 2];
  const bool many_b = flat_b[0] != shape_b[shape_b.size() - 2];
  if (many_b || (many_a && turn_a)) {
    return layer.Unsupported("multiplies " + graph::ToString(shape_a) + " by " + graph::ToString(shape_b) +
                             "; supported: many matrices by one constant matrix. Use tf.layers.dense");
  }
  LINNET_ASSIGN(Result a, layer.Reshape(layer.input(0), flat_a, "/rows_a"));
  LINNET_ASSIGN(Result b, layer.Reshape(layer.input(1), flat_b, "/rows_b"));
  if (turn_a) {
    LINNET_ASSIGN(a, layer.Transpose(a, {1, 0}, "/a"));
  }
  if (turn_b) {
    LINNET_ASSIGN(b, layer.Transpose(b, {1, 0}, "/b"));
  }
  LINNET_ASSIGN(const Result product, Product(layer, a, b));
  if (!batch) return product;
  Shape target = shape_a.size() >= shape_b.size() ? shape_a : shape_b;
  target[target.size() - 2] = many_a ? shape_a[shape_a.size() - 2] : layer.ShapeOf(product)[0];
  target.back() = layer.ShapeOf(product)[1];
  return layer.Reshape(product, std::move(target), "/batch");
}

Outcome<Result> ConvertBiasAdd(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  const Shape bias = layer.shape(1);
  const size_t rank = layer.shape(0).size();
  if (bias.size() != 1) return layer.Wrong("expects a bias of 1 dimension, found " + graph::ToString(bias));
  if (!IsChannelsFirst(layer)) return layer.Binary("Add", layer.input(0), layer.input(1));
  if (rank < 2) return layer.Wrong("expects data of 2 dimensions or more");
  Shape wide(rank - 1, 1);
  wide[0] = bias[0];
  LINNET_ASSIGN(const Result column, layer.Reshape(layer.input(1), std::move(wide), "/bias"));
  return layer.Binary("Add", layer.input(0), column);
}

// FusedBatchNorm of inference: (x - mean) * scale / sqrt(variance + epsilon) + offset, as x * factor + shift.
Outcome<Result> ConvertBatchNorm(Layer& layer) {
  if (auto ok = layer.ExpectInputs(5); !ok) return std::unexpected(ok.error());
  const AttrValue* training = FindAttribute(layer.def(), "is_training");
  if (training == nullptr || training->b()) {
    return layer.Unsupported(
        "takes mean and variance from the batch, as in training; supported: inference. Build the graph with "
        "training=False before freezing");
  }
  std::vector<const Constant*> statistics;
  for (size_t i = 1; i < 5; ++i) {
    constexpr const char* kNames[] = {"the scale", "the offset", "the mean", "the variance"};
    LINNET_ASSIGN(const Constant* constant, layer.FloatConstant(i, kNames[i - 1]));
    if (constant->shape.size() != 1 || constant->shape != layer.shape(1))
      return layer.Wrong("expects one number a channel as " + std::string(kNames[i - 1]) + ", found " +
                         graph::ToString(constant->shape));
    statistics.push_back(constant);
  }
  Shape shape = layer.shape(1);
  if (IsChannelsFirst(layer)) shape.insert(shape.end(), 2, 1);
  LINNET_ASSIGN(auto factor, layer.NewConstant(graph::DType::kFloat32, shape, "/factor"));
  LINNET_ASSIGN(auto shift, layer.NewConstant(graph::DType::kFloat32, shape, "/shift"));
  const double epsilon = layer.Number("epsilon", 0.0001F);
  for (size_t c = 0; c < factor->numbers.size(); ++c) {
    factor->numbers[c] = statistics[0]->numbers[c] / std::sqrt(statistics[3]->numbers[c] + epsilon);
    shift->numbers[c] = statistics[1]->numbers[c] - statistics[2]->numbers[c] * factor->numbers[c];
  }
  LINNET_ASSIGN(const Result by, layer.Finish(std::move(factor)));
  LINNET_ASSIGN(const Result plus, layer.Finish(std::move(shift)));
  LINNET_ASSIGN(const Result scaled, layer.Binary("Mul", layer.input(0), by, "/scaled"));
  return layer.Binary("Add", scaled, plus);
}

}  // namespace linnet::graphdef
