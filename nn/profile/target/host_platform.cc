#include <cstdio>
#include <cstdlib>

#include "platform.h"

namespace linnet::profile::target {
namespace {
std::FILE* files[kFileCount];
}

bool Open() {
  files[0] = std::fopen("inputs.bin", "rb");
  files[1] = std::fopen("outputs.bin", "wb");
  files[2] = std::fopen("costs.bin", "wb");
  files[3] = std::fopen("traces.bin", "wb");
  for (const std::FILE* file : files) {
    if (file == nullptr) return false;
  }
  return true;
}
bool Read(void* to, size_t bytes) { return std::fread(to, 1, bytes, files[0]) == bytes; }
bool Write(File file, const void* from, size_t bytes) {
  return std::fwrite(from, 1, bytes, files[static_cast<int>(file)]) == bytes;
}
bool Close() {
  bool closed = true;
  for (std::FILE* file : files) closed = std::fclose(file) == 0 && closed;
  return closed;
}

uint8_t* WorkMemory(size_t bytes) { return static_cast<uint8_t*>(std::calloc(1, bytes)); }

uint32_t Ticks() { return 0; }
uint32_t InstructionsFromTicks(uint32_t) { return 0; }
void PaintStack() {}
uint32_t StackBytesUsed() { return 0; }

}  // namespace linnet::profile::target
