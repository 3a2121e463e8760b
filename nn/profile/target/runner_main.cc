// Runs the linked model over all inputs of inputs.bin (a count and flags, 32 bits each, then for each run all input tensors)
// and writes outputs.bin, costs.bin (for each run: instructions, stack bytes, both 32-bit) and, compiled with LINNET_TRACE,
// traces.bin (for each run a 64-bit hash of each layer's output). The golden vectors go first. Every run starts after
// model_reset unless it is to keep its state, in an arena of other garbage between guards.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "layer_hash.h"
#include "linnet/model/model.h"
#include "linnet/model/trace.h"
#include "platform.h"

namespace target = linnet::profile::target;

namespace {

constexpr size_t kGuardBytes = 64;
constexpr uint8_t kGuard = 0xA5;

// 0 for a type of another ABI.
size_t ElementBytes(uint32_t type) {
  switch (type) {
    case kLinnetInt8: return 1;
    case kLinnetInt16: return 2;
    case kLinnetFloat32:
    case kLinnetInt32: return 4;
    case kLinnetInt64: return 8;
    default: return 0;
  }
}

// Inputs or outputs, one after the other outside the arena and each at its place inside.
struct Ends {
  const LinnetTensorDescription* tensors;
  uint32_t count;

  static size_t BytesOf(const LinnetTensorDescription& t) { return t.count * ElementBytes(t.type); }
  size_t Bytes() const {
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; ++i) bytes += BytesOf(tensors[i]);
    return bytes;
  }
  bool FitInto(size_t arena_bytes) const {
    if (count < 1 || count > kLinnetTensorsMax) return false;
    for (uint32_t i = 0; i < count; ++i) {
      const LinnetTensorDescription& t = tensors[i];
      if (ElementBytes(t.type) == 0 || t.count > arena_bytes || t.offset_bytes > arena_bytes ||
          BytesOf(t) > arena_bytes - t.offset_bytes) {
        return false;
      }
    }
    return true;
  }
  void CopyIn(const uint8_t* from, uint8_t* arena) const {
    for (uint32_t i = 0; i < count; from += BytesOf(tensors[i++]))
      std::memcpy(arena + tensors[i].offset_bytes, from, BytesOf(tensors[i]));
  }
  void CopyOut(const uint8_t* arena, uint8_t* to) const {
    for (uint32_t i = 0; i < count; to += BytesOf(tensors[i++]))
      std::memcpy(to, arena + tensors[i].offset_bytes, BytesOf(tensors[i]));
  }
};

size_t RoundUp8(size_t n) { return (n + 7) & ~size_t{7}; }

// The arena between two guards, and behind them what goes in and comes out.
struct Buffers {
  size_t arena_bytes;
  Ends inputs, outputs;
  uint8_t* base = nullptr;

  size_t GuardedBytes() const { return RoundUp8(arena_bytes) + 2 * kGuardBytes; }
  size_t TotalBytes() const { return GuardedBytes() + RoundUp8(inputs.Bytes()) + RoundUp8(outputs.Bytes()); }
  uint8_t* Arena() const { return base + kGuardBytes; }
  uint8_t* Input() const { return base + GuardedBytes(); }
  uint8_t* Output() const { return Input() + RoundUp8(inputs.Bytes()); }

  void Prepare(uint8_t garbage, bool reset) const {
    const size_t kept_bytes = reset ? 0 : model_description.state_bytes;
    std::memset(Arena() + kept_bytes, garbage, arena_bytes - kept_bytes);
    if (reset) model_reset(Arena());
    inputs.CopyIn(Input(), Arena());
  }
  void SetGuards() const { std::memset(base, kGuard, GuardedBytes()); }
  bool GuardsHold() const { return Holds(base, Arena()) && Holds(Arena() + arena_bytes, base + GuardedBytes()); }
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

// Hashes of the layers of one run, in order.
constexpr uint32_t kLayersMax = 4096;
uint64_t traces[kLayersMax];
uint32_t trace_count = 0;

// What calling and reading the timer takes by itself: a call of a function of two instructions, which are not part of it.
[[gnu::noinline]] int RunNothing(void* arena) {
  asm volatile("" : : "r"(arena) : "memory");
  return 0;
}
uint32_t OverheadTicks(void* arena) {
  const uint32_t before = target::Ticks();
  const int result = RunNothing(arena);
  const uint32_t after = target::Ticks();
  return after - before + static_cast<uint32_t>(result);
}

int RunOnce(const Buffers& b, uint8_t garbage, bool reset, Cost& cost) {
  b.Prepare(garbage, reset);
  trace_count = 0;
  const uint32_t overhead = target::InstructionsFromTicks(OverheadTicks(b.Arena()));
  target::PaintStack();
  const uint32_t before = target::Ticks();
  const int result = model_run(b.Arena());
  const uint32_t after = target::Ticks();
  const uint32_t stack_bytes = target::StackBytesUsed();
  cost = {target::InstructionsFromTicks(after - before) - overhead + 2, stack_bytes};
  if (result != 0) return target::kModelFailed;
  if (trace_count > kLayersMax) return target::kTooLarge;
  b.outputs.CopyOut(b.Arena(), b.Output());
  return b.GuardsHold() ? target::kDone : target::kGuardBroken;
}

int RunVectors(const Buffers& b) {
  const size_t input_bytes = b.inputs.Bytes(), output_bytes = b.outputs.Bytes();
  Cost cost;
  for (size_t i = 0; i < model_description.vector_count; ++i) {
    std::memcpy(b.Input(), model_vector_inputs + i * input_bytes, input_bytes);
    if (const int result = RunOnce(b, static_cast<uint8_t>(i * 37 + 1), true, cost); result != target::kDone)
      return result;
    if (std::memcmp(b.Output(), model_vector_outputs + i * output_bytes, output_bytes) != 0)
      return target::kVectorDiffers;
  }
  return target::kDone;
}

int RunInputs(const Buffers& b) {
  uint32_t count = 0, flags = 0;
  if (!target::Read(&count, sizeof count) || !target::Read(&flags, sizeof flags)) return target::kFileTrouble;
  const bool keeps_state = (flags & target::kKeepState) != 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (!target::Read(b.Input(), b.inputs.Bytes())) return target::kFileTrouble;
    Cost cost;
    const int result = RunOnce(b, static_cast<uint8_t>(i * 29 + 3), i == 0 || !keeps_state, cost);
    if (result != target::kDone) return result;
    const bool written =
        target::Write(target::File::kOutputs, b.Output(), b.outputs.Bytes()) &&
        target::Write(target::File::kCosts, &cost, sizeof cost) &&
        (trace_count == 0 || target::Write(target::File::kTraces, traces, trace_count * sizeof(uint64_t)));
    if (!written) return target::kFileTrouble;
  }
  return target::Close() ? target::kDone : target::kFileTrouble;
}

}  // namespace

#ifdef LINNET_TRACE
extern "C" void linnet_layer_done(uint32_t, const void* output, uint32_t bytes) {
  if (trace_count < kLayersMax) traces[trace_count] = linnet::profile::LayerHash(output, bytes);
  ++trace_count;
}
#endif

int main() {
  const LinnetModelDescription& d = model_description;
  if (d.abi_version != kLinnetModelAbi || d.state_bytes > d.arena_bytes) return target::kBadDescription;
  Buffers b{d.arena_bytes, {d.inputs, d.input_count}, {d.outputs, d.output_count}};
  if (!b.inputs.FitInto(d.arena_bytes) || !b.outputs.FitInto(d.arena_bytes)) return target::kBadDescription;
  b.base = target::WorkMemory(b.TotalBytes());
  if (b.base == nullptr) return target::kTooLarge;
  b.SetGuards();
  if (!target::Open()) return target::kFileTrouble;
  if (const int result = RunVectors(b); result != target::kDone) return result;
  return RunInputs(b);
}
