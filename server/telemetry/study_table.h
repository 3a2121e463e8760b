// The table `study`. Called on the ingest thread.
#pragma once

#include <span>
#include <string>

#include "duckdb_handle.h"
#include "linnet/telemetry/study.h"

namespace linnet::telemetry {

// CREATE TABLE IF NOT EXISTS study(...)
std::string StudySchema();

// All rows or none. Empty: committed. Otherwise the database's words.
std::string CommitStudy(duckdb_connection connection, std::span<const StudyRow> rows);

}  // namespace linnet::telemetry
