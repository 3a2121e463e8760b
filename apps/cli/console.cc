#include "console.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace linnet::cli {

void Console::Result(const Json& value, const std::string& text) const {
  std::string line = json ? value.dump(-1, ' ', false, Json::error_handler_t::replace) : text;
  if (line.empty() || quiet) return;
  if (line.back() != '\n') line += '\n';
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

void Console::Say(const std::string& text) const {
  if (!quiet) std::fprintf(stderr, "%s\n", text.c_str());
}

void Console::Next(const std::string& command) const { Say("next: " + command); }

namespace {

bool IsNumber(const std::string& cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.,+-eE% KB") == std::string::npos;
}

// Characters, not bytes: UTF-8 continuation bytes take no column.
size_t Width(const std::string& cell) {
  return static_cast<size_t>(std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string Table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths(header.size());
  std::vector<bool> numeric(header.size(), !rows.empty());
  for (size_t i = 0; i < header.size(); ++i) {
    widths[i] = Width(header[i]);
    for (const auto& row : rows) {
      widths[i] = std::max(widths[i], Width(row.at(i)));
      if (!IsNumber(row.at(i))) numeric[i] = false;
    }
  }
  std::string text;
  const auto add = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string space(widths[i] - Width(cells[i]), ' ');
      line += (i == 0 ? "" : "  ") + (numeric[i] ? space + cells[i] : cells[i] + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add(header);
  for (const auto& row : rows) add(row);
  return text;
}

std::string Percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return digits;
}

std::string Kilobytes(uint64_t bytes) { return fmt::format("{:.1f} KB", static_cast<double>(bytes) / 1024); }

}  // namespace linnet::cli
