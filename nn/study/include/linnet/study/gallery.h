// Small images in a grid, each with a line of text below: one SVG file that holds their pixels. Host only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace linnet::study {

struct Picture {
  std::span<const uint8_t> pixels;  // height x width x channels, row-major; not owned
  std::string text;                 // "7 → 2"
  std::string detail;               // a second, smaller line: "99.8 %"
};

// `channels` is 1 (grey) or 3 (RGB). REQUIRES: every picture has height * width * channels pixels.
std::string GallerySvg(const std::string& title, const std::string& subtitle, int height, int width, int channels,
                       const std::vector<Picture>& pictures);

// PNG (ISO/IEC 15948) of 8 bits a channel, grey or RGB. REQUIRES: as above.
std::string EncodePng(int height, int width, int channels, std::span<const uint8_t> pixels);

}  // namespace linnet::study
