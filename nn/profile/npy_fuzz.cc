#include <cstddef>
#include <cstdint>

#include "linnet/base/check.h"
#include "linnet/profile/npy.h"

// Whatever parses holds as many bytes as its shape says, and quantises or is refused.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto array = linnet::profile::ParseNpy({data, size});
  if (!array) return 0;
  LINNET_CHECK(array->data.size() <= size);
  const auto inputs = linnet::profile::QuantizeInputs(*array, 1 + size % 7, 0.5F, -3);
  if (inputs) LINNET_CHECK(!inputs->empty());
  return 0;
}
