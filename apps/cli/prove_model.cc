// prove: the same inputs through the float network, the int8 reference, the C++ on this machine and on the emulated board.
#include <fmt/format.h>

#include "linnet/crypto/sha256.h"
#include "linnet/emit/emit.h"
#include "linnet/package/describe.h"
#include "linnet/profile/prove.h"
#include "model.h"
#include "model_cost.h"
#include "model_inputs.h"

namespace linnet::cli {
namespace {

using profile::Bytes;
using profile::Proof;

struct Chosen {
  std::vector<Bytes> inputs;
  size_t images = 0;
};

// Images where the network takes them, then random inputs. A network that takes no such images gets as many random ones.
Answer<Chosen> InputsOf(const Console& console, const ProveOptions& options, const emit::Report& report) {
  Chosen chosen;
  int random = options.random_inputs;
  const int images = options.images > 0 ? options.images : options.images_per_class;
  if (images > 0) {
    const auto fits = TakesImages(options.data, report);
    if (!fits) return std::unexpected(fits.error());
    if (*fits) {
      auto taken = options.images > 0 ? FirstImages(options.data, images, report)
                                      : ImagesOfEachClass(options.data, images, report);
      if (!taken) return std::unexpected(taken.error());
      chosen.inputs = std::move(taken->values);
      chosen.images = chosen.inputs.size();
    } else if (options.images > 0) {
      console.Say(
          fmt::format("the network doesn't take the images of {}: {} random inputs instead", options.data, images));
      random += images;
    }
  }
  for (Bytes& input : profile::RandomInputs(report.inputs, static_cast<size_t>(random), options.seed))
    chosen.inputs.push_back(std::move(input));
  return chosen;
}

std::string Hex(uint64_t hash) { return fmt::format("{:016x}", hash); }

Json ProofJson(const Proof& proof) {
  Json layers = Json::array();
  for (const profile::LayerProof& layer : proof.layers) {
    layers.push_back({{"name", layer.name},
                      {"op", layer.op},
                      {"reference", Hex(layer.reference)},
                      {"host", Hex(layer.host)},
                      {"board", Hex(layer.board)},
                      {"equal", layer.equal()}});
  }
  Json json = {{"inputs", proof.inputs}, {"equal", proof.equal}, {"bit_equal", !proof.difference}};
  if (proof.difference) {
    json["first_difference"] = proof.difference->input;
    json["first_layer_that_differs"] = proof.difference->layer;
    json["differs_between"] = proof.difference->where;
  }
  if (proof.float_agreement) {
    json["float_same_class"] = proof.float_agreement->same_class;
    json["float_error_max"] = proof.float_agreement->error_max;
  }
  json["traced_inputs"] = proof.traced;
  json["layers"] = layers;
  return json;
}

std::string ProofText(const Proof& proof, const Chosen& chosen, uint32_t seed) {
  std::vector<std::vector<std::string>> rows;
  for (const profile::LayerProof& layer : proof.layers) {
    rows.push_back({layer.name, layer.op, Hex(layer.reference), layer.host == layer.reference ? "=" : Hex(layer.host),
                    layer.board == layer.reference ? "=" : Hex(layer.board)});
  }
  std::string text = Table({"layer", "op", "reference", "host", "board"}, rows);
  text += fmt::format(
      "hashes of the layers over {} inputs\n{} of {} answers ({} images, {} random inputs, seed {}) are the same bits "
      "in the reference, on the host and on the emulated board\n",
      proof.traced, proof.equal, proof.inputs, chosen.images, chosen.inputs.size() - chosen.images, seed);
  if (proof.float_agreement) {
    text += fmt::format("the float network gives the same class for {} of {}; outputs differ by {:.4g} at most\n",
                        proof.float_agreement->same_class, proof.inputs, proof.float_agreement->error_max);
  }
  return text + CostText(proof.cost);
}

}  // namespace

Done Prove(const Console& console, const ProveOptions& options) {
  const auto folder = CompiledModel(console, options.model);
  if (!folder) return std::unexpected(folder.error());
  const auto report = emit::ReadReport(folder->path);
  if (!report) return std::unexpected(Failure(report.error()));
  const auto chosen = InputsOf(console, options, *report);
  if (!chosen) return std::unexpected(chosen.error());
  if (chosen->inputs.empty())
    return std::unexpected(Failure(kExitUsage, "nothing to prove: no images, no random inputs"));
  const auto proof = profile::Prove(folder->path, chosen->inputs);
  if (!proof) return std::unexpected(Failure(proof.error()));
  Json result = {{"model", options.model},
                 {"identity", package::ToHex(report->identity)},
                 {"images", chosen->images},
                 {"random", chosen->inputs.size() - chosen->images},
                 {"seed", options.seed}};
  result.update(ProofJson(*proof));
  result.update(CostJson(proof->cost));
  console.Result(result, ProofText(*proof, *chosen, options.seed));
  if (!proof->difference) return {};
  return Failed(fmt::format("{} differ, first at input {}, layer '{}'", proof->difference->where,
                            proof->difference->input, proof->difference->layer));
}

}  // namespace linnet::cli
