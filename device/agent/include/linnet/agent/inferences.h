// Object 26241: the last answer for each image, and the queue of answers that the server has not acknowledged yet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "linnet/agent/contracts.h"
#include "linnet/base/status.h"
#include "linnet/base/time.h"
#include "linnet/lwm2m/body.h"

namespace linnet::agent {

class Inferences {
 public:
  struct Image {
    uint32_t runs = 0;  // 0: not seen
    Inference last;
  };

  // kOk | kResourceExhausted: the queue is full | kInvalidArgument: no such image
  Status Report(Instant now, const Inference& inference);
  // REQUIRES: index < kImagesMax.
  const Image& image(size_t index) const { return images_[index]; }
  size_t seen() const { return seen_; }
  size_t waiting() const { return waiting_; }

  // When the next Send is due: a full one at once, a smaller one after kGather, none before RetryAt.
  Instant next_deadline() const;
  // Writes the oldest answers, at most kInferencesASend and no image twice (one path, one value), and remembers how many.
  // The first of them carries the model's name, which holds for all: they live in RAM, so one model gave them.
  Status Write(Instant now, std::string_view model_name, lwm2m::BodyWriter& body);
  // The server has stored what Write wrote last.
  void Acknowledge();
  void RetryAt(Instant at) {
    not_before_ = at;
    in_flight_ = 0;
  }

 private:
  static constexpr Duration kGather = Duration::Seconds(1);
  struct Waiting {
    Inference inference;
    uint32_t runs;
    uint32_t reported_s;
  };
  const Waiting& at(size_t i) const { return queue_[(head_ + i) % kInferencesWaitingMax]; }

  std::array<Image, kImagesMax> images_{};
  std::array<Waiting, kInferencesWaitingMax> queue_{};
  size_t head_ = 0, waiting_ = 0, in_flight_ = 0, seen_ = 0;
  Instant oldest_at_, not_before_;
};

}  // namespace linnet::agent
