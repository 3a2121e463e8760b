#include "progress_view.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

namespace linnet::train {
namespace {

constexpr int kBarWidth = 24;
constexpr std::chrono::milliseconds kRedraw{100};
constexpr const char* kClearLine = "\r\x1b[K";

std::string Duration(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

}  // namespace

Progress ProgressView::callbacks() {
  return {[this](const std::string& stage, int epoch, int epochs, int done, int all, double loss) {
            OnBatch(stage, epoch, epochs, done, all, loss);
          },
          [this](const EpochReport& report) { OnEpoch(report); }, nullptr};
}

void ProgressView::OnBatch(const std::string& stage, int epoch, int epochs, int done_images, int all_images,
                           double loss) {
  const auto now = std::chrono::steady_clock::now();
  if (stage != stage_) {
    stage_ = stage;
    began_ = now;
    began_at_ = epoch - 1;  // a resumed run doesn't begin at its first
  }
  if (style_ != Style::kBar || now - drawn_ < kRedraw) return;
  drawn_ = now;
  const int filled = kBarWidth * done_images / all_images;
  const double done = epoch - 1 + static_cast<double>(done_images) / all_images - began_at_;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  const double left = done > 0 ? seconds / done * (epochs - began_at_ - done) : 0;
  char text[200];
  std::snprintf(text, sizeof(text), "%s%s %d/%d [%s%s] %3d %%  loss %.4f  %.0f images/s  %s left", kClearLine,
                stage.c_str(), epoch, epochs, std::string(static_cast<size_t>(filled), '#').c_str(),
                std::string(static_cast<size_t>(kBarWidth - filled), '.').c_str(), 100 * done_images / all_images, loss,
                seconds > 0 ? done * all_images / seconds : 0, Duration(left).c_str());
  out_ << text << std::flush;
}

void ProgressView::OnEpoch(const EpochReport& report) {
  if (style_ == Style::kJsonLines) {
    out_ << nlohmann::ordered_json{{"stage", report.stage},
                                   {"epoch", report.epoch},
                                   {"epochs", report.epochs},
                                   {"loss", report.loss},
                                   {"validation_accuracy", report.validation_accuracy},
                                   {"learning_rate", report.learning_rate},
                                   {"images_per_second", static_cast<int64_t>(report.images_per_second)},
                                   {"best", report.best}}
                .dump()
         << std::endl;
    return;
  }
  char text[160];
  std::snprintf(text, sizeof(text), "%s%s %d/%d  loss %.4f  validation %.2f %%  %.0f images/s%s\n", kClearLine,
                report.stage.c_str(), report.epoch, report.epochs, report.loss, 100 * report.validation_accuracy,
                report.images_per_second, report.best ? "" : "  (not better)");
  out_ << text << std::flush;
}

}  // namespace linnet::train
