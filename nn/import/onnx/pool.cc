// MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool.
#include "operators.h"
#include "quantized.h"
#include "window.h"

namespace linnet::onnx {
namespace {

using graph::OpKind;
using graph::TensorId;

// ceil_mode: one more window where the last one would stick out, unless it began beyond the input and what is before it.
// What it covers beyond the input takes no part.
void RoundUp(WindowSpec& spec, size_t d, int64_t extent) {
  const int64_t window = (spec.kernel[d] - 1) * spec.dilation[d] + 1;
  const int64_t covered = extent + spec.before[d] + spec.after[d] - window;
  const int64_t rest = covered >= 0 ? covered % spec.stride[d] : 0;
  if (covered < 0 || rest == 0) return;
  const int64_t next = covered - rest + spec.stride[d];  // where the additional window begins
  if (next < extent + spec.before[d]) spec.after[d] += spec.stride[d] - rest;
}

Outcome<void> CheckPads(const Layer& layer, const WindowSpec& spec) {
  for (size_t d = 0; d < 2; ++d) {
    const int64_t window = (spec.kernel[d] - 1) * spec.dilation[d] + 1;
    if (spec.before[d] >= window || spec.after[d] >= window)
      return layer.Wrong("pads of " + std::to_string(std::max(spec.before[d], spec.after[d])) +
                         " are not smaller than the window of " + std::to_string(window));
  }
  return {};
}

// count_include_pad: zeros around the input, which then take part; none is left for the pool itself.
Outcome<TensorId> AddZeros(Layer& layer, TensorId image, WindowSpec& spec) {
  graph::PadAttributes pad;
  pad.amounts.assign(4, {0, 0});
  for (size_t d = 0; d < 2; ++d) {
    pad.amounts[d + 1] = {static_cast<int>(spec.before[d]), static_cast<int>(spec.after[d])};
    spec.before[d] = spec.after[d] = 0;
  }
  return layer.Append(OpKind::kPad, {image}, pad, {}, {}, "/padded");
}

bool Padded(const WindowSpec& spec) { return spec.before[0] + spec.before[1] + spec.after[0] + spec.after[1] > 0; }

// The average of int8 codes in another scale than theirs: a depthwise convolution whose weights are all equal, which rounds
// once. Where every window lies within the input, and it costs little flash; otherwise the pool is followed by a kQuantize.
bool IsConvolution(Layer& layer, const Value& image, const WindowSpec& spec, const Int8Plan& plan) {
  constexpr int64_t kMostWeights = 4096;
  return !Padded(spec) && spec.kernel[0] * spec.kernel[1] * image.shape[1] <= kMostWeights &&
         !SameQuantization(layer.graph().tensor(image.tensor).quantization, plan.output);
}

Outcome<TensorId> AverageByConvolution(Layer& layer, const Value& image, TensorId input, const WindowSpec& spec,
                                       const Int8Plan& plan) {
  const int64_t channels = image.shape[1];
  graph::Tensor ones;
  ones.name = layer.name() + "/ones";
  ones.type = graph::DType::kInt8;
  ones.constant = true;
  ones.shape = {spec.kernel[0], spec.kernel[1], channels, 1};
  ones.data.assign(static_cast<size_t>(CountOf(ones.shape)), 127);
  const float scale = 1.0F / (127.0F * static_cast<float>(spec.kernel[0] * spec.kernel[1]));
  LINNET_ASSIGN(const TensorId weights, AddWeights(layer, std::move(ones), channels, plan, {{scale}, {0}, -1}));
  graph::ConvAttributes conv;
  conv.window = GraphWindow(spec);
  conv.activation = plan.activation;
  return layer.Append(OpKind::kDepthwiseConv2D, {input, weights}, conv, {}, plan.output);
}

Outcome<Value> PoolInput(Layer& layer, bool max) {
  const graph::DType type = layer.input(0).type;
  const bool integers = type != graph::DType::kFloat32 && type != graph::DType::kInt8 && type != graph::DType::kUint8;
  if (!integers && (max || PlanInt8(layer, {0})))
    return layer.AnyValue(0);  // the greatest of codes is the code of the greatest
  return layer.FloatValue(0);
}

}  // namespace

Outcome<Values> ConvertPool(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  const bool max = layer.def().op_type() == "MaxPool";
  const graph::Shape& shape = layer.input(0).shape;
  if (shape.size() != 3 && shape.size() != 4)
    return layer.Unsupported("an input of " + std::to_string(shape.size()) + " dimensions, " + graph::ToString(shape) +
                             "; supported: [n,c,h,w] and [n,c,length]");
  LINNET_ASSIGN(WindowSpec spec, ReadWindow(layer, shape, {}));
  if (auto ok = CheckPads(layer, spec); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const Value x, PoolInput(layer, max));
  LINNET_ASSIGN(const Value image, AsImage(layer, x));
  const WindowSpec stated = spec;
  const bool zeros = !max && layer.Int("count_include_pad", 0) != 0 && Padded(spec);
  for (size_t d = 0; d < 2 && layer.Int("ceil_mode", 0) != 0; ++d) RoundUp(spec, d, image.shape[2 + d]);
  TensorId input = image.tensor;
  if (zeros) {
    WindowSpec around = stated;
    LINNET_ASSIGN(input, AddZeros(layer, image.tensor, around));
    for (size_t d = 0; d < 2; ++d) {
      spec.before[d] = 0;
      spec.after[d] -= stated.after[d];
    }
  }
  const std::optional<Int8Plan> plan = max ? std::nullopt : PlanInt8(layer, {0});
  TensorId result = graph::kNoTensor;
  if (plan && IsConvolution(layer, image, spec, *plan)) {
    LINNET_ASSIGN(result, AverageByConvolution(layer, image, input, spec, *plan));
  } else {
    graph::PoolAttributes pool;
    pool.window = GraphWindow(spec);
    LINNET_ASSIGN(result, layer.Append(max ? OpKind::kMaxPool : OpKind::kAveragePool, {input}, pool));
  }
  LINNET_ASSIGN(const Value answer, FromImage(layer, Like(image, result, layer.graph()), spec));
  return Values{answer};
}

Outcome<Values> ConvertGlobalPool(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 1); !ok) return std::unexpected(ok.error());
  const graph::Shape& shape = layer.input(0).shape;
  if (shape.size() < 3) return layer.Wrong("expects [n,c,...], found " + graph::ToString(shape));
  const bool max = layer.def().op_type() == "GlobalMaxPool";
  if (max && shape.size() > 4)
    return layer.Unsupported("an input of " + graph::ToString(shape) + "; supported: [n,c,h,w] and [n,c,length]");
  LINNET_ASSIGN(const Value x, PoolInput(layer, max));
  if (max) {
    LINNET_ASSIGN(const Value image, AsImage(layer, x));
    WindowSpec spec;
    spec.rank = shape.size() - 2;
    spec.kernel = {image.shape[2], image.shape[3]};
    graph::PoolAttributes pool;
    pool.window = GraphWindow(spec);
    LINNET_ASSIGN(const TensorId result, layer.Append(OpKind::kMaxPool, {image.tensor}, pool));
    LINNET_ASSIGN(const Value answer, FromImage(layer, Like(image, result, layer.graph()), spec));
    return Values{answer};
  }
  LINNET_ASSIGN(const Value last, layer.InOrder(x, ChannelsLastOrder(shape.size())));
  graph::ReduceAttributes reduce;
  reduce.keep_dims = true;
  for (size_t d = 1; d + 1 < shape.size(); ++d) reduce.axes.push_back(static_cast<int>(d));
  const std::optional<Int8Plan> plan = PlanInt8(layer, {0});
  LINNET_ASSIGN(const TensorId result,
                layer.Append(OpKind::kMean, {last.tensor}, reduce, {}, plan ? plan->output : graph::Quantization{}));
  return Values{Like(last, result, layer.graph())};
}

}  // namespace linnet::onnx
