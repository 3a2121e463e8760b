// The rectangle in which a panel's values lie: axes, grid, titles, legend. Private to nn/study.
#pragma once

#include <string>
#include <vector>

#include "axis.h"
#include "svg.h"

namespace linnet::study {

struct Box {
  double left = 0, top = 0, width = 0, height = 0;
  double right() const { return left + width; }
  double bottom() const { return top + height; }
};

class Plot {
 public:
  Plot(Svg& svg, Box box, Axis x, Axis y) : svg_(svg), box_(box), x_(std::move(x)), y_(std::move(y)) {}
  // Grid, frame, numbers and titles. Numbers below that would touch are left out.
  void DrawAxes(const std::string& x_title, const std::string& y_title);
  double X(double value) const { return box_.left + box_.width * x_.Position(value); }
  double Y(double value) const { return box_.bottom() - box_.height * y_.Position(value); }
  const Box& box() const { return box_; }

 private:
  Svg& svg_;
  Box box_;
  Axis x_, y_;
};

// Names with their colours in a line that ends at `right`.
void DrawLegend(Svg& svg, double right, double y, const std::vector<std::string>& names);

}  // namespace linnet::study
