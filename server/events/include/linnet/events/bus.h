// The one bus of the server: a bounded queue between those who publish and those who listen. Publishing never calls a
// listener, so a handler may publish without being entered again. One thread: publish and drain where the endpoint runs.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include "linnet/base/status.h"
#include "linnet/events/events.h"

namespace linnet::events {

class Bus {
 public:
  explicit Bus(size_t capacity) : capacity_(capacity) {}

  // Listeners are called in the order of their subscription, once per event. REQUIRES: they outlive the last Drain.
  void Subscribe(std::function<void(const Event&)> listener) { listeners_.push_back(std::move(listener)); }

  // kOk | kResourceExhausted: `capacity` events wait already; this one is dropped and counted.
  Status Publish(Event event);

  // Delivers what was published before the call and by the listeners meanwhile, at most `capacity` events.
  void Drain();

  size_t waiting_count() const { return queue_.size(); }
  uint64_t dropped_count() const { return dropped_; }

 private:
  size_t capacity_;
  uint64_t dropped_ = 0;
  std::deque<Event> queue_;
  std::vector<std::function<void(const Event&)>> listeners_;
};

}  // namespace linnet::events
