#include "target.h"

#include <charconv>

namespace linnet::http {

Outcome<std::vector<std::string>> SegmentsOf(std::string_view target) {
  target = target.substr(0, target.find_first_of("?#"));
  std::vector<std::string> segments;
  std::string segment;
  for (size_t i = 0; i <= target.size(); ++i) {
    if (i == target.size() || target[i] == '/') {
      if (!segment.empty()) segments.push_back(std::move(segment));
      segment.clear();
      continue;
    }
    char c = target[i];
    if (c == '%') {
      uint8_t byte = 0;
      const char* at = target.data() + i + 1;
      const bool has_two = i + 2 < target.size();
      if (!has_two || std::from_chars(at, at + 2, byte, 16).ptr != at + 2) {
        return Fail(Status::kInvalidArgument, "the path has a broken % escape");
      }
      c = static_cast<char>(byte);
      i += 2;
    }
    if (static_cast<uint8_t>(c) < 0x20) return Fail(Status::kInvalidArgument, "the path has a control character");
    segment += c;
  }
  return segments;
}

}  // namespace linnet::http
