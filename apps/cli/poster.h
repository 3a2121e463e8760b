// The poster's networks and its table: what it states of them, and ours beside it. Private to apps/cli.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "console.h"

namespace linnet::cli {

struct PosterNetwork {
  const char* name;     // "DNN-2"
  const char* arch;     // "dnn"
  const char* classes;  // "0-9"
  // As printed there; what the poster does not state of a network is none.
  std::optional<double> test_accuracy;
  std::optional<int> flash_kb;
};

std::span<const PosterNetwork> PosterNetworks();
// Of that architecture, trained on these classes of MNIST; nullptr where the poster has none.
const PosterNetwork* FindPosterNetwork(const Json& study);

// Rows float, int8 and, where there is one, the poster's network; columns accuracies, flash and SRAM. `study` as StudyNetwork
// gives it; what it does not hold is a dash.
std::string PosterTable(const std::vector<Json>& studies);

// The same as rows of plain cells for CSV: shares as numbers, sizes in bytes; the poster's own figures in columns of their own.
struct PlainTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};
PlainTable PosterRows(const std::vector<Json>& studies);

}  // namespace linnet::cli
