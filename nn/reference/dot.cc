#include "dot.h"

namespace linnet::reference {

int32_t Dot(const int16_t* a, const int16_t* b, size_t count) {
  int32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += int32_t{a[i]} * b[i];  // becomes pmaddwd
  return sum;
}

}  // namespace linnet::reference
