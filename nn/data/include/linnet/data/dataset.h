// Labelled images as 8-bit pixels, split into train, validation and test. Host only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::data {

// `count` images of height x width x channels pixels, row-major, image after image; one label each.
struct Images {
  int count = 0;
  int height = 0;
  int width = 0;
  int channels = 1;
  std::vector<uint8_t> pixels;
  std::vector<uint8_t> labels;

  int image_bytes() const { return height * width * channels; }
  std::span<const uint8_t> image(int i) const {
    return std::span(pixels).subspan(static_cast<size_t>(i) * image_bytes(), image_bytes());
  }
};

struct Dataset {
  std::string name;
  int class_count = 0;
  std::vector<std::string> class_names;  // of png:DIR, one a label; empty: labels are their own names
  Images train;                          // MNIST: 55,000
  Images validation;                     // 5,000
  Images test;                           // 10,000
};

// What Load knows, for help and messages.
inline constexpr std::string_view kSetNames =
    "mnist, fashion-mnist, idx:DIR, csv:FILE[,WIDTHxHEIGHT][,test=FILE], png:DIR";

// Reads and divides a data set; which images go where is the same every time (split.h).
//   idx:DIR  the four files of MNIST's names, plain or .gz
//   csv:FILE as csv.h says, plain or .gz: a sixth of the images is the test, unless test=FILE names one
//   png:DIR  DIR/CLASS/*.png as png.h says: a sixth is the test, unless DIR is divided into train/ and test/ already
//   kNotFound: unknown name, or a file is missing | kDataLoss: a file is cut short, damaged, or not of the form or size
//   that is expected, or (known sets) has another checksum | kInvalidArgument: a wrong size after csv:FILE
//   kFailedPrecondition: a folder that holds something else than classes of images, or too few images to divide
//   kResourceExhausted: beyond png.h's limits
// The message names the file, what was expected and what was found.
Outcome<Dataset> Load(const std::string& name);

// What the training and validation images and labels are: SHA-256, 64 hexadecimal digits.
std::string DigestOf(const Dataset& dataset);

// Only the images whose label is in first..last.
Images KeepClasses(const Images& images, int first, int last);

}  // namespace linnet::data
