// Light affine distortion of the images that are learned from: turn, size, shift. C++17, see architecture.h.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/train/random.h"

namespace linnet::train {

struct Affine {  // each drawn evenly from -x..x, once an image and epoch
  float rotation_degrees = 0;
  float scale_fraction = 0;
  float shift_pixels = 0;
  bool none() const { return rotation_degrees == 0 && scale_fraction == 0 && shift_pixels == 0; }
};

// Turns images of one size into floats in [0, 1], distorted around their centre, sampled bilinearly, black outside.
// Keeps a buffer: one object a thread.
class Augmenter {
 public:
  Augmenter(int height, int width, const Affine& affine);
  // Writes height*width floats.
  void Apply(const uint8_t* pixels, Random& random, float* out);
  // The image as it is, / 255.
  void Copy(const uint8_t* pixels, float* out) const;

 private:
  static constexpr int kMargin = 2;  // black pixels around the image, so that sampling needs no bounds check
  int height_, width_, padded_width_;
  Affine affine_;
  std::vector<float> padded_;
};

}  // namespace linnet::train
