// DuckDB's C handles as owners. Nothing outside this module sees duckdb.h.
#pragma once

#include <duckdb.h>

#include <string>
#include <utility>

namespace linnet::telemetry {

// An owner of handle T that is given back with Destroy(&handle).
template <typename T, auto Destroy>
class Handle {
 public:
  Handle() = default;
  Handle(Handle&& other) noexcept : value_(std::exchange(other.value_, T{})) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Handle() { Destroy(&value_); }
  T get() const { return value_; }
  T* out() { return &value_; }

 private:
  T value_{};
};

inline void DestroyAppender(duckdb_appender* appender) {
  if (*appender != nullptr) duckdb_appender_destroy(appender);
}
inline void DestroyChunk(duckdb_data_chunk* chunk) {
  if (*chunk != nullptr) duckdb_destroy_data_chunk(chunk);
}

using Database = Handle<duckdb_database, duckdb_close>;
using Connection = Handle<duckdb_connection, duckdb_disconnect>;
using DatabaseConfig = Handle<duckdb_config, duckdb_destroy_config>;
using Appender = Handle<duckdb_appender, DestroyAppender>;
using DataChunk = Handle<duckdb_data_chunk, DestroyChunk>;
using Extracted = Handle<duckdb_extracted_statements, duckdb_destroy_extracted>;
using Prepared = Handle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using Pending = Handle<duckdb_pending_result, duckdb_destroy_pending>;
using QueryResult = Handle<duckdb_result, duckdb_destroy_result>;
using LogicalType = Handle<duckdb_logical_type, duckdb_destroy_logical_type>;

// Runs statements whose result nobody reads. Empty: all went well, otherwise the database's words.
inline std::string RunSql(duckdb_connection connection, const char* sql) {
  QueryResult result;
  if (duckdb_query(connection, sql, result.out()) == DuckDBSuccess) return {};
  const char* text = duckdb_result_error(result.out());
  return text ? text : "unknown error";
}

}  // namespace linnet::telemetry
