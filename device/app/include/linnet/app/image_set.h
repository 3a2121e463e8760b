// The demo images in flash: records of {u8 index, u8 label, 784 pixels of u8, row by row}, nothing between them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"

namespace linnet::app {

inline constexpr size_t kImagePixels = 28 * 28;

struct Image {
  uint8_t index;  // instance of object 26241
  uint8_t label;
  ByteSpan pixels;  // kImagePixels, 0 black to 255 white
};

class ImageSet {
 public:
  static constexpr size_t kRecordBytes = 2 + kImagePixels;
  static constexpr size_t kImagesMax = 64;

  // Borrows `records` for the life of the set. kInvalidArgument: empty, not whole records, or more than kImagesMax
  static Result<ImageSet> Parse(ByteSpan records);

  size_t size() const { return records_.size() / kRecordBytes; }
  // REQUIRES: i < size().
  Image image(size_t i) const;

 private:
  explicit ImageSet(ByteSpan records) : records_(records) {}
  ByteSpan records_;
};

}  // namespace linnet::app
