// GraphDef bytes -> graph: what the bytes are, parsing, dropouts, then layer by layer in running order.
#include <google/protobuf/stubs/logging.h>

#include "layer.h"
#include "view.h"
#include "linnet/graphdef/import_graphdef.h"

namespace linnet::graphdef {
namespace {

constexpr const char* kNotGraphDef = "not a frozen TensorFlow GraphDef";

// Reads a protobuf varint at `at`, which moves behind it. False at the end of the bytes or after 10 bytes.
bool ReadVarint(std::span<const uint8_t> bytes, size_t& at, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 70 && at < bytes.size(); shift += 7) {
    const uint8_t byte = bytes[at++];
    if (shift < 64) value |= uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

// Walks the outermost fields without building anything: tells a file that was cut short from one that never was a
// GraphDef, and counts the layers before memory is spent on them.
Outcome<void> Survey(std::span<const uint8_t> bytes, const ImportOptions& options) {
  if (bytes.empty()) return Fail(Status::kDataLoss, "the file is empty");
  if (bytes.size() > options.max_file_bytes)
    return Fail(Status::kResourceExhausted,
                "the file is larger than " + std::to_string(options.max_file_bytes) + " bytes");
  if (bytes[0] == 0x08)
    return Fail(Status::kInvalidArgument, std::string(kNotGraphDef) + " but a SavedModel; freeze it into a GraphDef");
  if (bytes[0] == 'n' && bytes.size() > 4 && bytes[1] == 'o' && bytes[2] == 'd' && bytes[3] == 'e') {
    return Fail(Status::kInvalidArgument,
                std::string(kNotGraphDef) + " in binary form but as text (.pbtxt); write it in binary");
  }
  size_t nodes = 0;
  for (size_t at = 0; at < bytes.size();) {
    const size_t start = at;
    const auto truncated = [&] {
      return Fail(Status::kDataLoss, "cut short: the field at byte " + std::to_string(start) +
                                         " goes on beyond the end of the file at byte " + std::to_string(bytes.size()));
    };
    uint64_t tag = 0;
    uint64_t value = 0;
    if (!ReadVarint(bytes, at, tag)) return truncated();
    const uint64_t field = tag >> 3;
    const unsigned wire = tag & 7;
    const bool known =
        (field == 3 && wire == 0) || ((field == 1 || field == 2 || field == 4 || field == 5) && wire == 2);
    if (!known)
      return Fail(Status::kInvalidArgument,
                  std::string(kNotGraphDef) + ": unexpected field at byte " + std::to_string(start));
    if (!ReadVarint(bytes, at, value)) return truncated();
    if (wire == 2) {
      if (value > bytes.size() - at) return truncated();
      at += static_cast<size_t>(value);
    }
    if (field == 1 && ++nodes > options.max_nodes)
      return Fail(Status::kResourceExhausted, "more than " + std::to_string(options.max_nodes) + " layers");
  }
  if (nodes == 0) return Fail(Status::kInvalidArgument, std::string(kNotGraphDef) + ": it holds no layers");
  return {};
}

// A replaced layer passes on what stands for it, under its own name where that is data. Both results of a Switch are the same.
Outcome<Results> ConvertReplaced(Conversion& c, int index, const Source& source) {
  const Results& given = c.results[static_cast<size_t>(source.layer)];
  if (static_cast<size_t>(source.output) >= given.size()) {
    return Fail(Status::kUnimplemented, Describe(c.view.node(index)) + ": reads result " +
                                            std::to_string(source.output) + " of " +
                                            Describe(c.view.node(source.layer)) + ", which can't be compiled");
  }
  const Result result = given[static_cast<size_t>(source.output)];
  if (c.view.op(index) == "Switch" || c.view.op(index) == "RefSwitch") return Results{result, result};
  Layer layer(c, index);
  if (result.constant || layer.TypeOf(result) != graph::DType::kFloat32) return Results{result};
  LINNET_ASSIGN(const Result named, layer.Append(graph::OpKind::kIdentity, {result}));
  return Results{named};
}

Outcome<void> SetOutputs(Conversion& c) {
  for (const Source& output : c.view.outputs()) {
    const Results& results = c.results[static_cast<size_t>(output.layer)];
    const std::string who = Describe(c.view.node(output.layer));
    if (static_cast<size_t>(output.output) >= results.size())
      return Fail(Status::kInvalidArgument, who + ": has no result " + std::to_string(output.output));
    const Result& result = results[static_cast<size_t>(output.output)];
    if (result.constant) return Fail(Status::kInvalidArgument, who + ": the output is always the same, a constant");
    c.graph.outputs.push_back(result.tensor);
  }
  if (!c.graph.inputs.empty()) return {};
  return Fail(Status::kInvalidArgument, "no Placeholder feeds the output; the graph has nothing to compute from");
}

// Transpositions that a later one undid, pieces of a Split that nothing reads.
void RemoveUnread(graph::Graph& graph) {
  std::vector<char> read(graph.tensors.size(), 0);
  for (const graph::TensorId id : graph.outputs) read[static_cast<size_t>(id)] = 1;
  std::vector<graph::Node> kept;
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    if (read[static_cast<size_t>(graph.nodes[i].outputs[0])] == 0) continue;
    for (const graph::TensorId id : graph.nodes[i].inputs) {
      if (id != graph::kNoTensor) read[static_cast<size_t>(id)] = 1;
    }
    kept.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
}

}  // namespace

Outcome<graph::Graph> ImportGraphDef(std::span<const uint8_t> bytes, const ImportOptions& options) {
  if (auto ok = Survey(bytes, options); !ok) return std::unexpected(ok.error());
  GraphDef def;
  {
    const google::protobuf::LogSilencer quiet;  // the error below says it
    if (!def.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return Fail(Status::kDataLoss, std::string(kNotGraphDef) + ", or damaged: a layer's fields can't be read");
    }
  }
  LINNET_ASSIGN(const GraphDefView view, GraphDefView::Create(def, options.outputs));
  Replacements replaced(static_cast<size_t>(view.node_count()));
  ReplaceChoices(view, replaced);
  ReplaceDropouts(view, replaced);
  LINNET_ASSIGN(const std::vector<int> order, view.RunningOrder(replaced));

  Conversion conversion{view, options, {}, std::vector<Results>(replaced.size()), options.max_constant_bytes};
  conversion.graph.name = options.name;
  for (const int index : order) {
    const auto at = static_cast<size_t>(index);
    LINNET_ASSIGN(conversion.results[at],
                  replaced[at] ? ConvertReplaced(conversion, index, *replaced[at]) : ConvertLayer(conversion, index));
  }
  if (auto ok = SetOutputs(conversion); !ok) return std::unexpected(ok.error());
  RemoveUnread(conversion.graph);
  if (auto ok = graph::Verify(conversion.graph); !ok) return std::unexpected(ok.error());
  return std::move(conversion.graph);
}

}  // namespace linnet::graphdef
