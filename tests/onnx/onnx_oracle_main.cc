// onnx_oracle write FOLDER [SEED [COUNT]]: networks as NAME.onnx with samples of input, for ONNX Runtime to answer.
// onnx_oracle compare FOLDER [SEED [COUNT]]: the answers beside Linnet's: importer and interpreters. Exit code 1 if one differs.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>

#include "cases.h"
#include "linnet/graph/build.h"
#include "linnet/onnx/import_onnx.h"
#include "linnet/reference/float_interpreter.h"
#include "linnet/reference/int8_interpreter.h"

namespace linnet::tests {
namespace {

namespace fs = std::filesystem;

constexpr int kSamples = 3;
constexpr int kInt8Samples = 40;
constexpr double kTolerance = 1e-4;

size_t CountOf(const std::vector<int64_t>& shape) {
  size_t count = 1;
  for (const int64_t d : shape) count *= static_cast<size_t>(d);
  return count;
}

std::vector<float> Samples(const OnnxCase& test) {
  std::mt19937 random(test.int8 ? 11 : 5);
  std::vector<float> values(CountOf(test.input_shape) * static_cast<size_t>(test.int8 ? kInt8Samples : kSamples));
  for (float& v : values) v = static_cast<float>(random() >> 8) / static_cast<float>(1 << 23) - 1;
  return values;
}

void WriteFile(const fs::path& path, const void* data, size_t size) {
  std::ofstream(path, std::ios::binary).write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
}

std::vector<float> ReadFloats(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  std::vector<float> values(bytes.size() / 4);
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * 4);
  return values;
}

int Write(const fs::path& folder, const std::vector<OnnxCase>& cases) {
  fs::create_directories(folder);
  for (const OnnxCase& test : cases) {
    const std::vector<float> samples = Samples(test);
    std::string shape;
    for (const int64_t d : test.input_shape) shape += (shape.empty() ? "" : ",") + std::to_string(d);
    WriteFile(folder / (test.name + ".onnx"), test.file.data(), test.file.size());
    WriteFile(folder / (test.name + ".input"), samples.data(), samples.size() * 4);
    WriteFile(folder / (test.name + ".shape"), shape.data(), shape.size());
  }
  std::printf("%zu networks\n", cases.size());
  return 0;
}

// [n,h,w,c] <-> [n,c,h,w] of what has four dimensions; `channels_first` is the shape with the channels first.
std::vector<float> ChannelsLast(const std::vector<float>& values, const std::vector<int64_t>& channels_first) {
  const auto c = static_cast<size_t>(channels_first[1]);
  const size_t pixels = values.size() / c;
  std::vector<float> result(values.size());
  for (size_t i = 0; i < values.size(); ++i) result[i % pixels * c + i / pixels] = values[i];
  return result;
}

std::vector<float> ChannelsFirst(const std::vector<float>& values, const graph::Shape& channels_last) {
  const auto c = static_cast<size_t>(channels_last[3]);
  const size_t pixels = values.size() / c;
  std::vector<float> result(values.size());
  for (size_t i = 0; i < values.size(); ++i) result[i % c * pixels + i / c] = values[i];
  return result;
}

struct Verdict {
  double worst = 0;  // float: |difference| / max(1, |answer|); int8: in steps
  size_t equal = 0;  // int8: codes
  size_t close = 0;  // within one step
  size_t elements = 0;
};

// Networks that the file holds channels-last stay so.
bool HeldChannelsLast(const OnnxCase& test) { return test.name == "channels_last_file"; }

template <typename Run>
void CompareSamples(const OnnxCase& test, const graph::Graph& graph, const std::vector<float>& answers,
                    Verdict& verdict, double step, Run run) {
  const std::vector<float> samples = Samples(test);
  const size_t size = CountOf(test.input_shape);
  const graph::Shape shape = graph.tensor(graph.outputs[0]).shape;
  for (size_t at = 0, sample = 0; at < samples.size(); at += size, ++sample) {
    std::vector<float> input(samples.begin() + static_cast<std::ptrdiff_t>(at),
                             samples.begin() + static_cast<std::ptrdiff_t>(at + size));
    if (test.input_shape.size() == 4 && !HeldChannelsLast(test)) input = ChannelsLast(input, test.input_shape);
    std::vector<float> own = run(input);
    if (shape.size() == 4 && !HeldChannelsLast(test)) own = ChannelsFirst(own, shape);
    for (size_t i = 0; i < own.size(); ++i) {
      const double expected = answers[sample * own.size() + i];
      const double difference = std::fabs(own[i] - expected) / (step > 0 ? step : std::max(1.0, std::fabs(expected)));
      verdict.worst = std::isnan(difference) ? INFINITY : std::max(verdict.worst, difference);
      verdict.equal += difference < 0.5 ? 1 : 0;
      verdict.close += difference < 1.5 ? 1 : 0;
      ++verdict.elements;
    }
  }
}

Outcome<Verdict> CompareFloat(const OnnxCase& test, const graph::Graph& graph, const std::vector<float>& answers) {
  LINNET_ASSIGN(auto interpreter, reference::FloatInterpreter::Create(graph));
  Verdict verdict;
  CompareSamples(test, graph, answers, verdict, 0, [&](const std::vector<float>& input) {
    interpreter.Run(input);
    return std::vector<float>(interpreter.output().begin(), interpreter.output().end());
  });
  return verdict;
}

// The scale of the answer before it is dequantised.
double StepOf(const graph::Graph& graph) {
  const std::vector<int> producers = graph::Producers(graph);
  graph::TensorId id = graph.outputs[0];
  while (graph.tensor(id).quantization.empty())
    id = graph.nodes[static_cast<size_t>(producers[static_cast<size_t>(id)])].inputs[0];
  // The int8 softmax has steps of 1/256 whatever the file's QuantizeLinear behind it has.
  const bool softmax = std::any_of(graph.nodes.begin(), graph.nodes.end(),
                                   [](const graph::Node& n) { return n.op == graph::OpKind::kSoftmax; });
  return std::max(static_cast<double>(graph.tensor(id).quantization.scales[0]), softmax ? 1.0 / 256 : 0);
}

Outcome<Verdict> CompareInt8(const OnnxCase& test, const graph::Graph& graph, const std::vector<float>& answers) {
  LINNET_ASSIGN(auto interpreter, reference::Int8Interpreter::Create(graph));
  Verdict verdict;
  CompareSamples(test, graph, answers, verdict, StepOf(graph), [&](const std::vector<float>& input) {
    interpreter.RunFloat(input);
    const auto output = interpreter.float_value(graph.outputs[0]);
    return std::vector<float>(output.begin(), output.end());
  });
  return verdict;
}

// One line a network; false if it differs.
bool Compare(const fs::path& folder, const OnnxCase& test) {
  const std::vector<float> answers = ReadFloats(folder / (test.name + ".answer"));
  const auto graph = onnx::ImportOnnx(test.file, test.name);
  if (!graph) {
    std::printf("%-32s not imported: %s\n", test.name.c_str(), graph.error().message.c_str());
    return false;
  }
  const size_t samples = static_cast<size_t>(test.int8 ? kInt8Samples : kSamples);
  const auto elements = static_cast<size_t>(graph::ElementCount(graph->tensor(graph->outputs[0]).shape));
  if (answers.size() != elements * samples) {
    std::printf("%-32s ONNX Runtime gave %zu numbers, expected %zu\n", test.name.c_str(), answers.size(),
                elements * samples);
    return false;
  }
  const auto verdict = test.int8 ? CompareInt8(test, *graph, answers) : CompareFloat(test, *graph, answers);
  if (!verdict) {
    std::printf("%-32s not run: %s\n", test.name.c_str(), verdict.error().message.c_str());
    return false;
  }
  if (!test.int8) {
    std::printf("%-32s worst difference %.2g\n", test.name.c_str(), verdict->worst);
    return verdict->worst <= kTolerance;
  }
  const auto share = [&](size_t n) { return 100.0 * static_cast<double>(n) / static_cast<double>(verdict->elements); };
  std::printf("%-32s equal %.2f %%, within one step %.2f %%, worst %.0f steps\n", test.name.c_str(),
              share(verdict->equal), share(verdict->close), verdict->worst);
  return share(verdict->close) >= 99;
}

int CompareAll(const fs::path& folder, const std::vector<OnnxCase>& cases) {
  size_t failed = 0;
  for (const OnnxCase& test : cases) failed += Compare(folder, test) ? 0 : 1;
  std::printf("%zu networks, %zu differ\n", cases.size(), failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace linnet::tests

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: onnx_oracle write|compare FOLDER [SEED [COUNT]]\n");
    return 2;
  }
  const auto seed = static_cast<uint32_t>(argc > 3 ? std::stoul(argv[3]) : 1);
  const int count = argc > 4 ? std::stoi(argv[4]) : 60;
  std::vector<linnet::tests::OnnxCase> cases = linnet::tests::HandMadeCases();
  for (auto& more :
       {linnet::tests::QuantizedCases(), linnet::tests::ExportedCases(), linnet::tests::RandomCases(seed, count)})
    cases.insert(cases.end(), more.begin(), more.end());
  return std::string(argv[1]) == "write" ? linnet::tests::Write(argv[2], cases)
                                         : linnet::tests::CompareAll(argv[2], cases);
}
