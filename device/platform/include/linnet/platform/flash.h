// NOR flash in sectors of unequal size, memory-mapped. Erased bytes are 0xFF; programming clears bits only.
// Not thread-safe; not callable from an interrupt.
#pragma once

#include <cstddef>
#include <cstdint>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"

namespace linnet::platform {

struct Sector {
  uint32_t offset_bytes;
  uint32_t size_bytes;
};

class Flash {
 public:
  virtual ~Flash() = default;

  virtual uint32_t size_bytes() const = 0;
  virtual uint32_t sector_count() const = 0;
  // REQUIRES: index < sector_count().
  virtual Sector sector(uint32_t index) const = 0;

  // The flash as memory: valid as long as the Flash, always shows what was programmed last.
  virtual ByteSpan memory() const = 0;

  // Programs `data` at `offset_bytes`; both are multiples of 4. The words are written in ascending order, so a power cut
  // leaves a prefix. kOk | kOutOfRange: past the end | kInvalidArgument: misaligned
  // | kFailedPrecondition: a bit would have to go from 0 to 1, nothing was written | kDataLoss: the part failed
  Status Program(uint32_t offset_bytes, ByteSpan data) {
    if (offset_bytes % 4 != 0 || data.size() % 4 != 0) return Status::kInvalidArgument;
    if (offset_bytes > size_bytes() || data.size() > size_bytes() - offset_bytes) return Status::kOutOfRange;
    return DoProgram(offset_bytes, data);
  }

  // Erases one sector. kOk | kOutOfRange: no such sector | kDataLoss: the part failed
  Status EraseSector(uint32_t index) {
    if (index >= sector_count()) return Status::kOutOfRange;
    return DoEraseSector(index);
  }

 private:
  virtual Status DoProgram(uint32_t offset_bytes, ByteSpan data) = 0;
  virtual Status DoEraseSector(uint32_t index) = 0;
};

}  // namespace linnet::platform
