#include "linnet/store/sqlite.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "linnet/store/store_contract.h"

namespace linnet::store {
namespace {

struct SqliteMaker {
  static std::unique_ptr<Store> Make() {
    auto store = OpenSqlite(":memory:");
    EXPECT_TRUE(store) << store.error().message;
    return std::move(*store);
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreContract, SqliteMaker);

class SqliteFile : public ::testing::Test {
 protected:
  SqliteFile() : folder_(std::filesystem::temp_directory_path() / ("linnet-store-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~SqliteFile() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return (folder_ / "state.db").string(); }
  std::filesystem::path folder_;
};

TEST_F(SqliteFile, OpenedAgain_StillKnowsTheDevice) {
  ASSERT_TRUE((*OpenSqlite(path()))->PutDevice(ADevice("board-1")));
  auto again = OpenSqlite(path());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)->GetDevice("board-1")->device, ADevice("board-1"));
}

TEST_F(SqliteFile, WrittenByANewerServer_IsRefusedUntouched) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "PRAGMA user_version=999", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  auto store = OpenSqlite(path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().status, Status::kFailedPrecondition);
  EXPECT_NE(store.error().message.find("newer linnetd"), std::string::npos);
}

TEST_F(SqliteFile, NotADatabase_SaysSo) {
  std::ofstream(path()) << std::string(4096, 'x');
  auto store = OpenSqlite(path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().status, Status::kDataLoss);
  EXPECT_NE(store.error().message.find("not a database"), std::string::npos) << store.error().message;
}

TEST_F(SqliteFile, FolderIsMissing_SaysSo) {
  auto store = OpenSqlite((folder_ / "no" / "state.db").string());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().status, Status::kUnavailable);
}

}  // namespace
}  // namespace linnet::store
