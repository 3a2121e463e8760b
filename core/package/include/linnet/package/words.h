// The words of an image that differ when it stands in slot B: firmware runs in place and is linked once per slot, and
// only its absolute addresses differ. Bytes: u32 count, then count pairs of u32 offset in the image and u32 word, offsets
// ascending, all little-endian.
#pragma once

#include <cstddef>
#include <cstdint>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"

namespace linnet::package {

constexpr size_t WordsListBytes(uint32_t count) { return 4 + size_t{count} * 8; }

// Turns slot A's image into slot B's while it streams by. Borrows the list.
class WordPatcher {
 public:
  WordPatcher() = default;  // changes nothing
  // kInvalidArgument: not a list for an image of this size
  static Result<WordPatcher> Open(ByteSpan list, uint32_t image_size_bytes);

  // Patches `chunk`, the image's bytes from `offset_bytes` on. Chunks come in ascending order without gaps.
  // REQUIRES: offset and size are multiples of 4.
  void Apply(uint32_t offset_bytes, MutableByteSpan chunk);

 private:
  explicit WordPatcher(ByteSpan pairs) : pairs_(pairs) {}
  ByteSpan pairs_;  // those still to come
};

}  // namespace linnet::package
