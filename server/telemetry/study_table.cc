#include "study_table.h"

#include "linnet/telemetry/inference.h"

namespace linnet::telemetry {
namespace {

constexpr idx_t kTexts = 5;  // time, study, network, arch, data stand before the figures

std::string InsertStatement() {
  std::string sql = "INSERT OR REPLACE INTO study VALUES (?";
  for (size_t i = 1; i < kTexts + kStudyFigures.size(); ++i) sql += ", ?";
  return sql + ")";
}

bool Bind(duckdb_prepared_statement insert, const StudyRow& row) {
  bool bound = duckdb_bind_timestamp(insert, 1, {row.unix_ms * 1000}) == DuckDBSuccess;
  idx_t at = 2;
  for (const std::string* text : {&row.study, &row.network, &row.arch, &row.data}) {
    const std::string clean = CleanText(*text, 64);
    bound = bound && duckdb_bind_varchar_length(insert, at++, clean.data(), clean.size()) == DuckDBSuccess;
  }
  for (size_t i = 0; i < kStudyFigures.size(); ++i, ++at) {
    const std::optional<double>& value = row.figures[i];
    const duckdb_state state = !value                   ? duckdb_bind_null(insert, at)
                               : kStudyFigures[i].whole ? duckdb_bind_int64(insert, at, static_cast<int64_t>(*value))
                                                        : duckdb_bind_double(insert, at, *value);
    bound = bound && state == DuckDBSuccess;
  }
  return bound;
}

std::string InsertAll(duckdb_connection connection, std::span<const StudyRow> rows) {
  Prepared insert;
  if (duckdb_prepare(connection, InsertStatement().c_str(), insert.out()) != DuckDBSuccess) {
    const char* text = duckdb_prepare_error(insert.get());
    return text ? text : "the insertion cannot be prepared";
  }
  for (const StudyRow& row : rows) {
    QueryResult result;
    if (!Bind(insert.get(), row)) return "a row's values cannot be bound";
    if (duckdb_execute_prepared(insert.get(), result.out()) == DuckDBSuccess) continue;
    const char* text = duckdb_result_error(result.out());
    return text ? text : "a row cannot be inserted";
  }
  return {};
}

}  // namespace

std::string StudySchema() {
  std::string sql =
      "CREATE TABLE IF NOT EXISTS study(time TIMESTAMP NOT NULL, study VARCHAR NOT NULL, network VARCHAR NOT NULL, "
      "arch VARCHAR NOT NULL, data VARCHAR NOT NULL";
  std::string newer;  // what a table of an older version lacks
  for (const StudyFigure& figure : kStudyFigures) {
    const std::string column = figure.name + std::string(figure.whole ? " BIGINT" : " DOUBLE");
    sql += ", " + column;
    newer += "ALTER TABLE study ADD COLUMN IF NOT EXISTS " + column + ";";
  }
  return sql + ", PRIMARY KEY(study, network));" + newer;
}

std::string CommitStudy(duckdb_connection connection, std::span<const StudyRow> rows) {
  if (std::string failure = RunSql(connection, "BEGIN TRANSACTION"); !failure.empty()) return failure;
  std::string failure = InsertAll(connection, rows);
  if (failure.empty()) failure = RunSql(connection, "COMMIT");
  if (!failure.empty()) (void)RunSql(connection, "ROLLBACK");
  return failure;
}

}  // namespace linnet::telemetry
