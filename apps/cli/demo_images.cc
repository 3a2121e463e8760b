#include "demo_images.h"

#include "linnet/data/dataset.h"

namespace linnet::cli {

Outcome<std::vector<uint8_t>> DemoImages(const std::string& dataset, int per_class) {
  LINNET_ASSIGN(const data::Dataset set, data::Load(dataset));
  std::vector<uint8_t> records;
  uint8_t index = 0;
  for (int label = 0; label < set.class_count; ++label) {
    int found = 0;
    for (int i = 0; i < set.test.count && found < per_class; ++i) {
      if (set.test.labels[static_cast<size_t>(i)] != label) continue;
      records.push_back(index++);
      records.push_back(static_cast<uint8_t>(label));
      const auto pixels = set.test.image(i);
      records.insert(records.end(), pixels.begin(), pixels.end());
      ++found;
    }
  }
  return records;
}

}  // namespace linnet::cli
