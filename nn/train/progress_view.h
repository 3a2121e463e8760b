// What a person or a program sees while training goes on: a bar on a terminal, otherwise a JSON line an epoch.
#pragma once

#include <chrono>
#include <iosfwd>

#include "linnet/train/trainer.h"

namespace linnet::train {

class ProgressView {
 public:
  enum class Style {
    kBar,        // one line that is drawn over again; for a terminal
    kJsonLines,  // one object an epoch
  };
  // `out` must outlive the view.
  ProgressView(Style style, std::ostream& out) : style_(style), out_(out) {}

  // Callbacks that refer to this view.
  Progress callbacks();

 private:
  void OnBatch(int epoch, int done_images, int all_images, double loss);
  void OnEpoch(const EpochReport& report);

  Style style_;
  std::ostream& out_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace linnet::train
