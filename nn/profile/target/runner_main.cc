// Runs the linked model over all inputs of inputs.bin (a 32-bit count, then the tensors) and writes outputs.bin and
// costs.bin (for each input: instructions, stack bytes, both 32-bit). The golden vectors go first. Every run gets an arena of
// other garbage, between guards.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "linnet/model/model.h"
#include "platform.h"

namespace target = linnet::profile::target;

namespace {

constexpr size_t kGuardBytes = 64;
constexpr uint8_t kGuard = 0xA5;

size_t ElementBytes(uint32_t type) { return type == kLinnetInt8 ? 1 : 4; }
size_t RoundUp8(size_t n) { return (n + 7) & ~size_t{7}; }

// Arena, input and output in one block of memory with a guard on either side of each.
struct Buffers {
  size_t arena_bytes, input_bytes, output_bytes;
  uint8_t* base = nullptr;

  size_t TotalBytes() const {
    return RoundUp8(arena_bytes) + RoundUp8(input_bytes) + RoundUp8(output_bytes) + 4 * kGuardBytes;
  }
  uint8_t* Arena() const { return base + kGuardBytes; }
  uint8_t* Input() const { return Arena() + RoundUp8(arena_bytes) + kGuardBytes; }
  uint8_t* Output() const { return Input() + RoundUp8(input_bytes) + kGuardBytes; }

  void Prepare(uint8_t garbage) const {
    std::memset(Arena(), garbage, arena_bytes);
    std::memset(Output(), garbage, output_bytes);
  }
  void SetGuards() const { std::memset(base, kGuard, TotalBytes()); }
  bool GuardsHold() const {
    return Holds(base, Arena()) && Holds(Arena() + arena_bytes, Input()) && Holds(Input() + input_bytes, Output()) &&
           Holds(Output() + output_bytes, base + TotalBytes());
  }
  static bool Holds(const uint8_t* from, const uint8_t* to) {
    for (; from != to; ++from) {
      if (*from != kGuard) return false;
    }
    return true;
  }
};

struct Cost {
  uint32_t instructions;
  uint32_t stack_bytes;
};

int RunOnce(const Buffers& b, uint8_t garbage, Cost& cost) {
  b.Prepare(garbage);
  target::PaintStack();
  const uint32_t before = target::Ticks();
  const int result = model_run(b.Arena(), b.Input(), b.Output());
  const uint32_t after = target::Ticks();
  cost = {target::InstructionsFromTicks(after - before), target::StackBytesUsed()};
  if (result != 0) return target::kModelFailed;
  return b.GuardsHold() ? target::kDone : target::kGuardBroken;
}

int RunVectors(const Buffers& b) {
  Cost cost;
  for (size_t i = 0; i < model_description.vector_count; ++i) {
    std::memcpy(b.Input(), model_vector_inputs + i * b.input_bytes, b.input_bytes);
    if (const int result = RunOnce(b, static_cast<uint8_t>(i * 37 + 1), cost); result != target::kDone) return result;
    if (std::memcmp(b.Output(), model_vector_outputs + i * b.output_bytes, b.output_bytes) != 0)
      return target::kVectorDiffers;
  }
  return target::kDone;
}

int RunInputs(const Buffers& b) {
  uint32_t count = 0;
  if (!target::Read(&count, sizeof count)) return target::kFileTrouble;
  for (uint32_t i = 0; i < count; ++i) {
    if (!target::Read(b.Input(), b.input_bytes)) return target::kFileTrouble;
    Cost cost;
    if (const int result = RunOnce(b, static_cast<uint8_t>(i * 29 + 3), cost); result != target::kDone) return result;
    if (!target::Write(target::File::kOutputs, b.Output(), b.output_bytes)) return target::kFileTrouble;
    if (!target::Write(target::File::kCosts, &cost, sizeof cost)) return target::kFileTrouble;
  }
  return target::Close() ? target::kDone : target::kFileTrouble;
}

}  // namespace

int main() {
  const LinnetModelDescription& d = model_description;
  if (d.abi_version != 1 || d.input_type > kLinnetInt8 || d.output_type > kLinnetInt8) return target::kBadDescription;
  Buffers b{d.arena_bytes, d.input_count * ElementBytes(d.input_type), d.output_count * ElementBytes(d.output_type)};
  b.base = target::WorkMemory(b.TotalBytes());
  if (b.base == nullptr) return target::kTooLarge;
  b.SetGuards();
  if (!target::Open()) return target::kFileTrouble;
  if (const int result = RunVectors(b); result != target::kDone) return result;
  return RunInputs(b);
}
