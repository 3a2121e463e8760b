// Charts as SVG 1.1 files that stand alone: no scripts, no fonts or files from elsewhere. Host only.
#pragma once

#include <string>
#include <vector>

namespace linnet::study {

struct Series {
  std::string name;  // in the legend, where a panel has more than one
  std::vector<double> x, y;
};

// A vertical line with a word: where a stage begins, which epoch was kept.
struct Mark {
  double x = 0;
  std::string text;
};

struct Panel {
  std::string x_title, y_title;  // with their units: "validation accuracy (%)"
  std::vector<Series> series;
  std::vector<Mark> marks;
};

// Line charts one below the other. Points that are not finite are left out; a panel without any says so.
std::string LineChart(const std::string& title, const std::vector<Panel>& panels);

struct Point {
  double x = 0, y = 0;
  std::string name;   // beside the point, where there is room
  std::string group;  // points of a group share a colour; named in the legend where there are several
};

struct Scatter {
  std::string title;
  std::string x_title, y_title;
  std::vector<Point> points;
};

// Below the title stand Pearson's r, Spearman's rho and the number of points. An axis whose values are positive and span more
// than a factor of 20 is logarithmic, and says so.
std::string ScatterPlot(const Scatter& scatter);

}  // namespace linnet::study
