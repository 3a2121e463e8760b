#include "value.h"

#include <algorithm>

namespace linnet::onnx {

Order PlainOrder(size_t rank) {
  Order order(rank);
  for (size_t i = 0; i < rank; ++i) order[i] = static_cast<int>(i);
  return order;
}

Order ChannelsLastOrder(size_t rank) {
  Order order = PlainOrder(rank);
  if (rank > 2) std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return order;
}

size_t PositionOf(const Order& order, int axis) {
  return static_cast<size_t>(std::find(order.begin(), order.end(), axis) - order.begin());
}

bool SameQuantization(const graph::Quantization& a, const graph::Quantization& b) {
  return a.scales == b.scales && a.zero_points == b.zero_points && (a.scales.size() <= 1 || a.axis == b.axis);
}

}  // namespace linnet::onnx
