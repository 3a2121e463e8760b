// Tables as comma-separated values.
#pragma once

#include <string>
#include <vector>

namespace linnet::study {

// A header and rows; a cell with a comma, a quote or a line break is quoted, quotes in it doubled (RFC 4180, 2.5 to 2.7).
// Lines end in "\n". REQUIRES: every row is as long as the header.
std::string Csv(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

// A number as CSV and every program that reads it takes it: the shortest text that reads back the same; empty where it is not finite.
std::string CsvNumber(double value);

}  // namespace linnet::study
