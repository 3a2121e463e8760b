#include "linnet/data/split.h"

#include <algorithm>
#include <random>
#include <utility>

namespace linnet::data {
namespace {

int LargestLabel(const Images& images) {
  return images.count == 0 ? 0 : *std::max_element(images.labels.begin(), images.labels.end());
}

// `order` without the test's images: a twelfth of it to choose by, the rest to learn from.
Dataset Divide(const Images& all, std::span<const int> order, Images test) {
  const size_t cut = order.size() / 12;
  Dataset dataset;
  dataset.class_count = 1 + std::max(LargestLabel(all), LargestLabel(test));
  dataset.validation = Pick(all, order.first(cut));
  dataset.train = Pick(all, order.subspan(cut));
  dataset.test = std::move(test);
  return dataset;
}

}  // namespace

std::vector<int> Permutation(int count, uint64_t seed) {
  std::vector<int> order(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) order[static_cast<size_t>(i)] = i;
  // Not std::shuffle: which numbers it draws is left to the library.
  std::mt19937_64 draw(seed);
  for (size_t i = order.size(); i-- > 1;) std::swap(order[i], order[draw() % (i + 1)]);
  return order;
}

Dataset DivideInTwo(const Images& all, Images test) {
  return Divide(all, Permutation(all.count, kSplitSeed), std::move(test));
}

Dataset DivideInThree(const Images& all) {
  const std::vector<int> order = Permutation(all.count, kSplitSeed);
  const size_t cut = order.size() / 6;
  return Divide(all, std::span(order).subspan(cut), Pick(all, std::span(order).first(cut)));
}

Images Pick(const Images& images, std::span<const int> indices) {
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
