// run: a model's output tensors for given inputs.
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "linnet/emit/emit.h"
#include "linnet/graph/build.h"
#include "linnet/profile/profile.h"
#include "model.h"
#include "model_inputs.h"

namespace linnet::cli {
namespace {

using profile::Bytes;

template <typename T>
T Element(const uint8_t* bytes, size_t i) {
  T value;
  std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
  return value;
}

// What JSON has no number for, it has null for.
Json FloatJson(float value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

// The elements as they are stored, and the real numbers that they mean.
struct Elements {
  Json stored = Json::array();
  std::vector<double> real;
};
Elements ElementsOf(const emit::TensorReport& tensor, const uint8_t* bytes) {
  Elements elements;
  for (size_t i = 0; i < tensor.count(); ++i) {
    switch (tensor.type) {
      case graph::DType::kFloat32: {
        const auto value = Element<float>(bytes, i);
        elements.stored.push_back(FloatJson(value));
        elements.real.push_back(static_cast<double>(value));
        break;
      }
      case graph::DType::kInt32:
        elements.stored.push_back(Element<int32_t>(bytes, i));
        elements.real.push_back(Element<int32_t>(bytes, i));
        break;
      case graph::DType::kInt64:
        elements.stored.push_back(Element<int64_t>(bytes, i));
        elements.real.push_back(static_cast<double>(Element<int64_t>(bytes, i)));
        break;
      default: {
        const auto value = Element<int8_t>(bytes, i);
        elements.stored.push_back(value);
        elements.real.push_back(static_cast<double>(tensor.scale) * (value - tensor.zero_point));
        break;
      }
    }
  }
  return elements;
}

Json TensorJson(const emit::TensorReport& tensor, const Elements& elements) {
  Json json = {{"name", tensor.name}, {"type", std::string(graph::Name(tensor.type))}, {"shape", tensor.shape}};
  if (tensor.type == graph::DType::kInt8) json.update({{"scale", tensor.scale}, {"zero_point", tensor.zero_point}});
  json["values"] = elements.stored;
  return json;
}

// The first numbers of a tensor, and the greatest one: what a person wants to see of a long vector.
std::string TensorText(const emit::TensorReport& tensor, const Elements& elements) {
  constexpr size_t kShown = 16;
  std::string text = fmt::format("{} {}{}:", tensor.name, graph::Name(tensor.type), graph::ToString(tensor.shape));
  for (size_t i = 0; i < std::min(kShown, elements.real.size()); ++i) text += fmt::format(" {:.4g}", elements.real[i]);
  if (elements.real.size() > kShown) text += fmt::format(" ... {} in all", elements.real.size());
  return text;
}

size_t GreatestOf(const std::vector<double>& values) {
  return static_cast<size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

Answer<Inputs> InputsOf(const RunOptions& options, const emit::Report& report) {
  if (!options.inputs.empty()) return NpyInputs(options.inputs, report);
  const std::string data = options.data.empty() ? "mnist" : options.data;
  const auto fits = TakesImages(data, report);
  if (!fits) return std::unexpected(fits.error());
  if (!*fits) {
    return Failed(fmt::format("the network takes {} elements, which images of {} don't have; give --input FILE.npy",
                              report.inputs[0].count(), data));
  }
  return FirstImages(data, options.images, report);
}

void Show(const Console& console, const emit::Report& report, size_t index, const Bytes& output, const Inputs& inputs) {
  Json tensors = Json::array();
  std::string text;
  const uint8_t* bytes = output.data();
  size_t answer = 0;
  for (size_t t = 0; t < report.outputs.size(); ++t) {
    const emit::TensorReport& tensor = report.outputs[t];
    const Elements elements = ElementsOf(tensor, bytes);
    bytes += tensor.bytes();
    if (t == 0)
      answer =
          elements.real.size() == 1 ? static_cast<size_t>(std::max(0.0, elements.real[0])) : GreatestOf(elements.real);
    tensors.push_back(TensorJson(tensor, elements));
    text +=
        (t == 0 ? fmt::format("{:5}: {:>3}  ", index, answer) : std::string(12, ' ')) + TensorText(tensor, elements);
    if (t == 0 && !inputs.labels.empty()) text += fmt::format("  (label {})", inputs.labels[index]);
    text += "\n";
  }
  Json line = {{"index", index}, {"answer", answer}};
  if (!inputs.labels.empty()) line["label"] = inputs.labels[index];
  line["outputs"] = tensors;
  console.Result(line, text);
}

}  // namespace

Done Run(const Console& console, const RunOptions& options) {
  const auto folder = CompiledModel(console, options.model);
  if (!folder) return std::unexpected(folder.error());
  const auto report = emit::ReadReport(folder->path);
  if (!report) return std::unexpected(Failure(report.error()));
  const auto inputs = InputsOf(options, *report);
  if (!inputs) return std::unexpected(inputs.error());
  const profile::RunOptions how{.keep_state = !options.reset_state, .trace = false};
  const auto ran = options.target == "host" ? profile::RunOnHost(folder->path, inputs->values, how)
                                            : profile::RunOnBoard(folder->path, inputs->values, how);
  if (!ran) return std::unexpected(Failure(ran.error()));
  for (size_t i = 0; i < ran->outputs.size(); ++i) Show(console, *report, i, ran->outputs[i], *inputs);
  return {};
}

}  // namespace linnet::cli
