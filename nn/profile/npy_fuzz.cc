#include <cstddef>
#include <cstdint>

#include "linnet/base/check.h"
#include "linnet/profile/npy.h"

// Whatever parses holds as many bytes as its shape says, and quantises or is refused.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto array = linnet::profile::ParseNpy({data, size});
  if (!array) return 0;
  LINNET_CHECK(array->data.size() <= size);
  for (const auto type : {linnet::graph::DType::kInt8, linnet::graph::DType::kFloat32, linnet::graph::DType::kInt64}) {
    const linnet::profile::InputKind kind{.type = type, .elements = 1 + size % 7, .scale = 0.5F, .zero_point = -3};
    const auto inputs = linnet::profile::ConvertInputs(*array, kind);
    if (inputs) LINNET_CHECK(!inputs->empty());
  }
  return 0;
}
