// SQLite's C handles as owners, and a statement that binds and reads by position.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "linnet/base/error.h"

namespace linnet::store {

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

inline std::unexpected<Error> DatabaseError(sqlite3* db, std::string_view doing) {
  const int code = sqlite3_errcode(db);
  const Status status = code == SQLITE_BUSY || code == SQLITE_CANTOPEN ? Status::kUnavailable
                        : code == SQLITE_CONSTRAINT                    ? Status::kAlreadyExists
                                                                       : Status::kDataLoss;
  return Fail(status, "store: " + std::string(doing) + ": " + sqlite3_errmsg(db));
}

// A prepared statement, kept for the life of the database. Bind in order, then Run or Next; Reset happens by itself.
class Statement {
 public:
  // REQUIRES: `sql` is right for the schema; a failure is kept and answered by the first Run or Next.
  void Prepare(sqlite3* db, const char* sql) {
    db_ = db;
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    handle_.reset(raw);
  }
  Statement& Start() {
    sqlite3_reset(handle_.get());
    next_ = 1;
    return *this;
  }
  Statement& Bind(std::string_view text) {
    sqlite3_bind_text(handle_.get(), next_++, text.data() ? text.data() : "", static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
    return *this;
  }
  Statement& Bind(int64_t value) {
    sqlite3_bind_int64(handle_.get(), next_++, value);
    return *this;
  }
  Statement& Bind(double value) {
    sqlite3_bind_double(handle_.get(), next_++, value);
    return *this;
  }
  // Executes to the end; answers how many rows changed.
  Outcome<int> Run(std::string_view doing) {
    if (!handle_ || sqlite3_step(handle_.get()) != SQLITE_DONE) {
      auto error = DatabaseError(db_, doing);
      sqlite3_reset(handle_.get());
      return error;
    }
    sqlite3_reset(handle_.get());
    return sqlite3_changes(db_);
  }
  // true: a row is there to be read with Text, Int, Real.
  Outcome<bool> Next(std::string_view doing) {
    const int code = handle_ ? sqlite3_step(handle_.get()) : SQLITE_ERROR;
    if (code == SQLITE_ROW) {
      column_ = 0;
      return true;
    }
    if (code == SQLITE_DONE) {
      sqlite3_reset(handle_.get());
      return false;
    }
    auto error = DatabaseError(db_, doing);
    sqlite3_reset(handle_.get());
    return error;
  }
  std::string Text() {
    const int column = column_++;
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
    return text ? std::string(text, static_cast<size_t>(sqlite3_column_bytes(handle_.get(), column))) : std::string();
  }
  int64_t Int() { return sqlite3_column_int64(handle_.get(), column_++); }
  double Real() { return sqlite3_column_double(handle_.get(), column_++); }
  void Reset() { sqlite3_reset(handle_.get()); }

 private:
  sqlite3* db_ = nullptr;
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> handle_;
  int next_ = 1;
  int column_ = 0;
};

}  // namespace linnet::store
