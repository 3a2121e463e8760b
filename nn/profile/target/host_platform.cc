#include <cstdio>
#include <cstdlib>

#include "platform.h"

namespace linnet::profile::target {
namespace {
std::FILE* files[3];
}

bool Open() {
  files[0] = std::fopen("inputs.bin", "rb");
  files[1] = std::fopen("outputs.bin", "wb");
  files[2] = std::fopen("costs.bin", "wb");
  return files[0] != nullptr && files[1] != nullptr && files[2] != nullptr;
}
bool Read(void* to, size_t bytes) { return std::fread(to, 1, bytes, files[0]) == bytes; }
bool Write(File file, const void* from, size_t bytes) {
  return std::fwrite(from, 1, bytes, files[static_cast<int>(file)]) == bytes;
}
bool Close() { return std::fclose(files[1]) == 0 && std::fclose(files[2]) == 0; }

uint8_t* WorkMemory(size_t bytes) { return static_cast<uint8_t*>(std::calloc(1, bytes)); }

uint32_t Ticks() { return 0; }
uint32_t InstructionsFromTicks(uint32_t) { return 0; }
void PaintStack() {}
uint32_t StackBytesUsed() { return 0; }

}  // namespace linnet::profile::target
