#include "cells.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>

namespace linnet::telemetry {
namespace {

template <typename T>
T At(duckdb_vector vector, idx_t row) {
  return static_cast<const T*>(duckdb_vector_get_data(vector))[row];
}

template <typename T>
Cell Integer(duckdb_vector vector, idx_t row) {
  const T value = At<T>(vector, row);
  if constexpr (std::is_same_v<T, uint64_t>) {
    if (value > static_cast<uint64_t>(INT64_MAX)) return static_cast<double>(value);
  }
  return static_cast<int64_t>(value);
}

template <typename T>
Cell Real(duckdb_vector vector, idx_t row) {
  return static_cast<double>(At<T>(vector, row));
}

Cell Boolean(duckdb_vector vector, idx_t row) { return At<bool>(vector, row); }

// sum() of integers is a HUGEINT: nearly always small enough for 64 bits.
Cell Huge(duckdb_vector vector, idx_t row) {
  const auto value = At<duckdb_hugeint>(vector, row);
  const bool fits = (value.upper == 0 && value.lower <= static_cast<uint64_t>(INT64_MAX)) ||
                    (value.upper == -1 && value.lower > static_cast<uint64_t>(INT64_MAX));
  if (fits) return static_cast<int64_t>(value.lower);
  return duckdb_hugeint_to_double(value);
}

std::string_view Bytes(duckdb_vector vector, idx_t row) {
  auto* text = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector)) + row;
  return {duckdb_string_t_data(text), duckdb_string_t_length(*text)};
}

Cell Text(duckdb_vector vector, idx_t row) { return std::string(Bytes(vector, row)); }

Cell Hex(duckdb_vector vector, idx_t row) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : Bytes(vector, row)) {
    hex += kDigits[static_cast<uint8_t>(c) >> 4];
    hex += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return hex;
}

std::string DateText(duckdb_date date) {
  if (!duckdb_is_finite_date(date)) return date.days > 0 ? "infinity" : "-infinity";
  const duckdb_date_struct d = duckdb_from_date(date);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", d.year, d.month, d.day);
  return text;
}

std::string TimeText(duckdb_time_struct t) {
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", t.hour, t.min, t.sec, t.micros / 1000);
  return text;
}

Cell Date(duckdb_vector vector, idx_t row) { return DateText(At<duckdb_date>(vector, row)); }
Cell Time(duckdb_vector vector, idx_t row) { return TimeText(duckdb_from_time(At<duckdb_time>(vector, row))); }

// kUnitsPerMicro and kMicrosPerUnit: one of them is 1. TIMESTAMP_S, _MS and _NS count other units than TIMESTAMP.
template <int64_t kMicrosPerUnit, int64_t kUnitsPerMicro>
Cell Timestamp(duckdb_vector vector, idx_t row) {
  const int64_t units = At<int64_t>(vector, row);
  if (units == INT64_MAX || units == -INT64_MAX) return std::string(units > 0 ? "infinity" : "-infinity");
  int64_t micros = 0;
  if (__builtin_mul_overflow(units / kUnitsPerMicro, kMicrosPerUnit, &micros)) return units;
  const duckdb_timestamp_struct t = duckdb_from_timestamp({micros});
  char date[32];
  std::snprintf(date, sizeof date, "%04d-%02d-%02d ", t.date.year, t.date.month, t.date.day);
  return date + TimeText(t.time);
}

Cell Null(duckdb_vector, idx_t) { return std::monostate{}; }

struct TypeRow {
  duckdb_type type;
  const char* name;
  CellReader reader;
};
constexpr TypeRow kTypes[] = {
    {DUCKDB_TYPE_BOOLEAN, "BOOLEAN", Boolean},
    {DUCKDB_TYPE_TINYINT, "TINYINT", Integer<int8_t>},
    {DUCKDB_TYPE_SMALLINT, "SMALLINT", Integer<int16_t>},
    {DUCKDB_TYPE_INTEGER, "INTEGER", Integer<int32_t>},
    {DUCKDB_TYPE_BIGINT, "BIGINT", Integer<int64_t>},
    {DUCKDB_TYPE_UTINYINT, "UTINYINT", Integer<uint8_t>},
    {DUCKDB_TYPE_USMALLINT, "USMALLINT", Integer<uint16_t>},
    {DUCKDB_TYPE_UINTEGER, "UINTEGER", Integer<uint32_t>},
    {DUCKDB_TYPE_UBIGINT, "UBIGINT", Integer<uint64_t>},
    {DUCKDB_TYPE_HUGEINT, "HUGEINT", Huge},
    {DUCKDB_TYPE_FLOAT, "FLOAT", Real<float>},
    {DUCKDB_TYPE_DOUBLE, "DOUBLE", Real<double>},
    {DUCKDB_TYPE_VARCHAR, "VARCHAR", Text},
    {DUCKDB_TYPE_BLOB, "BLOB", Hex},
    {DUCKDB_TYPE_DATE, "DATE", Date},
    {DUCKDB_TYPE_TIME, "TIME", Time},
    {DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP", Timestamp<1, 1>},
    {DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE", Timestamp<1, 1>},
    {DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S", Timestamp<1'000'000, 1>},
    {DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS", Timestamp<1'000, 1>},
    {DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS", Timestamp<1, 1'000>},
    {DUCKDB_TYPE_SQLNULL, "NULL", Null},
};

// A DECIMAL is stored in the smallest integer that holds its width.
CellReader DecimalReader(duckdb_type internal) {
  switch (internal) {
    case DUCKDB_TYPE_SMALLINT: return Real<int16_t>;
    case DUCKDB_TYPE_INTEGER: return Real<int32_t>;
    case DUCKDB_TYPE_BIGINT: return Real<int64_t>;
    default:
      return [](duckdb_vector v, idx_t row) -> Cell { return duckdb_hugeint_to_double(At<duckdb_hugeint>(v, row)); };
  }
}

}  // namespace

Outcome<ReadableColumn> ReaderOf(duckdb_result* result, idx_t column) {
  ReadableColumn out;
  const char* name = duckdb_column_name(result, column);
  out.column.name = name ? name : "";
  const duckdb_type type = duckdb_column_type(result, column);
  if (type == DUCKDB_TYPE_DECIMAL) {
    LogicalType logical;
    *logical.out() = duckdb_column_logical_type(result, column);
    const int width = duckdb_decimal_width(logical.get());
    const int scale = duckdb_decimal_scale(logical.get());
    out.column.type = "DECIMAL(" + std::to_string(width) + "," + std::to_string(scale) + ")";
    out.decimal_divisor = std::pow(10.0, scale);
    out.reader = DecimalReader(duckdb_decimal_internal_type(logical.get()));
    return out;
  }
  for (const TypeRow& row : kTypes) {
    if (row.type != type) continue;
    out.column.type = row.name;
    out.reader = row.reader;
    return out;
  }
  return Fail(Status::kUnimplemented, "column \"" + out.column.name +
                                          "\" has a type that can't be shown as one value; write CAST(" +
                                          out.column.name + " AS VARCHAR)");
}

Cell ReadCell(const ReadableColumn& column, duckdb_vector vector, idx_t row) {
  uint64_t* validity = duckdb_vector_get_validity(vector);
  if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) return std::monostate{};
  Cell cell = column.reader(vector, row);
  if (column.decimal_divisor != 1) {
    if (auto* value = std::get_if<double>(&cell)) *value /= column.decimal_divisor;
  }
  return cell;
}

}  // namespace linnet::telemetry
