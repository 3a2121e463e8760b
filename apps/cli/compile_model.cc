#include "compile_model.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "output_file.h"

namespace linnet::cli {
namespace fs = std::filesystem;
namespace {

// What flash and stack the code really takes, from the emulated board, which has to give the golden answers on the way.
Answer<profile::BoardCost> TryOnBoard(const fs::path& model, const emit::GoldenVectors& vectors) {
  const auto ran = profile::RunOnBoard(model, vectors.inputs);
  if (!ran) return std::unexpected(Failure(ran.error()));
  for (size_t i = 0; i < vectors.inputs.size(); ++i) {
    if (ran->outputs.at(i) != vectors.outputs[i])
      return Failed(
          fmt::format("golden vector {}: the emulated board answers otherwise than the reference interpreter", i));
  }
  if (!ran->cost) return Failed("the emulated board gave no figures");
  return *ran->cost;
}

struct Written {
  emit::Report report;
  std::optional<profile::BoardCost> cost;
};

// Writes `out`; where the board is to be tried, only what has run there comes to stand in it.
Answer<Written> Write(const CompiledNetwork& network, bool try_on_board, const std::string& out) {
  Written written;
  if (try_on_board) {
    auto scratch = ScratchFolder::Make();
    if (!scratch) return std::unexpected(scratch.error());
    const auto tried = emit::Emit(network.graph, network.vectors, network.options, scratch->path() / "model");
    if (!tried) return std::unexpected(Failure(tried.error()));
    const auto ran = TryOnBoard(scratch->path() / "model", network.vectors);
    if (!ran) return std::unexpected(ran.error());
    written.cost = *ran;
  }
  auto emitted = emit::Emit(network.graph, network.vectors, network.options, out);
  if (!emitted) return std::unexpected(Failure(emitted.error()));
  written.report = *std::move(emitted);
  return written;
}

// "dnn-2" of dnn-2/model: a folder called model says nothing.
std::string DefaultName(const std::string& out) {
  const fs::path path = fs::absolute(out).lexically_normal();
  const fs::path folder = path.has_filename() ? path : path.parent_path();
  return folder.filename() == "model" ? folder.parent_path().filename() : folder.filename();
}

}  // namespace

Answer<Compiled> CompileModel(const Console& console, const CompileOptions& options) {
  auto network = CompileNetwork(console, options);
  if (!network) return std::unexpected(network.error());
  network->options.name = options.name.empty() ? DefaultName(options.out) : options.name;
  network->options.ram_bytes = options.ram_bytes;
  network->options.prefer = options.prefer;
  if (network->float_graph) network->options.float_graph = &*network->float_graph;
  const bool measured = !network->options.accuracy_data.empty();
  auto written = Write(*network, options.try_on_board.value_or(measured), options.out);
  if (!written)
    return std::unexpected(Failure(written.error().exit_code, options.model + ": " + written.error().message));
  network->options.float_graph = nullptr;  // the network moves away from under it
  return Compiled{*std::move(network), std::move(written->report), written->cost};
}

}  // namespace linnet::cli
