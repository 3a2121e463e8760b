#include "linnet/events/bus.h"

#include <utility>

namespace linnet::events {

Status Bus::Publish(Event event) {
  if (queue_.size() >= capacity_) {
    ++dropped_;
    return Status::kResourceExhausted;
  }
  queue_.push_back(std::move(event));
  return Status::kOk;
}

void Bus::Drain() {
  // A bound on one call: listeners that answer every event with another one must not hold the I/O thread for ever.
  for (size_t left = capacity_; left > 0 && !queue_.empty(); --left) {
    const Event event = std::move(queue_.front());
    queue_.pop_front();
    for (const auto& listener : listeners_) listener(event);
  }
}

}  // namespace linnet::events
