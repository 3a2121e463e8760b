// Quantisation simulated in training. Of a constant it is computed here: the weights that training ended with, on the steps that
// it learned. Of data it is an Identity whose answer has the learned range; the quantiser takes it, float networks go without.
#include "layer.h"
#include "linnet/graph/learned.h"

namespace linnet::graphdef {
namespace {

using graph::DType;

Outcome<graph::Learned> ReadRange(const Layer& layer) {
  graph::Learned learned;
  if (layer.op() == "FakeQuantWithMinMaxArgs") {
    learned.min = {layer.Number("min", -6)};
    learned.max = {layer.Number("max", 6)};
  } else {
    LINNET_ASSIGN(const Constant* min, layer.FloatConstant(1, "the minimum"));
    LINNET_ASSIGN(const Constant* max, layer.FloatConstant(2, "the maximum"));
    learned.min.assign(min->numbers.begin(), min->numbers.end());
    learned.max.assign(max->numbers.begin(), max->numbers.end());
  }
  const int64_t bits = layer.Integer("num_bits", 8);
  if (bits < graph::kLearnedBitsMin || bits > graph::kLearnedBitsMax)
    return layer.Wrong("'num_bits' is " + std::to_string(bits) + "; supported: 2 to 16");
  learned.bits = static_cast<int>(bits);
  learned.narrow_range = layer.Flag("narrow_range");
  if (auto ok = graph::CheckLearned(learned); !ok) return layer.Wrong(ok.error().message);
  return learned;
}

// One pair for all, or with PerChannel one for each index of the last dimension.
Outcome<void> CheckCount(const Layer& layer, const graph::Learned& learned) {
  const graph::Shape& shape = layer.shape(0);
  const auto count = static_cast<int64_t>(learned.min.size());
  const bool per_channel = layer.op() == "FakeQuantWithMinMaxVarsPerChannel";
  const int64_t wanted = per_channel && !shape.empty() ? shape.back() : 1;
  if (count == wanted) return {};
  return layer.Wrong("has " + std::to_string(count) + " ranges for " + graph::ToString(shape) + ", expected " +
                     std::to_string(wanted));
}

Outcome<Result> Compute(const Layer& layer, const Constant& constant, graph::Learned learned) {
  LINNET_ASSIGN(auto result, layer.NewConstant(DType::kFloat32, constant.shape));
  std::vector<graph::Steps> steps;
  for (size_t i = 0; i < learned.min.size(); ++i) steps.push_back(graph::StepsOf(learned, i));
  for (size_t i = 0; i < result->numbers.size(); ++i)
    result->numbers[i] = graph::FakeQuantize(static_cast<float>(constant.numbers[i]), steps[i % steps.size()]);
  result->learned = std::move(learned);
  return layer.Finish(std::move(result));
}

}  // namespace

Outcome<Result> ConvertFakeQuant(Layer& layer) {
  if (auto ok = layer.ExpectInputs(layer.op() == "FakeQuantWithMinMaxArgs" ? 1 : 3); !ok)
    return std::unexpected(ok.error());
  if (layer.TypeOf(layer.input(0)) != DType::kFloat32)
    return layer.Unsupported("of " + std::string(Name(layer.TypeOf(layer.input(0)))) + "; supported: float32");
  LINNET_ASSIGN(graph::Learned learned, ReadRange(layer));
  if (auto ok = CheckCount(layer, learned); !ok) return std::unexpected(ok.error());
  if (layer.IsConstant(0)) return Compute(layer, *layer.input(0).constant, std::move(learned));
  if (learned.min.size() != 1)
    return layer.Unsupported(
        "one range a channel of data that the network computes; supported: of constants. Train "
        "with FakeQuantWithMinMaxVars there");
  if (learned.bits != 8)
    return layer.Unsupported("data of " + std::to_string(learned.bits) +
                             " bits; supported: 8 for what the network computes, 2 to 8 for weights. Train with "
                             "num_bits=8 there");
  LINNET_ASSIGN(const Result result, ConvertIdentity(layer));
  const auto& transpositions = layer.conversion().transpositions;
  const auto turned = transpositions.find(result.tensor);
  const graph::TensorId made = turned == transpositions.end() ? result.tensor : turned->second.source;
  layer.conversion().graph.tensor(made).learned = std::move(learned);
  return result;
}

}  // namespace linnet::graphdef
