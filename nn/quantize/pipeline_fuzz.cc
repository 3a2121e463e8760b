// Any bytes that import: the passes keep the graph verified, and what is small enough is run in float and, where it can be
// quantised, in int8.
#include "linnet/base/check.h"
#include "linnet/graph/build.h"
#include "linnet/graphdef/import_graphdef.h"
#include "linnet/passes/passes.h"
#include "linnet/quantize/images.h"

namespace {

int64_t TotalElements(const linnet::graph::Graph& graph) {
  int64_t total = 0;
  for (const auto& tensor : graph.tensors) total += linnet::graph::ElementCount(tensor.shape);
  return total;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace linnet;  // NOLINT
  graphdef::ImportOptions options;
  options.max_constant_bytes = 1 << 14;
  options.max_nodes = 200;
  auto graph = graphdef::ImportGraphDef({data, size}, options);
  if (!graph || TotalElements(*graph) > 4000) return 0;
  const auto passes = passes::RunPasses(*graph);
  LINNET_CHECK(passes.has_value());
  if (graph->inputs.size() != 1) return 0;
  const auto calibration = quantize::RandomCalibration(*graph, 2);
  if (auto network = reference::FloatInterpreter::Create(*graph)) network->Run(calibration.inputs[0]);
  quantize::Options options_of_int8;
  options_of_int8.weights.all_int4 = size % 2 == 1;
  const bool calibrated = quantize::CountRanges(*graph).calibrated > 0;
  const auto quantized =
      quantize::Quantize(*graph, calibrated ? calibration : quantize::Calibration{}, options_of_int8);
  LINNET_CHECK(quantized.has_value() || quantized.error().status != Status::kInternal);
  return 0;
}
