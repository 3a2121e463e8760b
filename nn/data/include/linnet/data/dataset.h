// Labelled images as 8-bit pixels, split into train, validation and test. Host only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
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
  Images train;       // MNIST: 55,000
  Images validation;  // 5,000
  Images test;        // 10,000
};

// "mnist", "fashion-mnist" or "idx:DIR" (the four files of MNIST's names, plain or .gz).
//   kNotFound: unknown name, or a file is missing | kDataLoss: a file is cut short, has another magic number or
//   (known sets) another checksum. The message names the file, what was expected and what was found.
Outcome<Dataset> Load(const std::string& name);

// Only the images whose label is in first..last.
Images KeepClasses(const Images& images, int first, int last);

}  // namespace linnet::data
