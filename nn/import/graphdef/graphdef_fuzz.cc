// Any bytes: a verified graph or an error.
#include "linnet/base/check.h"
#include "linnet/graphdef/import_graphdef.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  linnet::graphdef::ImportOptions options;
  options.max_constant_bytes = size_t{1} << 20;
  const auto graph = linnet::graphdef::ImportGraphDef({data, size}, options);
  if (graph) {
    LINNET_CHECK(linnet::graph::Verify(*graph).has_value());
    LINNET_CHECK(!linnet::graph::ToText(*graph).empty());
  }
  return 0;
}
