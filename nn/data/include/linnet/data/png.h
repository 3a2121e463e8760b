// Images as PNG files in folders, a folder a class.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/data/dataset.h"

namespace linnet::data {

struct GrayImage {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;
};

// Decodes a PNG of any kind to 8-bit gray, by libpng: colours by their luminance in linear light, transparency on black,
// 16 bits rounded to 8. 8-bit gray without a gamma of its own keeps its bytes. `name` is for the message.
//   kDataLoss: no PNG, cut short, or damaged | kResourceExhausted: more than 4096 pixels a side
// Sizes are checked before memory is taken.
Outcome<GrayImage> DecodePng(const std::string& name, ByteSpan bytes);

// The classes of a folder: the names of the folders in it. Names that are whole numbers come first, in the order of the
// numbers, the others after them in the order of their bytes; a class's label is its place. Names that begin with a dot
// are passed over here and in ReadPngFolder.
//   kNotFound: no such folder, or none in it | kFailedPrecondition: a .png beside the folders, or more than 256 of them
Outcome<std::vector<std::string>> PngClasses(const std::string& folder);

// The images of folder/CLASS/*.png for each of `classes` that is there, in the order of labels, then names.
//   kNotFound: a class without images | kFailedPrecondition: something else than .png files in a class, or a class that is
//   not among `classes` | kDataLoss: a file that is no whole PNG, or of another size than the first
//   kResourceExhausted: more than 2^20 images, 2^30 pixels, 4096 pixels a side or 64 MB of file
// The message names the file.
Outcome<Images> ReadPngFolder(const std::string& folder, const std::vector<std::string>& classes);

}  // namespace linnet::data
