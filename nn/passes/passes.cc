#include "linnet/passes/passes.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace linnet::passes {
namespace {

constexpr std::array kPasses = {
    Pass{"drop-argmax", DropArgMax, "the answer is the scores before a last ArgMax"},
    Pass{"int8-ends", Int8Ends, "a first Quantize and a last Dequantize go: the ends are int8", true},
    Pass{"fold-constants", FoldConstants, "what depends on constants only is computed now"},
    Pass{"remove-identities", RemoveIdentities, "layers that change nothing go, removed dropouts among them"},
    Pass{"remove-quantize-pairs", RemoveQuantizePairs, "int8 turned to float and back with the same scale stays int8"},
    Pass{"remove-transposes", RemoveTransposes, "transpositions sink, cancel or go into the weights"},
    Pass{"merge-slices", MergeSlices, "slices of slices and of concatenations read what they need at once"},
    Pass{"remove-reshapes", RemoveReshapes, "reshapes that change nothing go, chains become one"},
    Pass{"fuse-bias", FuseBias, "a constant added to a matrix product or convolution becomes its bias"},
    Pass{"fold-batch-norm", FoldBatchNorm, "factors and sums a channel go into weights and bias"},
    Pass{"fuse-padding", FusePadding, "a Pad becomes the padding of the convolution or max-pool behind it"},
    Pass{"fuse-activations", FuseActivations, "Relu, Relu6 and their kind become part of the layer before"},
    Pass{"remove-dead-code", RemoveDeadCode, "layers and tensors that no output needs go"},
};
constexpr int kRoundsMax =
    8;  // each makes the graph smaller or moves something towards its end; two or three are usual

bool Names(const std::vector<std::string>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

Outcome<void> CheckNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (std::ranges::any_of(kPasses, [&](const Pass& pass) { return pass.name == name; })) continue;
    std::string known;
    for (const Pass& pass : kPasses) known += (known.empty() ? "" : ", ") + std::string(pass.name);
    return Fail(Status::kInvalidArgument, "there is no pass '" + name + "'; there are " + known);
  }
  return {};
}

}  // namespace

std::span<const Pass> AllPasses() { return kPasses; }

Outcome<std::vector<PassReport>> RunPasses(graph::Graph& graph, const PassOptions& options) {
  if (auto ok = CheckNames(options.off); !ok) return std::unexpected(ok.error());
  if (auto ok = CheckNames(options.on); !ok) return std::unexpected(ok.error());
  if (auto ok = graph::Verify(graph); !ok) return std::unexpected(ok.error());
  std::vector<PassReport> reports;
  for (const Pass& pass : kPasses) {
    if (Names(options.off, pass.name) || (pass.on_request && !Names(options.on, pass.name))) continue;
    reports.push_back({pass.name, pass.what});
  }
  int changes = 1;
  for (int round = 0; round < kRoundsMax && changes > 0; ++round) {
    changes = 0;
    for (PassReport& report : reports) {
      const Pass& pass = *std::ranges::find(kPasses, report.name, &Pass::name);
      const auto start = std::chrono::steady_clock::now();
      const int changed = pass.apply(graph);
      report.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      report.changes += changed;
      changes += changed;
      if (auto ok = graph::Verify(graph); !ok)
        return Fail(Status::kInternal, "after pass " + std::string(pass.name) + ": " + ok.error().message);
    }
  }
  return reports;
}

}  // namespace linnet::passes
