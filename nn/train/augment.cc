#include "linnet/train/augment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace linnet::train {

Augmenter::Augmenter(int height, int width, const Augmentation& augmentation)
    : height_(height),
      width_(width),
      padded_width_(width + 2 * kMargin),
      augmentation_(augmentation),
      padded_(static_cast<size_t>(padded_width_) * static_cast<size_t>(height + 2 * kMargin)) {}

void Augmenter::Copy(const uint8_t* pixels, float* out) const {
  for (int i = 0; i < height_ * width_; ++i) out[i] = static_cast<float>(pixels[i]) * (1.0f / 255);
}

void Augmenter::Apply(const uint8_t* pixels, Random& random, float* out) {
  for (int y = 0; y < height_; ++y) {
    float* row = &padded_[static_cast<size_t>((y + kMargin) * padded_width_ + kMargin)];
    for (int x = 0; x < width_; ++x) row[x] = static_cast<float>(pixels[y * width_ + x]) * (1.0f / 255);
  }
  float* const first = out;
  constexpr float kRadians = 3.14159265f / 180;
  const float angle = random.Symmetric(augmentation_.rotation_degrees) * kRadians;
  const float scale = 1 / (1 + random.Symmetric(augmentation_.scale_fraction));
  const float shift_x = random.Symmetric(augmentation_.shift_pixels);
  const float shift_y = random.Symmetric(augmentation_.shift_pixels);
  const float cosine = std::cos(angle) * scale, sine = std::sin(angle) * scale;
  const float mirror = augmentation_.mirror && random.Below(2) == 1 ? -1 : 1;
  const float centre_x = static_cast<float>(width_ - 1) / 2, centre_y = static_cast<float>(height_ - 1) / 2;

  // Where output pixel (x, y) comes from, clamped into the black margin.
  const float limit_x = static_cast<float>(width_) + 0.5f, limit_y = static_cast<float>(height_) + 0.5f;
  for (int y = 0; y < height_; ++y) {
    const float dy = static_cast<float>(y) - centre_y - shift_y;
    for (int x = 0; x < width_; ++x) {
      const float dx = mirror * (static_cast<float>(x) - centre_x) - shift_x;
      const float from_x = std::clamp(cosine * dx - sine * dy + centre_x, -1.5f, limit_x) + kMargin;
      const float from_y = std::clamp(sine * dx + cosine * dy + centre_y, -1.5f, limit_y) + kMargin;
      const int left = static_cast<int>(from_x), top = static_cast<int>(from_y);
      const float fx = from_x - static_cast<float>(left), fy = from_y - static_cast<float>(top);
      const float* p = &padded_[static_cast<size_t>(top * padded_width_ + left)];
      const float upper = p[0] + fx * (p[1] - p[0]);
      const float lower = p[padded_width_] + fx * (p[padded_width_ + 1] - p[padded_width_]);
      *out++ = upper + fy * (lower - upper);
    }
  }
  if (augmentation_.erase_pixels > 0) Erase(random, first);
}

void Augmenter::Erase(Random& random, float* out) const {
  const int half = augmentation_.erase_pixels / 2;
  const int top = static_cast<int>(random.Below(static_cast<uint64_t>(height_))) - half;
  const int left = static_cast<int>(random.Below(static_cast<uint64_t>(width_))) - half;
  const int right = std::min(width_, left + augmentation_.erase_pixels);
  for (int y = std::max(0, top); y < std::min(height_, top + augmentation_.erase_pixels); ++y) {
    for (int x = std::max(0, left); x < right; ++x) out[y * width_ + x] = 0;
  }
}

}  // namespace linnet::train
