// graphdef_oracle FOLDER SEED COUNT [FILE.pb ...]: writes every network of networks.h, COUNT random ones and the files, each as
// NAME.json (the graph as JSON, samples of its input, what else is to be fed, the output's name) with the reference
// interpreter's answers in NAME.ours (float32). A graph that ends in ArgMax is taken up to the tensor before it.
#include <google/protobuf/util/json_util.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "linnet/graphdef/import_graphdef.h"
#include "linnet/reference/float_interpreter.h"
#include "networks.h"

namespace linnet::tests {
namespace {

namespace fs = std::filesystem;

// The last tensor of floats: the answer itself, or what its ArgMax reads.
Outcome<graph::Graph> ImportUpToFloats(const std::string& bytes, std::string& output) {
  const std::span<const uint8_t> view(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  graphdef::ImportOptions options;
  if (!output.empty()) options.outputs = {output};
  LINNET_ASSIGN(graph::Graph graph, graphdef::ImportGraphDef(view, options));
  const graph::Node& last = graph.nodes.back();
  output = graph.tensor(graph.outputs[0]).name;
  if (last.op != graph::OpKind::kArgMax) return graph;
  output = graph.tensor(last.inputs[0]).name;
  options.outputs = {output};
  return graphdef::ImportGraphDef(view, options);
}

std::string List(std::span<const float> values) {
  std::string text = "[";
  for (const float v : values) {
    char number[32];
    std::snprintf(number, sizeof number, "%s%.9g", text.size() > 1 ? "," : "", static_cast<double>(v));
    text += number;
  }
  return text + "]";
}

Outcome<void> Write(const fs::path& folder, Network network, Maker& random) {
  LINNET_ASSIGN(const graph::Graph graph, ImportUpToFloats(network.def.SerializeAsString(), network.output));
  LINNET_ASSIGN(reference::FloatInterpreter interpreter, reference::FloatInterpreter::Create(graph));
  const graph::Tensor& input = graph.tensor(graph.inputs[0]);
  const auto size = static_cast<size_t>(graph::ElementCount(input.shape));
  const bool bytes = network.name == "integer_input";
  std::string samples;
  std::ofstream ours(folder / (network.name + ".ours"), std::ios::binary);
  for (int i = 0; i < 3; ++i) {
    std::vector<float> sample = random.Uniforms(size, -1, 1);
    for (float& v : sample) v = bytes ? static_cast<float>(static_cast<int>(v * 127 + 128)) : v;
    interpreter.Run(sample);
    const std::span<const float> answer = interpreter.output();
    ours.write(reinterpret_cast<const char*>(answer.data()), static_cast<std::streamsize>(answer.size_bytes()));
    samples += (i == 0 ? "" : ",") + List(sample);
  }
  std::string feeds;
  for (const auto& [name, value] : network.feeds)
    feeds += (feeds.empty() ? "" : ",") + ("\"" + name + "\":" + std::to_string(value));
  std::string topology;
  if (!google::protobuf::util::MessageToJsonString(network.def, &topology).ok())
    return Fail(Status::kInternal, "protobuf can't write the graph as JSON");
  const std::vector<float> shape(input.shape.begin(), input.shape.end());
  std::ofstream(folder / (network.name + ".json"))
      << "{\"input\":\"" << input.name << "\",\"shape\":" << List(shape) << ",\"samples\":[" << samples
      << "],\"feeds\":{" << feeds << "},\"output\":\"" << network.output << "\",\"graph\":" << topology << "}\n";
  return {};
}

int Run(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: graphdef_oracle FOLDER SEED COUNT [FILE.pb ...]\n");
    return 2;
  }
  const fs::path folder = argv[1];
  const auto seed = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  std::vector<Network> networks = OperatorNetworks(seed);
  for (uint32_t i = 0; i < std::strtoul(argv[3], nullptr, 10); ++i) networks.push_back(RandomNetwork(seed + 1000 * i));
  for (int i = 4; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    Network network{fs::path(argv[i]).stem(), {}, "", {}};
    if (!network.def.ParseFromIstream(&file)) std::fprintf(stderr, "%s: can't be read\n", argv[i]);
    networks.push_back(std::move(network));
  }
  fs::create_directories(folder);
  Maker random(seed);
  int failed = 0;
  for (const Network& network : networks) {
    if (auto ok = Write(folder, network, random); !ok) {
      std::fprintf(stderr, "%s: %s\n", network.name.c_str(), ok.error().message.c_str());
      ++failed;
    }
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace linnet::tests

int main(int argc, char** argv) { return linnet::tests::Run(argc, argv); }
