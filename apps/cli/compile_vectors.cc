#include "compile_vectors.h"

#include <algorithm>

#include "linnet/profile/profile.h"
#include "linnet/quantize/images.h"
#include "linnet/reference/int8_interpreter.h"

namespace linnet::cli {
namespace {

// The first image of each class, then the others as they come.
std::vector<int> PickImages(const data::Images& images, int class_count, int count) {
  std::vector<int> picked;
  std::vector<bool> taken(static_cast<size_t>(images.count));
  const auto full = [&] { return static_cast<int>(picked.size()) >= count; };
  for (int label = 0; label < class_count && !full(); ++label) {
    const auto found = std::find(images.labels.begin(), images.labels.end(), label);
    if (found == images.labels.end()) continue;
    picked.push_back(static_cast<int>(found - images.labels.begin()));
    taken[static_cast<size_t>(picked.back())] = true;
  }
  for (int i = 0; i < images.count && !full(); ++i) {
    if (!taken[static_cast<size_t>(i)]) picked.push_back(i);
  }
  return picked;
}

// Golden vectors are int8 numbers, one tensor in and one out.
Outcome<void> CheckVectors(const graph::Graph& graph) {
  const auto is_int8 = [&](graph::TensorId id) { return graph.tensor(id).type == graph::DType::kInt8; };
  if (graph.inputs.size() == 1 && graph.outputs.size() == 1 && is_int8(graph.inputs[0]) && is_int8(graph.outputs[0]))
    return {};
  return Fail(Status::kUnimplemented, "test vectors need a network with exactly one int8 input and one int8 output");
}

void Record(const reference::Int8Interpreter& network, emit::GoldenVectors& vectors) {
  const auto input = network.value(network.graph().inputs[0]);
  const auto output = network.output();
  vectors.inputs.emplace_back(input.begin(), input.end());
  vectors.outputs.emplace_back(output.begin(), output.end());
}

}  // namespace

int DefaultVectorCount(const graph::Graph& graph) {
  int64_t bytes = 0;
  for (const graph::TensorId id : graph.inputs) bytes += graph::ElementCount(graph.tensor(id).shape);
  for (const graph::TensorId id : graph.outputs) bytes += graph::ElementCount(graph.tensor(id).shape);
  return static_cast<int>(std::clamp<int64_t>((int64_t{32} << 10) / std::max<int64_t>(bytes, 1), 1, 8));
}

Outcome<emit::GoldenVectors> VectorsFromImages(const graph::Graph& graph, const data::Dataset& set, int count) {
  if (auto ok = CheckVectors(graph); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(reference::Int8Interpreter network, reference::Int8Interpreter::Create(graph));
  emit::GoldenVectors vectors;
  std::vector<float> input(static_cast<size_t>(set.test.image_bytes()));
  for (const int i : PickImages(set.test, set.class_count, count)) {
    quantize::PixelsToInput(set.test.image(i), input);
    network.RunFloat(input);
    Record(network, vectors);
  }
  return vectors;
}

Outcome<emit::GoldenVectors> RandomVectors(const graph::Graph& graph, int count, uint64_t seed) {
  if (auto ok = CheckVectors(graph); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(reference::Int8Interpreter network, reference::Int8Interpreter::Create(graph));
  emit::GoldenVectors vectors;
  const auto elements = static_cast<size_t>(graph::ElementCount(graph.tensor(graph.inputs[0]).shape));
  for (const auto& bytes : profile::RandomInputs(elements, static_cast<size_t>(count), seed)) {
    network.Run(std::vector<int8_t>(bytes.begin(), bytes.end()));
    Record(network, vectors);
  }
  return vectors;
}

}  // namespace linnet::cli
