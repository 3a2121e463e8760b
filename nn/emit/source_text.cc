#include "source_text.h"

#include <cctype>

#include <fmt/format.h>

namespace linnet::emit {
namespace {

template <typename T>
std::string Values(std::span<const T> values, std::string_view indent) {
  std::string text;
  size_t column = 0;
  for (const T value : values) {
    const std::string item = fmt::format("{},", value);
    if (column == 0 || column + 1 + item.size() > 120) {
      if (column != 0) text += '\n';
      text += indent;
      column = indent.size();
    } else {
      text += ' ';
      ++column;
    }
    text += item;
    column += item.size();
  }
  return text;
}

template <typename T>
std::string Array(std::string_view type, std::string_view name, std::span<const T> values) {
  return fmt::format("  alignas(4) static constexpr {} {}[] = {{\n{}\n  }};\n", type, name, Values(values, "      "));
}

}  // namespace

std::string Constant(std::string_view name, std::span<const int8_t> values) { return Array("int8_t", name, values); }
std::string Constant(std::string_view name, std::span<const uint8_t> values) { return Array("uint8_t", name, values); }
std::string Constant(std::string_view name, std::span<const uint16_t> values) {
  return Array("uint16_t", name, values);
}
std::string Constant(std::string_view name, std::span<const uint32_t> values) {
  return Array("uint32_t", name, values);
}
std::string Constant(std::string_view name, std::span<const int32_t> values) { return Array("int32_t", name, values); }

std::string ValueLines(std::span<const uint8_t> values, std::string_view indent) { return Values(values, indent); }

std::string FloatLiteral(float value) {
  std::string text = fmt::format("{:.9g}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text + "F";
}

std::string IdentifierPart(std::string_view name) {
  std::string part;
  for (const char c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain) {
      part += c;
    } else if (!part.empty() && part.back() != '_') {  // two underscores belong to the compiler
      part += '_';
    }
  }
  while (!part.empty() && part.back() == '_') part.pop_back();
  return part.substr(0, 60);
}

std::string CommentText(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    const bool plain = c != '\\' && std::isprint(static_cast<unsigned char>(c)) != 0;
    clean += plain ? c : '_';
  }
  return clean;
}

}  // namespace linnet::emit
