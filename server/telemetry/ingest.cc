#include "ingest.h"

#include "linnet/telemetry/inference.h"

namespace linnet::telemetry {
namespace {

void AppendText(duckdb_appender appender, const std::string& text) {
  duckdb_append_varchar_length(appender, text.data(), text.size());
}

void AppendOptional(duckdb_appender appender, const std::optional<int32_t>& value) {
  if (value) {
    duckdb_append_int32(appender, *value);
  } else {
    duckdb_append_null(appender);
  }
}

// False: the appender refused a row and says why.
bool AppendBatch(duckdb_appender appender, const events::SendBatch& batch) {
  const std::string endpoint = CleanText(batch.endpoint, 64);
  for (const InferenceRow& row : InferencesOf(batch)) {
    duckdb_append_timestamp(appender, {row.unix_ms * 1000});
    AppendText(appender, endpoint);
    AppendText(appender, row.version);
    duckdb_append_int32(appender, row.image);
    duckdb_append_int32(appender, row.label);
    duckdb_append_int32(appender, row.answer);
    AppendOptional(appender, row.margin_milli);
    AppendOptional(appender, row.runs);
    duckdb_append_bool(appender, row.label == row.answer);
    if (duckdb_appender_end_row(appender) != DuckDBSuccess) return false;
  }
  return true;
}

std::string AppendAll(duckdb_connection connection, std::span<const events::SendBatch* const> batches) {
  Appender appender;
  const auto why = [&] {
    const char* text = duckdb_appender_error(appender.get());
    return std::string(text ? text : "the appender failed");
  };
  if (duckdb_appender_create(connection, nullptr, "inference", appender.out()) != DuckDBSuccess) return why();
  for (const events::SendBatch* batch : batches) {
    if (!AppendBatch(appender.get(), *batch)) return why();
  }
  if (duckdb_appender_close(appender.get()) != DuckDBSuccess) return why();
  return {};
}

}  // namespace

std::string CommitBatches(duckdb_connection connection, std::span<const events::SendBatch* const> batches) {
  if (std::string failure = RunSql(connection, "BEGIN TRANSACTION"); !failure.empty()) return failure;
  std::string failure = AppendAll(connection, batches);
  if (failure.empty()) failure = RunSql(connection, "COMMIT");
  if (!failure.empty()) (void)RunSql(connection, "ROLLBACK");
  return failure;
}

}  // namespace linnet::telemetry
