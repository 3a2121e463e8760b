#include "linnet/telemetry/telemetry.h"

#include <duckdb.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>

namespace linnet::telemetry {
namespace {

events::SendBatch ABatch(const std::string& endpoint, const std::string& model, int image, int label, int answer) {
  const std::string base = "/26241/" + std::to_string(image) + "/";
  return {endpoint,
          1'700'000'000'250,
          {{base + "0", model},
           {base + "1", int64_t{label}},
           {base + "2", int64_t{answer}},
           {base + "3", int64_t{750}},
           {base + "4", int64_t{1}}}};
}

class TelemetryFile : public ::testing::Test {
 protected:
  TelemetryFile() : folder_(std::filesystem::temp_directory_path() / ("linnet-telemetry-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Open();
  }
  ~TelemetryFile() override {
    telemetry_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Open() {
    telemetry_.reset();
    auto opened = Telemetry::Open((folder_ / "telemetry.duckdb").string());
    ASSERT_TRUE(opened) << opened.error().message;
    telemetry_ = std::move(*opened);
  }
  Status Store(events::SendBatch batch) {
    std::promise<Status> stored;
    telemetry_->Append(std::move(batch), [&](Status s) { stored.set_value(s); });
    return stored.get_future().get();
  }
  Status StoreStudy(std::vector<StudyRow> rows) {
    std::promise<Status> stored;
    telemetry_->AppendStudy(std::move(rows), [&](Status s) { stored.set_value(s); });
    return stored.get_future().get();
  }
  Outcome<Table> Ask(const std::string& sql, QueryLimits limits = {}) {
    std::promise<Outcome<Table>> answer;
    telemetry_->Query(sql, limits, [&](Outcome<Table> t) { answer.set_value(std::move(t)); });
    return answer.get_future().get();
  }
  std::filesystem::path folder_;
  std::unique_ptr<Telemetry> telemetry_;
};

TEST_F(TelemetryFile, StoredInferencesAreRowsWithTheModelOfTheirRecord) {
  ASSERT_EQ(Store(ABatch("board-1", "dnn-1", 3, 5, 1)), Status::kOk);
  ASSERT_EQ(Store(ABatch("board-1", "dnn-2", 3, 5, 5)), Status::kOk);
  auto table =
      Ask("SELECT time, endpoint, version, image, label, answer, margin_milli, runs, correct FROM inference ORDER BY "
          "version");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows.size(), 2u);
  const std::vector<Cell> first{std::string("2023-11-14 22:13:20.250"),
                                std::string("board-1"),
                                std::string("dnn-1"),
                                int64_t{3},
                                int64_t{5},
                                int64_t{1},
                                int64_t{750},
                                int64_t{1},
                                false};
  EXPECT_EQ(table->rows[0], first);
  EXPECT_EQ(table->columns[0].type, "TIMESTAMP");
  EXPECT_EQ(table->rows[1].back(), Cell(true));
}

TEST_F(TelemetryFile, AccuracyPerVersion) {
  for (int i = 0; i < 4; ++i) ASSERT_EQ(Store(ABatch("b", "dnn-1", i, i, i < 3 ? i : 0)), Status::kOk);
  auto table =
      Ask("SELECT version, avg(correct::INT) AS accuracy, sum(runs) AS runs, count(*) FROM inference GROUP BY version");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->rows[0], (std::vector<Cell>{std::string("dnn-1"), 0.75, int64_t{4}, int64_t{4}}));
}

TEST_F(TelemetryFile, AcknowledgedRowsSurviveReopening) {
  ASSERT_EQ(Store(ABatch("b", "m", 0, 1, 1)), Status::kOk);
  Open();
  EXPECT_EQ(Ask("SELECT count(*) FROM inference")->rows[0][0], Cell(int64_t{1}));
}

TEST_F(TelemetryFile, DoneIsOwedOnceForEachBatchEvenWhenClosing) {
  std::atomic<int> done = 0;
  for (int i = 0; i < 1500; ++i) telemetry_->Append(ABatch("b", "m", i, 1, 1), [&](Status) { ++done; });
  telemetry_.reset();
  EXPECT_EQ(done, 1500);
}

TEST_F(TelemetryFile, StatementsThatChangeSomethingAreRefused) {
  ASSERT_EQ(Store(ABatch("b", "m", 0, 1, 1)), Status::kOk);
  for (const char* sql : {"DELETE FROM inference", "DROP TABLE inference", "CREATE TABLE x(a INT)", "SET threads=1",
                          "ATTACH 'x.db'", "COPY inference TO 'x.csv'", "CHECKPOINT", "BEGIN", "INSTALL httpfs",
                          "EXPLAIN ANALYZE DELETE FROM inference"}) {
    auto table = Ask(sql);
    ASSERT_FALSE(table) << sql;
    EXPECT_TRUE(table.error().status == Status::kPermissionDenied || table.error().status == Status::kInvalidArgument)
        << sql << ": " << table.error().message;
  }
  EXPECT_EQ(Ask("SELECT count(*) FROM inference")->rows[0][0], Cell(int64_t{1}));
}

TEST_F(TelemetryFile, FilesOfTheServerCannotBeRead) {
  for (const char* sql : {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/hostname')",
                          "SELECT * FROM '/etc/passwd'", "SELECT * FROM glob('/etc/*')"}) {
    EXPECT_FALSE(Ask(sql)) << sql;
  }
}

TEST_F(TelemetryFile, WrongSql_SaysWhatIsWrong) {
  auto table = Ask("SELEC 1");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().status, Status::kInvalidArgument);
  EXPECT_NE(table.error().message.find("SELEC"), std::string::npos) << table.error().message;
  EXPECT_FALSE(Ask(""));
  EXPECT_FALSE(Ask("SELECT 1; SELECT 2"));
  EXPECT_FALSE(Ask("SELECT $1"));
  EXPECT_FALSE(Ask("SELECT nothing FROM inference"));
}

TEST_F(TelemetryFile, SlowQueryIsStoppedAndIngestGoesOnMeanwhile) {
  std::promise<Outcome<Table>> answer;
  telemetry_->Query("SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 7",
                    {.timeout = std::chrono::milliseconds(600), .rows_max = 10},
                    [&](Outcome<Table> t) { answer.set_value(std::move(t)); });
  EXPECT_EQ(Store(ABatch("b", "m", 0, 1, 1)), Status::kOk);
  auto waiting = answer.get_future();
  EXPECT_EQ(waiting.wait_for(std::chrono::seconds(0)), std::future_status::timeout) << "stored only after the query";
  auto table = waiting.get();
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().status, Status::kDeadlineExceeded) << table.error().message;
  EXPECT_TRUE(Ask("SELECT 1")) << "the next query runs again";
}

TEST_F(TelemetryFile, RowLimit_Truncates) {
  auto table = Ask("SELECT * FROM range(1000000000)", {.timeout = std::chrono::seconds(10), .rows_max = 5});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->rows.size(), 5u);
  EXPECT_TRUE(table->truncated);
}

TEST_F(TelemetryFile, CellsOfEachType) {
  auto table =
      Ask("SELECT NULL, true, 1::UTINYINT, -2::BIGINT, 1.25::DECIMAL(5,2), 0.5::DOUBLE, 'x', '\\xAB'::BLOB, "
          "DATE '2024-02-29', sum(5::INT), TIMESTAMP_S '2024-01-01 00:00:01', -(170141183460469231731::HUGEINT)");
  ASSERT_TRUE(table) << table.error().message;
  const std::vector<Cell> want{std::monostate{},
                               true,
                               int64_t{1},
                               int64_t{-2},
                               1.25,
                               0.5,
                               std::string("x"),
                               std::string("ab"),
                               std::string("2024-02-29"),
                               int64_t{5},
                               std::string("2024-01-01 00:00:01.000"),
                               -170141183460469231731.0};
  EXPECT_EQ(table->rows[0], want);
  auto list = Ask("SELECT [1,2] AS both");
  ASSERT_FALSE(list);
  EXPECT_NE(list.error().message.find("CAST(both AS VARCHAR)"), std::string::npos);
}

TEST_F(TelemetryFile, FolderIsMissing_SaysSo) {
  auto broken = Telemetry::Open((folder_ / "no" / "such.duckdb").string());
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().status, Status::kUnavailable);
}

StudyRow ANetwork(const std::string& network, std::optional<double> macs, std::optional<double> energy) {
  StudyRow row{1'700'000'000'250, "widths", network, "dnn", "mnist", {}};
  row.figures[2] = macs;
  row.figures[12] = energy;
  return row;
}

TEST_F(TelemetryFile, StudiesAreRows_SentAgainTheyReplace_AndSurviveARestart) {
  ASSERT_EQ(StoreStudy({ANetwork("a", 100, 0.5), ANetwork("b", 200, std::nullopt)}), Status::kOk);
  ASSERT_EQ(StoreStudy({ANetwork("a", 150, 0.75)}), Status::kOk);
  Open();
  auto table = Ask("SELECT network, macs, energy_estimated_uj, width, time FROM study ORDER BY network");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows.size(), 2u);
  EXPECT_EQ(table->rows[0][0], Cell(std::string("a")));
  EXPECT_EQ(table->rows[0][1], Cell(int64_t{150}));
  EXPECT_EQ(table->rows[0][2], Cell(0.75));
  EXPECT_EQ(table->rows[0][3], Cell());
  EXPECT_EQ(table->rows[0][4], Cell(std::string("2023-11-14 22:13:20.250")));
  EXPECT_EQ(table->rows[1][2], Cell());
}

TEST_F(TelemetryFile, StudyTableOfAnOlderVersion_GetsTheNewColumnsAndKeepsItsRows) {
  ASSERT_EQ(StoreStudy({ANetwork("a", 100, 0.5)}), Status::kOk);
  telemetry_.reset();
  duckdb_database file = nullptr;
  duckdb_connection connection = nullptr;
  ASSERT_EQ(duckdb_open((folder_ / "telemetry.duckdb").c_str(), &file), DuckDBSuccess);
  ASSERT_EQ(duckdb_connect(file, &connection), DuckDBSuccess);
  for (const char* column : {"heap_rtos_bytes", "heap_lwip_pools_bytes"}) {
    EXPECT_EQ(duckdb_query(connection, (std::string("ALTER TABLE study DROP COLUMN ") + column).c_str(), nullptr),
              DuckDBSuccess);
  }
  duckdb_disconnect(&connection);
  duckdb_close(&file);
  Open();
  StudyRow row = ANetwork("b", 200, std::nullopt);
  row.figures.back() = 7;
  ASSERT_EQ(StoreStudy({row}), Status::kOk);
  auto table = Ask("SELECT network, macs, heap_lwip_pools_bytes, heap_rtos_bytes FROM study ORDER BY network");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows.size(), 2u);
  EXPECT_EQ(table->rows[0], (std::vector<Cell>{std::string("a"), int64_t{100}, Cell(), Cell()}));
  EXPECT_EQ(table->rows[1], (std::vector<Cell>{std::string("b"), int64_t{200}, Cell(), int64_t{7}}));
}

}  // namespace
}  // namespace linnet::telemetry
