#include <cstddef>
#include <cstdint>

#include "linnet/base/check.h"
#include "linnet/graph/graph_file.h"

// Whatever is read is a sound graph, and writing and reading it gives the same one.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto graph = linnet::graph::FromFile({data, size});
  if (!graph) return 0;
  const auto file = linnet::graph::ToFile(*graph);
  const auto again = linnet::graph::FromFile(file);
  LINNET_CHECK(again.has_value());
  LINNET_CHECK(linnet::graph::ToFile(*again) == file);
  return 0;
}
