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

}  // namespace

Progress ProgressView::callbacks() {
  return {[this](int epoch, int done, int all, double loss) { OnBatch(epoch, done, all, loss); },
          [this](const EpochReport& report) { OnEpoch(report); }};
}

void ProgressView::OnBatch(int epoch, int done_images, int all_images, double loss) {
  const auto now = std::chrono::steady_clock::now();
  if (style_ != Style::kBar || now - drawn_ < kRedraw) return;
  drawn_ = now;
  const int filled = kBarWidth * done_images / all_images;
  char text[160];
  std::snprintf(text, sizeof(text), "%sepoch %d [%s%s] %3d %%  loss %.4f  %.0f s", kClearLine, epoch,
                std::string(static_cast<size_t>(filled), '#').c_str(),
                std::string(static_cast<size_t>(kBarWidth - filled), '.').c_str(), 100 * done_images / all_images, loss,
                std::chrono::duration<double>(now - began_).count());
  out_ << text << std::flush;
}

void ProgressView::OnEpoch(const EpochReport& report) {
  if (style_ == Style::kJsonLines) {
    out_ << nlohmann::ordered_json{{"epoch", report.epoch},
                                   {"epochs", report.epochs},
                                   {"loss", report.loss},
                                   {"validation_accuracy", report.validation_accuracy},
                                   {"images_per_second", static_cast<int64_t>(report.images_per_second)},
                                   {"best", report.best}}
                .dump()
         << std::endl;
    return;
  }
  char text[160];
  std::snprintf(text, sizeof(text), "%sepoch %d/%d  loss %.4f  validation %.2f %%  %.0f images/s%s\n", kClearLine,
                report.epoch, report.epochs, report.loss, 100 * report.validation_accuracy, report.images_per_second,
                report.best ? "" : "  (not better)");
  out_ << text << std::flush;
}

}  // namespace linnet::train
