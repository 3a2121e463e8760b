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

size_t SizeOf(const graph::Tensor& tensor) {
  return static_cast<size_t>(graph::ElementCount(tensor.shape) * graph::SizeBytes(tensor.type));
}

void Append(std::span<const std::byte> bytes, std::vector<uint8_t>& to) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  to.insert(to.end(), data, data + bytes.size());
}

// Runs the network from its first state on inputs that are set, and takes down both ends.
void Record(reference::Int8Interpreter& network, emit::GoldenVectors& vectors) {
  network.Reset();
  network.Run();
  auto& input = vectors.inputs.emplace_back();
  for (const graph::TensorId id : network.graph().inputs) Append(network.bytes(id), input);
  auto& output = vectors.outputs.emplace_back();
  for (const graph::TensorId id : network.graph().outputs) Append(network.bytes(id), output);
}

// All inputs one after the other.
void SetFloats(reference::Int8Interpreter& network, std::span<const float> values) {
  for (size_t i = 0; i < network.graph().inputs.size(); ++i) {
    const auto count =
        static_cast<size_t>(graph::ElementCount(network.graph().tensor(network.graph().inputs[i]).shape));
    network.SetFloatInput(i, values.first(count));
    values = values.subspan(count);
  }
}

void SetRandom(reference::Int8Interpreter& network, std::vector<std::vector<profile::Bytes>>& bytes,
               const std::vector<float>& floats, size_t which) {
  std::span<const float> rest = floats;
  for (size_t i = 0; i < network.graph().inputs.size(); ++i) {
    const graph::Tensor& tensor = network.graph().tensor(network.graph().inputs[i]);
    const auto count = static_cast<size_t>(graph::ElementCount(tensor.shape));
    if (tensor.type == graph::DType::kFloat32)
      network.SetFloatInput(i, rest.first(count));
    else
      network.SetInput(i, std::as_bytes(std::span(bytes[i][which])));
    rest = rest.subspan(count);
  }
}

}  // namespace

int DefaultVectorCount(const graph::Graph& graph) {
  size_t bytes = 0;
  for (const graph::TensorId id : graph.inputs) bytes += SizeOf(graph.tensor(id));
  for (const graph::TensorId id : graph.outputs) bytes += SizeOf(graph.tensor(id));
  return static_cast<int>(std::clamp<size_t>((size_t{32} << 10) / std::max<size_t>(bytes, 1), 1, 8));
}

Outcome<emit::GoldenVectors> MakeVectors(const graph::Graph& graph, const CompileData& data, int count, uint32_t seed) {
  LINNET_ASSIGN(reference::Int8Interpreter network, reference::Int8Interpreter::Create(graph));
  emit::GoldenVectors vectors;
  if (data.set) {
    std::vector<float> input(static_cast<size_t>(data.set->test.image_bytes()));
    for (const int i : PickImages(data.set->test, data.set->class_count, count)) {
      quantize::PixelsToInput(data.set->test.image(i), input);
      SetFloats(network, input);
      Record(network, vectors);
    }
    return vectors;
  }
  const auto wanted = static_cast<size_t>(count);
  if (!data.empty()) {
    for (size_t i = 0; i < wanted; ++i) {
      SetFloats(network, data.rows.inputs[i % data.rows.inputs.size()]);
      Record(network, vectors);
    }
    return vectors;
  }
  std::vector<std::vector<profile::Bytes>> bytes;
  for (const graph::TensorId id : graph.inputs)
    bytes.push_back(profile::RandomInputs(SizeOf(graph.tensor(id)), wanted, seed));
  const quantize::Calibration floats = quantize::RandomCalibration(graph, count, seed);
  for (size_t i = 0; i < wanted; ++i) {
    SetRandom(network, bytes, floats.inputs[i], i);
    Record(network, vectors);
  }
  return vectors;
}

}  // namespace linnet::cli
