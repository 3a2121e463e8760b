#include "table.h"

#include <algorithm>
#include <cctype>

#include "linnet/study/csv.h"
#include "output_file.h"
#include "poster.h"

namespace linnet::cli {
namespace fs = std::filesystem;
namespace {

std::string FolderName(const PosterNetwork& network) {
  std::string name = network.name;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

// The CNNs first: they take longest, and two trainings run side by side.
std::vector<NetworkJob> JobsOf(const TableOptions& options) {
  std::vector<NetworkJob> jobs;
  for (const PosterNetwork& network : PosterNetworks()) {
    NetworkJob job{FolderName(network), ArgumentsOf(options.training), {}};
    job.arguments.insert(job.arguments.end(), {"--arch", network.arch, "--classes", network.classes});
    jobs.insert(std::string(network.arch) == "cnn" ? jobs.begin() : jobs.end(), std::move(job));
  }
  return jobs;
}

}  // namespace

Done MakeTable(const Console& console, const TableOptions& options) {
  const std::vector<NetworkJob> jobs = JobsOf(options);
  JobOptions how;
  how.folder = options.out;
  how.parallel = options.parallel;
  LINNET_ASSIGN(const MadeNetworks made, MakeNetworks(console, jobs, how));
  if (!made.failures.empty()) return Failed(made.failures[0]);
  // DNN-1, DNN-2, CNN-1, CNN-2, as the poster has them.
  std::vector<Json> ordered;
  for (const PosterNetwork& network : PosterNetworks()) {
    for (const Json& study : made.studies) {
      if (study.value("name", "") == FolderName(network)) ordered.push_back(study);
    }
  }
  const PlainTable rows = PosterRows(ordered);
  const fs::path csv = fs::path(options.out) / "table.csv", json_file = fs::path(options.out) / "table.json";
  if (auto done = WriteWhole(csv, study::Csv(rows.header, rows.rows)); !done) return done;
  Json networks = Json::array();
  for (Json study : ordered) {
    study.erase("confusion");
    study.erase("most_wrong");
    networks.push_back(std::move(study));
  }
  const Json result = {{"out", options.out}, {"csv", csv.string()}, {"networks", networks}};
  if (auto done = WriteWhole(json_file, result.dump(2) + "\n"); !done) return done;
  console.Result(result,
                 PosterTable(ordered) +
                     "accuracy on the classes trained; flash: code, weights and constants of the network; SRAM: "
                     "arena and stack at most; KB of 1,024 bytes; -: the poster does not say it, as far as it is "
                     "known here\n" +
                     csv.string() + "\n" + json_file.string() + "\n");
  return {};
}

}  // namespace linnet::cli
