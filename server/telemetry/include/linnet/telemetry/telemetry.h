// What devices measure, as tables one can ask in SQL. One DuckDB file, owned by this process. Two threads of its own: one
// commits what arrives (many batches a commit), one runs queries, so that a slow query delays neither CoAP nor ingest.
// The schema is in README.md.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/events/events.h"
#include "linnet/telemetry/study.h"
#include "linnet/telemetry/table.h"

namespace linnet::telemetry {

struct Options {
  size_t batches_waiting_max = 4096;  // then Append says kResourceExhausted
  size_t studies_waiting_max = 16;
  size_t queries_waiting_max = 16;
  size_t memory_bytes_max = 512u << 20;
};

struct QueryLimits {
  std::chrono::milliseconds timeout{30'000};
  size_t rows_max = 10'000;
};

using QueryDone = std::function<void(Outcome<Table>)>;

// All functions may be called from any thread.
class Telemetry : public events::SendSink {
 public:
  // `path` of the database file, or ":memory:". Creates the tables that are missing.
  //   kUnavailable: cannot be opened, or another process holds it
  static Outcome<std::unique_ptr<Telemetry>> Open(const std::string& path, const Options& options = {});
  // Commits what waits, interrupts the query under way, calls every callback that is owed.
  ~Telemetry() override = default;

  // Stores the inferences of a batch; `done` comes from the ingest thread after the commit.
  void Append(events::SendBatch batch, std::function<void(Status)> done) override = 0;

  // Stores rows of the table `study`, all or none; `done` comes from the ingest thread after the commit.
  //   kDataLoss: the database refused them | kResourceExhausted: too many wait | kUnavailable: shutting down
  // REQUIRES: at most kStudyRowsMax rows, as linnet/telemetry/study.h says.
  virtual void AppendStudy(std::vector<StudyRow> rows, std::function<void(Status)> done) = 0;

  // Runs one reading statement (SELECT, WITH, DESCRIBE, SHOW, EXPLAIN); `done` comes from the query thread.
  //   kInvalidArgument: the statement is wrong, in the database's words | kPermissionDenied: it would change something
  //   | kDeadlineExceeded: stopped after limits.timeout | kResourceExhausted: too many queries wait, or it needs more
  //   memory than allowed | kUnimplemented: a column's type has no cell | kUnavailable: shutting down
  virtual void Query(std::string sql, QueryLimits limits, QueryDone done) = 0;
};

}  // namespace linnet::telemetry
