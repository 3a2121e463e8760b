#include "linnet/quantize/images.h"

#include <algorithm>
#include <numeric>

#include "float_inputs.h"
#include "linnet/base/check.h"
#include "linnet/graph/build.h"

namespace linnet::quantize {
namespace {

// splitmix64: the same numbers on every host, unlike the standard library's distributions.
uint64_t NextRandom(uint64_t& state) {
  uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

template <typename Run>
int Count(const data::Images& images, Run run) {
  std::vector<float> input(static_cast<size_t>(images.image_bytes()));
  int correct = 0;
  for (int i = 0; i < images.count; ++i) {
    PixelsToInput(images.image(i), input);
    if (run(input) == images.labels[static_cast<size_t>(i)]) ++correct;
  }
  return correct;
}

}  // namespace

Outcome<void> CheckFits(const data::Images& images, const graph::Shape& input) {
  const graph::Shape picture = {1, images.height, images.width, images.channels};
  const auto wide = std::count_if(input.begin(), input.end(), [](int64_t d) { return d != 1; });
  const bool flat = wide <= 1 && graph::ElementCount(input) == images.image_bytes();
  const bool without_channel = images.channels == 1 && input == graph::Shape{1, images.height, images.width};
  if (input == picture || flat || without_channel) return {};
  return Fail(Status::kInvalidArgument,
              "the network takes inputs of " + graph::ToString(input) + ", the images are " + graph::ToString(picture));
}

void PixelsToInput(std::span<const uint8_t> pixels, std::span<float> out) {
  LINNET_CHECK(pixels.size() == out.size());
  std::transform(pixels.begin(), pixels.end(), out.begin(), [](uint8_t p) { return static_cast<float>(p) / 255.0F; });
}

Outcome<Calibration> CalibrationFrom(const data::Images& images, const graph::Graph& graph, int count, uint64_t seed) {
  if (graph.inputs.size() != 1)
    return Fail(Status::kInvalidArgument,
                "the network has " + std::to_string(graph.inputs.size()) + " inputs, calibration feeds one");
  if (auto fits = CheckFits(images, graph.tensor(graph.inputs[0]).shape); !fits) return std::unexpected(fits.error());
  std::vector<int> order(static_cast<size_t>(images.count));
  std::iota(order.begin(), order.end(), 0);
  Calibration calibration;
  const size_t wanted = std::min(order.size(), static_cast<size_t>(std::max(count, 0)));
  for (size_t i = 0; i < wanted; ++i) {  // the first steps of a shuffle
    const size_t other = i + static_cast<size_t>(NextRandom(seed) % (order.size() - i));
    std::swap(order[i], order[other]);
    auto& input = calibration.inputs.emplace_back(static_cast<size_t>(images.image_bytes()));
    PixelsToInput(images.image(order[i]), input);
  }
  return calibration;
}

Calibration RandomCalibration(const graph::Graph& graph, int count, uint64_t seed) {
  Calibration calibration;
  for (int i = 0; i < count; ++i) {
    auto& input = calibration.inputs.emplace_back(InputElements(graph));
    for (float& x : input) x = static_cast<float>(NextRandom(seed) >> 40) / 16777215.0F;
  }
  return calibration;
}

int CountCorrect(reference::FloatInterpreter& network, const data::Images& images) {
  return Count(images, [&](const std::vector<float>& input) {
    network.Run(input);
    return reference::ArgMax(network.output());
  });
}

int CountCorrect(reference::Int8Interpreter& network, const data::Images& images) {
  return Count(images, [&](const std::vector<float>& input) {
    network.RunFloat(input);
    return reference::ArgMax(network.output());
  });
}

}  // namespace linnet::quantize
