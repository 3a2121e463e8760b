// compile: a frozen graph becomes int8 C++ with golden vectors, and its accuracy is measured on the way.
#include <fmt/format.h>

#include <filesystem>
#include <thread>

#include "linnet/data/dataset.h"
#include "linnet/emit/emit.h"
#include "linnet/graph/build.h"
#include "linnet/import/import.h"
#include "linnet/package/describe.h"
#include "linnet/passes/passes.h"
#include "linnet/profile/profile.h"
#include "linnet/quantize/images.h"
#include "linnet/quantize/quantize.h"
#include "linnet/reference/float_interpreter.h"
#include "linnet/reference/int8_interpreter.h"
#include "model.h"
#include "output_file.h"

namespace linnet::cli {
namespace fs = std::filesystem;
namespace {

std::vector<float> FloatPixels(std::span<const uint8_t> pixels) {
  std::vector<float> values(pixels.size());
  quantize::PixelsToInput(pixels, values);
  return values;
}

// The class that a network's output names: an ArgMax's index, or the position of the greatest value.
template <typename T>
int ClassOf(std::span<const T> output) {
  return output.size() == 1 ? static_cast<int>(output[0]) : reference::ArgMax(output);
}

// Share of `images` that an interpreter of its own per thread answers right.
template <typename Interpreter>
Outcome<double> Accuracy(const graph::Graph& graph, const data::Images& images) {
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
      for (int i = worker; i < images.count; i += workers) {
        const std::vector<float> input = FloatPixels(images.image(i));
        if constexpr (std::is_same_v<Interpreter, reference::Int8Interpreter>) {
          interpreter.RunFloat(input);
        } else {
          interpreter.Run(input);
        }
        if (ClassOf(interpreter.output()) == images.labels[static_cast<size_t>(i)])
          ++right[static_cast<size_t>(worker)];
      }
    });
  }
  threads.clear();
  int sum = 0;
  for (int count : right) sum += count;
  return static_cast<double>(sum) / images.count;
}

// The first test image of each class, then further ones, as the int8 network takes them, with its own answers.
Outcome<emit::GoldenVectors> MakeVectors(const graph::Graph& graph, const data::Dataset& set, int count) {
  LINNET_ASSIGN(reference::Int8Interpreter interpreter, reference::Int8Interpreter::Create(graph));
  emit::GoldenVectors vectors;
  std::vector<bool> taken(static_cast<size_t>(set.test.count));
  const auto take = [&](int i) {
    taken[static_cast<size_t>(i)] = true;
    interpreter.RunFloat(FloatPixels(set.test.image(i)));
    const auto input = interpreter.value(interpreter.graph().inputs[0]);
    const auto output = interpreter.output();
    vectors.inputs.emplace_back(input.begin(), input.end());
    vectors.outputs.emplace_back(output.begin(), output.end());
  };
  for (int label = 0; label < set.class_count && static_cast<int>(vectors.inputs.size()) < count; ++label) {
    for (int i = 0; i < set.test.count; ++i) {
      if (set.test.labels[static_cast<size_t>(i)] == label) {
        take(i);
        break;
      }
    }
  }
  for (int i = 0; i < set.test.count && static_cast<int>(vectors.inputs.size()) < count; ++i) {
    if (!taken[static_cast<size_t>(i)]) take(i);
  }
  return vectors;
}

struct Compiled {
  graph::Graph graph;
  emit::GoldenVectors vectors;
  emit::Options options;
};

Outcome<Compiled> Quantized(const Console& console, const CompileOptions& options) {
  LINNET_ASSIGN(const graph::Graph imported, import::ImportFile(options.graph));
  LINNET_ASSIGN(const data::Dataset set, data::Load(options.data));
  graph::Graph rewritten = imported;
  if (auto passed = passes::RunPasses(rewritten); !passed) return std::unexpected(passed.error().Within(options.graph));
  auto calibration = quantize::CalibrationFrom(set.train, rewritten, options.calibration_images);
  if (!calibration) return std::unexpected(calibration.error().Within(options.graph));
  auto quantized = quantize::Quantize(rewritten, *calibration);
  if (!quantized) return std::unexpected(quantized.error().Within(options.graph));

  Compiled compiled;
  compiled.graph = std::move(quantized->graph);
  console.Say(fmt::format("{}: {} layers; measuring float and int8 on {} images", options.graph,
                          compiled.graph.nodes.size(), set.test.count));
  LINNET_ASSIGN(compiled.options.accuracy_float, Accuracy<reference::FloatInterpreter>(imported, set.test));
  LINNET_ASSIGN(compiled.options.accuracy_int8, Accuracy<reference::Int8Interpreter>(compiled.graph, set.test));
  compiled.options.accuracy_data = fmt::format("{} test, {} images", options.data, set.test.count);
  LINNET_ASSIGN(compiled.vectors, MakeVectors(compiled.graph, set, options.vectors));
  return compiled;
}

// What flash and stack the code really takes, from the emulated board, which has to give the golden answers on the way.
Answer<profile::BoardCost> TryOnBoard(const fs::path& model, const emit::GoldenVectors& vectors) {
  std::vector<profile::Bytes> inputs;
  for (const auto& vector : vectors.inputs) inputs.emplace_back(vector.begin(), vector.end());
  const auto ran = profile::RunOnBoard(model, inputs);
  if (!ran) return std::unexpected(Failure(ran.error()));
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto& expected = vectors.outputs[i];
    if (ran->outputs.at(i) != profile::Bytes(expected.begin(), expected.end())) {
      return Failed(fmt::format("golden vector {}: the emulated board answers otherwise than the int8 interpreter", i));
    }
  }
  if (!ran->cost) return Failed("the emulated board gave no figures");
  return *ran->cost;
}

// "dnn-2" of dnn-2/model: a folder called model says nothing.
std::string DefaultName(const std::string& out) {
  const fs::path path = fs::absolute(out).lexically_normal();
  const fs::path folder = path.has_filename() ? path : path.parent_path();
  return folder.filename() == "model" ? folder.parent_path().filename() : folder.filename();
}

}  // namespace

Done Compile(const Console& console, const CompileOptions& options) {
  auto compiled = Quantized(console, options);
  if (!compiled) return std::unexpected(Failure(compiled.error()));
  compiled->options.name = options.name.empty() ? DefaultName(options.out) : options.name;

  // Tried out of sight first: what stands in the output folder has run on a board.
  auto scratch = ScratchFolder::Make();
  if (!scratch) return std::unexpected(scratch.error());
  const auto tried = emit::Emit(compiled->graph, compiled->vectors, compiled->options, scratch->path() / "model");
  if (!tried) return std::unexpected(Failure(tried.error()));
  const auto ran = TryOnBoard(scratch->path() / "model", compiled->vectors);
  if (!ran) return std::unexpected(ran.error());
  const auto emitted = emit::Emit(compiled->graph, compiled->vectors, compiled->options, options.out);
  if (!emitted) return std::unexpected(Failure(emitted.error()));
  const emit::Report& report = *emitted;
  const profile::BoardCost& cost = *ran;
  const uint32_t flash_bytes = cost.flash_code_bytes + cost.flash_weights_bytes;
  const uint32_t ram_bytes = cost.arena_bytes + cost.stack_bytes_max;
  console.Result(
      {{"out", options.out},
       {"name", report.name},
       {"identity", package::ToHex(report.identity)},
       {"macs", report.macs},
       {"flash_bytes", flash_bytes},
       {"flash_code_bytes", cost.flash_code_bytes},
       {"flash_weights_bytes", cost.flash_weights_bytes},
       {"ram_bytes", ram_bytes},
       {"arena_bytes", cost.arena_bytes},
       {"stack_bytes", cost.stack_bytes_max},
       {"instructions", cost.instructions_max},
       {"accuracy_float", report.accuracy_float.value_or(0)},
       {"accuracy_int8", report.accuracy_int8.value_or(0)},
       {"accuracy_data", report.accuracy_data},
       {"golden_vectors", compiled->vectors.inputs.size()}},
      fmt::format("{}: {} in {}\n"
                  "flash {} ({} code, {} weights), RAM {} ({} arena, {} stack), {} instructions an inference\n"
                  "accuracy on {}: float {}, int8 {}\n"
                  "{} golden vectors, the emulated board answers them bit for bit\n",
                  report.name, options.graph, options.out, Kilobytes(flash_bytes), Kilobytes(cost.flash_code_bytes),
                  Kilobytes(cost.flash_weights_bytes), Kilobytes(ram_bytes), Kilobytes(cost.arena_bytes),
                  Kilobytes(cost.stack_bytes_max), Grouped(cost.instructions_max), report.accuracy_data,
                  Percent(report.accuracy_float.value_or(0)), Percent(report.accuracy_int8.value_or(0)),
                  compiled->vectors.inputs.size()));
  console.Next(
      fmt::format("linnet build --model {} --board mps2-an386 --version {} --out DIR", options.out, report.name));
  return {};
}

}  // namespace linnet::cli
