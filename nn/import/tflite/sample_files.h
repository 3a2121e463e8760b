// Small files that import without an error and hold every operator between them: what the fuzzer damages.
#pragma once

#include <array>

#include "tflite_builder.h"

namespace linnet::tflite {

// Writes networks operator by operator; every tensor between them has a scale when `int8`.
class SampleFile {
 public:
  using Op = schema::BuiltinOperator;
  using Type = schema::TensorType;
  using Dims = TfliteBuilder::Dims;

  explicit SampleFile(bool int8) : int8_(int8) {}

  int Input(Dims shape) { return b.Input("x", std::move(shape), type(), scale(), zero()); }
  int Flow(Dims shape) { return b.Tensor("y", std::move(shape), type(), scale(), zero()); }
  int Weights(const Dims& shape, int channels = 1, int axis = 0) {
    size_t count = 1;
    for (const int32_t d : shape) count *= static_cast<size_t>(d);
    if (!int8_) return b.Floats("w", shape, std::vector<float>(count, 0.5F));
    return b.Int8s("w", shape, std::vector<int8_t>(count, 3), std::vector<float>(static_cast<size_t>(channels), 0.5F),
                   axis);
  }
  int Bias(int32_t channels) {
    const auto count = static_cast<size_t>(channels);
    return int8_ ? b.Ints("b", {channels}, std::vector<int32_t>(count, 5))
                 : b.Floats("b", {channels}, std::vector<float>(count, 5));
  }
  int Vector(const std::vector<int32_t>& values) { return b.Ints("n", {static_cast<int32_t>(values.size())}, values); }
  int Number(int32_t value) { return b.Ints("n", {}, {value}); }

  // The operator's one output, of that shape.
  int Add(Op op, std::vector<int32_t> inputs, Dims shape) {
    const int y = Flow(std::move(shape));
    b.Operator(op, std::move(inputs), {y});
    return y;
  }
  template <typename Options>
  int Add(Op op, std::vector<int32_t> inputs, Dims shape, Options options) {
    const int y = Flow(std::move(shape));
    b.Operator(op, std::move(inputs), {y}, std::move(options));
    return y;
  }
  template <typename Options>
  static Options Window(int stride, int filter = 0) {
    Options options;
    options.stride_h = options.stride_w = stride;
    if constexpr (requires { options.filter_width; }) options.filter_height = options.filter_width = filter;
    options.fused_activation_function = schema::ActivationFunctionType::RELU;
    return options;
  }
  // Gives a tensor the scale that its operator fixes.
  void Fix(int tensor, float fixed_scale, int64_t fixed_zero) {
    if (int8_) b.Quantize(tensor, {fixed_scale}, {fixed_zero});
  }

  TfliteBuilder b;

 private:
  Type type() const { return int8_ ? Type::INT8 : Type::FLOAT32; }
  float scale() const { return int8_ ? 0.25F : 0; }
  int zero() const { return int8_ ? -3 : 0; }

  bool int8_;
};

inline TfliteBuilder ConvolutionSample(bool int8) {
  using Op = schema::BuiltinOperator;
  SampleFile s(int8);
  int x = s.Input({1, 6, 6, 2});
  x = s.Add(Op::CONV_2D, {x, s.Weights({4, 3, 3, 2}, 4), s.Bias(4)}, {1, 3, 3, 4},
            SampleFile::Window<schema::Conv2DOptionsT>(2));
  x = s.Add(Op::PAD, {x, s.b.Ints("n", {4, 2}, {0, 0, 1, 0, 0, 1, 0, 0})}, {1, 4, 4, 4});
  x = s.Add(Op::DEPTHWISE_CONV_2D, {x, s.Weights({1, 2, 2, 8}, 8, 3), s.Bias(8)}, {1, 4, 4, 8},
            SampleFile::Window<schema::DepthwiseConv2DOptionsT>(1));
  const int max = s.Add(Op::MAX_POOL_2D, {x}, {1, 2, 2, 8}, SampleFile::Window<schema::Pool2DOptionsT>(2, 2));
  const int mean = s.Add(Op::AVERAGE_POOL_2D, {x}, {1, 2, 2, 8}, SampleFile::Window<schema::Pool2DOptionsT>(2, 2));
  schema::ConcatenationOptionsT concat;
  concat.axis = -1;
  x = s.Add(Op::CONCATENATION, {max, mean}, {1, 2, 2, 16}, concat);
  x = s.Add(Op::TRANSPOSE_CONV, {s.Vector({1, 4, 4, 2}), s.Weights({2, 2, 2, 16}), x, s.Bias(2)}, {1, 4, 4, 2},
            SampleFile::Window<schema::TransposeConvOptionsT>(2));
  x = s.Add(Op::RESIZE_NEAREST_NEIGHBOR, {x, s.Vector({2, 8})}, {1, 2, 8, 2}, schema::ResizeNearestNeighborOptionsT());
  x = s.Add(Op::ADD, {x, s.Weights({2})}, {1, 2, 8, 2}, schema::AddOptionsT());
  schema::FullyConnectedOptionsT keep;
  keep.keep_num_dims = true;
  x = s.Add(Op::FULLY_CONNECTED, {x, s.Weights({3, 2}), s.Bias(3)}, {1, 2, 8, 3}, keep);
  x = s.Add(Op::MEAN, {x, s.Vector({1, 2})}, {1, 3}, schema::ReducerOptionsT());
  x = s.Add(Op::FULLY_CONNECTED, {x, s.Weights({4, 3}), -1}, {1, 4}, schema::FullyConnectedOptionsT());
  schema::SoftmaxOptionsT beta;
  beta.beta = 1;
  x = s.Add(Op::SOFTMAX, {x}, {1, 4}, beta);
  s.Fix(x, 1.0F / 256, -128);
  s.b.Output(x);
  return std::move(s.b);
}

inline TfliteBuilder ElementSample(bool int8) {
  using Op = schema::BuiltinOperator;
  SampleFile s(int8);
  int x = s.Input({1, 2, 4});
  for (const Op op : {Op::RELU, Op::RELU6, Op::RELU_N1_TO_1, Op::RELU_0_TO_1, Op::HARD_SWISH})
    x = s.Add(op, {x}, {1, 2, 4});
  schema::LeakyReluOptionsT leaky;
  leaky.alpha = 0.1F;
  x = s.Add(Op::LEAKY_RELU, {x}, {1, 2, 4}, leaky);
  x = s.Add(Op::SUB, {x, s.Weights({4})}, {1, 2, 4}, schema::SubOptionsT());
  x = s.Add(Op::MUL, {x, s.Weights({2, 1})}, {1, 2, 4}, schema::MulOptionsT());
  if (!int8) x = s.Add(Op::DIV, {x, s.Weights({1})}, {1, 2, 4}, schema::DivOptionsT());
  const int y = s.Add(Op::SUM, {x, s.Vector({1})}, {1, 4}, schema::ReducerOptionsT());
  const int max = s.Add(Op::MAXIMUM, {x, y}, {1, 2, 4});
  x = s.Add(Op::MINIMUM, {max, x}, {1, 2, 4});
  const int log = s.Add(Op::LOG_SOFTMAX, {x}, {1, 2, 4});
  s.Fix(log, 16.0F / 256, 127);
  const int tanh = s.Add(Op::TANH, {log}, {1, 2, 4});
  s.Fix(tanh, 1.0F / 128, 0);
  const int logistic = s.Add(Op::LOGISTIC, {tanh}, {1, 2, 4});
  s.Fix(logistic, 1.0F / 256, -128);
  const int best = s.b.Tensor("best", {1, 2}, schema::TensorType::INT32);
  s.b.Operator(Op::ARG_MAX, {logistic, s.Number(-1)}, {best});
  const int border =
      s.b.Tensor("border", {1, 2, 4}, int8 ? schema::TensorType::FLOAT32 : schema::TensorType::INT8, 0.5F);
  s.b.Operator(int8 ? Op::DEQUANTIZE : Op::QUANTIZE, {logistic}, {border});
  s.b.Output(best);
  s.b.Output(border);
  return std::move(s.b);
}

inline TfliteBuilder ShapeSample(bool int8) {
  using Op = schema::BuiltinOperator;
  SampleFile s(int8);
  const int x = s.Input({1, 1, 4, 6});
  int y = s.Add(Op::SQUEEZE, {x}, {4, 6}, schema::SqueezeOptionsT());
  y = s.Add(Op::EXPAND_DIMS, {y, s.Number(0)}, {1, 4, 6});
  y = s.Add(Op::TRANSPOSE, {y, s.Vector({0, 2, 1})}, {1, 6, 4});
  schema::StridedSliceOptionsT cut;
  cut.begin_mask = 1;
  cut.end_mask = 2;
  cut.shrink_axis_mask = 4;
  y = s.Add(Op::STRIDED_SLICE, {y, s.Vector({0, 5, 1}), s.Vector({1, 0, 0}), s.Vector({1, -2, 1})}, {1, 3}, cut);
  y = s.Add(Op::PACK, {y, y}, {2, 1, 3}, schema::PackOptionsT());
  const int row = s.Flow({1, 3});
  const int other = s.Flow({1, 3});
  s.b.Operator(Op::UNPACK, {y}, {row, other}, schema::UnpackOptionsT());
  schema::ConcatenationOptionsT concat;
  concat.axis = 1;
  y = s.Add(Op::CONCATENATION, {row, other, row, other}, {1, 12}, concat);
  const int left = s.Flow({1, 6});
  const int right = s.Flow({1, 6});
  s.b.Operator(Op::SPLIT, {s.Number(1), y}, {left, right}, schema::SplitOptionsT());
  const int two = s.Flow({1, 2});
  const int four = s.Flow({1, 4});
  s.b.Operator(Op::SPLIT_V, {right, s.Vector({2, -1}), s.Number(1)}, {two, four});
  y = s.Add(Op::SLICE, {four, s.Vector({0, 1}), s.Vector({1, -1})}, {1, 3});
  const int value = s.Weights({});
  s.Fix(value, 0.25F, -3);
  y = s.Add(Op::PADV2, {y, s.b.Ints("n", {2, 2}, {0, 0, 1, 2}), value}, {1, 6});
  // The target of a reshape out of the shape of `left`.
  const auto integers = [&](Op op, std::vector<int32_t> inputs, TfliteBuilder::Dims shape) {
    const int made = s.b.Tensor("i", std::move(shape), schema::TensorType::INT32);
    s.b.Operator(op, std::move(inputs), {made});
    return made;
  };
  const int shape = integers(Op::SHAPE, {left}, {2});
  const int product = integers(Op::REDUCE_PROD, {shape, s.Vector({0})}, {});
  const int half = integers(Op::FLOOR_DIV, {product, s.Number(2)}, {});
  const int picked = integers(Op::GATHER, {shape, s.Vector({0})}, {1});
  const int joined = integers(Op::CONCATENATION, {picked, s.Vector({2})}, {2});
  const int last = integers(Op::STRIDED_SLICE, {joined, s.Vector({1}), s.Vector({2}), s.Vector({1})}, {});
  s.b.graph().operators.back()->builtin_options.Set([] {
    schema::StridedSliceOptionsT options;
    options.shrink_axis_mask = 1;
    return options;
  }());
  const int target = integers(Op::PACK, {integers(Op::CAST, {half}, {}), last}, {2});
  y = s.Add(Op::ADD, {y, left}, {1, 6});
  s.b.Output(s.Add(Op::RESHAPE, {y, target}, {3, 2}));
  s.b.Output(two);
  return std::move(s.b);
}

// SVDF between int16 borders, then an LSTM.
inline TfliteBuilder RecurrentSample() {
  using Op = schema::BuiltinOperator;
  using Type = schema::TensorType;
  SampleFile s(true);
  const int x = s.b.Input("x", {1, 4}, Type::INT16, 0.001F, 0);
  int y = s.Add(Op::QUANTIZE, {x}, {1, 4});
  schema::SVDFOptionsT svdf;
  svdf.rank = 2;
  svdf.fused_activation_function = schema::ActivationFunctionType::RELU;
  const int time = s.b.Constant<int16_t>("w", {4, 3}, std::vector<int16_t>(12, 300), Type::INT16);
  s.b.Quantize(time, {0.125F}, {0});
  y = s.Add(Op::SVDF, {y, s.Weights({4, 4}), time, s.Bias(2), s.b.Variable("s", {1, 12}, Type::INT16, 0.5F, 0)}, {1, 2},
            svdf);
  y = s.Add(Op::RESHAPE, {y, s.Vector({1, 1, 2})}, {1, 1, 2});
  std::vector<int32_t> inputs(24, -1);
  inputs[0] = y;
  for (size_t i = 1; i <= 4; ++i) inputs[i] = s.Weights({3, 2});
  for (size_t i = 5; i <= 8; ++i) inputs[i] = s.Weights({3, 3});
  for (size_t i = 12; i <= 15; ++i) inputs[i] = s.Bias(3);
  inputs[18] = s.b.Variable("s", {1, 3}, Type::INT8, 0.25F, -3);
  inputs[19] = s.b.Variable("s", {1, 3}, Type::INT16, 1.0F / 2048, 0);
  schema::UnidirectionalSequenceLSTMOptionsT lstm;
  lstm.fused_activation_function = schema::ActivationFunctionType::TANH;
  y = s.Add(Op::UNIDIRECTIONAL_SEQUENCE_LSTM, inputs, {1, 1, 3}, lstm);
  const int probabilities = s.b.Tensor("p", {1, 1, 3}, Type::INT16, 1.0F / 65536, -32768);
  schema::SoftmaxOptionsT beta;
  beta.beta = 1;
  s.b.Operator(Op::SOFTMAX, {y}, {probabilities}, beta);
  const int out = s.b.Tensor("out", {1, 1, 3}, Type::INT32, 1.0F / 32768);
  s.b.Operator(Op::QUANTIZE, {probabilities}, {out});
  s.b.Output(out);
  return std::move(s.b);
}

// Float weights that the file stores as int8 and float16, and folds in between.
inline TfliteBuilder StoredSmallSample() {
  using Op = schema::BuiltinOperator;
  SampleFile s(false);
  const int x = s.Input({1, 2});
  int w = s.Add(Op::DEQUANTIZE, {s.b.Int8s("w", {2, 3}, {1, 2, 3, 4, 5, 6}, {0.5F, 2, 4}, 1)}, {2, 3});
  w = s.Add(Op::TRANSPOSE, {w, s.Vector({1, 0})}, {3, 2});
  int bias = s.b.Constant<uint16_t>("b", {1, 3}, {0x3C00, 0xC580, 0}, schema::TensorType::FLOAT16);
  bias = s.Add(Op::DEQUANTIZE, {bias}, {1, 3});
  bias = s.Add(Op::RESHAPE, {bias, s.Vector({3})}, {3});
  s.b.Output(s.Add(Op::FULLY_CONNECTED, {x, w, bias}, {1, 3}, schema::FullyConnectedOptionsT()));
  return std::move(s.b);
}

inline constexpr size_t kSampleCount = 8;
inline TfliteBuilder Sample(size_t index) {
  switch (index % kSampleCount) {
    case 0: return ConvolutionSample(false);
    case 1: return ConvolutionSample(true);
    case 2: return ElementSample(false);
    case 3: return ElementSample(true);
    case 4: return ShapeSample(false);
    case 5: return ShapeSample(true);
    case 6: return RecurrentSample();
    default: return StoredSmallSample();
  }
}

}  // namespace linnet::tflite
