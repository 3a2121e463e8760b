#include "compile_data.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "linnet/graph/build.h"
#include "linnet/profile/npy.h"
#include "linnet/quantize/images.h"
#include "output_file.h"

namespace linnet::cli {
namespace {

using profile::NpyArray;
using profile::NpyType;

std::string InputsInWords(const graph::Graph& graph) {
  std::string text;
  for (const graph::TensorId id : graph.inputs)
    text += (text.empty() ? "" : " and ") + graph::ToString(graph.tensor(id).shape);
  return text;
}

size_t InputElements(const graph::Graph& graph) {
  int64_t count = 0;
  for (const graph::TensorId id : graph.inputs) count += graph::ElementCount(graph.tensor(id).shape);
  return static_cast<size_t>(count);
}

template <typename T>
T ElementAt(const NpyArray& array, size_t i) {
  T value;
  std::memcpy(&value, &array.data[i * sizeof value], sizeof value);
  return value;
}

// Bytes are pixels and mean x / 255, as in training.
float RealAt(const NpyArray& array, size_t i) {
  if (array.type == NpyType::kUint8) return static_cast<float>(array.data[i]) / 255.0F;
  if (array.type == NpyType::kFloat64) return static_cast<float>(ElementAt<double>(array, i));
  return ElementAt<float>(array, i);
}

Outcome<quantize::Calibration> Rows(const NpyArray& array, const graph::Graph& graph) {
  const bool real = array.type == NpyType::kFloat32 || array.type == NpyType::kFloat64;
  if (!real && array.type != NpyType::kUint8) {
    return Fail(
        Status::kInvalidArgument,
        "holds integers; ranges are of real numbers, so give float32 as the network was fed in training, or uint8 "
        "pixels, which mean x / 255");
  }
  const size_t elements = InputElements(graph);
  const auto count = static_cast<size_t>(graph::ElementCount(array.shape));
  if (count == 0 || count % elements != 0) {
    return Fail(Status::kInvalidArgument,
                fmt::format("its shape is {}; a row for the network is {}, {} numbers, so a first dimension of inputs "
                            "before those is expected",
                            graph::ToString(array.shape), InputsInWords(graph), elements));
  }
  quantize::Calibration rows;
  for (size_t at = 0; at < count; at += elements) {
    auto& row = rows.inputs.emplace_back(elements);
    for (size_t i = 0; i < elements; ++i) row[i] = RealAt(array, at + i);
    if (std::ranges::any_of(row, [](float v) { return !std::isfinite(v); }))
      return Fail(Status::kInvalidArgument, fmt::format("row {} holds a number that is not finite", at / elements));
  }
  return rows;
}

}  // namespace

Answer<CompileData> LoadCompileData(const std::string& name, const graph::Graph& graph) {
  CompileData data;
  data.name = name;
  if (name.empty()) return data;
  if (!name.ends_with(".npy")) {
    auto set = data::Load(name);
    if (!set) return std::unexpected(Failure(set.error()));
    data.set = *std::move(set);
    if (graph.inputs.size() != 1)
      return Failed(
          fmt::format("{}: images feed one input, the network has {}; give rows of all of them in an .npy file", name,
                      graph.inputs.size()));
    if (auto fits = quantize::CheckFits(data.set->train, graph.tensor(graph.inputs[0]).shape); !fits)
      return std::unexpected(Failure(fits.error().Within(name)));
    return data;
  }
  const auto file = ReadWhole(name);
  if (!file) return std::unexpected(file.error());
  const auto array = profile::ParseNpy(AsBytes(*file));
  if (!array) return std::unexpected(Failure(array.error().Within(name)));
  auto rows = Rows(*array, graph);
  if (!rows) return std::unexpected(Failure(rows.error().Within(name)));
  data.rows = *std::move(rows);
  return data;
}

Outcome<CalibrationInputs> MakeCalibration(const CompileData& data, const graph::Graph& graph, int count,
                                           uint32_t seed) {
  CalibrationInputs made;
  if (data.set) {
    LINNET_ASSIGN(made.inputs, quantize::CalibrationFrom(data.set->train, graph, count));
    made.source = fmt::format("{} training images of {}", made.inputs.inputs.size(), data.name);
  } else if (!data.empty()) {
    made.inputs = data.rows;
    if (made.inputs.inputs.size() > static_cast<size_t>(count)) made.inputs.inputs.resize(static_cast<size_t>(count));
    made.source = fmt::format("{} rows of {}", made.inputs.inputs.size(), data.name);
  } else {
    made.inputs = quantize::RandomCalibration(graph, count, seed);
    made.source = fmt::format("{} random inputs from 0 to 1, seed {}", count, seed);
  }
  return made;
}

}  // namespace linnet::cli
