#include "sweep_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/study/chart.h"
#include "linnet/study/csv.h"
#include "output_file.h"

namespace linnet::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kWords[] = {"name", "arch", "data", "classes"};
constexpr const char* kFigures[] = {"width",
                                    "depth",
                                    "macs",
                                    "parameters",
                                    "flash_weights_bytes",
                                    "flash_code_bytes",
                                    "flash_bytes",
                                    "arena_bytes",
                                    "stack_bytes_bound",
                                    "sram_bytes",
                                    "instructions",
                                    "cycles_estimated",
                                    "energy_estimated_uj",
                                    "test_accuracy_float",
                                    "test_accuracy_int8"};
// Of the firmware around the network, where one was built.
constexpr const char* kFirmwareFigures[] = {
    "firmware_image_bytes",  "firmware_static_bytes",   "firmware_stack_peak_bytes", "heap_bytes",
    "heap_malloc_bytes",     "heap_mbedtls_pool_bytes", "heap_lwip_heap_peak_bytes", "heap_lwip_heap_bytes",
    "heap_lwip_pools_bytes", "heap_rtos_bytes"};

struct ScatterChoice {
  const char* file;
  const char* title;
  const char* x;
  const char* x_title;
  const char* y;
  const char* y_title;
};
// Shares become per cent; the rest is drawn as it is.
constexpr ScatterChoice kScatters[] = {
    {"accuracy_over_flash.svg", "Test accuracy over flash", "flash_bytes", "flash of the network, int8 (bytes)",
     "test_accuracy_int8", "test accuracy, int8 (%)"},
    {"accuracy_over_macs.svg", "Test accuracy over multiply-accumulates", "macs", "multiply-accumulates an inference",
     "test_accuracy_int8", "test accuracy, int8 (%)"},
    {"energy_over_macs.svg", "Energy over multiply-accumulates", "macs", "multiply-accumulates an inference",
     "energy_estimated_uj", "energy an inference, estimated (µJ)"},
    {"energy_over_weights.svg", "Energy over bytes of weights", "flash_weights_bytes", "weights and constants (bytes)",
     "energy_estimated_uj", "energy an inference, estimated (µJ)"},
};

bool IsShare(const std::string& key) { return key.find("accuracy") != std::string::npos; }

double Figure(const Json& row, const char* key) {
  const auto found = row.find(key);
  return found != row.end() && found->is_number() ? found->get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::vector<const char*> AllFigures(const std::vector<Json>& rows) {
  std::vector<const char*> keys(std::begin(kFigures), std::end(kFigures));
  for (const char* key : kFirmwareFigures) {
    if (std::ranges::any_of(rows, [&](const Json& row) { return row.contains(key); })) keys.push_back(key);
  }
  return keys;
}

std::string SweepCsv(const std::vector<Json>& rows) {
  std::vector<std::string> header(std::begin(kWords), std::end(kWords));
  const auto figures = AllFigures(rows);
  header.insert(header.end(), figures.begin(), figures.end());
  std::vector<std::vector<std::string>> lines;
  for (const Json& row : rows) {
    auto& line = lines.emplace_back();
    for (const char* key : kWords) line.push_back(row.value(key, ""));
    for (const char* key : figures) line.push_back(study::CsvNumber(Figure(row, key)));
  }
  return study::Csv(header, lines);
}

std::string CorrelationCsv(const std::vector<study::Correlation>& all) {
  std::vector<std::vector<std::string>> lines;
  const auto number = [](const std::optional<double>& value) {
    // Further digits are the arithmetic's, not the networks'.
    return value ? study::CsvNumber(std::round(*value * 1e6) / 1e6) : std::string();
  };
  for (const study::Correlation& c : all)
    lines.push_back({c.x, c.y, std::to_string(c.count), number(c.pearson), number(c.spearman)});
  return study::Csv({"x", "y", "networks", "pearson", "spearman"}, lines);
}

std::string ScatterOf(const ScatterChoice& choice, const std::vector<Json>& rows) {
  study::Scatter scatter{choice.title, choice.x_title, choice.y_title, {}};
  for (const Json& row : rows) {
    const double x = Figure(row, choice.x), y = Figure(row, choice.y);
    scatter.points.push_back({x, IsShare(choice.y) ? 100 * y : y, row.value("name", ""), row.value("arch", "")});
  }
  return study::ScatterPlot(scatter);
}

std::string Rounded(const std::optional<double>& value) { return value ? fmt::format("{:.3f}", *value) : "-"; }

std::string Whole(const Json& row, const char* key) {
  const double value = Figure(row, key);
  return value >= 0 ? Grouped(static_cast<uint64_t>(value)) : "-";
}

std::string Share(const Json& row, const char* key) {
  const double value = Figure(row, key);
  return std::isfinite(value) ? Percent(value) : "-";
}

std::string CorrelationText(const std::vector<study::Correlation>& all) {
  const std::pair<const char*, const char*> kAsked[] = {
      {"macs", "energy_estimated_uj"},        {"flash_weights_bytes", "energy_estimated_uj"},
      {"flash_bytes", "energy_estimated_uj"}, {"macs", "test_accuracy_int8"},
      {"flash_bytes", "test_accuracy_int8"},  {"sram_bytes", "test_accuracy_int8"}};
  std::vector<std::vector<std::string>> cells;
  for (const auto& [x, y] : kAsked) {
    for (const study::Correlation& c : all) {
      if (c.x == x && c.y == y)
        cells.push_back({c.x, c.y, std::to_string(c.count), Rounded(c.pearson), Rounded(c.spearman)});
    }
  }
  return Table({"x", "y", "networks", "Pearson", "Spearman"}, cells);
}

}  // namespace

Json SweepRow(const Json& study) {
  Json row = Json::object();
  for (const char* key : kWords) row[key] = study.value(key, "");
  for (const char* key : kFigures) row[key] = study.value(key, Json());
  for (const char* key : kFirmwareFigures) {
    if (study.contains(key)) row[key] = study[key];
  }
  return row;
}

std::vector<study::Column> ColumnsOf(const std::vector<Json>& rows) {
  std::vector<study::Column> columns;
  for (const char* key : AllFigures(rows)) {
    auto& column = columns.emplace_back(study::Column{key, {}});
    for (const Json& row : rows) column.values.push_back(Figure(row, key));
  }
  return columns;
}

Answer<std::vector<std::string>> WriteSweep(const fs::path& folder, const std::vector<Json>& rows,
                                            const std::vector<std::string>& failures) {
  const auto correlations = study::AllCorrelations(ColumnsOf(rows));
  Json pairs = Json::array();
  for (const study::Correlation& c : correlations)
    pairs.push_back({{"x", c.x},
                     {"y", c.y},
                     {"networks", c.count},
                     {"pearson", c.pearson ? Json(*c.pearson) : Json()},
                     {"spearman", c.spearman ? Json(*c.spearman) : Json()}});
  const Json all = {{"networks", rows}, {"failed", failures}, {"correlations", pairs}};
  std::vector<std::pair<std::string, std::string>> files = {{"sweep.csv", SweepCsv(rows)},
                                                            {"sweep.json", all.dump(1) + "\n"},
                                                            {"correlations.csv", CorrelationCsv(correlations)}};
  for (const ScatterChoice& choice : kScatters) files.emplace_back(choice.file, ScatterOf(choice, rows));
  std::vector<std::string> paths;
  for (const auto& [name, bytes] : files) {
    if (auto done = WriteWhole(folder / name, bytes); !done) return std::unexpected(done.error());
    paths.push_back((folder / name).string());
  }
  return paths;
}

std::string SweepText(const std::vector<Json>& rows) {
  std::vector<std::vector<std::string>> cells;
  for (const Json& row : rows) {
    cells.push_back({row.value("name", ""), Whole(row, "macs"), Whole(row, "parameters"), Whole(row, "flash_bytes"),
                     Whole(row, "arena_bytes"), Whole(row, "stack_bytes_bound"), Whole(row, "instructions"),
                     Whole(row, "cycles_estimated"), fmt::format("{:.1f}", Figure(row, "energy_estimated_uj")),
                     Share(row, "test_accuracy_float"), Share(row, "test_accuracy_int8")});
    if (row.contains("heap_bytes")) cells.back().push_back(Whole(row, "heap_bytes"));
  }
  std::vector<std::string> header = {"network",      "MACs",        "weights", "flash B", "arena B", "stack B",
                                     "instructions", "est. cycles", "est. uJ", "float",   "int8"};
  const bool heap = std::ranges::any_of(rows, [](const Json& row) { return row.contains("heap_bytes"); });
  if (heap) header.emplace_back("heap B");
  for (auto& line : cells) line.resize(header.size(), "-");
  return Table(header, cells) + "\n" + CorrelationText(study::AllCorrelations(ColumnsOf(rows))) +
         "cycles by the Cortex-M4 table with memory that never waits, energy 0.37 nJ a cycle: estimates\n";
}

}  // namespace linnet::cli
