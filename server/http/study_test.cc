// What the server takes as a study, and what it says of anything else.
#include "study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linnet::http {
namespace {

using testing::HasSubstr;

std::string Body(const std::string& row) { return R"({"study":"widths","rows":[)" + row + "]}"; }

TEST(StudyFrom, RowsWithTheirFigures_WhatIsLeftOutIsNone) {
  const auto rows = StudyFrom(
      Body(
          R"({"name":"a","arch":"dnn","data":"mnist","macs":109184,"energy_estimated_uj":51.25,"heap_bytes":null,"x":[]})"),
      7);
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 1u);
  const telemetry::StudyRow& row = (*rows)[0];
  EXPECT_EQ(row.unix_ms, 7);
  EXPECT_EQ(row.study + "/" + row.network + "/" + row.arch + "/" + row.data, "widths/a/dnn/mnist");
  for (size_t i = 0; i < row.figures.size(); ++i) {
    const std::string name = telemetry::kStudyFigures[i].name;
    const auto expected = name == "macs"                  ? std::optional<double>(109184)
                          : name == "energy_estimated_uj" ? std::optional<double>(51.25)
                                                          : std::nullopt;
    EXPECT_EQ(row.figures[i], expected) << name;
  }
}

TEST(StudyFrom, AnythingElse_IsRefusedWithItsPlace) {
  const auto said = [](const std::string& body) {
    const auto rows = StudyFrom(body, 0);
    EXPECT_FALSE(rows) << body;
    return rows ? "" : rows.error().message;
  };
  const std::string good = R"({"name":"a","arch":"dnn","data":"mnist"})";
  EXPECT_THAT(said("[]"), HasSubstr("object"));
  EXPECT_THAT(said(R"({"rows":[]})"), HasSubstr("\"study\""));
  EXPECT_THAT(said(R"({"study":"x","rows":[]})"), HasSubstr("1 to 1000"));
  EXPECT_THAT(said(R"({"study":"x","rows":{}})"), HasSubstr("1 to 1000"));
  EXPECT_THAT(said(Body("3")), HasSubstr("row 0: an object"));
  EXPECT_THAT(said(Body(good + R"(,{"name":"","arch":"dnn","data":"mnist"})")), HasSubstr("row 1: \"name\""));
  EXPECT_THAT(said(Body(R"({"name":"a","arch":"dnn","data":"mnist","macs":1.5})")), HasSubstr("whole number"));
  EXPECT_THAT(said(Body(R"({"name":"a","arch":"dnn","data":"mnist","macs":1e300})")), HasSubstr("whole number"));
  EXPECT_THAT(said(Body(R"({"name":"a","arch":"dnn","data":"mnist","test_accuracy_int8":"98"})")),
              HasSubstr("number or null"));
  EXPECT_THAT(said(Body(R"({"name":")" + std::string(65, 'x') + R"(","arch":"dnn","data":"mnist"})")),
              HasSubstr("1 to 64 bytes"));
  std::string many = good;
  for (int i = 0; i < 1000; ++i) many += "," + good;
  EXPECT_THAT(said(Body(many)), HasSubstr("1 to 1000"));
}

}  // namespace
}  // namespace linnet::http
