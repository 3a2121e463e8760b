#include "plot.h"

namespace linnet::study {
namespace {

constexpr double kTickSize = 11;

}  // namespace

void Plot::DrawAxes(const std::string& x_title, const std::string& y_title) {
  double taken = -1e9;
  for (size_t i = 0; i < x_.ticks.size(); ++i) {
    const double x = X(x_.ticks[i]);
    svg_.Line(x, box_.top, x, box_.bottom(), kGrid);
    const double half = TextWidth(x_.texts[i], kTickSize) / 2;
    if (x - half < taken) continue;
    svg_.Text(x, box_.bottom() + 16, x_.texts[i], {.size = kTickSize, .anchor = Anchor::kMiddle});
    taken = x + half + 4;
  }
  double lowest = 1e9;
  for (size_t i = 0; i < y_.ticks.size(); ++i) {
    const double y = Y(y_.ticks[i]);
    svg_.Line(box_.left, y, box_.right(), y, kGrid);
    if (y > lowest - kTickSize) continue;
    svg_.Text(box_.left - 7, y + 4, y_.texts[i], {.size = kTickSize, .anchor = Anchor::kEnd});
    lowest = y;
  }
  svg_.Line(box_.left, box_.top, box_.left, box_.bottom(), kFaint);
  svg_.Line(box_.left, box_.bottom(), box_.right(), box_.bottom(), kFaint);
  const std::string scale = " — logarithmic";
  svg_.Text(box_.left + box_.width / 2, box_.bottom() + 36, x_title + (x_.logarithmic ? scale : ""),
            {.anchor = Anchor::kMiddle});
  svg_.Text(18, box_.top + box_.height / 2, y_title + (y_.logarithmic ? scale : ""),
            {.anchor = Anchor::kMiddle, .upright = true});
}

void DrawLegend(Svg& svg, double right, double y, const std::vector<std::string>& names) {
  double x = right;
  for (size_t i = names.size(); i-- > 0;) {
    x -= TextWidth(names[i], 12);
    svg.Text(x, y, names[i]);
    svg.Circle(x - 9, y - 4, 4.5, ColourOf(i));
    x -= 28;
  }
}

}  // namespace linnet::study
