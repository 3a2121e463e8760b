#include "linnet/profile/prove.h"

#include <algorithm>
#include <future>

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

// Of traced input `at`: the first layer that is not the same everywhere.
std::optional<Proof::Difference> DifferenceIn(const Traces& traces, size_t at, const emit::Report& report) {
  for (size_t layer = 0; layer < report.layers.size(); ++layer) {
    const uint64_t reference = traces.reference[at][layer];
    const uint64_t host = traces.host[at][layer], board = traces.board[at][layer];
    if (reference == host && host == board) continue;
    return Proof::Difference{.input = at,
                             .layer = report.layers[layer].name,
                             .where = reference != host ? "reference and host" : "host and board"};
  }
  return std::nullopt;
}

// Names the layer of a difference that is known by its outputs; finds one that no output shows.
void FindLayer(const Traces& traces, const emit::Report& report, Proof& proof) {
  if (proof.difference) {
    const auto found = DifferenceIn(traces, traces.host.size() - 1, report);
    if (found) proof.difference->layer = found->layer, proof.difference->where = found->where;
    return;
  }
  for (size_t i = 0; i < proof.traced && !proof.difference; ++i) proof.difference = DifferenceIn(traces, i, report);
}

// The code as it ships over all inputs.
struct Answers {
  ReferenceResult reference;
  RunResult host, board;
  std::optional<FloatAgreement> float_agreement;
};

// The emulator keeps one core busy as long as all the others take together.
Outcome<Answers> AnswerEverywhere(const fs::path& model, const emit::Report& report, const std::vector<Bytes>& inputs) {
  auto on_board = std::async(std::launch::async, [&] { return RunOnBoard(model, inputs); });
  Answers answers;
  LINNET_ASSIGN(answers.reference, RunReference(model, report, inputs, false));
  LINNET_ASSIGN(answers.host, RunOnHost(model, inputs));
  LINNET_ASSIGN(answers.float_agreement, CompareWithFloat(model, report, inputs, answers.reference.outputs));
  LINNET_ASSIGN(answers.board, on_board.get());
  return answers;
}

void CompareOutputs(const Answers& answers, Proof& proof) {
  for (size_t i = 0; i < proof.inputs; ++i) {
    const bool as_reference = answers.reference.outputs[i] == answers.host.outputs[i];
    if (as_reference && answers.host.outputs[i] == answers.board.outputs[i]) {
      ++proof.equal;
    } else if (!proof.difference) {
      proof.difference = {.input = i, .layer = {}, .where = as_reference ? "host and board" : "reference and host"};
    }
  }
}

}  // namespace

Outcome<Proof> Prove(const fs::path& model, const std::vector<Bytes>& inputs, const ProveOptions& options) {
  LINNET_ASSIGN(const emit::Report report, emit::ReadReport(model));
  LINNET_ASSIGN(Answers answers, AnswerEverywhere(model, report, inputs));
  Proof proof;
  proof.inputs = inputs.size();
  proof.float_agreement = answers.float_agreement;
  if (answers.board.cost) proof.cost = *std::move(answers.board.cost);
  CompareOutputs(answers, proof);

  proof.traced = std::min(options.traced, inputs.size());
  std::vector<Bytes> traced(inputs.begin(), inputs.begin() + static_cast<ptrdiff_t>(proof.traced));
  if (proof.difference) traced.push_back(inputs[proof.difference->input]);
  LINNET_ASSIGN(const Traces traces, Trace(model, report, traced));
  FindLayer(traces, report, proof);
  for (size_t layer = 0; layer < report.layers.size(); ++layer) {
    proof.layers.push_back({.name = report.layers[layer].name,
                            .op = report.layers[layer].op,
                            .reference = HashOfLayer(traces.reference, layer),
                            .host = HashOfLayer(traces.host, layer),
                            .board = HashOfLayer(traces.board, layer)});
  }
  return proof;
}

}  // namespace linnet::profile
