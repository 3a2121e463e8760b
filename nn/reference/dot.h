#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::reference {

// Sum of a[i] * b[i] in 32 bits. REQUIRES: it does not overflow (nn/graph/README.md bounds it).
int32_t Dot(const int16_t* a, const int16_t* b, size_t count);

}  // namespace linnet::reference
