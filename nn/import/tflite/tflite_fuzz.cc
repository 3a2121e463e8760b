// Any bytes: a verified graph or an error. Most inputs steer a builder instead, so that whole files with all operators, odd
// shapes, types and options get past FlatBuffers' verifier; then some of their bytes are damaged.
#include <fuzzer/FuzzedDataProvider.h>

#include <array>

#include "linnet/base/check.h"
#include "linnet/tflite/import_tflite.h"
#include "tflite_builder.h"

namespace {

using linnet::tflite::TfliteBuilder;
namespace schema = linnet::tflite::schema;
using Op = schema::BuiltinOperator;
using Type = schema::TensorType;

constexpr std::array kOps = {
    Op::ADD,
    Op::ARG_MAX,
    Op::AVERAGE_POOL_2D,
    Op::CAST,
    Op::CONCATENATION,
    Op::CONV_2D,
    Op::DEPTHWISE_CONV_2D,
    Op::DEQUANTIZE,
    Op::DIV,
    Op::EXPAND_DIMS,
    Op::FLOOR_DIV,
    Op::FULLY_CONNECTED,
    Op::GATHER,
    Op::HARD_SWISH,
    Op::LEAKY_RELU,
    Op::LOGISTIC,
    Op::LOG_SOFTMAX,
    Op::MAXIMUM,
    Op::MAX_POOL_2D,
    Op::MEAN,
    Op::MUL,
    Op::PACK,
    Op::PAD,
    Op::PADV2,
    Op::QUANTIZE,
    Op::REDUCE_PROD,
    Op::RELU,
    Op::RELU_0_TO_1,
    Op::RESHAPE,
    Op::RESIZE_NEAREST_NEIGHBOR,
    Op::SHAPE,
    Op::SLICE,
    Op::SOFTMAX,
    Op::SPLIT,
    Op::SPLIT_V,
    Op::SQUEEZE,
    Op::STRIDED_SLICE,
    Op::SUB,
    Op::SVDF,
    Op::TRANSPOSE,
    Op::TRANSPOSE_CONV,
    Op::UNIDIRECTIONAL_SEQUENCE_LSTM,
    Op::UNPACK,
    Op::WHILE,
};

void Check(std::span<const uint8_t> file) {
  linnet::tflite::Options options;
  options.max_constant_bytes = size_t{1} << 20;
  const auto graph = linnet::tflite::ImportTflite(file, options);
  if (graph) {
    LINNET_CHECK(linnet::graph::Verify(*graph).has_value());
    LINNET_CHECK(!linnet::graph::ToText(*graph).empty());
  } else {
    LINNET_CHECK(!graph.error().message.empty());
  }
}

class Steered {
 public:
  explicit Steered(FuzzedDataProvider& data) : data_(data) {}

  std::vector<uint8_t> File() {
    const int inputs = data_.ConsumeIntegralInRange(1, 2);
    const Type type = data_.ConsumeBool() ? Type::INT8 : Type::FLOAT32;
    for (int i = 0; i < inputs; ++i) b_.Input("x", Shape(), data_.ConsumeBool() ? type : AnyType(), Scale(), Zero());
    const int operators = data_.ConsumeIntegralInRange(1, 6);
    for (int i = 0; i < operators && data_.remaining_bytes() > 0; ++i) AddOperator(type);
    b_.Output(AnyTensor(0));
    if (data_.ConsumeBool()) b_.Output(last_);
    return b_.Bytes();
  }

 private:
  int Small() { return data_.ConsumeIntegralInRange(-2, 6); }
  // The scales and zero points that operators fix are as likely as others.
  float Scale() {
    constexpr std::array kScales = {0.5F, 1.0F / 256, 1.0F / 128, 16.0F / 256, 0.25F, 1.0F / 65536, 0.0F, 1e-30F};
    return kScales[data_.ConsumeIntegralInRange<size_t>(0, kScales.size() - 1)];
  }
  int64_t Zero() {
    constexpr std::array<int64_t, 6> kZeros = {0, -128, 127, 3, -32768, 1000};
    return kZeros[data_.ConsumeIntegralInRange<size_t>(0, kZeros.size() - 1)];
  }
  Type AnyType() { return static_cast<Type>(data_.ConsumeIntegralInRange(0, 17)); }
  TfliteBuilder::Dims Shape() {
    TfliteBuilder::Dims shape(data_.ConsumeIntegralInRange<size_t>(0, 4));
    for (int32_t& d : shape)
      d = data_.ConsumeIntegralInRange(0, 15) == 0 ? Small() : data_.ConsumeIntegralInRange(1, 4);
    if (data_.ConsumeIntegralInRange(0, 63) == 0) shape.assign(9, 1 << 30);
    return shape;
  }
  // A tensor that is there, -1 or beyond; most often one of the last.
  int AnyTensor(int from_end) {
    const int count = static_cast<int>(b_.graph().tensors.size());
    if (data_.ConsumeIntegralInRange(0, 31) == 0) return data_.ConsumeIntegralInRange(-2, count + 1);
    return data_.ConsumeIntegralInRange(std::max(0, count - 1 - from_end), count - 1);
  }

  int Numbers() {  // axes, sizes, amounts: as many as a vector or a table needs
    std::vector<int32_t> values(data_.ConsumeIntegralInRange<size_t>(0, 8));
    for (int32_t& value : values)
      value = data_.ConsumeIntegralInRange(0, 31) == 0 ? data_.ConsumeIntegral<int32_t>() : Small();
    TfliteBuilder::Dims shape;
    if (values.size() != 1 || data_.ConsumeBool()) shape = {static_cast<int32_t>(values.size())};
    if (values.size() == 8 && data_.ConsumeBool()) shape = {4, 2};
    return b_.Ints("n", shape, values);
  }
  int Weights(Type type) {
    const TfliteBuilder::Dims shape = Shape();
    int64_t count = 1;
    for (const int32_t d : shape) count = d < 0 || count > 4096 ? 0 : count * d;
    const auto size = static_cast<size_t>(count);
    if (type == Type::FLOAT32) return b_.Floats("w", shape, std::vector<float>(size, 0.5F));
    if (type == Type::INT32) return b_.Ints("b", shape, std::vector<int32_t>(size, 5));
    if (type == Type::INT16) return b_.Constant("w16", shape, std::vector<int16_t>(size, 5), Type::INT16);
    const bool channels = data_.ConsumeBool() && !shape.empty();
    const int axis = channels ? data_.ConsumeIntegralInRange(0, static_cast<int>(shape.size()) - 1) : 0;
    const auto extent = channels && count > 0 ? static_cast<size_t>(shape[static_cast<size_t>(axis)]) : 1;
    return b_.Int8s("w", shape, std::vector<int8_t>(size, 3), std::vector<float>(extent, Scale()), axis);
  }
  int Operand(Type type) {
    switch (data_.ConsumeIntegralInRange(0, 7)) {
      case 0:
      case 1: return Numbers();
      case 2:
      case 3: return Weights(type);
      case 4: return Weights(Type::INT32);
      case 5: return b_.Variable("s", Shape(), data_.ConsumeBool() ? Type::INT16 : Type::INT8, Scale(), Zero());
      default: return last_ < 0 ? AnyTensor(4) : last_;
    }
  }

  void AddOperator(Type type) {
    const Op op = kOps[data_.ConsumeIntegralInRange<size_t>(0, kOps.size() - 1)];
    const size_t wanted = op == Op::UNIDIRECTIONAL_SEQUENCE_LSTM ? 24 : data_.ConsumeIntegralInRange<size_t>(0, 5);
    std::vector<int32_t> inputs;
    for (size_t i = 0; i < wanted; ++i) {
      const bool absent = data_.ConsumeIntegralInRange(0, 15) == 0;
      inputs.push_back(absent ? -1 : i == 0 && data_.ConsumeBool() ? AnyTensor(3) : Operand(type));
    }
    std::vector<int32_t> outputs;
    for (int i = data_.ConsumeIntegralInRange(1, 3); i > 0; --i) {
      const bool declared = data_.ConsumeIntegralInRange(0, 7) == 0;
      outputs.push_back(b_.Tensor("y", declared ? Shape() : TfliteBuilder::Dims{},
                                  data_.ConsumeIntegralInRange(0, 3) == 0 ? AnyType() : type, Scale(), Zero()));
      if (data_.ConsumeBool()) break;
    }
    last_ = outputs.back();
    SetOptions(b_.Operator(op, std::move(inputs), std::move(outputs)), op);
  }

  schema::Padding AnyPadding() { return static_cast<schema::Padding>(data_.ConsumeIntegralInRange(0, 2)); }
  schema::ActivationFunctionType AnyActivation() {
    return static_cast<schema::ActivationFunctionType>(data_.ConsumeIntegralInRange(0, 6));
  }
  template <typename Options>
  Options Window() {
    Options options;
    options.padding = AnyPadding();
    options.stride_h = Small();
    options.stride_w = Small();
    options.fused_activation_function = AnyActivation();
    if constexpr (requires { options.filter_width; }) {
      options.filter_width = Small();
      options.filter_height = data_.ConsumeBool() ? Small() : data_.ConsumeIntegral<int32_t>();
    }
    if constexpr (requires { options.dilation_h_factor; }) options.dilation_h_factor = Small();
    return options;
  }
  template <typename Options>
  Options Fused() {
    Options options;
    options.fused_activation_function = AnyActivation();
    if constexpr (requires { options.axis; }) options.axis = Small();
    if constexpr (requires { options.keep_num_dims; }) options.keep_num_dims = data_.ConsumeBool();
    if constexpr (requires { options.rank; }) options.rank = Small();
    if constexpr (requires { options.cell_clip; }) options.cell_clip = data_.ConsumeFloatingPoint<float>();
    return options;
  }

  void SetOptions(schema::OperatorT& table, Op op) {
    auto& options = table.builtin_options;
    if (data_.ConsumeIntegralInRange(0, 31) == 0) return;
    switch (op) {
      case Op::ADD: options.Set(Fused<schema::AddOptionsT>()); break;
      case Op::SUB: options.Set(Fused<schema::SubOptionsT>()); break;
      case Op::MUL: options.Set(Fused<schema::MulOptionsT>()); break;
      case Op::CONV_2D: options.Set(Window<schema::Conv2DOptionsT>()); break;
      case Op::DEPTHWISE_CONV_2D: options.Set(Window<schema::DepthwiseConv2DOptionsT>()); break;
      case Op::TRANSPOSE_CONV: options.Set(Window<schema::TransposeConvOptionsT>()); break;
      case Op::AVERAGE_POOL_2D:
      case Op::MAX_POOL_2D: options.Set(Window<schema::Pool2DOptionsT>()); break;
      case Op::FULLY_CONNECTED: options.Set(Fused<schema::FullyConnectedOptionsT>()); break;
      case Op::CONCATENATION: options.Set(Fused<schema::ConcatenationOptionsT>()); break;
      case Op::SVDF: options.Set(Fused<schema::SVDFOptionsT>()); break;
      case Op::UNIDIRECTIONAL_SEQUENCE_LSTM: {
        auto lstm = Fused<schema::UnidirectionalSequenceLSTMOptionsT>();
        lstm.fused_activation_function = schema::ActivationFunctionType::TANH;
        options.Set(lstm);
        break;
      }
      case Op::PACK: options.Set(Axis<schema::PackOptionsT>()); break;
      case Op::UNPACK: options.Set(Axis<schema::UnpackOptionsT>()); break;
      case Op::MEAN:
      case Op::REDUCE_PROD: {
        schema::ReducerOptionsT reducer;
        reducer.keep_dims = data_.ConsumeBool();
        options.Set(reducer);
        break;
      }
      case Op::STRIDED_SLICE: {
        schema::StridedSliceOptionsT slice;
        for (int32_t* mask :
             {&slice.begin_mask, &slice.end_mask, &slice.ellipsis_mask, &slice.new_axis_mask, &slice.shrink_axis_mask})
          *mask = data_.ConsumeIntegralInRange(0, 15);
        slice.offset = data_.ConsumeBool();
        options.Set(slice);
        break;
      }
      case Op::SQUEEZE: {
        schema::SqueezeOptionsT squeeze;
        squeeze.squeeze_dims = {Small()};
        options.Set(squeeze);
        break;
      }
      case Op::RESHAPE: {
        schema::ReshapeOptionsT reshape;
        reshape.new_shape = {Small(), Small(), -1};
        options.Set(reshape);
        break;
      }
      case Op::LEAKY_RELU: {
        schema::LeakyReluOptionsT leaky;
        leaky.alpha = data_.ConsumeFloatingPoint<float>();
        options.Set(leaky);
        break;
      }
      case Op::SOFTMAX: {
        schema::SoftmaxOptionsT softmax;
        softmax.beta = data_.ConsumeFloatingPointInRange<float>(-1, 2);
        options.Set(softmax);
        break;
      }
      default: break;
    }
  }
  template <typename Options>
  Options Axis() {
    Options options;
    options.axis = Small();
    return options;
  }

  FuzzedDataProvider& data_;
  TfliteBuilder b_;
  int last_ = -1;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  if (bytes[0] == 0) {  // the rest is the file
    Check({bytes + 1, size - 1});
    return 0;
  }
  FuzzedDataProvider data(bytes + 1, size - 1);
  const int damaged = bytes[0] % 4 == 0 ? data.ConsumeIntegralInRange(1, 8) : 0;
  std::vector<std::pair<uint16_t, uint8_t>> damage;
  for (int i = 0; i < damaged; ++i)
    damage.emplace_back(data.ConsumeIntegral<uint16_t>(), data.ConsumeIntegral<uint8_t>());
  std::vector<uint8_t> file = Steered(data).File();
  for (const auto& [at, value] : damage) file[at % file.size()] = value;
  Check(file);
  return 0;
}
