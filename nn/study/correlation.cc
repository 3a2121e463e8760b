#include "linnet/study/correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "linnet/base/check.h"

namespace linnet::study {
namespace {

double Mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

bool Finite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
}

}  // namespace

std::optional<double> Pearson(std::span<const double> x, std::span<const double> y) {
  LINNET_CHECK(x.size() == y.size());
  if (x.size() < 2 || !Finite(x) || !Finite(y)) return std::nullopt;
  // Asked of the values themselves: a mean that is rounded would make a constant column vary by an ulp.
  const auto constant = [](std::span<const double> v) {
    return std::ranges::all_of(v, [&](double e) { return e == v[0]; });
  };
  if (constant(x) || constant(y)) return std::nullopt;
  const double mean_x = Mean(x), mean_y = Mean(y);
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  const double scale = std::sqrt(xx) * std::sqrt(yy);
  if (!std::isfinite(scale) || scale == 0) return std::nullopt;
  return std::clamp(xy / scale, -1.0, 1.0);
}

std::vector<double> Ranks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t first = 0; first < order.size();) {
    size_t end = first + 1;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    // Ranks first+1 to end, shared.
    for (size_t i = first; i < end; ++i) ranks[order[i]] = static_cast<double>(first + 1 + end) / 2;
    first = end;
  }
  return ranks;
}

std::optional<double> Spearman(std::span<const double> x, std::span<const double> y) {
  LINNET_CHECK(x.size() == y.size());
  if (!Finite(x) || !Finite(y)) return std::nullopt;
  return Pearson(Ranks(x), Ranks(y));
}

std::vector<Correlation> AllCorrelations(const std::vector<Column>& columns) {
  std::vector<Correlation> all;
  for (size_t a = 0; a < columns.size(); ++a) {
    for (size_t b = a + 1; b < columns.size(); ++b) {
      LINNET_CHECK(columns[a].values.size() == columns[b].values.size());
      std::vector<double> x, y;
      for (size_t i = 0; i < columns[a].values.size(); ++i) {
        if (!std::isfinite(columns[a].values[i]) || !std::isfinite(columns[b].values[i])) continue;
        x.push_back(columns[a].values[i]);
        y.push_back(columns[b].values[i]);
      }
      all.push_back({columns[a].name, columns[b].name, x.size(), Pearson(x, y), Spearman(x, y)});
    }
  }
  return all;
}

}  // namespace linnet::study
