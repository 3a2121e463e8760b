#include "ranges.h"

#include <algorithm>
#include <cmath>

#include "float_inputs.h"
#include "linnet/graph/build.h"

namespace linnet::quantize {
namespace {

using graph::Graph;
using graph::TensorId;

Outcome<Range> ConstantRange(const graph::Tensor& tensor) {
  Range range;
  for (const float v : graph::FloatValues(tensor)) {
    if (!std::isfinite(v))
      return Fail(Status::kInvalidArgument, "constant '" + tensor.name + "' holds a number that is not finite");
    range.Include(v);
  }
  return range;
}

Outcome<void> CheckCalibration(const Graph& graph, const Calibration& calibration) {
  const size_t elements = InputElements(graph);
  for (const std::vector<float>& input : calibration.inputs) {
    if (input.size() == elements) continue;
    return Fail(Status::kInvalidArgument, "a calibration input has " + std::to_string(input.size()) +
                                              " elements, the network takes " + std::to_string(elements));
  }
  return {};
}

// Runs every calibration input; `visit(tensor, values)` for every tensor that isn't constant.
template <typename Visit>
Outcome<void> RunAll(const Graph& graph, const Calibration& calibration, Visit visit) {
  LINNET_ASSIGN(auto network, reference::FloatInterpreter::Create(graph));
  for (const std::vector<float>& input : calibration.inputs) {
    SetInputs(network, input);
    network.Run();
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      if (!graph.tensors[i].constant) visit(i, network.value(static_cast<TensorId>(i)));
    }
  }
  return {};
}

void Count(std::span<const float> values, Histogram& histogram) {
  const Range& range = histogram.range;
  const double width = static_cast<double>(range.max) - static_cast<double>(range.min);
  if (!(width > 0)) return;
  const double bins_per_unit = Histogram::kBins / width;
  for (const float v : values) {
    const auto bin = static_cast<int64_t>((static_cast<double>(v) - static_cast<double>(range.min)) * bins_per_unit);
    ++histogram.counts[static_cast<size_t>(std::clamp<int64_t>(bin, 0, Histogram::kBins - 1))];
  }
}

// What clipping to `range` and rounding to 255 steps inside it costs, summed over the values.
double SquareError(const Histogram& histogram, double min, double max) {
  const double step = (max - min) / 255;
  double error = 0;
  for (size_t bin = 0; bin < histogram.counts.size(); ++bin) {
    if (histogram.counts[bin] == 0) continue;
    const double v = histogram.value(bin);
    const double beyond = v < min ? min - v : v > max ? v - max : 0;
    error += static_cast<double>(histogram.counts[bin]) * (beyond > 0 ? beyond * beyond : step * step / 12);
  }
  return error;
}

}  // namespace

Outcome<std::vector<Range>> MeasureRanges(const Graph& graph, const Calibration& calibration) {
  if (auto ok = CheckCalibration(graph, calibration); !ok) return std::unexpected(ok.error());
  std::vector<Range> ranges(graph.tensors.size());
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (!graph.tensors[i].constant || graph.tensors[i].type != graph::DType::kFloat32) continue;
    LINNET_ASSIGN(ranges[i], ConstantRange(graph.tensors[i]));
  }
  const graph::Tensor* not_finite = nullptr;
  const auto ran = RunAll(graph, calibration, [&](size_t i, std::span<const float> values) {
    for (const float v : values) {
      if (!std::isfinite(v) && not_finite == nullptr) not_finite = &graph.tensors[i];
      ranges[i].Include(v);
    }
  });
  if (!ran) return std::unexpected(ran.error());
  if (not_finite != nullptr)
    return Fail(Status::kInvalidArgument, "'" + not_finite->name + "' reaches a number that is not finite");
  return ranges;
}

Range PercentileRange(const Histogram& histogram, double percentile) {
  uint64_t total = 0;
  for (const uint64_t count : histogram.counts) total += count;
  const auto outside = static_cast<uint64_t>(static_cast<double>(total) * (100 - percentile) / 200);
  size_t low = 0, high = histogram.counts.size() - 1;
  for (uint64_t sum = histogram.counts[low]; sum <= outside && low < high;) sum += histogram.counts[++low];
  for (uint64_t sum = histogram.counts[high]; sum <= outside && high > low;) sum += histogram.counts[--high];
  Range range;
  // The outermost bin that stays keeps all of its width.
  if (low > 0) range.Include(static_cast<float>(histogram.value(low)));
  if (low == 0) range.Include(histogram.range.min);
  if (high + 1 < histogram.counts.size()) range.Include(static_cast<float>(histogram.value(high)));
  if (high + 1 == histogram.counts.size()) range.Include(histogram.range.max);
  return range;
}

Range LeastErrorRange(const Histogram& histogram) {
  constexpr int kSteps = 32;  // each end is tried at 1/32 to 32/32 of where it is
  Range best = histogram.range;
  double least = SquareError(histogram, static_cast<double>(best.min), static_cast<double>(best.max));
  for (int low = histogram.range.min < 0 ? 1 : kSteps; low <= kSteps; ++low) {
    for (int high = histogram.range.max > 0 ? 1 : kSteps; high <= kSteps; ++high) {
      const float min = histogram.range.min * static_cast<float>(low) / kSteps;
      const float max = histogram.range.max * static_cast<float>(high) / kSteps;
      const double error = SquareError(histogram, static_cast<double>(min), static_cast<double>(max));
      if (error < least) least = error, best = {min, max};
    }
  }
  return best;
}

Outcome<std::vector<Range>> ChooseRanges(const Graph& graph, const Calibration& calibration,
                                         const std::vector<Range>& measured, const RangeChoice& choice) {
  if (choice.method == RangeMethod::kMinMax) return measured;
  std::vector<Histogram> histograms(graph.tensors.size());
  for (size_t i = 0; i < histograms.size(); ++i) {
    histograms[i].range = measured[i];
    if (!graph.tensors[i].constant) histograms[i].counts.resize(Histogram::kBins);
  }
  const auto ran =
      RunAll(graph, calibration, [&](size_t i, std::span<const float> values) { Count(values, histograms[i]); });
  if (!ran) return std::unexpected(ran.error());
  std::vector<Range> ranges = measured;
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (graph.tensors[i].constant) continue;
    ranges[i] = choice.method == RangeMethod::kPercentile ? PercentileRange(histograms[i], choice.percentile)
                                                          : LeastErrorRange(histograms[i]);
  }
  return ranges;
}

}  // namespace linnet::quantize
