// The layer list on LibTorch's tensors. Only trainer_torch.cc includes this.
#pragma once

#include <torch/torch.h>

#include <cmath>
#include <string>
#include <vector>

#include "linnet/train/fold.h"
#include "linnet/train/random.h"
#include "linnet/train/trainer.h"
#include "torch_quant.h"

namespace linnet::train {

// One tensor of the network with what training keeps beside it. LibTorch's layouts: convolutions [out, in, h, w], depthwise
// [channels, 1, h, w], dense [out, in].
struct Variable {
  std::string name;
  torch::Tensor value;
  torch::Tensor mask;   // 0 where a weight is pruned; undefined where nothing is
  bool trained = true;  // by gradients; batch normalisation's running statistics aren't
};

// A weighted layer's variables, as indices.
struct LayerVariables {
  int weights = -1, bias = -1;
  int gamma = -1, beta = -1, mean = -1, variance = -1;  // of batch normalisation
};

// How a forward pass is to be done.
struct ForwardMode {
  Random* dropout = nullptr;                  // null: nothing is dropped and running statistics are used
  bool rounded = false;                       // weights and values
  std::vector<ValueRange>* ranges = nullptr;  // where rounded: 0 of the input, i + 1 of layer i's output
  float observe = 0;                          // above 0: ranges move this share of the way to what this batch shows
};

class Net {
 public:
  // Every tensor exists and is zero (variances and gammas 1).
  explicit Net(Architecture architecture) : architecture_(std::move(architecture)) {
    std::vector<Parameter> parameters = ParametersOf(architecture_);
    auto next = parameters.begin();
    for (const Layer& layer : architecture_.layers) {
      LayerVariables of;
      if (layer.weighted()) {
        const std::vector<int64_t> channels = {next[1].shape[0]};
        of.weights = Add(next[0].name, TorchShape(next[0].shape, layer.kind), true, 0, layer.kind);
        of.bias = Add(next[1].name, channels, true, 0);
        if (layer.batch_norm) {
          of.gamma = Add(layer.name + "/gamma", channels, true, 1);
          of.beta = Add(layer.name + "/beta", channels, true, 0);
          of.mean = Add(layer.name + "/mean", channels, false, 0);
          of.variance = Add(layer.name + "/variance", channels, false, 1);
        }
        next += 2;
      }
      layers_.push_back(of);
    }
  }

  // x: [batch, 1, height, width]. Returns the outputs before softmax. Images lie with channels last: pools and normalisation
  // are two to four times faster so. A pool goes before the ReLU it follows, and before rounding: the same values, a quarter of
  // the work.
  torch::Tensor Forward(torch::Tensor x, const ForwardMode& mode) const {
    const std::vector<Layer>& layers = architecture_.layers;
    size_t range = 0;  // of the values at hand
    x = Values(x.contiguous(at::MemoryFormat::ChannelsLast), range, mode);
    for (size_t i = 0; i < layers.size(); ++i) {
      const Layer& layer = layers[i];
      switch (layer.kind) {
        case LayerKind::kConv:
        case LayerKind::kDepthwise:
        case LayerKind::kDense:
          range = i + 1;
          x = Weighted(i, x, mode);
          if (i + 1 < layers.size() && layers[i + 1].kind == LayerKind::kMaxPool) x = Pool(x, layers[++i]);
          if (layer.relu) x = torch::relu_(x);
          x = Values(x, range, mode);
          break;
        case LayerKind::kMaxPool: x = Pool(x, layer); break;
        case LayerKind::kGlobalAveragePool:  // in int8 it answers on its input's scale
          x = x.mean({2, 3}, true);
          if (mode.rounded) x = RoundValues(x, (*mode.ranges)[range]);
          break;
        case LayerKind::kDropout:
          if (mode.dropout != nullptr) x = Drop(x, layer.keep, *mode.dropout);
          break;
        case LayerKind::kFlatten:  // in the order of NHWC, which the exported graph has
          x = x.permute({0, 2, 3, 1}).reshape({x.size(0), -1});
          break;
      }
    }
    return x;
  }

  // Batch normalisation becomes part of weights and bias.
  void Fold() {
    std::vector<Parameter> folded;
    if (!FoldBatchNorm(architecture_, Tensors(), &folded)) throw std::logic_error("a tensor of the network is missing");
    Net plain(Folded(architecture_));
    plain.Import(folded);
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i].weights >= 0)
        plain.variables_[Index(plain.layers_[i].weights)].mask = variables_[Index(layers_[i].weights)].mask;
    }
    *this = std::move(plain);
  }

  // Even in +-1/sqrt(inputs), weights and biases alike.
  void Randomize(uint64_t seed) {
    std::vector<Parameter> parameters = ParametersOf(architecture_);
    float bound = 0;
    size_t next = 0;
    for (const LayerVariables& of : layers_) {
      if (of.weights < 0) continue;
      for (int index : {of.weights, of.bias}) {
        const torch::Tensor& value = At(index);
        if (index == of.weights) bound = 1 / std::sqrt(static_cast<float>(value.numel() / value.size(0)));
        Random random(seed, 1, next);
        parameters[next].values.resize(static_cast<size_t>(value.numel()));
        for (float& each : parameters[next].values) each = random.Symmetric(bound);
        ++next;
      }
    }
    Import(parameters);
  }

  // Weights and biases, in the order of ParametersOf; where `rounded`, weights on their steps.
  std::vector<Parameter> Export(bool rounded) const {
    torch::NoGradGuard no_grad;
    std::vector<Parameter> parameters;
    for (size_t i = 0; i < layers_.size(); ++i) {
      const LayerVariables& of = layers_[i];
      if (of.weights < 0) continue;
      const torch::Tensor weights = WeightsOf(i, rounded);
      parameters.push_back(ToParameter(variables_[Index(of.weights)].name, weights, architecture_.layers[i].kind));
      parameters.push_back(ToParameter(variables_[Index(of.bias)].name, At(of.bias), LayerKind::kFlatten));
    }
    return parameters;
  }

  void Import(const std::vector<Parameter>& parameters) {
    auto next = parameters.begin();
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i].weights < 0) continue;
      Assign(layers_[i].weights, FromParameter(*next++, architecture_.layers[i].kind));
      Assign(layers_[i].bias, FromParameter(*next++, LayerKind::kFlatten));
    }
  }

  // All that the network is, in TensorFlow's layouts: weights, statistics, and masks as "name:mask".
  std::vector<Parameter> Tensors() const {
    std::vector<Parameter> tensors;
    for (size_t i = 0; i < variables_.size(); ++i) {
      tensors.push_back(ToParameter(variables_[i].name, variables_[i].value, kinds_[i]));
      if (variables_[i].mask.defined())
        tensors.push_back(ToParameter(variables_[i].name + kMask, variables_[i].mask, kinds_[i]));
    }
    return tensors;
  }

  // Takes what Tensors gave, from the front. Returns how many it took; throws where they are another network's.
  size_t SetTensors(const std::vector<Parameter>& tensors) {
    size_t next = 0;
    for (size_t i = 0; i < variables_.size(); ++i) {
      Variable& variable = variables_[i];
      const auto is = [&](const std::string& name) {
        return next < tensors.size() && tensors[next].name == name &&
               static_cast<int64_t>(tensors[next].values.size()) == variable.value.numel();
      };
      if (!is(variable.name)) throw std::runtime_error("the saved state is not of this network: no " + variable.name);
      Assign(static_cast<int>(i), FromParameter(tensors[next++], kinds_[i]));
      const bool masked = is(variable.name + kMask);
      variable.mask = masked ? FromParameter(tensors[next++], kinds_[i]).clone() : torch::Tensor();
    }
    return next;
  }

  // Fresh storage, so that nothing else refers to it.
  void Assign(int index, const torch::Tensor& value) {
    Variable& variable = variables_[Index(index)];
    variable.value = value.detach().clone(FormatOf(value)).set_requires_grad(variable.trained);
  }

  const Architecture& architecture() const { return architecture_; }
  std::vector<Variable>& variables() { return variables_; }
  const std::vector<Variable>& variables() const { return variables_; }
  const LayerVariables& of(size_t layer) const { return layers_[layer]; }
  const torch::Tensor& At(int index) const { return variables_[Index(index)].value; }

 private:
  static constexpr const char* kMask = ":mask";
  static constexpr double kMomentum = 0.1;

  static std::vector<int64_t> TorchShape(const std::vector<int>& shape, LayerKind kind) {
    if (kind == LayerKind::kDense) return {shape[1], shape[0]};
    if (kind == LayerKind::kDepthwise) return {shape[2], 1, shape[0], shape[1]};
    return {shape[3], shape[2], shape[0], shape[1]};
  }

  // kind: whose weights; of anything else the layout is kept.
  static torch::Tensor ToTensorFlow(const torch::Tensor& tensor, LayerKind kind) {
    if (kind == LayerKind::kDense) return tensor.t();
    if (kind == LayerKind::kDepthwise) return tensor.permute({2, 3, 0, 1});
    return kind == LayerKind::kConv ? tensor.permute({2, 3, 1, 0}) : tensor;
  }
  static torch::Tensor FromTensorFlow(const torch::Tensor& tensor, LayerKind kind) {
    if (kind == LayerKind::kDense) return tensor.t();
    if (kind == LayerKind::kDepthwise) return tensor.permute({2, 3, 0, 1});
    return kind == LayerKind::kConv ? tensor.permute({3, 2, 0, 1}) : tensor;
  }
  static Parameter ToParameter(const std::string& name, const torch::Tensor& tensor, LayerKind kind) {
    const torch::Tensor plain = ToTensorFlow(tensor.detach(), kind).contiguous();
    return {name,
            {plain.sizes().begin(), plain.sizes().end()},
            {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()}};
  }
  // Borrows the parameter's values.
  static torch::Tensor FromParameter(const Parameter& parameter, LayerKind kind) {
    const std::vector<int64_t> shape(parameter.shape.begin(), parameter.shape.end());
    return FromTensorFlow(torch::from_blob(const_cast<float*>(parameter.values.data()), shape), kind);
  }
  static size_t Index(int index) { return static_cast<size_t>(index); }

  static at::MemoryFormat FormatOf(const torch::Tensor& tensor) {
    return tensor.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  }

  // SAME at stride = window pads at the end only, which is what ceil_mode does.
  static torch::Tensor Pool(const torch::Tensor& x, const Layer& layer) {
    return torch::max_pool2d(x, layer.window, layer.window, 0, 1, true);
  }

  static torch::Tensor Drop(const torch::Tensor& x, double keep, Random& random) {
    const auto threshold = static_cast<uint32_t>(keep * 65536 + 0.5);
    const float scale = 65536.0f / static_cast<float>(threshold);
    torch::Tensor mask = torch::empty(x.sizes(), FormatOf(x));
    float* out = mask.data_ptr<float>();
    const int64_t count = mask.numel();
    for (int64_t i = 0; i < count; i += 4) {
      uint64_t bits = random.Next();
      const int64_t end = std::min<int64_t>(count, i + 4);
      for (int64_t j = i; j < end; ++j, bits >>= 16) out[j] = (bits & 0xffff) < threshold ? scale : 0.0f;
    }
    return x * mask;
  }

  int Add(const std::string& name, const std::vector<int64_t>& shape, bool trained, float value,
          LayerKind kind = LayerKind::kFlatten) {
    kinds_.push_back(kind);
    variables_.push_back({name, torch::full(shape, value).set_requires_grad(trained), {}, trained});
    return static_cast<int>(variables_.size()) - 1;
  }

  torch::Tensor WeightsOf(size_t layer, bool rounded) const {
    const torch::Tensor& weights = At(layers_[layer].weights);
    return rounded ? RoundWeights(weights, architecture_.layers[layer].weight_bits) : weights;
  }

  torch::Tensor Values(const torch::Tensor& x, size_t range, const ForwardMode& mode) const {
    if (!mode.rounded) return x;
    if (mode.observe > 0) Observe(x, mode.observe, &(*mode.ranges)[range]);
    return RoundValues(x, (*mode.ranges)[range]);
  }

  torch::Tensor Weighted(size_t i, torch::Tensor x, const ForwardMode& mode) const {
    const Layer& layer = architecture_.layers[i];
    const LayerVariables& of = layers_[i];
    const torch::Tensor weights = WeightsOf(i, mode.rounded);
    if (layer.kind == LayerKind::kDense) {
      x = torch::linear(x, weights, At(of.bias));
    } else {
      const int64_t groups = layer.kind == LayerKind::kDepthwise ? x.size(1) : 1;
      // SAME: of an odd number of pixels to add, TensorFlow adds the one more at the end.
      const auto padding = [&](int64_t size) {
        return std::max<int64_t>(
            0, (StridedSize(static_cast<int>(size), layer.stride) - 1) * layer.stride + layer.window - size);
      };
      const int64_t down = padding(x.size(2)), across = padding(x.size(3));
      const bool even = down % 2 == 0 && across % 2 == 0;
      if (!even) x = torch::constant_pad_nd(x, {across / 2, across - across / 2, down / 2, down - down / 2});
      const std::vector<int64_t> pad = even ? std::vector<int64_t>{down / 2, across / 2} : std::vector<int64_t>{0, 0};
      x = torch::conv2d(x, weights, At(of.bias), layer.stride, pad, 1, groups);
    }
    if (!layer.batch_norm) return x;
    return torch::batch_norm(x, At(of.gamma), At(of.beta), At(of.mean), At(of.variance), mode.dropout != nullptr,
                             kMomentum, kBatchNormEpsilon, false);
  }

  Architecture architecture_;
  std::vector<Variable> variables_;
  std::vector<LayerKind> kinds_;  // of each variable: whose weights it is, kFlatten where it is none's
  std::vector<LayerVariables> layers_;
};

}  // namespace linnet::train
