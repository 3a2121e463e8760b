#include "linnet/data/idx.h"

#include <cstdio>

namespace linnet::data {
namespace {

constexpr uint32_t kUnsignedBytes = 0x08;  // the third byte of the magic: the type of an element

std::string Shape(const std::vector<uint32_t>& shape) {
  std::string text;
  for (uint32_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

std::string Hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof(text), "0x%08x", value);
  return text;
}

}  // namespace

Outcome<IdxArray> ParseIdx(const std::string& name, ByteSpan bytes, int rank) {
  const size_t header_bytes = 4 + 4 * static_cast<size_t>(rank);
  if (bytes.size() < header_bytes) {
    return Fail(Status::kDataLoss, name + ": cut short: an IDX header of " + std::to_string(header_bytes) +
                                       " bytes was expected, found " + std::to_string(bytes.size()));
  }
  const uint32_t magic_expected = kUnsignedBytes << 8 | static_cast<uint32_t>(rank);
  if (const uint32_t magic = LoadBe32(bytes.data()); magic != magic_expected) {
    return Fail(Status::kDataLoss, name + ": not an IDX file of bytes in " + std::to_string(rank) +
                                       " dimensions: magic number " + Hex(magic_expected) + " was expected, found " +
                                       Hex(magic));
  }
  IdxArray array;
  uint64_t count = 1;
  for (int i = 0; i < rank; ++i) {
    const uint32_t size = LoadBe32(bytes.data() + 4 + 4 * i);
    array.shape.push_back(size);
    // Sizes come from outside: their product may pass 64 bits.
    if (size != 0 && count > UINT64_MAX / size) {
      return Fail(Status::kDataLoss, name + ": sizes " + Shape(array.shape) + " are beyond any file");
    }
    count *= size;
  }
  const uint64_t found = bytes.size() - header_bytes;
  if (found != count) {
    return Fail(Status::kDataLoss, name + (found < count ? ": cut short: " : ": bytes after the end: ") +
                                       Shape(array.shape) + " = " + std::to_string(count) +
                                       " bytes after the header were expected, found " + std::to_string(found));
  }
  array.values.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header_bytes), bytes.end());
  return array;
}

}  // namespace linnet::data
