#include "linnet/data/csv.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "own_sets.h"

namespace linnet::data {
namespace {

constexpr size_t kShownBytes = 24;  // of a field that is no number, in the message

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// Takes what lies before `separator` from the front of `rest`, and the separator with it.
std::string_view Take(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return taken;
}

// 0..255, or -1 where the field is something else.
int ByteIn(std::string_view field) {
  if (field.empty() || field.size() > 8) return -1;
  int value = 0;
  for (char c : field) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value <= 255 ? value : -1;
}

bool IsHeader(std::string_view line) {
  const std::string_view field = Trimmed(line.substr(0, line.find(',')));
  return !field.empty() && std::string_view("0123456789+-.").find(field[0]) == std::string_view::npos;
}

class Parser {
 public:
  Parser(const std::string& name, int width, int height) : name_(name) {
    images_.width = width;
    images_.height = height;
  }

  Outcome<Images> Parse(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    bool first = true;
    while (!text.empty()) {
      ++line_number_;
      const std::string_view line = Trimmed(Take(text, '\n'));
      if (line.empty()) continue;
      const bool header = first && IsHeader(line);
      first = false;
      if (header) continue;
      if (auto parsed = ParseLine(line); !parsed) return std::unexpected(parsed.error());
    }
    if (images_.count == 0) return Fail(Status::kDataLoss, name_ + ": no line with an image");
    return std::move(images_);
  }

 private:
  Outcome<void> ParseLine(std::string_view line) {
    const size_t columns = 1 + static_cast<size_t>(std::count(line.begin(), line.end(), ','));
    if (auto checked = CheckColumns(columns); !checked) return checked;
    if (images_.count == kImagesMax) {
      return Fail(Status::kDataLoss, Here() + ": more than " + std::to_string(kImagesMax) + " images");
    }
    for (size_t column = 1; column <= columns; ++column) {
      const std::string_view field = Trimmed(Take(line, ','));
      const int value = ByteIn(field);
      if (value < 0) {
        return Fail(Status::kDataLoss, Here() + ", column " + std::to_string(column) + ": " +
                                           (column == 1 ? "a label, a whole number of 0 to 255,"
                                                        : "a pixel, a whole number of 0 to 255,") +
                                           " was expected, found `" + std::string(field.substr(0, kShownBytes)) + "`");
      }
      (column == 1 ? images_.labels : images_.pixels).push_back(static_cast<uint8_t>(value));
    }
    ++images_.count;
    return {};
  }

  // The first image's line settles the size where none was said.
  Outcome<void> CheckColumns(size_t columns) {
    if (images_.width == 0) {
      const size_t pixels = columns - 1;
      const size_t side = static_cast<size_t>(std::lround(std::sqrt(static_cast<double>(pixels))));
      if (pixels == 0 || side * side != pixels || side > kSideMax) {
        return Fail(Status::kDataLoss, Here() + ": a label and the pixels of a square were expected, found " +
                                           std::to_string(columns) +
                                           " columns; images of another form need csv:FILE,WIDTHxHEIGHT");
      }
      images_.width = images_.height = static_cast<int>(side);
    }
    const size_t expected = 1 + static_cast<size_t>(images_.width) * static_cast<size_t>(images_.height);
    if (columns == expected) return {};
    return Fail(Status::kDataLoss, Here() + ": " + std::to_string(expected) + " columns, a label and " +
                                       std::to_string(images_.width) + "x" + std::to_string(images_.height) +
                                       " pixels, were expected, found " + std::to_string(columns));
  }

  std::string Here() const { return name_ + ": line " + std::to_string(line_number_); }

  const std::string& name_;
  size_t line_number_ = 0;
  Images images_;
};

}  // namespace

Outcome<Images> ParseCsv(const std::string& name, ByteSpan bytes, int width, int height) {
  return Parser(name, width, height).Parse(AsText(bytes));
}

}  // namespace linnet::data
