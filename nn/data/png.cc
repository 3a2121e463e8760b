#include "linnet/data/png.h"

#include <png.h>

#include "own_sets.h"

namespace linnet::data {
namespace {

// libpng's simplified interface: errors come back in `message`, and whatever it holds is given back here.
struct Decoder {
  png_image image{};

  Decoder() { image.version = PNG_IMAGE_VERSION; }
  ~Decoder() { png_image_free(&image); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
};

}  // namespace

Outcome<GrayImage> DecodePng(const std::string& name, ByteSpan bytes) {
  Decoder decoder;
  png_image& image = decoder.image;
  const auto damaged = [&] {
    return Fail(Status::kDataLoss, name + ": not a whole PNG file: libpng says `" + image.message + "`");
  };
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) return damaged();
  if (image.width > kSideMax || image.height > kSideMax) {
    return Fail(Status::kResourceExhausted, name + ": images of at most " + std::to_string(kSideMax) +
                                                " pixels a side are read, found " + std::to_string(image.width) + "x" +
                                                std::to_string(image.height));
  }
  // Without this, libpng takes 16-bit samples that say no gamma for linear light.
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  image.format = PNG_FORMAT_GRAY;
  GrayImage gray{static_cast<int>(image.width), static_cast<int>(image.height), {}};
  gray.pixels.resize(PNG_IMAGE_SIZE(image));
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&image, &black, gray.pixels.data(), 0, nullptr) == 0) return damaged();
  return gray;
}

}  // namespace linnet::data
