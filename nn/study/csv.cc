#include "linnet/study/csv.h"

#include <fmt/format.h>

#include <cmath>

#include "linnet/base/check.h"

namespace linnet::study {
namespace {

std::string Quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string text = "\"";
  for (const char c : cell) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

std::string Line(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) line += (&cell == cells.data() ? "" : ",") + Quoted(cell);
  return line + "\n";
}

}  // namespace

std::string Csv(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::string text = Line(header);
  for (const auto& row : rows) {
    LINNET_CHECK(row.size() == header.size());
    text += Line(row);
  }
  return text;
}

std::string CsvNumber(double value) {
  if (!std::isfinite(value)) return "";
  // Whole numbers as such: fmt would write 1e+06.
  if (value == std::floor(value) && std::abs(value) < 1e15) return fmt::format("{:.0f}", value + 0.0);
  return fmt::format("{}", value);
}

}  // namespace linnet::study
