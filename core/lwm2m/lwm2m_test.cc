#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "linnet/lwm2m/body.h"
#include "linnet/lwm2m/objects.h"
#include "linnet/lwm2m/path.h"
#include "linnet/lwm2m/registration.h"
#include "linnet/lwm2m/response_code.h"
#include "linnet/lwm2m/value.h"

namespace linnet::lwm2m {
namespace {

TEST(Path, ReadsAndWritesItself) {
  for (const char* text : {"/", "/3", "/3/0", "/26241/19/4", "/3/0/11/0", "/65534/65534/65534/65534"}) {
    const auto path = Path::Parse(text);
    ASSERT_TRUE(path) << text;
    EXPECT_EQ(path->ToText().text(), text);
  }
  EXPECT_EQ(Path::Parse("3/0/1"), (Path{3, 0, 1}));
  EXPECT_EQ(Path::Parse(""), Path());
  for (const char* bad : {"/3/", "//", "/a", "/65535", "/-1", "/1/2/3/4/5", "/ 3", "/0000003"})
    EXPECT_FALSE(Path::Parse(bad)) << bad;
}

TEST(Path, ContainsWhatLiesBelow) {
  EXPECT_TRUE(Path().Contains({3, 0}));
  EXPECT_TRUE((Path{3, 0}.Contains({3, 0, 1})));
  EXPECT_TRUE((Path{3, 0}.Contains({3, 0})));
  EXPECT_FALSE((Path{3, 0, 1}.Contains({3, 0})));
  EXPECT_FALSE((Path{3, 0}.Contains({3, 1, 1})));
  EXPECT_EQ((Path{3, 0, 1}.Parent()), (Path{3, 0}));
  EXPECT_EQ((Path{3, 0}.Child(1)), (Path{3, 0, 1}));
}

TEST(Value, ReadsTextAndTlvBytesAsTheDefinitionWants) {
  EXPECT_EQ(Value::Text("-7").As(ValueType::kInteger), Value::Integer(-7));
  EXPECT_EQ(Value::Text("2.5").As(ValueType::kFloat), Value::Float(2.5));
  EXPECT_EQ(Value::Text("1").As(ValueType::kBoolean), Value::Boolean(true));
  EXPECT_EQ(Value::Text("3:0").As(ValueType::kObjectLink), Value::Link({3, 0}));
  const uint8_t minus_two[] = {0xff, 0xfe}, half[] = {0x3f, 0, 0, 0}, three[] = {1, 2, 3};
  EXPECT_EQ(Value::Untyped(minus_two).As(ValueType::kInteger), Value::Integer(-2));
  EXPECT_EQ(Value::Untyped(half).As(ValueType::kFloat), Value::Float(0.5));
  EXPECT_EQ(Value::Untyped(three).As(ValueType::kInteger).error(), Status::kInvalidArgument);
  EXPECT_EQ(Value::Integer(1).As(ValueType::kBoolean), Value::Boolean(true));
  EXPECT_EQ(Value::Float(86400).As(ValueType::kInteger), Value::Integer(86400));
  EXPECT_FALSE(Value::Text("x").As(ValueType::kInteger));
  EXPECT_FALSE(Value::Integer(5).As(ValueType::kText));
}

// What an encoded body holds, as text: "/3/0/0=Linnet /3/0/9=5 ".
std::string Dump(ContentFormat format, const Path& base, ByteSpan body) {
  std::vector<uint8_t> scratch(body.size());
  BodyReader reader(format, base, body, scratch);
  std::string dump;
  for (;;) {
    const auto resource = reader.Next();
    if (!resource)
      return dump + (resource.error() == Status::kOutOfRange ? "" : std::string(ToString(resource.error())));
    dump += std::string(resource->path.ToText().text()) + "=";
    const auto* definition = FindResource(resource->path);
    const auto value = definition == nullptr ? Result<Value>(resource->value) : resource->value.As(definition->type);
    if (!value) return dump + "?";
    switch (value->type()) {
      case ValueType::kInteger:
      case ValueType::kTime: dump += std::to_string(value->integer()); break;
      case ValueType::kBoolean: dump += value->boolean() ? "yes" : "no"; break;
      case ValueType::kFloat: dump += std::to_string(value->number()); break;
      default: dump += value->text();
    }
    dump += ' ';
  }
}

TEST(Body, EveryFormatOfManyCarriesAnInstance) {
  for (const ContentFormat format : {ContentFormat::kSenmlCbor, ContentFormat::kSenmlJson, ContentFormat::kTlv}) {
    std::array<uint8_t, 256> buffer;
    BodyWriter writer(format, {3, 0}, buffer);
    EXPECT_EQ(writer.Add({{3, 0, 0}, Value::Text("Linnet")}), Status::kOk);
    EXPECT_EQ(writer.Add({{3, 0, 11, 0}, Value::Integer(0)}), Status::kOk);
    EXPECT_EQ(writer.Add({{3, 0, 13}, Value::Time(1'700'000'000)}), Status::kOk);
    EXPECT_EQ(writer.Finish(), Status::kOk);
    EXPECT_EQ(Dump(format, {3, 0}, writer.body()), "/3/0/0=Linnet /3/0/11/0=0 /3/0/13=1700000000 ");
    BodyWriter elsewhere(format, {3, 0}, buffer);
    EXPECT_EQ(elsewhere.Add({{5, 0, 3}, Value::Integer(0)}), Status::kInvalidArgument);
  }
  for (const ContentFormat format : {ContentFormat::kSenmlCbor, ContentFormat::kSenmlJson, ContentFormat::kTlv}) {
    for (const Path base : {Path{26243}, Path{26243, 0}}) {
      std::array<uint8_t, 256> buffer;
      BodyWriter writer(format, base, buffer);
      ASSERT_EQ(writer.Add({path::kRunningDigest, Value::Opaque(AsBytes("0123456789"))}), Status::kOk);
      ASSERT_EQ(writer.Add({path::kRunningSequence, Value::Integer(70'000)}), Status::kOk);
      ASSERT_EQ(writer.Add({path::kRunningConfirmed, Value::Boolean(true)}), Status::kOk);
      ASSERT_EQ(writer.Add({path::kRunningVersion, Value::Text("dnn-2")}), Status::kOk);
      ASSERT_EQ(writer.Finish(), Status::kOk);
      EXPECT_EQ(Dump(format, base, writer.body()),
                "/26243/0/0=0123456789 /26243/0/1=70000 /26243/0/2=yes /26243/0/5=dnn-2 ");
    }
  }
}

TEST(Body, SingleResourceInEveryFormat) {
  const std::pair<ContentFormat, std::string> cases[] = {
      {ContentFormat::kText, "2"},
      {ContentFormat::kTlv, "\xc1\x03\x02"},  // resource 3, one byte: 2
      {ContentFormat::kSenmlJson, R"([{"bn":"/5/0/3","v":2}])"},
      {ContentFormat::kSenmlCbor, "\x81\xa2\x21\x66/5/0/3\x02\x02"},  // [{bn: "/5/0/3", v: 2}]
  };
  for (const auto& [format, bytes] : cases) {
    std::array<uint8_t, 64> buffer;
    BodyWriter writer(format, path::kUpdateState, buffer);
    ASSERT_EQ(writer.Add({path::kUpdateState, Value::Integer(2)}), Status::kOk);
    ASSERT_EQ(writer.Finish(), Status::kOk);
    EXPECT_EQ(AsText(writer.body()), bytes);
    EXPECT_EQ(Dump(format, path::kUpdateState, AsBytes(bytes)), "/5/0/3=2 ");
  }
}

TEST(Body, SendOfTwoInferencesOnTheWire) {
  std::array<uint8_t, 128> buffer;
  BodyWriter writer(ContentFormat::kSenmlCbor, {26241}, buffer);
  ASSERT_EQ(writer.Add({{26241, 0, 1}, Value::Integer(7)}), Status::kOk);
  ASSERT_EQ(writer.Add({{26241, 12, 1}, Value::Integer(3), -5}), Status::kOk);
  ASSERT_EQ(writer.Finish(), Status::kOk);
  const std::vector<uint8_t> expected = {0x82, 0xa3, 0x21, 0x67, '/', '2',  '6',  '2',  '4',  '1',
                                         '/',  0x00, 0x63, '0',  '/', '1',  0x02, 0x07, 0xa3, 0x00,
                                         0x64, '1',  '2',  '/',  '1', 0x02, 0x03, 0x06, 0x24};
  EXPECT_TRUE(Equal(writer.body(), expected));
  BodyReader reader(ContentFormat::kSenmlCbor, {}, expected);
  EXPECT_EQ(reader.Next()->time_s, std::nullopt);
  EXPECT_EQ(reader.Next()->time_s, -5);
}

TEST(Body, FormatsSayWhatTheyCantHold) {
  std::array<uint8_t, 8> buffer;
  BodyWriter text(ContentFormat::kText, {3, 0}, buffer);
  EXPECT_EQ(text.Add({{3, 0, 0}, Value::Text("a")}), Status::kOk);
  EXPECT_EQ(text.Add({{3, 0, 1}, Value::Text("b")}), Status::kFailedPrecondition);
  BodyWriter opaque(ContentFormat::kOpaque, {3, 0, 9}, buffer);
  EXPECT_EQ(opaque.Add({{3, 0, 9}, Value::Integer(1)}), Status::kInvalidArgument);
  BodyWriter other(ContentFormat::kCbor, {3, 0}, buffer);
  EXPECT_EQ(other.Add({{3, 0, 9}, Value::Integer(1)}), Status::kUnimplemented);
  BodyWriter full(ContentFormat::kSenmlJson, {3, 0}, buffer);
  EXPECT_EQ(full.Add({{3, 0, 9}, Value::Integer(1)}), Status::kResourceExhausted);
}

TEST(Body, ReaderRefusesPathsOutsideTheRequest) {
  EXPECT_EQ(Dump(ContentFormat::kSenmlJson, {3, 0}, AsBytes(R"([{"bn":"/5/0/","n":"1","v":1}])")), "invalid argument");
  EXPECT_EQ(Dump(ContentFormat::kSenmlJson, {3, 0}, AsBytes(R"([{"n":"3/0/1","v":1}])")), "invalid argument");
  EXPECT_EQ(Dump(ContentFormat::kSenmlJson, {}, AsBytes(R"([{"bn":"/3/0/1","n":"1","v":1}])")), "/3/0/11=1 ");
  EXPECT_EQ(Dump(ContentFormat::kTlv, {3, 0, 9}, AsBytes("\xc1\x08\x01")), "invalid argument");
}

TEST(Registration, QueryInAnyOrderWithoutBinding) {
  RegistrationQuery query;
  for (const char* segment : {"lwm2m=1.1", "lt=300", "x=y", "ep=board-1", "Q", "sms=+1"})
    EXPECT_EQ(query.Take(segment), Status::kOk);
  EXPECT_EQ(query.endpoint, "board-1");
  EXPECT_EQ(query.lifetime, Duration::Seconds(300));
  EXPECT_EQ(query.version, "1.1");
  EXPECT_EQ(query.binding, "U");
  EXPECT_TRUE(query.queue_mode);
  EXPECT_EQ(query.sms_number, "+1");
  RegistrationQuery bare;
  EXPECT_EQ(bare.lifetime_or_default(), Duration::Seconds(86400));
  EXPECT_EQ(bare.Take("lt=abc"), Status::kInvalidArgument);
  EXPECT_EQ(bare.Take("ep="), Status::kInvalidArgument);
}

TEST(Registration, ObjectListOfARealClient) {
  ObjectListReader reader(R"(</>;rt="oma.lwm2m";ct="60 110",</1/1>,</2>,</10>;ver=1.1,</dp>,</3/0>)");
  EXPECT_EQ(reader.Next()->path, (Path{1, 1}));
  EXPECT_EQ(reader.Next()->path, (Path{2}));
  EXPECT_EQ(reader.Next()->version, "1.1");
  EXPECT_EQ(reader.Next()->path, (Path{3, 0}));
  EXPECT_EQ(reader.Next().error(), Status::kOutOfRange);
  EXPECT_TRUE(reader.prefers(110));
  EXPECT_TRUE(reader.prefers(60));
  EXPECT_FALSE(reader.prefers(112));
}

TEST(Registration, ObjectsBelowAnotherRootAndAsWeWriteThem) {
  ObjectListReader rooted(R"(</lwm2m>;rt="oma.lwm2m",</lwm2m/3/0>)");
  EXPECT_EQ(rooted.Next()->path, (Path{3, 0}));
  EXPECT_EQ(rooted.root(), "/lwm2m");
  std::array<uint8_t, 64> buffer;
  ObjectListWriter writer(buffer);
  writer.AddRoot(112);
  writer.Add({3, 0});
  writer.Add({5}, "1.1");
  EXPECT_EQ(AsText(writer.written()), "</>;ct=112,</3/0>,</5>;ver=1.1");
  std::array<uint8_t, 16> lifetime;
  EXPECT_EQ(FormatLifetime(Duration::Seconds(120), lifetime), "lt=120");
}

TEST(ResponseCode, ReadsAsPeopleWriteIt) {
  const auto text = Format(ResponseCode::kUnsupportedContentFormat);
  EXPECT_EQ(std::string(text.begin(), text.end()), "4.15");
  EXPECT_EQ(ToResponseCode(Status::kNotFound), ResponseCode::kNotFound);
  EXPECT_EQ(ToStatus(ResponseCode::kContent), Status::kOk);
  EXPECT_EQ(ToStatus(static_cast<ResponseCode>(0x9d)), Status::kInvalidArgument);  // 4.29
}

TEST(Objects, DefinitionsAreInOrderAndFound) {
  for (const ObjectDefinition& object : Objects()) {
    for (size_t i = 1; i < object.resources.size(); ++i) EXPECT_LT(object.resources[i - 1].id, object.resources[i].id);
  }
  ASSERT_NE(FindResource(path::kUpdateState), nullptr);
  EXPECT_EQ(FindResource(path::kUpdateState)->type, ValueType::kInteger);
  EXPECT_EQ(FindResource({9999, 0, 1}), nullptr);
}

}  // namespace
}  // namespace linnet::lwm2m
