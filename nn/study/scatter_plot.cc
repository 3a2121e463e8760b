#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/study/chart.h"
#include "linnet/study/correlation.h"
#include "plot.h"

namespace linnet::study {
namespace {

constexpr double kWidth = 760, kHeight = 500;
constexpr Box kBox{78, 84, 760 - 78 - 24, 500 - 84 - 52};
constexpr double kRadius = 4.5, kNameSize = 10;

std::string Coefficient(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f}", *value + 0.0) : std::string("none");
}

std::string CorrelationText(const std::vector<Point>& points) {
  std::vector<double> x, y;
  for (const Point& point : points) {
    x.push_back(point.x);
    y.push_back(point.y);
  }
  return fmt::format("Pearson r = {}, Spearman ρ = {}, {} networks", Coefficient(Pearson(x, y)),
                     Coefficient(Spearman(x, y)), points.size());
}

bool Overlap(const Box& a, const Box& b) {
  return a.left < b.right() && b.left < a.right() && a.top < b.bottom() && b.top < a.bottom();
}

// Names go right, left, above or below their point, where nothing else stands; else nowhere (the circle's tip has them).
void DrawNames(Svg& svg, const Plot& plot, const std::vector<Point>& points) {
  std::vector<Box> taken;
  for (const Point& point : points)
    taken.push_back({plot.X(point.x) - kRadius, plot.Y(point.y) - kRadius, 2 * kRadius, 2 * kRadius});
  for (const Point& point : points) {
    const double x = plot.X(point.x), y = plot.Y(point.y);
    const double width = TextWidth(point.name, kNameSize), height = kNameSize;
    const Box places[] = {{x + 7, y - height / 2, width, height},
                          {x - 7 - width, y - height / 2, width, height},
                          {x - width / 2, y - 7 - height, width, height},
                          {x - width / 2, y + 7, width, height}};
    for (const Box& place : places) {
      const bool inside = place.left > plot.box().left && place.right() < plot.box().right() + 20 &&
                          place.top > plot.box().top && place.bottom() < plot.box().bottom();
      if (!inside || std::ranges::any_of(taken, [&](const Box& other) { return Overlap(place, other); })) continue;
      svg.Text(place.left, place.bottom() - 1.5, point.name, {.size = kNameSize, .colour = kFaint});
      taken.push_back(place);
      break;
    }
  }
}

}  // namespace

std::string ScatterPlot(const Scatter& scatter) {
  std::vector<Point> points;
  std::ranges::copy_if(scatter.points, std::back_inserter(points),
                       [](const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y); });
  std::vector<double> x, y;
  std::vector<std::string> groups;
  for (const Point& point : points) {
    x.push_back(point.x);
    y.push_back(point.y);
    if (std::ranges::find(groups, point.group) == groups.end()) groups.push_back(point.group);
  }
  Svg svg(kWidth, kHeight);
  svg.Text(kBox.left, 28, scatter.title, {.size = 16, .bold = true});
  svg.Text(kBox.left, 48, CorrelationText(points), {.size = 12.5});
  Plot plot(svg, kBox, MakeAxis(x, true), MakeAxis(y, true));
  plot.DrawAxes(scatter.x_title, scatter.y_title);
  DrawNames(svg, plot, points);
  for (const Point& point : points) {
    const auto group = std::ranges::find(groups, point.group) - groups.begin();
    svg.Circle(plot.X(point.x), plot.Y(point.y), kRadius, ColourOf(static_cast<size_t>(group)),
               fmt::format("{}: {:.6g}, {:.6g}", point.name, point.x, point.y));
  }
  if (groups.size() > 1) DrawLegend(svg, kBox.right(), 72, groups);
  return std::move(svg).Finish();
}

}  // namespace linnet::study
