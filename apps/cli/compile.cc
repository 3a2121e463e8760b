#include "compile.h"

#include <fmt/format.h>

#include <filesystem>

#include "compile_accuracy.h"
#include "compile_vectors.h"
#include "linnet/data/dataset.h"
#include "linnet/emit/emit.h"
#include "linnet/graph/build.h"
#include "linnet/import/import.h"
#include "linnet/package/describe.h"
#include "linnet/passes/passes.h"
#include "linnet/profile/profile.h"
#include "linnet/quantize/images.h"
#include "linnet/quantize/quantize.h"
#include "output_file.h"

namespace linnet::cli {
namespace fs = std::filesystem;
namespace {

// A network whose inputs are integers, or that turns them into integers itself.
bool IsInt8(const graph::Graph& graph) {
  return std::ranges::any_of(
      graph.nodes, [&](const graph::Node& node) { return graph.tensor(node.outputs[0]).type == graph::DType::kInt8; });
}

// "1,28,28,1"
Answer<graph::Shape> ParseShape(const std::string& text) {
  graph::Shape shape;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, end - at);
    const bool digits = !part.empty() && part.size() <= 7 && part.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoll(part) < 1) {
      return std::unexpected(
          Failure(kExitUsage, "--input-shape '" + text + "': expects extents of 1 or more, such as 1,28,28,1"));
    }
    shape.push_back(std::stoll(part));
    at = end + 1;
  }
  return shape;
}

struct Compiled {
  graph::Graph graph;
  emit::GoldenVectors vectors;
  emit::Options options;
  std::string calibration;  // what the ranges come from
};

Outcome<graph::Graph> Imported(const CompileOptions& options, graph::Shape input_shape) {
  import::ImportOptions wanted;
  wanted.outputs = options.outputs;
  if (!input_shape.empty()) wanted.input_shapes[""] = std::move(input_shape);
  return import::ImportFile(options.model, wanted);
}

// Float with a data set: ranges from its training images, accuracy from its test images.
Outcome<Compiled> FromImages(const Console& console, const CompileOptions& options, const graph::Graph& imported,
                             const graph::Graph& rewritten) {
  LINNET_ASSIGN(const data::Dataset set, data::Load(options.data));
  LINNET_ASSIGN(const auto calibration, quantize::CalibrationFrom(set.train, rewritten, options.calibration_inputs));
  LINNET_ASSIGN(auto quantized, quantize::Quantize(rewritten, calibration));
  Compiled compiled;
  compiled.graph = std::move(quantized.graph);
  compiled.calibration = fmt::format("{} training images of {}", calibration.inputs.size(), options.data);
  console.Say(fmt::format("{}: {} layers; measuring float and int8 on {} images", options.model,
                          compiled.graph.nodes.size(), set.test.count));
  LINNET_ASSIGN(compiled.options.accuracy_float, FloatAccuracy(imported, set.test));
  LINNET_ASSIGN(compiled.options.accuracy_int8, Int8Accuracy(compiled.graph, set.test));
  compiled.options.accuracy_data = fmt::format("{} test, {} images", options.data, set.test.count);
  const int count = options.vectors > 0 ? options.vectors : DefaultVectorCount(compiled.graph);
  LINNET_ASSIGN(compiled.vectors, VectorsFromImages(compiled.graph, set, count));
  return compiled;
}

// Without data: random inputs give the ranges of a float network; an int8 network has its own.
Outcome<Compiled> FromRandomInputs(const Console& console, const CompileOptions& options, graph::Graph graph) {
  Compiled compiled;
  if (IsInt8(graph)) {
    compiled.graph = std::move(graph);
    compiled.calibration = "the model's own quantisation";
  } else {
    console.Say(fmt::format(
        "{}: no --calibrate: the ranges come from {} random inputs, seed {}; accuracy will suffer on real ones",
        options.model, options.calibration_inputs, options.seed));
    LINNET_ASSIGN(auto quantized, quantize::Quantize(graph, quantize::RandomCalibration(
                                                                graph, options.calibration_inputs, options.seed)));
    compiled.graph = std::move(quantized.graph);
    compiled.calibration = fmt::format("{} random inputs, seed {}", options.calibration_inputs, options.seed);
  }
  const int count = options.vectors > 0 ? options.vectors : DefaultVectorCount(compiled.graph);
  LINNET_ASSIGN(compiled.vectors, RandomVectors(compiled.graph, count, options.seed));
  return compiled;
}

Outcome<Compiled> MakeInt8(const Console& console, const CompileOptions& options, const graph::Graph& imported) {
  graph::Graph rewritten = imported;
  passes::PassOptions passes{.off = options.without};
  if (IsInt8(imported)) passes.off.emplace_back("drop-argmax");  // its own answer is the one that others compare with
  if (auto passed = passes::RunPasses(rewritten, passes); !passed) return std::unexpected(passed.error());
  if (options.data.empty()) return FromRandomInputs(console, options, std::move(rewritten));
  if (IsInt8(rewritten)) {
    return Fail(Status::kInvalidArgument,
                "the network is int8 already and brings its own scales; leave --calibrate out");
  }
  return FromImages(console, options, imported, rewritten);
}

// What flash and stack the code really takes, from the emulated board, which has to give the golden answers on the way.
Answer<profile::BoardCost> TryOnBoard(const fs::path& model, const emit::GoldenVectors& vectors) {
  const auto ran = profile::RunOnBoard(model, vectors.inputs);
  if (!ran) return std::unexpected(Failure(ran.error()));
  for (size_t i = 0; i < vectors.inputs.size(); ++i) {
    if (ran->outputs.at(i) != vectors.outputs[i]) {
      return Failed(fmt::format("golden vector {}: the emulated board answers otherwise than the int8 interpreter", i));
    }
  }
  if (!ran->cost) return Failed("the emulated board gave no figures");
  return *ran->cost;
}

// Writes `out`; where the board is to be tried, only what has run there comes to stand in it.
Answer<std::pair<emit::Report, std::optional<profile::BoardCost>>> Write(const Compiled& compiled, bool try_on_board,
                                                                         const std::string& out) {
  std::optional<profile::BoardCost> cost;
  if (try_on_board) {
    auto scratch = ScratchFolder::Make();
    if (!scratch) return std::unexpected(scratch.error());
    const auto tried = emit::Emit(compiled.graph, compiled.vectors, compiled.options, scratch->path() / "model");
    if (!tried) return std::unexpected(Failure(tried.error()));
    const auto ran = TryOnBoard(scratch->path() / "model", compiled.vectors);
    if (!ran) return std::unexpected(ran.error());
    cost = *ran;
  }
  auto emitted = emit::Emit(compiled.graph, compiled.vectors, compiled.options, out);
  if (!emitted) return std::unexpected(Failure(emitted.error()));
  return std::pair{*std::move(emitted), cost};
}

// "dnn-2" of dnn-2/model: a folder called model says nothing.
std::string DefaultName(const std::string& out) {
  const fs::path path = fs::absolute(out).lexically_normal();
  const fs::path folder = path.has_filename() ? path : path.parent_path();
  return folder.filename() == "model" ? folder.parent_path().filename() : folder.filename();
}

void Show(const Console& console, const CompileOptions& options, const Compiled& compiled, const emit::Report& report,
          const std::optional<profile::BoardCost>& cost) {
  Json json = {{"out", options.out},
               {"name", report.name},
               {"identity", package::ToHex(report.identity)},
               {"macs", report.macs},
               {"calibration", compiled.calibration}};
  std::string text = fmt::format("{}: {} in {}\n", report.name, options.model, options.out);
  if (cost) {
    const uint32_t flash_bytes = cost->flash_code_bytes + cost->flash_weights_bytes;
    const uint32_t ram_bytes = cost->arena_bytes + cost->stack_bytes_max;
    json.update({{"flash_bytes", flash_bytes},
                 {"flash_code_bytes", cost->flash_code_bytes},
                 {"flash_weights_bytes", cost->flash_weights_bytes},
                 {"ram_bytes", ram_bytes},
                 {"arena_bytes", cost->arena_bytes},
                 {"stack_bytes", cost->stack_bytes_max},
                 {"instructions", cost->instructions_max}});
    text += fmt::format("flash {} ({} code, {} weights), RAM {} ({} arena, {} stack), {} instructions an inference\n",
                        Kilobytes(flash_bytes), Kilobytes(cost->flash_code_bytes), Kilobytes(cost->flash_weights_bytes),
                        Kilobytes(ram_bytes), Kilobytes(cost->arena_bytes), Kilobytes(cost->stack_bytes_max),
                        Grouped(cost->instructions_max));
  } else {
    json.update({{"flash_weights_bytes", report.flash_weights_bytes}, {"arena_bytes", report.arena_bytes}});
    text += fmt::format("{} multiply-accumulates, weights {}, arena {}\n", Grouped(static_cast<uint64_t>(report.macs)),
                        Kilobytes(report.flash_weights_bytes), Kilobytes(report.arena_bytes));
  }
  if (report.accuracy_float && report.accuracy_int8) {
    json.update({{"accuracy_float", *report.accuracy_float},
                 {"accuracy_int8", *report.accuracy_int8},
                 {"accuracy_data", report.accuracy_data}});
    text += fmt::format("accuracy on {}: float {}, int8 {}\n", report.accuracy_data, Percent(*report.accuracy_float),
                        Percent(*report.accuracy_int8));
  }
  const size_t vectors = compiled.vectors.inputs.size();
  json["golden_vectors"] = vectors;
  text += fmt::format("{} golden vectors{}\n", vectors, cost ? ", the emulated board answers them bit for bit" : "");
  console.Result(json, text);
}

}  // namespace

Done Compile(const Console& console, const CompileOptions& options) {
  auto input_shape = ParseShape(options.input_shape);
  if (!input_shape) return std::unexpected(input_shape.error());
  const auto imported = Imported(options, *std::move(input_shape));
  if (!imported) return std::unexpected(Failure(imported.error()));
  auto compiled = MakeInt8(console, options, *imported);
  if (!compiled) return std::unexpected(Failure(compiled.error().Within(options.model)));
  compiled->options.name = options.name.empty() ? DefaultName(options.out) : options.name;
  const auto written = Write(*compiled, options.try_on_board.value_or(!options.data.empty()), options.out);
  if (!written) return std::unexpected(written.error());
  Show(console, options, *compiled, written->first, written->second);
  if (written->second) {
    console.Next(fmt::format("linnet build --model {} --board mps2-an386 --version {} --out DIR", options.out,
                             written->first.name));
  } else {
    console.Next("linnet profile " + options.out);
  }
  return {};
}

}  // namespace linnet::cli
