#include "compile_accuracy.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "linnet/quantize/images.h"
#include "linnet/reference/float_interpreter.h"
#include "linnet/reference/int8_interpreter.h"

namespace linnet::cli {
namespace {

template <typename T>
int Index(std::span<const std::byte> bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<int>(value);
}

// Quantised scores: the greatest number is the greatest score, whatever scale and zero point say.
template <typename T>
Prediction OfQuantized(std::span<const T> scores, const graph::Quantization& quantization, size_t label) {
  const auto real = [&](size_t i) {
    if (quantization.empty()) return static_cast<float>(scores[i]);
    return quantization.scales[0] * static_cast<float>(scores[i] - quantization.zero_points[0]);
  };
  const int answer = reference::ArgMax(scores);
  return {answer, real(static_cast<size_t>(answer)), label < scores.size() ? real(label) : 0};
}

Prediction OfFloat(std::span<const float> scores, size_t label) {
  const int answer = reference::ArgMax(scores);
  return {answer, scores[static_cast<size_t>(answer)], label < scores.size() ? scores[label] : 0};
}

Prediction PredictionOf(const reference::Int8Interpreter& network, size_t label) {
  const graph::TensorId id = network.graph().outputs[0];
  const graph::Tensor& tensor = network.graph().tensor(id);
  switch (tensor.type) {
    case graph::DType::kInt64: return {.answer = Index<int64_t>(network.bytes(id))};
    case graph::DType::kInt32: return {.answer = Index<int32_t>(network.bytes(id))};
    case graph::DType::kFloat32: return OfFloat(network.float_value(id), label);
    case graph::DType::kInt16: {
      std::vector<int16_t> scores(network.bytes(id).size() / sizeof(int16_t));
      std::memcpy(scores.data(), network.bytes(id).data(), network.bytes(id).size());
      return OfQuantized(std::span<const int16_t>(scores), tensor.quantization, label);
    }
    default: return OfQuantized(network.output(), tensor.quantization, label);
  }
}

Prediction PredictionOf(const reference::FloatInterpreter& network, size_t label) {
  const auto output = network.output();
  if (output.size() == 1) return {.answer = static_cast<int>(output[0])};
  return OfFloat(output, label);
}

void RunOn(reference::Int8Interpreter& network, std::span<const float> input) { network.RunFloat(input); }
void RunOn(reference::FloatInterpreter& network, std::span<const float> input) { network.Run(input); }

// An interpreter of its own for each thread.
template <typename Interpreter>
Outcome<std::vector<Prediction>> PredictWith(const graph::Graph& graph, const data::Images& images) {
  const int workers = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<Interpreter> interpreters;
  for (int i = 0; i < workers; ++i) {
    LINNET_ASSIGN(Interpreter interpreter, Interpreter::Create(graph));
    interpreters.push_back(std::move(interpreter));
  }
  std::vector<Prediction> predictions(static_cast<size_t>(images.count));
  std::vector<std::jthread> threads;
  for (int worker = 0; worker < workers; ++worker) {
    threads.emplace_back([&, worker] {
      Interpreter& interpreter = interpreters[static_cast<size_t>(worker)];
      std::vector<float> input(static_cast<size_t>(images.image_bytes()));
      for (int i = worker; i < images.count; i += workers) {
        quantize::PixelsToInput(images.image(i), input);
        RunOn(interpreter, input);
        const auto at = static_cast<size_t>(i);
        predictions[at] = PredictionOf(interpreter, images.labels[at]);
      }
    });
  }
  threads.clear();
  return predictions;
}

}  // namespace

Outcome<std::vector<Prediction>> Predict(const graph::Graph& graph, const data::Images& images) {
  const bool all_float = std::ranges::all_of(graph.nodes, [&](const graph::Node& node) {
    return graph.tensor(node.inputs[0]).type == graph::DType::kFloat32;
  });
  return all_float ? PredictWith<reference::FloatInterpreter>(graph, images)
                   : PredictWith<reference::Int8Interpreter>(graph, images);
}

double ShareRight(std::span<const Prediction> predictions, const data::Images& images) {
  if (predictions.empty()) return 0;
  size_t right = 0;
  for (size_t i = 0; i < predictions.size(); ++i) right += predictions[i].answer == images.labels.at(i);
  return static_cast<double>(right) / static_cast<double>(predictions.size());
}

}  // namespace linnet::cli
