#include "compile_accuracy.h"

#include <algorithm>
#include <cstring>
#include <numeric>
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

int ClassOf(const reference::Int8Interpreter& network) {
  const graph::TensorId id = network.graph().outputs[0];
  switch (network.graph().tensor(id).type) {
    case graph::DType::kInt64: return Index<int64_t>(network.bytes(id));
    case graph::DType::kInt32: return Index<int32_t>(network.bytes(id));
    case graph::DType::kFloat32: return reference::ArgMax(network.float_value(id));
    case graph::DType::kInt16: {
      std::vector<int16_t> scores(network.bytes(id).size() / sizeof(int16_t));
      std::memcpy(scores.data(), network.bytes(id).data(), network.bytes(id).size());
      return reference::ArgMax(std::span<const int16_t>(scores));
    }
    default: return reference::ArgMax(network.output());
  }
}

int ClassOf(const reference::FloatInterpreter& network) {
  const auto output = network.output();
  return output.size() == 1 ? static_cast<int>(output[0]) : reference::ArgMax(output);
}

void RunOn(reference::Int8Interpreter& network, std::span<const float> input) { network.RunFloat(input); }
void RunOn(reference::FloatInterpreter& network, std::span<const float> input) { network.Run(input); }

// An interpreter of its own for each thread.
template <typename Interpreter>
Outcome<double> AccuracyOf(const graph::Graph& graph, const data::Images& images) {
  const int workers = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<Interpreter> interpreters;
  for (int i = 0; i < workers; ++i) {
    LINNET_ASSIGN(Interpreter interpreter, Interpreter::Create(graph));
    interpreters.push_back(std::move(interpreter));
  }
  std::vector<int> right(static_cast<size_t>(workers));
  std::vector<std::jthread> threads;
  for (int worker = 0; worker < workers; ++worker) {
    threads.emplace_back([&, worker] {
      Interpreter& interpreter = interpreters[static_cast<size_t>(worker)];
      std::vector<float> input(static_cast<size_t>(images.image_bytes()));
      for (int i = worker; i < images.count; i += workers) {
        quantize::PixelsToInput(images.image(i), input);
        RunOn(interpreter, input);
        if (ClassOf(interpreter) == images.labels[static_cast<size_t>(i)]) ++right[static_cast<size_t>(worker)];
      }
    });
  }
  threads.clear();
  return static_cast<double>(std::accumulate(right.begin(), right.end(), 0)) / images.count;
}

}  // namespace

Outcome<double> Accuracy(const graph::Graph& graph, const data::Images& images) {
  const bool all_float = std::ranges::all_of(graph.nodes, [&](const graph::Node& node) {
    return graph.tensor(node.inputs[0]).type == graph::DType::kFloat32;
  });
  return all_float ? AccuracyOf<reference::FloatInterpreter>(graph, images)
                   : AccuracyOf<reference::Int8Interpreter>(graph, images);
}

}  // namespace linnet::cli
