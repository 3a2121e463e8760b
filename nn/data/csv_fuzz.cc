// Any bytes: images whose pixels and labels agree with their count and size, or an error; never a crash.
#include "linnet/data/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The first byte picks the size that is said, so that lines of a few columns are whole images too.
  const int width = size == 0 ? 0 : data[0] % 4, height = width == 0 ? 0 : 1 + data[0] / 4 % 4;
  const linnet::ByteSpan text = linnet::ByteSpan(data, size).subspan(size == 0 ? 0 : 1);
  const auto images = linnet::data::ParseCsv("fuzz", text, width, height);
  if (!images) return 0;
  const size_t count = static_cast<size_t>(images->count);
  if (count == 0 || images->labels.size() != count) __builtin_trap();
  if (images->pixels.size() != count * static_cast<size_t>(images->image_bytes())) __builtin_trap();
  if (width != 0 && (images->width != width || images->height != height)) __builtin_trap();
  return 0;
}
