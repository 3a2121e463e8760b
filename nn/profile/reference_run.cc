#include "reference_run.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <thread>

#include "linnet/graph/graph_file.h"
#include "linnet/reference/float_interpreter.h"
#include "linnet/reference/int8_interpreter.h"
#include "subprocess.h"
#include "target/layer_hash.h"

namespace linnet::profile {

namespace fs = std::filesystem;

namespace {

Outcome<graph::Graph> ReadGraph(const fs::path& file) {
  const auto bytes = ReadWholeFile(file);
  if (!bytes)
    return Fail(Status::kInvalidArgument,
                file.string() + " is missing; compile the model again to have its graph kept");
  auto graph = graph::FromFile(*bytes);
  if (!graph) return std::unexpected(graph.error().Within(file.string()));
  return graph;
}

// The tensor that each layer makes, by its name; the last one that a node makes where several have it.
std::vector<graph::TensorId> TensorsOf(const graph::Graph& graph, const emit::Report& report) {
  std::vector<graph::TensorId> tensors(report.layers.size(), graph::kNoTensor);
  for (size_t i = 0; i < report.layers.size(); ++i) {
    for (const graph::Node& node : graph.nodes) {
      for (const graph::TensorId id : node.outputs) {
        if (graph.tensor(id).name == report.layers[i].output) tensors[i] = id;
      }
    }
  }
  return tensors;
}

// One interpreter a thread; `work` runs input i on the interpreter it is given.
template <typename Interpreter>
Outcome<void> OnAllThreads(const graph::Graph& graph, size_t count,
                           const std::function<void(Interpreter&, size_t)>& work) {
  const size_t workers = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, std::max<size_t>(1, count));
  std::vector<Interpreter> interpreters;
  for (size_t w = 0; w < workers; ++w) {
    LINNET_ASSIGN(Interpreter interpreter, Interpreter::Create(graph));
    interpreters.push_back(std::move(interpreter));
  }
  std::vector<std::jthread> threads;
  for (size_t w = 0; w < workers; ++w) {
    threads.emplace_back([&, w] {
      for (size_t i = w; i < count; i += workers) work(interpreters[w], i);
    });
  }
  return {};
}

std::vector<float> RealNumbers(const emit::TensorReport& tensor, const uint8_t* bytes) {
  std::vector<float> values(tensor.count());
  for (size_t i = 0; i < values.size(); ++i) {
    int32_t narrow = 0;
    int64_t wide = 0;
    switch (tensor.type) {
      case graph::DType::kFloat32: std::memcpy(&values[i], bytes + 4 * i, 4); break;
      case graph::DType::kInt32:
        std::memcpy(&narrow, bytes + 4 * i, 4);
        values[i] = static_cast<float>(narrow);
        break;
      case graph::DType::kInt64:
        std::memcpy(&wide, bytes + 8 * i, 8);
        values[i] = static_cast<float>(wide);
        break;
      default: values[i] = tensor.scale * static_cast<float>(static_cast<int8_t>(bytes[i]) - tensor.zero_point); break;
    }
  }
  return values;
}

bool SameSizes(const graph::Graph& graph, const emit::Report& report) {
  const auto same = [&](const std::vector<graph::TensorId>& ids, const std::vector<emit::TensorReport>& tensors) {
    if (ids.size() != tensors.size()) return false;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (graph::ElementCount(graph.tensor(ids[i]).shape) != static_cast<int64_t>(tensors[i].count())) return false;
    }
    return true;
  };
  return same(graph.inputs, report.inputs) && same(graph.outputs, report.outputs);
}

}  // namespace

Outcome<ReferenceResult> RunReference(const fs::path& model, const emit::Report& report,
                                      const std::vector<Bytes>& inputs, bool trace) {
  LINNET_ASSIGN(const graph::Graph graph, ReadGraph(model / emit::kGraphFile));
  if (!SameSizes(graph, report)) return Fail(Status::kInvalidArgument, "the kept graph is of another network");
  const std::vector<graph::TensorId> tensors = TensorsOf(graph, report);
  ReferenceResult result{.outputs = std::vector<Bytes>(inputs.size()), .traces = {}};
  if (trace) result.traces.assign(inputs.size(), std::vector<uint64_t>(tensors.size()));
  auto done = OnAllThreads<reference::Int8Interpreter>(
      graph, inputs.size(), [&](reference::Int8Interpreter& interpreter, size_t i) {
        interpreter.Reset();
        std::span<const std::byte> input = std::as_bytes(std::span(inputs[i]));
        for (size_t t = 0; t < report.inputs.size(); ++t) {
          interpreter.SetInput(t, input.first(report.inputs[t].bytes()));
          input = input.subspan(report.inputs[t].bytes());
        }
        interpreter.Run();
        for (const graph::TensorId id : graph.outputs) {
          const auto bytes = interpreter.bytes(id);
          const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
          result.outputs[i].insert(result.outputs[i].end(), data, data + bytes.size());
        }
        if (!trace) return;
        for (size_t layer = 0; layer < tensors.size(); ++layer) {
          if (tensors[layer] == graph::kNoTensor) continue;
          const auto bytes = interpreter.bytes(tensors[layer]);
          result.traces[i][layer] = LayerHash(bytes.data(), bytes.size());
        }
      });
  if (!done) return std::unexpected(done.error());
  return result;
}

Outcome<std::optional<FloatAgreement>> CompareWithFloat(const fs::path& model, const emit::Report& report,
                                                        const std::vector<Bytes>& inputs,
                                                        const std::vector<Bytes>& outputs) {
  std::error_code ignored;
  if (!fs::exists(model / emit::kFloatGraphFile, ignored)) return std::nullopt;
  LINNET_ASSIGN(const graph::Graph graph, ReadGraph(model / emit::kFloatGraphFile));
  if (!SameSizes(graph, report)) return Fail(Status::kInvalidArgument, "the kept float graph is of another network");
  struct One {
    bool same_class = false;
    double error = 0;
  };
  std::vector<One> ones(inputs.size());
  auto done = OnAllThreads<reference::FloatInterpreter>(
      graph, inputs.size(), [&](reference::FloatInterpreter& interpreter, size_t i) {
        const uint8_t* input = inputs[i].data();
        for (size_t t = 0; t < report.inputs.size(); ++t) {
          interpreter.SetInput(t, RealNumbers(report.inputs[t], input));
          input += report.inputs[t].bytes();
        }
        interpreter.Run();
        const std::span<const float> wanted = interpreter.output();
        const std::vector<float> got = RealNumbers(report.outputs[0], outputs[i].data());
        ones[i].same_class = reference::ArgMax(wanted) == reference::ArgMax(std::span<const float>(got));
        if (got.size() == 1) ones[i].same_class = wanted[0] == got[0];  // an ArgMax's index
        for (size_t k = 0; k < got.size(); ++k)
          ones[i].error = std::max(ones[i].error, std::abs(static_cast<double>(wanted[k]) - got[k]));
      });
  if (!done) return std::unexpected(done.error());
  FloatAgreement agreement;
  for (const One& one : ones) {
    agreement.same_class += one.same_class ? 1 : 0;
    agreement.error_max = std::max(agreement.error_max, one.error);
  }
  return agreement;
}

}  // namespace linnet::profile
