// Networks as the trainer exports them.
#include "cases.h"
#include "linnet/base/check.h"
#include "linnet/train/onnx_export.h"
#include "test_networks.h"

namespace linnet::tests {
namespace {

constexpr uint64_t kSeed = 3;

OnnxCase Exported(const std::string& name, const train::Architecture& architecture, const train::Learned& learned,
                  const std::vector<train::Parameter>& parameters) {
  const auto file = train::ExportOnnx(architecture, parameters, learned);
  LINNET_CHECK(file.has_value());
  return {name, {file->begin(), file->end()}, {1, 1, architecture.height, architecture.width}, learned.any};
}

}  // namespace

std::vector<OnnxCase> ExportedCases() {
  std::vector<train::Architecture> architectures = {train::Crooked()};
  for (const char* name : {"dnn", "cnn", "ds-cnn", "tiny-cnn"}) {
    train::Architecture built_in;
    LINNET_CHECK(train::MakeArchitecture(name, 28, 28, 1, &built_in));
    architectures.push_back(train::Folded(built_in));
  }
  std::vector<OnnxCase> cases;
  for (const train::Architecture& architecture : architectures) {
    std::vector<train::Parameter> parameters = train::RandomWeights(architecture, kSeed);
    cases.push_back(Exported("exported_" + architecture.name, architecture, {}, parameters));
    for (const int bits : {8, 4}) {
      const train::Architecture rounded = train::WithBits(architecture, bits);
      train::Learned learned = train::LearnedOf(rounded, parameters);
      learned.input = {-1, 1};  // as the samples are
      cases.push_back(
          Exported("exported_" + architecture.name + "_int" + std::to_string(bits), rounded, learned, parameters));
    }
  }
  return cases;
}

}  // namespace linnet::tests
