// PNG, the least of it: one IHDR, one IDAT without filters, IEND (ISO/IEC 15948, 5 and 11).
#include <zlib.h>

#include "linnet/base/check.h"
#include "linnet/study/gallery.h"

namespace linnet::study {
namespace {

std::string BigEndian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string Chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const uLong crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return BigEndian(static_cast<uint32_t>(data.size())) + body + BigEndian(static_cast<uint32_t>(crc));
}

std::string Deflated(const std::string& raw) {
  uLongf size = compressBound(static_cast<uLong>(raw.size()));
  std::string packed(size, '\0');
  const int ok = compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(raw.data()),
                           static_cast<uLong>(raw.size()), Z_BEST_COMPRESSION);
  LINNET_CHECK(ok == Z_OK);
  packed.resize(size);
  return packed;
}

}  // namespace

std::string EncodePng(int height, int width, int channels, std::span<const uint8_t> pixels) {
  LINNET_CHECK(height > 0 && width > 0 && (channels == 1 || channels == 3));
  const size_t row = static_cast<size_t>(width) * static_cast<size_t>(channels);
  LINNET_CHECK(pixels.size() == row * static_cast<size_t>(height));
  std::string raw;
  for (size_t at = 0; at < pixels.size(); at += row) {
    raw += '\0';  // filter type None (9.2)
    raw.append(reinterpret_cast<const char*>(&pixels[at]), row);
  }
  std::string header = BigEndian(static_cast<uint32_t>(width)) + BigEndian(static_cast<uint32_t>(height));
  // Depth 8; colour type 0 grey, 2 RGB; deflate, adaptive filtering, no interlace (11.2.2).
  header += {8, static_cast<char>(channels == 1 ? 0 : 2), 0, 0, 0};
  return "\x89PNG\r\n\x1a\n" + Chunk("IHDR", header) + Chunk("IDAT", Deflated(raw)) + Chunk("IEND", "");
}

}  // namespace linnet::study
