#include <algorithm>
#include <cmath>

#include "linnet/base/check.h"
#include "linnet/study/chart.h"
#include "plot.h"

namespace linnet::study {
namespace {

constexpr double kWidth = 760, kTitleHeight = 44;
constexpr double kPanelHeight = 290, kLeft = 78, kRight = 24;
constexpr double kLegendHeight = 20, kMarkHeight = 14, kBelow = 48;

// Texts above the plot, in two rows: the second where the first is taken, none where both are.
void DrawMarks(Svg& svg, const Plot& plot, std::vector<Mark> marks) {
  std::ranges::stable_sort(marks, {}, &Mark::x);
  double taken[2] = {-1e9, -1e9};
  for (const Mark& mark : marks) {
    const double x = plot.X(mark.x);
    if (!std::isfinite(x) || x < plot.box().left - 1 || x > plot.box().right() + 1) continue;
    svg.Line(x, plot.box().top, x, plot.box().bottom(), kFaint, 1, true);
    const double width = TextWidth(mark.text, 11);
    const double from = std::clamp(x - width / 2, plot.box().left, plot.box().right() - width);
    for (int row = 0; row < 2; ++row) {
      if (from < taken[row]) continue;
      svg.Text(from + width / 2, plot.box().top - 5 - row * kMarkHeight, mark.text,
               {.size = 11, .colour = kFaint, .anchor = Anchor::kMiddle});
      taken[row] = from + width + 8;
      break;
    }
  }
}

void DrawSeries(Svg& svg, const Plot& plot, const Series& series, const char* colour) {
  std::vector<std::pair<double, double>> points;
  for (size_t i = 0; i < series.x.size(); ++i) {
    if (std::isfinite(series.x[i]) && std::isfinite(series.y[i]))
      points.emplace_back(plot.X(series.x[i]), plot.Y(series.y[i]));
  }
  if (points.size() > 1) svg.Polyline(points, colour);
  // A hundred epochs as dots would hide the line.
  if (points.size() > 40) return;
  for (const auto& [x, y] : points) svg.Circle(x, y, 3, colour);
}

void DrawPanel(Svg& svg, const Panel& panel, double top) {
  std::vector<double> x, y;
  for (const Series& series : panel.series) {
    LINNET_CHECK(series.x.size() == series.y.size());
    for (size_t i = 0; i < series.x.size(); ++i) {
      if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i])) continue;
      x.push_back(series.x[i]);
      y.push_back(series.y[i]);
    }
  }
  const double head = kLegendHeight + 2 * kMarkHeight;
  const Box box{kLeft, top + head, kWidth - kLeft - kRight, kPanelHeight - head - kBelow};
  Plot plot(svg, box, CountAxis(x), MakeAxis(y, false));
  plot.DrawAxes(panel.x_title, panel.y_title);
  if (x.empty()) {
    svg.Text(box.left + box.width / 2, box.top + box.height / 2, "no figures",
             {.colour = kFaint, .anchor = Anchor::kMiddle});
    return;
  }
  DrawMarks(svg, plot, panel.marks);
  std::vector<std::string> names;
  for (size_t i = 0; i < panel.series.size(); ++i) {
    DrawSeries(svg, plot, panel.series[i], ColourOf(i));
    names.push_back(panel.series[i].name);
  }
  if (names.size() > 1) DrawLegend(svg, box.right(), top + 12, names);
}

}  // namespace

std::string LineChart(const std::string& title, const std::vector<Panel>& panels) {
  Svg svg(kWidth, kTitleHeight + kPanelHeight * static_cast<double>(panels.size()) + 8);
  svg.Text(kLeft, 28, title, {.size = 16, .bold = true});
  for (size_t i = 0; i < panels.size(); ++i)
    DrawPanel(svg, panels[i], kTitleHeight + kPanelHeight * static_cast<double>(i));
  return std::move(svg).Finish();
}

}  // namespace linnet::study
