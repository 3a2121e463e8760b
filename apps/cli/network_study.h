// What there is to know of a network that linnet-train left: compiled, measured on the emulated board, tried on all images.
// Private to apps/cli: train, table and sweep show the same figures.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "console.h"

namespace linnet::cli {

inline constexpr const char* kStudyFile = "study.json";

struct StudyOptions {
  std::filesystem::path folder;  // holds train.json and graph.pb; model/, study.json and pictures come to stand in it
  std::string name;              // what a fleet reports; empty: the folder's name
  bool float_too = true;         // flash and SRAM of the float network as well: a second compilation and run
  bool pictures = true;
  Json options;  // what decides the network, kept in study.json: FinishedStudy compares it
};

// Compiles folder/graph.pb to folder/model, calibrated with the images it was trained on, and writes folder/study.json, last of all
// files: a folder that has it is whole. The object it holds, all shares of 1 and sizes in bytes:
//   name, arch, classes, data, preset, seed: as train.json
//   train_accuracy_float, validation_accuracy_float: where train.json says them; test_accuracy_float, test_accuracy_float_all
//   train_accuracy_int8, of the first train_images_int8; validation_accuracy_int8, test_accuracy_int8 (of the classes trained),
//   test_accuracy_int8_all
//   flash_bytes: code, weights and constants of the network; sram_bytes: arena and stack at most; their parts; the same of the float
//   network with _float behind
//   macs, parameters (weights and biases), instructions, cycles_estimated, energy_estimated_uj
//   confusion (row truth, column answer), most_wrong, pictures
Answer<Json> StudyNetwork(const Console& console, const StudyOptions& options);

// The study of a folder that is whole and whose network was made with these options.
std::optional<Json> FinishedStudy(const std::filesystem::path& folder, const Json& options);

// An object that a file holds. Errors name the file.
Answer<Json> ReadJson(const std::filesystem::path& file);

}  // namespace linnet::cli
