#include "sweep.h"

#include <fmt/format.h>

#include <set>

#include "firmware_memory.h"
#include "http_client.h"
#include "output_file.h"
#include "sweep_report.h"

namespace linnet::cli {
namespace fs = std::filesystem;
namespace {

std::vector<int> WidthsOf(const SweepOptions& options, const std::string& arch) {
  if (!options.widths.empty()) return options.widths;
  // A convolution of 128 features over 28x28 pixels would train for hours.
  return arch == "cnn" ? std::vector<int>{4, 8, 16, 32} : std::vector<int>{16, 32, 64, 128};
}

std::vector<std::string> LayersOf(const std::string& arch, int width, int depth) {
  std::vector<std::string> layers;
  if (arch == "dnn") layers.emplace_back("flatten");
  for (int i = 0; i < depth; ++i) {
    if (arch == "dnn") {
      layers.push_back(fmt::format("dense {} relu", width));
    } else {
      layers.push_back(fmt::format("conv {} 3x3 relu", width));
      layers.emplace_back("max-pool 2x2");
    }
  }
  if (arch == "cnn") layers.emplace_back("flatten");
  layers.emplace_back("dense 10");
  return layers;
}

NetworkJob JobOf(const SweepOptions& options, const GridNetwork& network) {
  NetworkJob job{network.name, ArgumentsOf(options.training), {{"layers", network.layers}}};
  job.arguments.insert(job.arguments.end(),
                       {"--arch", network.name, "--project", (fs::path(options.out) / "sweep.toml").string()});
  return job;
}

// Memory of the firmware around the network, kept in a file beside the study: a finished network's is not measured again.
Done AddFirmware(const Console& console, const SweepOptions& options, const NetworkJob& job, Json& study) {
  const fs::path folder = fs::path(options.out) / job.name, file = folder / "firmware_memory.json";
  const Json identity = {{"options", study.value("options", Json())},
                         {"flash_bytes", study.value("flash_bytes", Json())}};
  const auto kept = ReadJson(file);
  if (kept && kept->value("of", Json()) == identity) {
    study.update((*kept)["figures"]);
    return {};
  }
  console.Say(job.name + ": building its firmware and starting it on the emulated board");
  LINNET_ASSIGN(const Json figures, FirmwareMemory(console, folder / "model", job.name, folder / "firmware"));
  study.update(figures);
  return WriteWhole(file, Json{{"of", identity}, {"figures", figures}}.dump(1) + "\n");
}

// The rows to linnetd, which keeps them in its table `study`.
Done SendRows(const Console& console, const SweepOptions& options, const std::vector<Json>& rows) {
  const fs::path whole = fs::absolute(options.out).lexically_normal();
  const std::string name = (whole.has_filename() ? whole : whole.parent_path()).filename().string().substr(0, 64);
  const auto answer = HttpClient(options.server).Post("/study", {{"study", name}, {"rows", rows}});
  if (!answer) return std::unexpected(answer.error());
  console.Say(fmt::format("{} rows in the server's table `study`", rows.size()));
  console.Next(
      fmt::format("linnet sql \"select network, macs, energy_estimated_uj from study where study = '{}'\"", name));
  return {};
}

}  // namespace

std::vector<GridNetwork> GridOf(const SweepOptions& options) {
  std::vector<GridNetwork> grid;
  std::set<std::string> names;
  for (const std::string& arch : options.archs) {
    for (const int width : WidthsOf(options, arch)) {
      for (const int depth : options.depths) {
        const std::string name = fmt::format("{}-w{}-d{}", arch, width, depth);
        if (names.insert(name).second) grid.push_back({name, arch, width, depth, LayersOf(arch, width, depth)});
      }
    }
  }
  return grid;
}

std::string ProjectFileOf(const std::vector<GridNetwork>& networks) {
  std::string text = "# Written by linnet sweep. linnet train --project FILE --arch NAME trains one of them.\n";
  for (const GridNetwork& network : networks) {
    text += fmt::format("\n[network.{}]\nlayers = [", network.name);
    for (const std::string& layer : network.layers)
      text += fmt::format("{}\"{}\"", &layer == network.layers.data() ? "" : ", ", layer);
    text += "]\n";
  }
  return text;
}

Done Sweep(const Console& console, const SweepOptions& options) {
  const std::vector<GridNetwork> grid = GridOf(options);
  const fs::path folder = options.out;
  if (auto written = WriteWhole(folder / "sweep.toml", ProjectFileOf(grid)); !written) return written;
  std::vector<NetworkJob> jobs;
  for (const GridNetwork& network : grid) jobs.push_back(JobOf(options, network));
  console.Say(fmt::format("{} networks in {}, {} at a time", grid.size(), options.out, options.parallel));
  JobOptions how;
  how.folder = folder;
  how.parallel = options.parallel;
  how.float_too = false;
  if (options.firmware)
    how.finish = [&](const NetworkJob& job, Json& study) { return AddFirmware(console, options, job, study); };
  LINNET_ASSIGN(const MadeNetworks made, MakeNetworks(console, jobs, how));

  std::vector<Json> rows;
  for (Json study : made.studies) {
    for (const GridNetwork& network : grid) {
      if (network.name != study.value("name", "")) continue;
      study.update({{"arch", network.arch}, {"width", network.width}, {"depth", network.depth}});
    }
    rows.push_back(SweepRow(study));
  }
  LINNET_ASSIGN(const auto paths, WriteSweep(folder, rows, made.failures));
  std::string text = SweepText(rows);
  for (const std::string& path : paths) text += path + "\n";
  console.Result({{"out", options.out}, {"files", paths}, {"networks", rows}, {"failed", made.failures}}, text);
  if (!options.server.empty() && !rows.empty()) {
    if (auto sent = SendRows(console, options, rows); !sent) return sent;
  }
  if (!made.failures.empty())
    return Failed(fmt::format("{} of {} networks could not be made, the first: {}", made.failures.size(), grid.size(),
                              made.failures[0]));
  return {};
}

}  // namespace linnet::cli
