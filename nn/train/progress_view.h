// What a person or a program sees while training goes on: a bar on a terminal, otherwise a JSON line an epoch.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

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
  void OnBatch(const std::string& stage, int epoch, int epochs, int done_images, int all_images, double loss);
  void OnEpoch(const EpochReport& report);

  Style style_;
  std::ostream& out_;
  std::string stage_;  // that is being shown, and since when and from which epoch on
  std::chrono::steady_clock::time_point began_{};
  int began_at_ = 0;
  std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace linnet::train
