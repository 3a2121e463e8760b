// A query's answer: named, typed columns and rows of cells, ready to be printed or sent as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace linnet::telemetry {

// monostate: NULL. Integers beyond 64 bits arrive as double, dates and times as text ("2026-01-31 08:05:00.250"),
// blobs as hex.
using Cell = std::variant<std::monostate, bool, int64_t, double, std::string>;

struct Column {
  std::string name;
  std::string type;  // SQL name: "BIGINT", "VARCHAR"
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // each as long as `columns`
  bool truncated = false;               // the row limit was reached; there were more
};

}  // namespace linnet::telemetry
