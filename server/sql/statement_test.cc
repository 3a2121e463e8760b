#include "linnet/sql/statement.h"

#include <gtest/gtest.h>

#include <future>

namespace linnet::sql {
namespace {

class Statements : public ::testing::Test {
 protected:
  Outcome<telemetry::Table> Run(const std::string& statement, Limits limits = {}) {
    StatementRunner runner(*telemetry_, limits);
    std::promise<Outcome<telemetry::Table>> answer;
    runner.Run(statement, [&](Outcome<telemetry::Table> t) { answer.set_value(std::move(t)); });
    return answer.get_future().get();
  }
  std::unique_ptr<telemetry::Telemetry> telemetry_ = std::move(*telemetry::Telemetry::Open(":memory:"));
};

TEST_F(Statements, AnswersWithColumnsAndRows) {
  auto table = Run("SELECT 1 AS one, 'x' AS letter;");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->columns[1].name, "letter");
  EXPECT_EQ(table->rows.size(), 1u);
}

TEST_F(Statements, EmptyOrHuge_IsRefused) {
  EXPECT_EQ(Run(" ;\n").error().message, "there is no statement");
  EXPECT_EQ(Run("SELECT '" + std::string(70'000, 'x') + "'").error().status, Status::kInvalidArgument);
}

TEST_F(Statements, ErrorsAreSentences) {
  const std::string unknown = Run("SELECT x FROM inference").error().message;
  EXPECT_TRUE(unknown.starts_with("Referenced column \"x\" not found")) << unknown;
  EXPECT_EQ(unknown.find('\n'), std::string::npos);
  EXPECT_EQ(Run("DROP TABLE inference").error().status, Status::kPermissionDenied);
}

TEST_F(Statements, TooSlow_SaysHowLongItRan) {
  auto table = Run("SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 7",
                   {.query = {.timeout = std::chrono::milliseconds(1000), .rows_max = 1}});
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().status, Status::kDeadlineExceeded);
  EXPECT_NE(table.error().message.find("after 1 seconds"), std::string::npos) << table.error().message;
}

}  // namespace
}  // namespace linnet::sql
