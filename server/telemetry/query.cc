#include "query.h"

#include "cells.h"

namespace linnet::telemetry {
namespace {

// Everything runs between these two, so that not even EXPLAIN ANALYZE DELETE can change a table.
class ReadOnlyTransaction {
 public:
  explicit ReadOnlyTransaction(duckdb_connection connection) : connection_(connection) {
    failure_ = RunSql(connection_, "BEGIN TRANSACTION READ ONLY");
  }
  ~ReadOnlyTransaction() { (void)RunSql(connection_, "ROLLBACK"); }
  ReadOnlyTransaction(const ReadOnlyTransaction&) = delete;
  ReadOnlyTransaction& operator=(const ReadOnlyTransaction&) = delete;
  const std::string& failure() const { return failure_; }

 private:
  duckdb_connection connection_;
  std::string failure_;
};

std::unexpected<Error> DatabaseError(const char* text, const std::atomic<bool>& interrupted) {
  if (interrupted) return Fail(Status::kDeadlineExceeded, "the query took too long and was stopped");
  std::string message = text ? text : "unknown error";
  const bool memory = message.starts_with("Out of Memory");
  return Fail(memory ? Status::kResourceExhausted : Status::kInvalidArgument, std::move(message));
}

Outcome<Prepared> PrepareReading(duckdb_connection connection, const std::string& sql,
                                 const std::atomic<bool>& interrupted) {
  Extracted extracted;
  const idx_t count = duckdb_extract_statements(connection, sql.c_str(), extracted.out());
  if (count == 0) {
    const char* text = duckdb_extract_statements_error(extracted.get());
    return text ? DatabaseError(text, interrupted) : Fail(Status::kInvalidArgument, "there is no statement");
  }
  if (count != 1)
    return Fail(Status::kInvalidArgument, "one statement at a time, please; these are " + std::to_string(count));
  Prepared prepared;
  if (duckdb_prepare_extracted_statement(connection, extracted.get(), 0, prepared.out()) != DuckDBSuccess) {
    return DatabaseError(duckdb_prepare_error(prepared.get()), interrupted);
  }
  const duckdb_statement_type type = duckdb_prepared_statement_type(prepared.get());
  if (type != DUCKDB_STATEMENT_TYPE_SELECT && type != DUCKDB_STATEMENT_TYPE_EXPLAIN) {
    return Fail(Status::kPermissionDenied,
                "only statements that read are allowed: SELECT, WITH, DESCRIBE, SHOW, EXPLAIN");
  }
  if (duckdb_nparams(prepared.get()) != 0)
    return Fail(Status::kInvalidArgument, "parameters ($1, ?) can't be given here");
  return prepared;
}

}  // namespace

Outcome<Table> RunQuery(duckdb_connection connection, const std::string& sql, size_t rows_max,
                        const std::atomic<bool>& interrupted) {
  if (sql.find('\0') != std::string::npos) return Fail(Status::kInvalidArgument, "the statement contains a zero byte");
  const ReadOnlyTransaction transaction(connection);
  if (!transaction.failure().empty()) return DatabaseError(transaction.failure().c_str(), interrupted);
  LINNET_ASSIGN(const Prepared prepared, PrepareReading(connection, sql, interrupted));

  // Streaming: a result of a billion rows costs one chunk at a time, and we stop reading at rows_max.
  Pending pending;
  QueryResult result;
  if (duckdb_pending_prepared_streaming(prepared.get(), pending.out()) != DuckDBSuccess) {
    return DatabaseError(duckdb_pending_error(pending.get()), interrupted);
  }
  if (duckdb_execute_pending(pending.get(), result.out()) != DuckDBSuccess) {
    return DatabaseError(duckdb_result_error(result.out()), interrupted);
  }

  Table table;
  std::vector<ReadableColumn> columns;
  for (idx_t i = 0; i < duckdb_column_count(result.out()); ++i) {
    LINNET_ASSIGN(ReadableColumn column, ReaderOf(result.out(), i));
    table.columns.push_back(column.column);
    columns.push_back(std::move(column));
  }
  for (;;) {
    DataChunk chunk;
    *chunk.out() = duckdb_fetch_chunk(*result.out());
    if (chunk.get() == nullptr) break;
    const idx_t rows = duckdb_data_chunk_get_size(chunk.get());
    if (rows == 0) break;
    for (idx_t row = 0; row < rows; ++row) {
      if (table.rows.size() == rows_max) {
        table.truncated = true;
        return table;
      }
      auto& cells = table.rows.emplace_back();
      for (idx_t i = 0; i < columns.size(); ++i) {
        cells.push_back(ReadCell(columns[i], duckdb_data_chunk_get_vector(chunk.get(), i), row));
      }
    }
  }
  // A stream that fails half-way ends like one that is complete; only the error tells.
  const char* error = duckdb_result_error(result.out());
  if (interrupted || (error != nullptr && *error != '\0')) return DatabaseError(error, interrupted);
  return table;
}

}  // namespace linnet::telemetry
