#include "linnet/storage/crc32.h"

namespace linnet::storage {

// Four bits a step: a table of 64 bytes instead of 1 KB, fast enough for records of 300 bytes.
uint32_t Crc32(ByteSpan bytes, uint32_t crc) {
  static constexpr uint32_t kTable[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
                                          0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                          0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
  crc = ~crc;
  for (const uint8_t byte : bytes) {
    crc = crc >> 4 ^ kTable[(crc ^ byte) & 15];
    crc = crc >> 4 ^ kTable[(crc ^ byte >> 4) & 15];
  }
  return ~crc;
}

}  // namespace linnet::storage
