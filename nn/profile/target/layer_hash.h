// The hash by which the outputs of a layer are compared: FNV-1a with 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::profile {

inline uint64_t LayerHash(const void* data, size_t bytes) {
  uint64_t hash = 0xCBF29CE484222325U;
  for (const auto* p = static_cast<const uint8_t*>(data); bytes > 0; --bytes) hash = (hash ^ *p++) * 0x100000001B3U;
  return hash;
}

}  // namespace linnet::profile
