#include "compile_accuracy.h"

#include <algorithm>
#include <numeric>
#include <thread>

#include "linnet/quantize/images.h"
#include "linnet/reference/float_interpreter.h"
#include "linnet/reference/int8_interpreter.h"

namespace linnet::cli {
namespace {

template <typename T>
int ClassOf(std::span<const T> output) {
  return output.size() == 1 ? static_cast<int>(output[0]) : reference::ArgMax(output);
}

// An interpreter of its own for each thread.
template <typename Interpreter, typename Run>
Outcome<double> Accuracy(const graph::Graph& graph, const data::Images& images, Run run) {
  if (auto fits = quantize::CheckFits(images, graph.tensor(graph.inputs.at(0)).shape); !fits)
    return std::unexpected(fits.error());
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
        run(interpreter, input);
        if (ClassOf(interpreter.output()) == images.labels[static_cast<size_t>(i)])
          ++right[static_cast<size_t>(worker)];
      }
    });
  }
  threads.clear();
  return static_cast<double>(std::accumulate(right.begin(), right.end(), 0)) / images.count;
}

}  // namespace

Outcome<double> FloatAccuracy(const graph::Graph& graph, const data::Images& images) {
  return Accuracy<reference::FloatInterpreter>(
      graph, images, [](reference::FloatInterpreter& network, std::span<const float> input) { network.Run(input); });
}

Outcome<double> Int8Accuracy(const graph::Graph& graph, const data::Images& images) {
  return Accuracy<reference::Int8Interpreter>(
      graph, images,
      [](reference::Int8Interpreter& network, std::span<const float> input) { network.RunFloat(input); });
}

}  // namespace linnet::cli
