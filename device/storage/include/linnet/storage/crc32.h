// CRC-32 of IEEE 802.3 (reflected, polynomial 0xEDB88320): finds torn writes, not attacks.
#pragma once

#include <cstdint>

#include "linnet/base/bytes.h"

namespace linnet::storage {

// `crc` continues an earlier call's result over more bytes.
uint32_t Crc32(ByteSpan bytes, uint32_t crc = 0);

}  // namespace linnet::storage
