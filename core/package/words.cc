#include "linnet/package/words.h"

#include <algorithm>

namespace linnet::package {
namespace {

constexpr size_t kPairBytes = 8;

}  // namespace

Result<WordPatcher> WordPatcher::Open(ByteSpan list, uint32_t image_size_bytes) {
  if (list.size() < 4) return Fail(Status::kInvalidArgument);
  const uint32_t count = LoadLe32(list.data());
  if (count > image_size_bytes / 4 || list.size() != WordsListBytes(count)) return Fail(Status::kInvalidArgument);
  const ByteSpan pairs = list.subspan(4);
  uint64_t lowest = 0;  // that the next offset may be
  for (size_t at = 0; at < pairs.size(); at += kPairBytes) {
    const uint32_t offset = LoadLe32(pairs.data() + at);
    if (offset < lowest || offset % 4 != 0 || offset >= image_size_bytes) return Fail(Status::kInvalidArgument);
    lowest = uint64_t{offset} + 4;
  }
  return WordPatcher(pairs);
}

void WordPatcher::Apply(uint32_t offset_bytes, MutableByteSpan chunk) {
  while (!pairs_.empty()) {
    const uint32_t at = LoadLe32(pairs_.data());
    if (at >= offset_bytes + chunk.size()) return;
    if (at >= offset_bytes) std::copy_n(pairs_.begin() + 4, 4, chunk.begin() + (at - offset_bytes));
    pairs_ = pairs_.subspan(kPairBytes);
  }
}

}  // namespace linnet::package
