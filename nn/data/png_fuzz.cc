// Any bytes: an image of as many pixels as its sides say, or an error; never a crash, never memory beyond the limit.
#include "linnet/data/png.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto image = linnet::data::DecodePng("fuzz", {data, size});
  if (!image) return 0;
  if (image->width < 1 || image->height < 1 || image->width > 4096 || image->height > 4096) __builtin_trap();
  if (image->pixels.size() != static_cast<size_t>(image->width) * static_cast<size_t>(image->height)) __builtin_trap();
  return 0;
}
