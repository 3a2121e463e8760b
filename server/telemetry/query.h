// One reading query: from SQL text to a Table. Called on the query thread.
#pragma once

#include <atomic>
#include <string>

#include "duckdb_handle.h"
#include "linnet/base/error.h"
#include "linnet/telemetry/telemetry.h"

namespace linnet::telemetry {

// Statuses as in Telemetry::Query. `interrupted` is set by whoever calls duckdb_interrupt on `connection`.
Outcome<Table> RunQuery(duckdb_connection connection, const std::string& sql, size_t rows_max,
                        const std::atomic<bool>& interrupted);

}  // namespace linnet::telemetry
