#include "svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace linnet::study {
namespace {

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string Base64(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t left = std::min<size_t>(3, bytes.size() - at);
    uint32_t three = 0;
    for (size_t i = 0; i < 3; ++i) three = three << 8 | (i < left ? static_cast<uint8_t>(bytes[at + i]) : 0u);
    for (size_t i = 0; i < 4; ++i) text += i <= left ? kBase64[three >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

const char* Name(Anchor anchor) {
  switch (anchor) {
    case Anchor::kStart: return "start";
    case Anchor::kMiddle: return "middle";
    case Anchor::kEnd: return "end";
  }
  return "start";
}

}  // namespace

const char* ColourOf(size_t index) { return kColours[index % std::size(kColours)]; }

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

double TextWidth(std::string_view text, double size) {
  // Continuation bytes of UTF-8 take no room.
  const auto characters = std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
  return 0.62 * size * static_cast<double>(characters);
}

Svg::Svg(double width, double height) {
  text_ = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"Helvetica, Arial, sans-serif\">\n",
      width, height);
  Rectangle(0, 0, width, height, "#ffffff");
}

void Svg::Line(double x1, double y1, double x2, double y2, const char* colour, double width, bool dashed) {
  text_ += fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n", x1, y1,
      x2, y2, colour, width, dashed ? " stroke-dasharray=\"4 3\"" : "");
}

void Svg::Rectangle(double x, double y, double width, double height, std::string_view fill) {
  text_ += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x, y,
                       width, height, fill);
}

void Svg::Polyline(const std::vector<std::pair<double, double>>& points, const char* colour) {
  text_ += "<polyline points=\"";
  for (const auto& [x, y] : points) text_ += fmt::format("{:.1f},{:.1f} ", x, y);
  text_ += fmt::format("\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-linejoin=\"round\"/>\n", colour);
}

void Svg::Circle(double x, double y, double radius, const char* fill, std::string_view tip) {
  text_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\"", x, y, radius, fill);
  text_ += tip.empty() ? std::string("/>\n") : fmt::format("><title>{}</title></circle>\n", Escaped(tip));
}

void Svg::Text(double x, double y, std::string_view text, const TextStyle& style) {
  const std::string turn = style.upright ? fmt::format(" transform=\"rotate(-90 {:.1f} {:.1f})\"", x, y) : "";
  text_ += fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{}\"{}{}>{}</text>\n", x, y,
      style.size, style.colour, Name(style.anchor), style.bold ? " font-weight=\"bold\"" : "", turn, Escaped(text));
}

void Svg::Png(double x, double y, double width, double height, std::string_view png) {
  // xlink: what SVG 1.1 knows. Pixels stay squares: the images are small.
  text_ += fmt::format(
      "<image x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" style=\"image-rendering:pixelated\" "
      "xlink:href=\"data:image/png;base64,{}\"/>\n",
      x, y, width, height, Base64(png));
}

std::string Svg::Finish() && { return std::move(text_) + "</svg>\n"; }

}  // namespace linnet::study
