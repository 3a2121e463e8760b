// Any bytes: an array whose size agrees with its shape, or an error; never a crash.
#include "linnet/data/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (int rank : {1, 3}) {
    const auto array = linnet::data::ParseIdx("fuzz", {data, size}, rank);
    if (!array) continue;
    uint64_t count = 1;
    for (uint32_t each : array->shape) count *= each;
    if (count != array->values.size()) __builtin_trap();
  }
  return 0;
}
