#include "linnet/wire/senml.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace linnet::senml {
namespace {

std::vector<Record> Sample() {
  static constexpr uint8_t kDigest[] = {0xfb, 0xff, 0x00, 0x01};
  return {
      {.base_name = "/3/0/", .name = "0", .kind = Kind::kText, .text = "Linnet \"1\""},
      {.name = "9", .kind = Kind::kInteger, .integer = -20},
      {.name = "7", .kind = Kind::kNumber, .number = 3.5, .time_s = -3},
      {.name = "8", .kind = Kind::kBoolean, .boolean = true},
      {.name = "2", .kind = Kind::kData, .data = kDigest},
      {.name = "4", .kind = Kind::kObjectLink, .text = "3:0"},
  };
}

void ExpectSample(const std::vector<Record>& records) {
  const auto sample = Sample();
  ASSERT_EQ(records.size(), sample.size());
  for (size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].base_name, "/3/0/");
    EXPECT_EQ(records[i].name, sample[i].name);
    EXPECT_EQ(records[i].kind, sample[i].kind);
    EXPECT_EQ(records[i].integer, sample[i].integer);
    EXPECT_EQ(records[i].number, sample[i].number);
    EXPECT_EQ(records[i].boolean, sample[i].boolean);
    EXPECT_EQ(records[i].text, sample[i].text);
    EXPECT_TRUE(Equal(records[i].data, sample[i].data));
    EXPECT_EQ(records[i].time_s, sample[i].time_s);
  }
}

template <typename Reader>
std::vector<Record> ReadAll(Reader& reader, Status& end) {
  std::vector<Record> records;
  for (;;) {
    const auto record = reader.Next();
    if (!record) {
      end = record.error();
      return records;
    }
    records.push_back(*record);
  }
}

TEST(SenmlCbor, BytesOfAPack) {
  std::array<uint8_t, 128> buffer;
  CborWriter writer(buffer);
  for (const Record& record : Sample()) writer.Add(record);
  const auto pack = writer.Finish();
  ASSERT_TRUE(pack);
  const std::vector<uint8_t> expected = {
      0x86,                                                                 // six records
      0xa3, 0x21, 0x65, '/', '3',  '/',  '0',  '/',                         // {-2 bn: "/3/0/",
      0x00, 0x61, '0',                                                      //  0 n: "0",
      0x03, 0x6a, 'L',  'i', 'n',  'n',  'e',  't',  ' ',  '"',  '1', '"',  // 3 vs}
      0xa2, 0x00, 0x61, '9', 0x02, 0x33,                                    // {n: "9", 2 v: -20}
      0xa3, 0x00, 0x61, '7', 0x02, 0xf9, 0x43, 0x00, 0x06, 0x22,            // {n: "7", v: 3.5, 6 t: -3}
      0xa2, 0x00, 0x61, '8', 0x04, 0xf5,                                    // {n: "8", 4 vb: true}
      0xa2, 0x00, 0x61, '2', 0x08, 0x44, 0xfb, 0xff, 0x00, 0x01,            // {n: "2", 8 vd}
      0xa2, 0x00, 0x61, '4', 0x63, 'v',  'l',  'o',  0x63, '3',  ':', '0',  // {n: "4", "vlo": "3:0"}
  };
  EXPECT_TRUE(Equal(*pack, expected));
  CborReader reader(expected);
  Status end;
  ExpectSample(ReadAll(reader, end));
  EXPECT_EQ(end, Status::kOutOfRange);
}

TEST(SenmlCbor, ManyRecordsGetALongerHead) {
  for (const int count : {0, 1, 23, 24, 255, 256, 300}) {
    std::vector<uint8_t> buffer(8000);
    CborWriter writer(buffer);
    for (int i = 0; i < count; ++i) writer.Add({.name = "1", .kind = Kind::kInteger, .integer = i});
    const auto pack = writer.Finish();
    ASSERT_TRUE(pack);
    CborReader reader(*pack);
    Status end;
    EXPECT_EQ(ReadAll(reader, end).size(), static_cast<size_t>(count));
    EXPECT_EQ(end, Status::kOutOfRange);
  }
}

TEST(SenmlCbor, IndefiniteItemsAndUnknownLabelsAreRead) {
  const uint8_t pack[] = {0x9f, 0xbf, 0x21, 0x62, '/',  '3',          // [_ {_ bn: "/3",
                          0x22, 0x19, 0x03, 0xe8,                     // -3 bt: 1000,
                          0x01, 0x61, 'C',                            // 1 u: "C",
                          0x63, 'x',  'y',  'z',  0x82, 1,    2,      // "xyz": [1, 2],
                          0x02, 0x18, 0x2a, 0xff,                     // v: 42},
                          0xa2, 0x00, 0x61, 'n',  0x06, 0x05, 0xff};  // {n: "n", t: 5}]
  CborReader reader(pack);
  Status end;
  const auto records = ReadAll(reader, end);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].integer, 42);
  EXPECT_EQ(records[0].time_s, 1000);
  EXPECT_EQ(records[1].time_s, 1005);
  EXPECT_EQ(records[1].kind, Kind::kNone);
  EXPECT_EQ(end, Status::kOutOfRange);
}

TEST(SenmlCbor, WhatMustBeUnderstoodAndIsNotIsRefused) {
  const uint8_t must[] = {0x81, 0xa1, 0x62, 'x', '_', 0x01};
  EXPECT_EQ(CborReader(must).Next().error(), Status::kUnimplemented);
  const uint8_t version[] = {0x81, 0xa1, 0x20, 0x0b};
  EXPECT_EQ(CborReader(version).Next().error(), Status::kUnimplemented);
  const uint8_t decimal[] = {0x81, 0xa1, 0x02, 0xc4, 0x82, 0x21, 0x19, 0x6a, 0xb3};
  EXPECT_EQ(CborReader(decimal).Next().error(), Status::kUnimplemented);
  const uint8_t map[] = {0xa1, 0x02, 0x01};
  EXPECT_EQ(CborReader(map).Next().error(), Status::kDataLoss);
  const uint8_t trailing[] = {0x80, 0x00};
  EXPECT_EQ(CborReader(trailing).Next().error(), Status::kDataLoss);
}

TEST(SenmlJson, TextOfAPack) {
  std::array<uint8_t, 256> buffer;
  JsonWriter writer(buffer);
  for (const Record& record : Sample()) writer.Add(record);
  const auto pack = writer.Finish();
  ASSERT_TRUE(pack);
  EXPECT_EQ(AsText(*pack), R"([{"bn":"/3/0/","n":"0","vs":"Linnet \"1\""},{"n":"9","v":-20},{"n":"7","v":3.5,"t":-3},)"
                           R"({"n":"8","vb":true},{"n":"2","vd":"-_8AAQ"},{"n":"4","vlo":"3:0"}])");
  std::array<uint8_t, 256> scratch;
  JsonReader reader(*pack, scratch);
  Status end;
  ExpectSample(ReadAll(reader, end));
  EXPECT_EQ(end, Status::kOutOfRange);
}

TEST(SenmlJson, WhitespaceEscapesAndUnknownLabelsAreRead) {
  const std::string_view text =
      " [ { \"bn\" : \"\\/3\\/0\\/\" , \"u\":\"x\", \"zz\":{\"a\":[1,{\"b\":\"]\\\"}\"}]}, "
      "\"n\":\"1\",\"vs\":\"\\u00e9\\ud83d\\ude00\\n\" } ,"
      " {\"v\":1.5e1}] ";
  std::array<uint8_t, 64> scratch;
  JsonReader reader(AsBytes(text), scratch);
  Status end;
  const auto records = ReadAll(reader, end);
  ASSERT_EQ(records.size(), 2u) << static_cast<int>(end);
  EXPECT_EQ(records[0].base_name, "/3/0/");
  EXPECT_EQ(records[0].text, "\xc3\xa9\xf0\x9f\x98\x80\n");
  EXPECT_EQ(records[1].number, 15);
  EXPECT_EQ(end, Status::kOutOfRange);
}

TEST(SenmlJson, MalformedPacksAreDataLoss) {
  for (const char* bad :
       {"", "{", "[", "[{", "[{}", "[{\"v\":}]", "[{\"v\":1,}]", "[{\"vs\":\"a}]", "[{\"vb\":maybe}]", "[]x",
        "[{\"vd\":\"a\"}]", "[{\"vd\":\"*\"}]", "[{\"vs\":\"\\ud800\"}]", "[{\"vs\":\"\\q\"}]", "[{} {}]"}) {
    std::array<uint8_t, 64> scratch;
    JsonReader reader(AsBytes(bad), scratch);
    Status end;
    ReadAll(reader, end);
    EXPECT_EQ(end, Status::kDataLoss) << bad;
  }
}

TEST(SenmlJson, FullBuffersSaySo) {
  std::array<uint8_t, 8> small;
  JsonWriter writer(small);
  writer.Add({.name = "1", .kind = Kind::kInteger, .integer = 5});
  EXPECT_EQ(writer.Finish().error(), Status::kResourceExhausted);
  JsonReader reader(AsBytes(R"([{"vd":"AAAAAAAAAAAAAAAA"}])"), small);
  EXPECT_EQ(reader.Next().error(), Status::kResourceExhausted);
}

}  // namespace
}  // namespace linnet::senml
