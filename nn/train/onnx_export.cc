#include "linnet/train/onnx_export.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "check_exported.h"
#include "onnx_writer.h"
#include "value_steps.h"

namespace linnet::train {
namespace {

using Dims = OnnxWriter::Dims;

constexpr Affine kSoftmaxAffine{1.0 / 256, -128};

// [height, width, in, out] of TensorFlow to ONNX's [out, in, height, width]. Depthwise weights have [height, width, channels, 1]
// there and [channels, 1, height, width] here.
template <typename T>
std::vector<T> FilterFirst(const std::vector<T>& values, int pixels, int inputs, int outputs) {
  std::vector<T> moved;
  moved.reserve(values.size());
  for (int o = 0; o < outputs; ++o) {
    for (int i = 0; i < inputs; ++i) {
      for (int p = 0; p < pixels; ++p) moved.push_back(values[static_cast<size_t>((p * inputs + i) * outputs + o)]);
    }
  }
  return moved;
}

// [in, out] to [out, in], where `in` counts the elements of `image` channels last and comes out channels first.
std::vector<float> DenseRows(const std::vector<float>& values, const Extent& image, int outputs) {
  std::vector<float> moved;
  moved.reserve(values.size());
  for (int o = 0; o < outputs; ++o) {
    for (int c = 0; c < image.channels; ++c) {
      for (int p = 0; p < image.height * image.width; ++p) {
        moved.push_back(values[static_cast<size_t>((p * image.channels + c) * outputs + o)]);
      }
    }
  }
  return moved;
}

// Pixels before and after a SAME window; of an odd number TensorFlow adds the one more after.
std::pair<int64_t, int64_t> SamePads(int size, int window, int stride) {
  const int all = std::max(0, (StridedSize(size, stride) - 1) * stride + window - size);
  return {all / 2, all - all / 2};
}

class Export {
 public:
  Export(const Architecture& architecture, const std::vector<Parameter>& parameters, const Learned& learned)
      : architecture_(architecture),
        learned_(learned),
        out_(architecture.name, kOnnxOpset),
        extent_(InputOf(architecture)),
        parameter_(parameters.begin()) {}

  std::string Write() {
    out_.Input("input", {-1, 1, architecture_.height, architecture_.width});
    if (rounded()) Quantize("input", AffineOf(learned_.input));
    for (size_t i = 0; i < architecture_.layers.size(); ++i) {
      WriteLayer(i, architecture_.layers[i]);
      extent_ = After(architecture_.layers[i], extent_);
    }
    WriteOutput();
    return out_.Serialize();
  }

 private:
  bool rounded() const { return learned_.any; }

  void WriteLayer(size_t i, const Layer& layer) {
    switch (layer.kind) {
      case LayerKind::kConv:
      case LayerKind::kDepthwise: WriteConv(i, layer); break;
      case LayerKind::kDense: WriteDense(i, layer); break;
      case LayerKind::kMaxPool: {
        onnx::proto::NodeProto& node = out_.Next("MaxPool", layer.name + "/MaxPool");
        SetWindow(node, layer.window, layer.window);
        Requantize(layer.name);
        break;
      }
      case LayerKind::kGlobalAveragePool:
        out_.Next("GlobalAveragePool", layer.name + "/GlobalAveragePool");
        if (rounded()) Quantize(layer.name, AffineOf(learned_.outputs[i]));
        break;
      case LayerKind::kFlatten:
        OnnxWriter::SetInt(out_.Next("Flatten", layer.name + "/Flatten"), "axis", 1);
        Requantize(layer.name);
        flattened_ = extent_;
        break;
      case LayerKind::kDropout: break;
    }
  }

  void WriteConv(size_t i, const Layer& layer) {
    const Parameter& weights = parameter_[0];
    const bool depthwise = layer.kind == LayerKind::kDepthwise;
    const int inputs = depthwise ? 1 : extent_.channels;
    const int outputs = depthwise ? extent_.channels : layer.outputs;
    const int pixels = layer.window * layer.window;
    const std::string w = WriteWeights(i, {outputs, inputs, layer.window, layer.window},
                                       FilterFirst(weights.values, pixels, inputs, outputs));
    const std::string b = WriteBias(i);
    onnx::proto::NodeProto& node = out_.Next("Conv", layer.name + "/Conv", {w, b});
    SetWindow(node, layer.window, layer.stride);
    if (depthwise) OnnxWriter::SetInt(node, "group", outputs);
    Finish(i, layer);
  }

  void WriteDense(size_t i, const Layer& layer) {
    const Extent from = flattened_.value_or(extent_);
    flattened_.reset();
    const std::string w =
        WriteWeights(i, {layer.outputs, from.elements()}, DenseRows(parameter_[0].values, from, layer.outputs));
    const std::string b = WriteBias(i);
    OnnxWriter::SetInt(out_.Next("Gemm", layer.name + "/Gemm", {w, b}), "transB", 1);
    Finish(i, layer);
  }

  void Finish(size_t i, const Layer& layer) {
    if (layer.relu) out_.Next("Relu", layer.name + "/Relu");
    if (rounded()) Quantize(layer.name, AffineOf(learned_.outputs[i]));
    parameter_ += 2;
  }

  void SetWindow(onnx::proto::NodeProto& node, int window, int stride) const {
    const auto [top, bottom] = SamePads(extent_.height, window, stride);
    const auto [left, right] = SamePads(extent_.width, window, stride);
    OnnxWriter::SetInts(node, "kernel_shape", {window, window});
    OnnxWriter::SetInts(node, "strides", {stride, stride});
    OnnxWriter::SetInts(node, "pads", {top, left, bottom, right});
  }

  // Returns the name of the weights as floats. `values` has the output channel first.
  std::string WriteWeights(size_t i, const Dims& dims, const std::vector<float>& values) {
    const std::string& name = parameter_[0].name;
    if (!rounded()) {
      out_.Floats(name, dims, values);
      return name;
    }
    const std::vector<float>& scales = learned_.weight_scales[i];
    const auto most = static_cast<float>((1 << (architecture_.layers[i].weight_bits - 1)) - 1);
    const size_t channel_size = values.size() / scales.size();
    std::vector<int8_t> codes;
    for (size_t k = 0; k < values.size(); ++k) {
      codes.push_back(static_cast<int8_t>(std::clamp(std::round(values[k] / scales[k / channel_size]), -most, most)));
    }
    const Dims channels = {static_cast<int64_t>(scales.size())};
    out_.Int8s(name, dims, codes);
    out_.Floats(name + "/scale", channels, scales);
    out_.Int8s(name + "/zero_point", channels, std::vector<int8_t>(scales.size()));
    OnnxWriter::SetInt(out_.Beside("DequantizeLinear", name + "/real", {name, name + "/scale", name + "/zero_point"}),
                       "axis", 0);
    return name + "/real";
  }

  std::string WriteBias(size_t i) {
    const Parameter& bias = parameter_[1];
    const Dims channels = {static_cast<int64_t>(bias.values.size())};
    std::vector<int32_t> codes;
    std::vector<float> steps;
    if (!rounded() || !RoundBias(bias, learned_.weight_scales[i], &codes, &steps)) {
      out_.Floats(bias.name, channels, bias.values);
      return bias.name;
    }
    out_.Int32s(bias.name, channels, codes);
    out_.Floats(bias.name + "/scale", channels, steps);
    OnnxWriter::SetInt(out_.Beside("DequantizeLinear", bias.name + "/real", {bias.name, bias.name + "/scale"}), "axis",
                       0);
    return bias.name + "/real";
  }

  // False where a bias has no place in an int32, half of which is left to the products.
  bool RoundBias(const Parameter& bias, const std::vector<float>& weight_scales, std::vector<int32_t>* codes,
                 std::vector<float>* steps) const {
    for (size_t c = 0; c < bias.values.size(); ++c) {
      const double step = here_.scale * static_cast<double>(weight_scales[c]);
      const double code = std::round(static_cast<double>(bias.values[c]) / step);
      if (!(std::fabs(code) < 0x1p30)) return false;
      codes->push_back(static_cast<int32_t>(code));
      steps->push_back(static_cast<float>(step));
    }
    return true;
  }

  void Quantize(const std::string& name, const Affine& affine) {
    here_ = affine;
    here_name_ = name;
    out_.Floats(name + "/scale", {}, {static_cast<float>(affine.scale)});
    out_.Int8s(name + "/zero_point", {}, {static_cast<int8_t>(affine.zero_point)});
    AddPair(name);
  }

  // For layers that only move or choose values: the same steps as before.
  void Requantize(const std::string& name) {
    if (rounded()) AddPair(name);
  }

  void AddPair(const std::string& name) {
    const std::vector<std::string> steps = {here_name_ + "/scale", here_name_ + "/zero_point"};
    out_.Next("QuantizeLinear", name + "/QuantizeLinear", steps);
    out_.Next("DequantizeLinear", name + "/DequantizeLinear", steps);
  }

  void WriteOutput() {
    OnnxWriter::SetInt(out_.Next("Softmax", rounded() ? "output/Softmax" : "output"), "axis", 1);
    if (rounded()) {
      out_.Floats("output/scale", {}, {static_cast<float>(kSoftmaxAffine.scale)});
      out_.Int8s("output/zero_point", {}, {static_cast<int8_t>(kSoftmaxAffine.zero_point)});
      out_.Next("QuantizeLinear", "output/QuantizeLinear", {"output/scale", "output/zero_point"});
      out_.Next("DequantizeLinear", "output", {"output/scale", "output/zero_point"});
    }
    out_.Output("output", {-1, extent_.channels});
  }

  const Architecture& architecture_;
  const Learned& learned_;
  OnnxWriter out_;
  Extent extent_;                                     // before the layer that is being written
  std::optional<Extent> flattened_;                   // what the last Flatten flattened, until a dense layer took it
  std::vector<Parameter>::const_iterator parameter_;  // the next layer's weights, then its bias
  Affine here_{1, 0};                                 // of the values at hand
  std::string here_name_;
};

}  // namespace

Outcome<std::string> ExportOnnx(const Architecture& architecture, const std::vector<Parameter>& parameters,
                                const Learned& learned) {
  if (auto checked = CheckExported(architecture, parameters, learned); !checked)
    return std::unexpected(checked.error());
  return Export(architecture, parameters, learned).Write();
}

}  // namespace linnet::train
