// A user's own images: `csv:FILE` and `png:DIR`, behind Load.
#pragma once

#include <string>

#include "linnet/base/error.h"
#include "linnet/data/dataset.h"

namespace linnet::data {

inline constexpr int kImagesMax = 1 << 20;
inline constexpr unsigned kSideMax = 4096;  // pixels

// False also where it cannot be looked at.
bool IsFolder(const std::string& path);

// "FILE[,WIDTHxHEIGHT][,test=FILE]", what follows `csv:`. Without a test file a sixth of the images is the test.
//   kNotFound: a file is missing | kInvalidArgument: a size beyond the limit | kFailedPrecondition: too few images to
//   divide
//   kDataLoss: as ParseCsv, or the test's images have another size
Outcome<Dataset> LoadCsv(const std::string& source);

// A folder of folders, what follows `png:`. With train/ and test/ in it those are read, else a sixth is the test.
//   as PngClasses and ReadPngFolder | kFailedPrecondition: too few images to divide
Outcome<Dataset> LoadPng(const std::string& folder);

}  // namespace linnet::data
