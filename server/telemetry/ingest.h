// Appends batches to the table `inference`, all of them in one transaction. Called on the ingest thread.
#pragma once

#include <span>
#include <string>

#include "duckdb_handle.h"
#include "linnet/events/events.h"

namespace linnet::telemetry {

inline constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS inference(
  time TIMESTAMP NOT NULL, endpoint VARCHAR NOT NULL, version VARCHAR NOT NULL, image INTEGER NOT NULL,
  label INTEGER NOT NULL, answer INTEGER NOT NULL, margin_milli INTEGER, runs INTEGER, correct BOOLEAN NOT NULL);
)sql";

// Empty: everything is committed. Otherwise nothing is, and these are the database's words.
std::string CommitBatches(duckdb_connection connection, std::span<const events::SendBatch* const> batches);

}  // namespace linnet::telemetry
