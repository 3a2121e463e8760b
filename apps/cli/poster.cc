#include "poster.h"

#include <fmt/format.h>

#include "linnet/study/csv.h"

namespace linnet::cli {
namespace {

// Accuracies and flash of DNN-2 and CNN-2 are all that is known of the poster's table.
constexpr PosterNetwork kNetworks[] = {
    {"DNN-1", "dnn", "0-4", std::nullopt, std::nullopt},
    {"DNN-2", "dnn", "0-9", 0.977, 136},
    {"CNN-1", "cnn", "0-4", std::nullopt, std::nullopt},
    {"CNN-2", "cnn", "0-9", 0.992, 122},
};

constexpr const char* kNone = "-";

std::string ShareCell(const Json& study, const std::string& key) {
  const auto found = study.find(key);
  return found != study.end() && found->is_number() ? Percent(found->get<double>()) : kNone;
}

std::string BytesCell(const Json& study, const std::string& key) {
  const auto found = study.find(key);
  return found != study.end() && found->is_number_unsigned() ? Kilobytes(found->get<uint64_t>()) : kNone;
}

// Activations are int8 in either case.
std::string Int8Label(const Json& study) {
  const std::string weights = study.value("weights", "int8");
  return weights == "int8" ? weights : "int8, weights " + weights;
}

// "float" or "int8" of a network.
std::vector<std::string> OurRow(const Json& study, const std::string& name, const std::string& numbers) {
  const std::string behind = numbers == "float" ? "_float" : "";
  return {name,
          numbers == "float" ? numbers : Int8Label(study),
          ShareCell(study, "train_accuracy_" + numbers),
          ShareCell(study, "validation_accuracy_" + numbers),
          ShareCell(study, "test_accuracy_" + numbers),
          BytesCell(study, "flash_bytes" + behind),
          BytesCell(study, "sram_bytes" + behind)};
}

std::vector<std::string> PosterRow(const PosterNetwork& network) {
  return {network.name,
          "poster",
          kNone,
          kNone,
          network.test_accuracy ? Percent(*network.test_accuracy) : kNone,
          network.flash_kb ? fmt::format("{} KB", *network.flash_kb) : kNone,
          kNone};
}

std::string PlainNumber(const Json& study, const std::string& key) {
  const auto found = study.find(key);
  return found != study.end() && found->is_number() ? study::CsvNumber(found->get<double>()) : "";
}

}  // namespace

std::span<const PosterNetwork> PosterNetworks() { return kNetworks; }

const PosterNetwork* FindPosterNetwork(const Json& study) {
  if (study.value("data", "") != "mnist") return nullptr;
  for (const PosterNetwork& network : kNetworks) {
    if (study.value("arch", "") == network.arch && study.value("classes", "") == network.classes) return &network;
  }
  return nullptr;
}

std::string PosterTable(const std::vector<Json>& studies) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& study : studies) {
    const PosterNetwork* poster = FindPosterNetwork(study);
    const std::string name = poster != nullptr ? poster->name : study.value("name", "");
    rows.push_back(OurRow(study, name, "float"));
    rows.push_back(OurRow(study, "", "int8"));
    if (poster == nullptr) continue;
    rows.push_back(PosterRow(*poster));
    rows.back()[0].clear();
  }
  return Table({"network", "numbers", "train", "validation", "test", "flash", "SRAM"}, rows);
}

PlainTable PosterRows(const std::vector<Json>& studies) {
  PlainTable table;
  table.header = {"network",        "arch",
                  "classes",        "numbers",
                  "train_accuracy", "validation_accuracy",
                  "test_accuracy",  "flash_bytes",
                  "sram_bytes",     "poster_test_accuracy",
                  "poster_flash_kb"};
  for (const Json& study : studies) {
    const PosterNetwork* poster = FindPosterNetwork(study);
    for (const std::string numbers : {"float", "int8"}) {
      const std::string behind = numbers == "float" ? "_float" : "";
      const bool beside = poster != nullptr && numbers == "int8";  // the poster's networks run in int8
      table.rows.push_back({poster != nullptr ? poster->name : study.value("name", ""), study.value("arch", ""),
                            study.value("classes", ""), numbers == "float" ? numbers : Int8Label(study),
                            PlainNumber(study, "train_accuracy_" + numbers),
                            PlainNumber(study, "validation_accuracy_" + numbers),
                            PlainNumber(study, "test_accuracy_" + numbers), PlainNumber(study, "flash_bytes" + behind),
                            PlainNumber(study, "sram_bytes" + behind),
                            beside && poster->test_accuracy ? study::CsvNumber(*poster->test_accuracy) : "",
                            beside && poster->flash_kb ? std::to_string(*poster->flash_kb) : ""});
    }
  }
  return table;
}

}  // namespace linnet::cli
