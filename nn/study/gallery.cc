#include "linnet/study/gallery.h"

#include <algorithm>
#include <cmath>

#include "linnet/base/check.h"
#include "svg.h"

namespace linnet::study {
namespace {

constexpr double kPicture = 112, kGap = 18, kTextHeight = 44, kHead = 72, kSide = 24;
constexpr size_t kColumns = 6;

}  // namespace

std::string GallerySvg(const std::string& title, const std::string& subtitle, int height, int width, int channels,
                       const std::vector<Picture>& pictures) {
  LINNET_CHECK(height > 0 && width > 0);
  const size_t columns = kColumns, rows = std::max<size_t>(1, (pictures.size() + columns - 1) / columns);
  Svg svg(2 * kSide + kPicture * static_cast<double>(columns) + kGap * static_cast<double>(columns - 1),
          kHead + static_cast<double>(rows) * (kPicture + kTextHeight) + kSide);
  svg.Text(kSide, 30, title, {.size = 16, .bold = true});
  svg.Text(kSide, 50, subtitle, {.size = 12.5});
  if (pictures.empty()) svg.Text(kSide, kHead + 30, "none", {.colour = kFaint});
  // The longer side fills the square.
  const double scale = kPicture / std::max(height, width);
  for (size_t i = 0; i < pictures.size(); ++i) {
    const double x = kSide + static_cast<double>(i % columns) * (kPicture + kGap);
    const double y = kHead + static_cast<double>(i / columns) * (kPicture + kTextHeight);
    const double middle = x + kPicture / 2;
    svg.Png(x + (kPicture - scale * width) / 2, y + (kPicture - scale * height) / 2, scale * width, scale * height,
            EncodePng(height, width, channels, pictures[i].pixels));
    svg.Text(middle, y + kPicture + 17, pictures[i].text, {.size = 14, .anchor = Anchor::kMiddle, .bold = true});
    svg.Text(middle, y + kPicture + 32, pictures[i].detail, {.size = 11, .colour = kFaint, .anchor = Anchor::kMiddle});
  }
  return std::move(svg).Finish();
}

}  // namespace linnet::study
