// How far two figures of the same networks go together. Host only.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace linnet::study {

// Pearson's r, -1 to 1: how nearly y is a straight line of x. No value for fewer than two pairs, or where x or y never varies
// or is no finite number. REQUIRES: x and y are as long.
std::optional<double> Pearson(std::span<const double> x, std::span<const double> y);

// Spearman's rho, -1 to 1: Pearson's r of the ranks, so 1 for whatever only grows. Equal values share the mean of their ranks.
// No value as for Pearson.
std::optional<double> Spearman(std::span<const double> x, std::span<const double> y);

// Ranks from 1, equal values sharing the mean of theirs.
std::vector<double> Ranks(std::span<const double> values);

// A figure of every network, in the order of the networks.
struct Column {
  std::string name;  // "flash_bytes"
  std::vector<double> values;
};

struct Correlation {
  std::string x, y;
  size_t count = 0;  // networks for which both are finite
  std::optional<double> pearson, spearman;
};

// Every pair of columns once, in their order; a network for which one of the two is not finite is left out of that pair.
// REQUIRES: all columns are as long.
std::vector<Correlation> AllCorrelations(const std::vector<Column>& columns);

}  // namespace linnet::study
