// From DuckDB's vectors to cells.
#pragma once

#include <vector>

#include "duckdb_handle.h"
#include "linnet/base/error.h"
#include "linnet/telemetry/table.h"

namespace linnet::telemetry {

// Reads the cells of one column of a chunk.
using CellReader = Cell (*)(duckdb_vector vector, idx_t row);

struct ReadableColumn {
  Column column;
  CellReader reader = nullptr;
  double decimal_divisor = 1;  // DECIMAL only
};

// kUnimplemented: the type has no cell; the message says which column, and to cast it to VARCHAR
Outcome<ReadableColumn> ReaderOf(duckdb_result* result, idx_t column);

Cell ReadCell(const ReadableColumn& column, duckdb_vector vector, idx_t row);

}  // namespace linnet::telemetry
