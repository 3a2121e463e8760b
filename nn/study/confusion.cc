#include "linnet/study/confusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "linnet/base/check.h"
#include "svg.h"

namespace linnet::study {

ConfusionMatrix::ConfusionMatrix(int classes)
    : classes_(classes), counts_(static_cast<size_t>(classes) * static_cast<size_t>(classes)) {
  LINNET_CHECK(classes >= 1);
}

void ConfusionMatrix::Add(int truth, int answer) {
  LINNET_CHECK(0 <= truth && truth < classes_ && 0 <= answer && answer < classes_);
  ++counts_[static_cast<size_t>(truth * classes_ + answer)];
}

int ConfusionMatrix::total() const { return std::accumulate(counts_.begin(), counts_.end(), 0); }

int ConfusionMatrix::right() const {
  int right = 0;
  for (int c = 0; c < classes_; ++c) right += count(c, c);
  return right;
}

double ConfusionMatrix::Recall(int truth) const {
  int all = 0;
  for (int answer = 0; answer < classes_; ++answer) all += count(truth, answer);
  return all == 0 ? 0 : static_cast<double>(count(truth, truth)) / all;
}

std::string ConfusionMatrix::Text() const {
  const size_t width = std::max<size_t>(4, 1 + std::to_string(std::ranges::max(counts_)).size());
  std::string text = fmt::format("{:<8}", "is \\ as");
  for (int answer = 0; answer < classes_; ++answer) text += fmt::format("{:>{}}", answer, width);
  text += fmt::format("{:>11}\n", "right");
  for (int truth = 0; truth < classes_; ++truth) {
    text += fmt::format("{:>7} ", truth);
    for (int answer = 0; answer < classes_; ++answer) {
      const int n = count(truth, answer);
      text += n == 0 ? fmt::format("{:>{}}", "·", width) : fmt::format("{:>{}}", n, width);
    }
    text += fmt::format("{:>9.2f} %\n", 100 * Recall(truth));
  }
  return text;
}

namespace {

constexpr double kCell = 46, kLeft = 74, kTop = 92, kRecallWidth = 76;

// White to blue; a cell beside the diagonal that holds one image of a thousand must still be seen.
std::string Shade(double share, bool diagonal) {
  const double depth = share <= 0 ? 0 : diagonal ? 0.25 + 0.75 * share : 0.12 + 0.88 * std::sqrt(share);
  const auto mix = [&](int full) { return static_cast<int>(std::lround(255 + depth * (full - 255))); };
  return diagonal ? fmt::format("#{:02x}{:02x}{:02x}", mix(0x00), mix(0x72), mix(0xb2))
                  : fmt::format("#{:02x}{:02x}{:02x}", mix(0xd5), mix(0x5e), mix(0x00));
}

}  // namespace

std::string ConfusionMatrix::Svg(const std::string& title) const {
  const double side = kCell * classes_;
  const double width = std::max(kLeft + side + kRecallWidth + 12, 440.0);
  study::Svg svg(width, kTop + side + 20);
  svg.Text(20, 28, title, {.size = 16, .bold = true});
  svg.Text(20, 47,
           fmt::format("{} of {} right ({:.2f} %)", right(), total(), total() == 0 ? 0.0 : 100.0 * right() / total()),
           {.size = 12.5});
  svg.Text(kLeft + side / 2, kTop - 24, "answer", {.anchor = Anchor::kMiddle});
  svg.Text(kLeft + side + kRecallWidth, kTop - 8, "right", {.size = 11, .colour = kFaint, .anchor = Anchor::kEnd});
  svg.Text(28, kTop + side / 2, "truth", {.anchor = Anchor::kMiddle, .upright = true});
  for (int truth = 0; truth < classes_; ++truth) {
    const double y = kTop + kCell * truth;
    int all = 0, wrong_most = 0;
    for (int answer = 0; answer < classes_; ++answer) {
      all += count(truth, answer);
    }
    for (int t = 0; t < classes_; ++t) {
      for (int a = 0; a < classes_; ++a) wrong_most = std::max(wrong_most, t == a ? 0 : count(t, a));
    }
    svg.Text(kLeft - 10, y + kCell / 2 + 4, std::to_string(truth), {.anchor = Anchor::kEnd, .bold = true});
    svg.Text(kLeft + kCell * (truth + 0.5), kTop - 8, std::to_string(truth), {.anchor = Anchor::kMiddle, .bold = true});
    for (int answer = 0; answer < classes_; ++answer) {
      const int n = count(truth, answer);
      const bool diagonal = truth == answer;
      const double share = n == 0 ? 0 : diagonal ? static_cast<double>(n) / all : static_cast<double>(n) / wrong_most;
      const double x = kLeft + kCell * answer;
      svg.Rectangle(x + 1, y + 1, kCell - 2, kCell - 2, n == 0 ? "#f5f7fa" : Shade(share, diagonal));
      if (n == 0) continue;
      const bool dark = share > (diagonal ? 0.3 : 0.6);
      svg.Text(x + kCell / 2, y + kCell / 2 + 4, std::to_string(n),
               {.colour = dark ? "#ffffff" : kInk, .anchor = Anchor::kMiddle});
    }
    svg.Text(kLeft + side + kRecallWidth, y + kCell / 2 + 4, fmt::format("{:.2f} %", 100 * Recall(truth)),
             {.size = 11, .anchor = Anchor::kEnd});
  }
  return std::move(svg).Finish();
}

}  // namespace linnet::study
