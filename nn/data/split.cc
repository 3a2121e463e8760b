#include "linnet/data/split.h"

#include <random>
#include <utility>

namespace linnet::data {

std::vector<int> Permutation(int count, uint64_t seed) {
  std::vector<int> order(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) order[static_cast<size_t>(i)] = i;
  // Not std::shuffle: which numbers it draws is left to the library.
  std::mt19937_64 draw(seed);
  for (size_t i = order.size(); i-- > 1;) std::swap(order[i], order[draw() % (i + 1)]);
  return order;
}

Images Pick(const Images& images, const std::vector<int>& indices) {
  Images picked{static_cast<int>(indices.size()), images.height, images.width, images.channels, {}, {}};
  picked.pixels.reserve(indices.size() * static_cast<size_t>(images.image_bytes()));
  picked.labels.reserve(indices.size());
  for (int i : indices) {
    const std::span<const uint8_t> image = images.image(i);
    picked.pixels.insert(picked.pixels.end(), image.begin(), image.end());
    picked.labels.push_back(images.labels[static_cast<size_t>(i)]);
  }
  return picked;
}

Images KeepClasses(const Images& images, int first, int last) {
  std::vector<int> kept;
  for (int i = 0; i < images.count; ++i) {
    const int label = images.labels[static_cast<size_t>(i)];
    if (first <= label && label <= last) kept.push_back(i);
  }
  return Pick(images, kept);
}

}  // namespace linnet::data
