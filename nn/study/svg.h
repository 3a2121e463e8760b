// An SVG document as it grows, element by element. Private to nn/study.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace linnet::study {

inline constexpr const char* kInk = "#1f2933";
inline constexpr const char* kFaint = "#7b8794";
inline constexpr const char* kGrid = "#e4e7eb";
// Tell apart in print and for the colour-blind (Okabe and Ito 2008).
inline constexpr const char* kColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};
const char* ColourOf(size_t index);

enum class Anchor { kStart, kMiddle, kEnd };

struct TextStyle {
  double size = 12;
  const char* colour = kInk;
  Anchor anchor = Anchor::kStart;
  bool bold = false;
  bool upright = false;  // turned by 90 degrees, to be read from the right
};

class Svg {
 public:
  Svg(double width, double height);
  void Line(double x1, double y1, double x2, double y2, const char* colour, double width = 1, bool dashed = false);
  void Rectangle(double x, double y, double width, double height, std::string_view fill);
  void Polyline(const std::vector<std::pair<double, double>>& points, const char* colour);
  // `tip` is shown by viewers that show such things.
  void Circle(double x, double y, double radius, const char* fill, std::string_view tip = "");
  void Text(double x, double y, std::string_view text, const TextStyle& style = {});
  void Png(double x, double y, double width, double height, std::string_view png);
  std::string Finish() &&;

 private:
  std::string text_;
};

// Roughly how wide a text is: fonts differ, so this is on the wide side.
double TextWidth(std::string_view text, double size);

// &, <, > and quotes as entities; control characters, which XML can't hold, as '?'.
std::string Escaped(std::string_view text);

}  // namespace linnet::study
