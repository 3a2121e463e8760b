// Chains of layers drawn at random, with sizes that just fit.
#include <algorithm>

#include "networks.h"

namespace linnet::tests {
namespace {

// A residual block, or two branches side by side.
void Branches(Maker& m, const std::string& name) {
  const std::string before = m.last;
  const std::vector<int64_t> shape = m.shape;
  const bool residual = m.Below(2) == 0;
  const int channels = residual ? static_cast<int>(shape[3]) : 1 + m.Below(5);
  m.Conv(name + "/conv", 3, 3, channels, 1, "SAME");
  m.Bias(name + "/bias");
  const std::string branch = m.last;
  if (residual) {
    m.Then(name + "/add", m.Below(2) == 0 ? "Add" : "AddV2", {before});
    m.Then(name + "/relu", "Relu");
    return;
  }
  m.last = before;
  m.shape = shape;
  m.Conv(name + "/pointwise", 1, 1, 1 + m.Below(5), 1, "VALID");
  graphdef::NodeDef& joined = m.Then(name + "/concat", "ConcatV2", {branch, m.Int(name + "/axis", 3)});
  (*joined.mutable_attr())["N"].set_i(2);
  m.shape[3] += channels;
}

void SpatialLayer(Maker& m, const std::string& name) {
  const int least = static_cast<int>(std::min(m.shape[1], m.shape[2]));
  const std::string padding = m.Below(2) == 0 ? "SAME" : "VALID";
  const int kernel = 1 + m.Below(std::min(4, least));
  const int stride = 1 + m.Below(2);
  switch (m.Below(9)) {
    case 0:
    case 1: m.Conv(name, kernel, 1 + m.Below(std::min(4, least)), 1 + m.Below(9), stride, padding); return;
    case 2: {
      const bool fits = 2 * (kernel - 1) < least;
      m.Conv(name, kernel, kernel, 1 + m.Below(6), 1, fits ? padding : "SAME", 2);
      return;
    }
    case 3: m.Depthwise(name, kernel, 1 + m.Below(2), stride, padding); return;
    case 4: m.Pool(name, "MaxPool", kernel, stride, padding); return;
    case 5: m.Pool(name, "AvgPool", kernel, stride, padding); return;
    case 6: Branches(m, name); return;
    case 7: m.BatchNorm(name, m.Below(2) == 0 ? "FusedBatchNorm" : "FusedBatchNormV3"); return;
    default: m.UnfusedBatchNorm(name); return;
  }
}

void AnyLayer(Maker& m, const std::string& name) {
  constexpr const char* kActivations[] = {"Relu", "Relu6", "Sigmoid", "Tanh", "Identity"};
  switch (m.Below(4)) {
    case 0: m.Bias(name, m.Below(2) == 0 || m.shape.size() < 2 ? "BiasAdd" : "AddV2"); return;
    case 1: m.Then(name, "Mul", {m.Variable(name + "/by", {m.shape.back()}, 0.5F, 1.5F)}); return;
    case 2: m.Then(name, "Maximum", {m.Number(name + "/least", m.Uniform(-1, 0))}); return;
    default: m.Then(name, kActivations[m.Below(5)]); return;
  }
}

}  // namespace

Network RandomNetwork(uint32_t seed) {
  Maker m(seed);
  m.Input({1, 4 + m.Below(12), 4 + m.Below(12), 1 + m.Below(4)});
  const int layers = 3 + m.Below(8);
  for (int i = 0; i < layers; ++i) {
    const std::string name = "layer" + std::to_string(i);
    if (m.Below(3) != 0)
      SpatialLayer(m, name);
    else
      AnyLayer(m, name);
  }
  m.Flatten("flatten");
  m.Dense("dense", 2 + m.Below(9), m.Below(2) == 0);
  m.Bias("logits");
  if (m.Below(2) == 0) m.Then("softmax", "Softmax");
  return {"random_" + std::to_string(seed), m.b.def, "", {}};
}

}  // namespace linnet::tests
