#include "linnet/telemetry/telemetry.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "duckdb_handle.h"
#include "ingest.h"
#include "linnet/base/check.h"
#include "query.h"
#include "study_table.h"

namespace linnet::telemetry {
namespace {

// Batches of one commit: enough that a fleet's burst costs one fsync, few enough that nobody waits long for its 2.04.
constexpr size_t kBatchesPerCommit = 512;

class DuckdbTelemetry final : public Telemetry {
 public:
  DuckdbTelemetry(Database db, Connection ingest, Connection query, const Options& options)
      : options_(options),
        db_(std::move(db)),
        ingest_connection_(std::move(ingest)),
        query_connection_(std::move(query)) {
    ingest_thread_ = std::thread([this] { IngestLoop(); });
    query_thread_ = std::thread([this] { QueryLoop(); });
    watchdog_thread_ = std::thread([this] { WatchdogLoop(); });
  }

  ~DuckdbTelemetry() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      InterruptQuery();
    }
    wake_.notify_all();
    ingest_thread_.join();
    query_thread_.join();
    watchdog_thread_.join();
  }

  void Append(events::SendBatch batch, std::function<void(Status)> done) override {
    Status refused = Status::kOk;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        refused = Status::kUnavailable;
      } else if (batches_.size() >= options_.batches_waiting_max) {
        refused = Status::kResourceExhausted;
      } else {
        batches_.push_back({std::move(batch), std::move(done)});
      }
    }
    if (!Ok(refused)) return done(refused);
    wake_.notify_all();
  }

  void AppendStudy(std::vector<StudyRow> rows, std::function<void(Status)> done) override {
    LINNET_CHECK(rows.size() <= kStudyRowsMax);
    Status refused = Status::kOk;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        refused = Status::kUnavailable;
      } else if (studies_.size() >= options_.studies_waiting_max) {
        refused = Status::kResourceExhausted;
      } else {
        studies_.push_back({std::move(rows), std::move(done)});
      }
    }
    if (!Ok(refused)) return done(refused);
    wake_.notify_all();
  }

  void Query(std::string sql, QueryLimits limits, QueryDone done) override {
    std::optional<Error> refused;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        refused = Error(Status::kUnavailable, "the server is shutting down");
      } else if (queries_.size() >= options_.queries_waiting_max) {
        refused = Error(Status::kResourceExhausted, "too many queries are waiting; try again later");
      } else {
        queries_.push_back({std::move(sql), limits, std::move(done)});
      }
    }
    if (refused) return done(std::unexpected(*refused));
    wake_.notify_all();
  }

 private:
  struct WaitingBatch {
    events::SendBatch batch;
    std::function<void(Status)> done;
  };
  struct WaitingStudy {
    std::vector<StudyRow> rows;
    std::function<void(Status)> done;
  };
  struct WaitingQuery {
    std::string sql;
    QueryLimits limits;
    QueryDone done;
  };
  using Clock = std::chrono::steady_clock;

  void IngestLoop() {
    for (;;) {
      std::vector<WaitingBatch> taken;
      std::optional<WaitingStudy> study;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !batches_.empty() || !studies_.empty(); });
        if (batches_.empty() && studies_.empty()) return;  // stopping, and everything is committed
        while (!batches_.empty() && taken.size() < kBatchesPerCommit) {
          taken.push_back(std::move(batches_.front()));
          batches_.pop_front();
        }
        if (!studies_.empty()) {
          study = std::move(studies_.front());
          studies_.pop_front();
        }
      }
      if (study)
        study->done(CommitStudy(ingest_connection_.get(), study->rows).empty() ? Status::kOk : Status::kDataLoss);
      if (taken.empty()) continue;
      std::vector<const events::SendBatch*> batches;
      for (const WaitingBatch& w : taken) batches.push_back(&w.batch);
      const bool stored = CommitBatches(ingest_connection_.get(), batches).empty();
      for (WaitingBatch& w : taken) w.done(stored ? Status::kOk : Status::kDataLoss);
    }
  }

  void QueryLoop() {
    for (;;) {
      WaitingQuery query;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !queries_.empty(); });
        if (queries_.empty()) return;
        query = std::move(queries_.front());
        queries_.pop_front();
        if (!stopping_) {
          interrupted_ = false;
          query_deadline_ = Clock::now() + query.limits.timeout;
        }
      }
      if (interrupted_) {
        query.done(Fail(Status::kUnavailable, "the server is shutting down"));
        continue;
      }
      wake_.notify_all();  // the watchdog has a new deadline
      auto table = RunQuery(query_connection_.get(), query.sql, query.limits.rows_max, interrupted_);
      {
        const std::lock_guard lock(mutex_);
        query_deadline_.reset();
      }
      query.done(std::move(table));
    }
  }

  // DuckDB has no statement timeout of its own; duckdb_interrupt from another thread is its way.
  void WatchdogLoop() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (!query_deadline_) {
        wake_.wait(lock);
      } else if (Clock::now() < *query_deadline_) {
        wake_.wait_until(lock, *query_deadline_);
      } else {
        // Again and again until the query thread clears the deadline: an interrupt between two steps of a query is lost.
        InterruptQuery();
        wake_.wait_for(lock, std::chrono::milliseconds(20));
      }
    }
    while (query_deadline_) {
      InterruptQuery();
      wake_.wait_for(lock, std::chrono::milliseconds(20));
    }
  }

  // REQUIRES: mutex_ is held.
  void InterruptQuery() {
    interrupted_ = true;
    duckdb_interrupt(query_connection_.get());
  }

  const Options options_;
  Database db_;
  Connection ingest_connection_, query_connection_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::deque<WaitingBatch> batches_;
  std::deque<WaitingStudy> studies_;
  std::deque<WaitingQuery> queries_;
  std::optional<Clock::time_point> query_deadline_;
  std::atomic<bool> interrupted_ = false;

  std::thread ingest_thread_, query_thread_, watchdog_thread_;
};

}  // namespace

Outcome<std::unique_ptr<Telemetry>> Telemetry::Open(const std::string& path, const Options& options) {
  DatabaseConfig config;
  duckdb_create_config(config.out());
  // People send SQL here: it must not read or write files, load code, or change these settings.
  duckdb_set_config(config.get(), "enable_external_access", "false");
  duckdb_set_config(config.get(), "autoinstall_known_extensions", "false");
  duckdb_set_config(config.get(), "lock_configuration", "true");
  duckdb_set_config(config.get(), "threads", "2");
  duckdb_set_config(config.get(), "memory_limit", (std::to_string(options.memory_bytes_max >> 20) + "MiB").c_str());
  Database db;
  char* error = nullptr;
  if (duckdb_open_ext(path.c_str(), db.out(), config.get(), &error) != DuckDBSuccess) {
    std::string message = "telemetry: cannot open " + path + ": " + (error ? error : "unknown error");
    duckdb_free(error);
    return Fail(Status::kUnavailable, std::move(message));
  }
  Connection ingest, query;
  if (duckdb_connect(db.get(), ingest.out()) != DuckDBSuccess ||
      duckdb_connect(db.get(), query.out()) != DuckDBSuccess) {
    return Fail(Status::kUnavailable, "telemetry: cannot connect to " + path);
  }
  for (const std::string& schema : {std::string(kSchema), StudySchema()}) {
    if (std::string failure = RunSql(ingest.get(), schema.c_str()); !failure.empty())
      return Fail(Status::kUnavailable, "telemetry: " + path + ": " + failure);
  }
  return std::make_unique<DuckdbTelemetry>(std::move(db), std::move(ingest), std::move(query), options);
}

}  // namespace linnet::telemetry
