#include "axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace linnet::study {
namespace {

constexpr double kLogarithmicFrom = 20;
constexpr int kTicksLeast = 4;

// "0.25", "50 k", "1.2 M"; `step` says how many decimals tell two ticks apart.
std::string TickText(double value, double step, double greatest) {
  const struct {
    double factor;
    const char* suffix;
  } kScales[] = {{1e9, " G"}, {1e6, " M"}, {1e3, " k"}, {1, ""}};
  for (const auto& scale : kScales) {
    if (greatest < scale.factor * (scale.factor > 1 ? 10 : 0)) continue;
    const double digits = -std::floor(std::log10(step / scale.factor) + 1e-9);
    const int decimals = std::clamp(static_cast<int>(digits), 0, 6);
    // Minus zero would be written as such.
    return fmt::format("{:.{}f}{}", value / scale.factor + 0.0, decimals, value == 0 ? "" : scale.suffix);
  }
  return fmt::format("{}", value);
}

std::string LogarithmicText(double value) {
  const char* suffix = "";
  for (const char* next : {" k", " M", " G"}) {
    if (value < 1000 * (1 - 1e-9)) break;
    value /= 1000;
    suffix = next;
  }
  return fmt::format("{:.4g}{}", value, suffix);
}

// The greatest of 1, 2 or 5 times a power of ten that fits at least kTicksLeast times.
double NiceStep(double span) {
  const double raw = span / kTicksLeast;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {5.0, 2.0}) {
    if (factor * power <= raw * (1 + 1e-9)) return factor * power;
  }
  return power;
}

void AddTicks(Axis& axis, double step) {
  const double greatest = std::max(std::abs(axis.low), std::abs(axis.high));
  const double first = std::ceil(axis.low / step - 1e-9);
  for (double i = first; i * step <= axis.high + 1e-9 * step; ++i) {
    axis.ticks.push_back(i * step);
    axis.texts.push_back(TickText(i * step, step, greatest));
  }
}

std::vector<double> Finite(std::span<const double> values) {
  std::vector<double> finite;
  std::ranges::copy_if(values, std::back_inserter(finite), [](double v) { return std::isfinite(v); });
  return finite;
}

Axis Logarithmic(double least, double greatest) {
  Axis axis;
  axis.logarithmic = true;
  axis.low = least / 1.3;
  axis.high = greatest * 1.3;
  const double decades = std::log10(axis.high / axis.low);
  const std::vector<double> factors = decades > 5 ? std::vector<double>{1} : std::vector<double>{1, 2, 5};
  for (int power = static_cast<int>(std::floor(std::log10(axis.low))); std::pow(10, power) <= axis.high; ++power) {
    for (const double factor : factors) {
      const double tick = factor * std::pow(10, power);
      if (tick < axis.low || tick > axis.high) continue;
      axis.ticks.push_back(tick);
      axis.texts.push_back(LogarithmicText(tick));
    }
  }
  return axis;
}

}  // namespace

double Axis::Position(double value) const {
  if (logarithmic) return std::log(value / low) / std::log(high / low);
  return (value - low) / (high - low);
}

Axis MakeAxis(std::span<const double> values, bool may_be_logarithmic) {
  const std::vector<double> finite = Finite(values);
  Axis axis;
  if (!finite.empty()) {
    const auto [least, greatest] = std::ranges::minmax(finite);
    if (may_be_logarithmic && least > 0 && greatest > kLogarithmicFrom * least) return Logarithmic(least, greatest);
    const double room = greatest > least ? 0.06 * (greatest - least) : std::max(0.5 * std::abs(greatest), 1e-6);
    axis.low = least - room;
    axis.high = greatest + room;
    // Zero is where such figures begin: an axis that starts a little above it misleads.
    if (least >= 0 && (axis.low < 0 || axis.low < 0.2 * axis.high)) axis.low = 0;
  }
  AddTicks(axis, NiceStep(axis.high - axis.low));
  return axis;
}

Axis CountAxis(std::span<const double> values) {
  const std::vector<double> finite = Finite(values);
  Axis axis;
  if (!finite.empty()) {
    const auto [least, greatest] = std::ranges::minmax(finite);
    axis.low = least;
    axis.high = greatest;
    if (axis.low == axis.high) {
      axis.low -= 1;
      axis.high += 1;
    }
  }
  AddTicks(axis, std::max(1.0, NiceStep(axis.high - axis.low)));
  return axis;
}

}  // namespace linnet::study
