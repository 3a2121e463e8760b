// Images as comma-separated text, in the form in which MNIST is handed round: a line an image, the label, then the pixels.
#pragma once

#include <string>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/data/dataset.h"

namespace linnet::data {

// Parses `bytes`: labels and pixels are whole numbers of 0 to 255, rows of pixels from the top. The first line may be a
// header: then its first field is no number. Spaces around numbers, blank lines, CR LF and a byte order mark are skipped.
// `width` and `height` are of every image; both 0: a square of as many pixels as the first image's line has.
// `name` is for the message.
//   kDataLoss: a field that is no such number, a line with other columns than expected, no image at all, too many
// The message names the line and the column, both from 1, what was expected and what was found. Memory grows with the
// bytes that are there, not with the sizes that are said.
Outcome<Images> ParseCsv(const std::string& name, ByteSpan bytes, int width = 0, int height = 0);

}  // namespace linnet::data
