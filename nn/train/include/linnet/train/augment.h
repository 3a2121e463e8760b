// Distortion of the images that are learned from: turn, size, shift, mirror, a blank patch. C++17, see architecture.h.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/train/random.h"

namespace linnet::train {

struct Augmentation {          // drawn anew for each image and epoch
  float rotation_degrees = 0;  // these three evenly from -x..x
  float scale_fraction = 0;
  float shift_pixels = 0;
  bool mirror = false;  // left and right change places, for every other image
  int erase_pixels =
      0;  // a square of so many pixels a side is made black, anywhere, partly outside too (DeVries, Taylor 2017)
  bool none() const {
    return rotation_degrees == 0 && scale_fraction == 0 && shift_pixels == 0 && !mirror && erase_pixels == 0;
  }
};

// Turns images of one size into floats in [0, 1], distorted around their centre, sampled bilinearly, black outside.
// Keeps a buffer: one object a thread.
class Augmenter {
 public:
  Augmenter(int height, int width, const Augmentation& augmentation);
  // Writes height*width floats.
  void Apply(const uint8_t* pixels, Random& random, float* out);
  // The image as it is, / 255.
  void Copy(const uint8_t* pixels, float* out) const;

 private:
  void Erase(Random& random, float* out) const;

  static constexpr int kMargin = 2;  // black pixels around the image, so that sampling needs no bounds check
  int height_, width_, padded_width_;
  Augmentation augmentation_;
  std::vector<float> padded_;
};

}  // namespace linnet::train
