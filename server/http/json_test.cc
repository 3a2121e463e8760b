#include "json.h"

#include <gtest/gtest.h>

#include "linnet/http/api.h"

namespace linnet::http {
namespace {

Outcome<events::Value> Value(const char* text) { return ValueFrom(Json::parse(text)); }

TEST(JsonForm, ValuesOfResources) {
  EXPECT_EQ(*Value("90"), events::Value(int64_t{90}));
  EXPECT_EQ(*Value("-1.5"), events::Value(-1.5));
  EXPECT_EQ(*Value("true"), events::Value(true));
  EXPECT_EQ(*Value("\"x\""), events::Value(std::string("x")));
  EXPECT_EQ(*Value("{\"hex\":\"00fF\"}"), events::Value(events::Opaque{0x00, 0xff}));
  for (const char* bad :
       {"null", "[1]", "{}", "{\"hex\":\"0\"}", "{\"hex\":\"0g\"}", "{\"hex\":1}", "18446744073709551615"}) {
    EXPECT_FALSE(Value(bad)) << bad;
  }
}

TEST(JsonForm, AnAnswerShowsPathValueAndCode) {
  const lwm2m_server::Answer one{lwm2m::ResponseCode::kContent, {{"/3/0/3", std::string("dnn-1")}}};
  EXPECT_EQ(ToJson("/3/0/3", one).dump(), R"({"path":"/3/0/3","value":"dnn-1","code":"2.05"})");
  const lwm2m_server::Answer none{lwm2m::ResponseCode::kNotFound, {}};
  EXPECT_EQ(ToJson("/3/0/9", none).dump(), R"({"path":"/3/0/9","value":null,"code":"4.04"})");
  const lwm2m_server::Answer many{lwm2m::ResponseCode::kContent,
                                  {{"/3/0/0", events::Opaque{1}}, {"/3/0/1", int64_t{2}}}};
  EXPECT_EQ(ToJson("/3/0", many)["value"].dump(), R"({"/3/0/0":"01","/3/0/1":2})");
}

TEST(JsonForm, TextThatIsNotUtf8_StillMakesJson) {
  const Response response = ErrorResponse(Error(Status::kInvalidArgument, "a\xFFz"));
  EXPECT_EQ(response.code, 400);
  EXPECT_TRUE(Json::accept(response.body)) << response.body;
}

TEST(JsonForm, BodiesMustBeObjects) {
  EXPECT_TRUE(ParseObject("{\"sql\":\"x\"}"));
  for (const char* bad : {"", "{", "[]", "1", "{\"a\":}"}) {
    EXPECT_EQ(ParseObject(bad).error().status, Status::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace linnet::http
