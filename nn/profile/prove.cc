#include "linnet/profile/prove.h"

#include <algorithm>

#include "reference_run.h"
#include "target/layer_hash.h"

namespace linnet::profile {

namespace fs = std::filesystem;

namespace {

// The three ways over the same inputs, layer by layer.
struct Traces {
  std::vector<std::vector<uint64_t>> reference, host, board;
};

Outcome<Traces> Trace(const fs::path& model, const emit::Report& report, const std::vector<Bytes>& inputs) {
  const RunOptions traced{.keep_state = false, .trace = true};
  LINNET_ASSIGN(ReferenceResult reference, RunReference(model, report, inputs, true));
  LINNET_ASSIGN(RunResult host, RunOnHost(model, inputs, traced));
  LINNET_ASSIGN(RunResult board, RunOnBoard(model, inputs, traced));
  return Traces{std::move(reference.traces), std::move(host.traces), std::move(board.traces)};
}

uint64_t HashOfLayer(const std::vector<std::vector<uint64_t>>& traces, size_t layer) {
  std::vector<uint64_t> hashes;
  for (const auto& trace : traces) hashes.push_back(trace[layer]);
  return LayerHash(hashes.data(), hashes.size() * sizeof(uint64_t));
}

// Of one input: the first layer that is not the same everywhere.
void FindLayer(const Traces& traces, size_t input, const emit::Report& report, Proof::Difference& difference) {
  for (size_t layer = 0; layer < report.layers.size(); ++layer) {
    const uint64_t reference = traces.reference[input][layer];
    const uint64_t host = traces.host[input][layer], board = traces.board[input][layer];
    if (reference == host && host == board) continue;
    difference.layer = report.layers[layer].name;
    difference.where = reference != host ? "reference and host" : "host and board";
    return;
  }
}

}  // namespace

Outcome<Proof> Prove(const fs::path& model, const std::vector<Bytes>& inputs, const ProveOptions& options) {
  LINNET_ASSIGN(const emit::Report report, emit::ReadReport(model));
  LINNET_ASSIGN(const ReferenceResult reference, RunReference(model, report, inputs, false));
  LINNET_ASSIGN(const RunResult host, RunOnHost(model, inputs));
  LINNET_ASSIGN(const RunResult board, RunOnBoard(model, inputs));
  Proof proof;
  proof.inputs = inputs.size();
  if (board.cost) proof.cost = *board.cost;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (reference.outputs[i] == host.outputs[i] && host.outputs[i] == board.outputs[i]) {
      ++proof.equal;
    } else if (!proof.difference) {
      proof.difference = {.input = i,
                          .layer = {},
                          .where = reference.outputs[i] != host.outputs[i] ? "reference and host" : "host and board"};
    }
  }
  proof.traced = std::min(options.traced, inputs.size());
  std::vector<Bytes> traced(inputs.begin(), inputs.begin() + static_cast<ptrdiff_t>(proof.traced));
  if (proof.difference) traced.push_back(inputs[proof.difference->input]);
  LINNET_ASSIGN(const Traces traces, Trace(model, report, traced));
  if (proof.difference) FindLayer(traces, traced.size() - 1, report, *proof.difference);
  for (size_t layer = 0; layer < report.layers.size(); ++layer) {
    proof.layers.push_back({.name = report.layers[layer].name,
                            .op = report.layers[layer].op,
                            .reference = HashOfLayer(traces.reference, layer),
                            .host = HashOfLayer(traces.host, layer),
                            .board = HashOfLayer(traces.board, layer)});
  }
  LINNET_ASSIGN(proof.float_agreement, CompareWithFloat(model, report, inputs, board.outputs));
  return proof;
}

}  // namespace linnet::profile
