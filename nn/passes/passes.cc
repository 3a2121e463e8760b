#include "linnet/passes/passes.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace linnet::passes {
namespace {

constexpr std::array kPasses = {
    Pass{"drop-argmax", DropArgMax, "the answer is the scores before a last ArgMax"},
    Pass{"fold-constants", FoldConstants, "what depends on constants only is computed now"},
    Pass{"remove-identities", RemoveIdentities, "Identity layers, removed dropouts among them, go"},
    Pass{"remove-reshapes", RemoveReshapes, "reshapes that change nothing go, chains become one"},
    Pass{"fuse-bias", FuseBias, "a constant added to a matrix product or convolution becomes its bias"},
    Pass{"fuse-activations", FuseActivations, "Relu and Relu6 become part of the layer before"},
    Pass{"remove-dead-code", RemoveDeadCode, "layers and tensors that no output needs go"},
};

}  // namespace

std::span<const Pass> AllPasses() { return kPasses; }

Outcome<std::vector<PassReport>> RunPasses(graph::Graph& graph, const PassOptions& options) {
  for (const std::string& name : options.off) {
    const bool known = std::any_of(kPasses.begin(), kPasses.end(), [&](const Pass& pass) { return pass.name == name; });
    if (!known) return Fail(Status::kInvalidArgument, "there is no pass '" + name + "' to switch off");
  }
  if (auto ok = graph::Verify(graph); !ok) return std::unexpected(ok.error());
  std::vector<PassReport> reports;
  for (const Pass& pass : kPasses) {
    if (std::find(options.off.begin(), options.off.end(), pass.name) != options.off.end()) continue;
    const auto start = std::chrono::steady_clock::now();
    const int changes = pass.apply(graph);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    reports.push_back({pass.name, changes, took.count()});
    if (auto ok = graph::Verify(graph); !ok)
      return Fail(Status::kInternal, "after pass " + std::string(pass.name) + ": " + ok.error().message);
  }
  return reports;
}

}  // namespace linnet::passes
