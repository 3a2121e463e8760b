// clang-format off: the tables of bytes are laid out by hand, a field a line.
#include "linnet/wire/cbor.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace linnet::cbor {
namespace {

std::vector<uint8_t> Hex(std::string_view hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

template <typename F>
std::vector<uint8_t> Written(F write) {
  static std::array<uint8_t, 512> buffer;
  Writer writer(buffer);
  write(writer);
  EXPECT_EQ(writer.status(), Status::kOk);
  return {writer.written().begin(), writer.written().end()};
}

// RFC 8949, appendix A.
struct UnsignedVector { uint64_t value; const char* hex; };
constexpr UnsignedVector kUnsigned[] = {
    {0, "00"}, {1, "01"}, {10, "0a"}, {23, "17"}, {24, "1818"}, {25, "1819"}, {100, "1864"}, {1000, "1903e8"},
    {1000000, "1a000f4240"}, {1000000000000, "1b000000e8d4a51000"}, {18446744073709551615u, "1bffffffffffffffff"}};
struct NegativeVector { int64_t value; const char* hex; };
constexpr NegativeVector kNegative[] = {
    {-1, "20"}, {-10, "29"}, {-100, "3863"}, {-1000, "3903e7"},
    {std::numeric_limits<int64_t>::min(), "3b7fffffffffffffff"}};
struct FloatVector { double value; const char* hex; };
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr FloatVector kFloat[] = {
    {0.0, "f90000"}, {-0.0, "f98000"}, {1.0, "f93c00"}, {1.1, "fb3ff199999999999a"}, {1.5, "f93e00"},
    {65504.0, "f97bff"}, {100000.0, "fa47c35000"}, {3.4028234663852886e+38, "fa7f7fffff"},
    {1.0e+300, "fb7e37e43c8800759c"}, {5.960464477539063e-8, "f90001"}, {0.00006103515625, "f90400"},
    {-4.0, "f9c400"}, {-4.1, "fbc010666666666666"}, {kInf, "f97c00"}, {-kInf, "f9fc00"}};

TEST(Writer, UnsignedAsInAppendixA) {
  for (const auto& v : kUnsigned) EXPECT_EQ(Written([&](Writer& w) { w.Unsigned(v.value); }), Hex(v.hex)) << v.hex;
}

TEST(Writer, NegativeAsInAppendixA) {
  for (const auto& v : kNegative) EXPECT_EQ(Written([&](Writer& w) { w.Int(v.value); }), Hex(v.hex)) << v.hex;
}

TEST(Writer, DoubleTakesTheShortestExactForm) {
  for (const auto& v : kFloat) EXPECT_EQ(Written([&](Writer& w) { w.Double(v.value); }), Hex(v.hex)) << v.hex;
  EXPECT_EQ(Written([](Writer& w) { w.Double(std::nan("")); }), Hex("f97e00"));
}

TEST(Writer, ContainersAsInAppendixA) {
  EXPECT_EQ(Written([](Writer& w) { w.Bytes(Hex("01020304")); }), Hex("4401020304"));
  EXPECT_EQ(Written([](Writer& w) { w.Text("IETF"); }), Hex("6449455446"));
  EXPECT_EQ(Written([](Writer& w) { w.Text(""); }), Hex("60"));
  EXPECT_EQ(Written([](Writer& w) { w.Bool(false); w.Bool(true); w.Null(); }), Hex("f4f5f6"));
  EXPECT_EQ(Written([](Writer& w) { w.Tag(1); w.Unsigned(1363896240); }), Hex("c11a514b67b0"));
  EXPECT_EQ(Written([](Writer& w) {
              w.Array(3), w.Unsigned(1), w.Array(2), w.Unsigned(2), w.Unsigned(3), w.Array(2), w.Unsigned(4), w.Unsigned(5);
            }), Hex("8301820203820405"));
  EXPECT_EQ(Written([](Writer& w) {
              w.Map(2), w.Text("a"), w.Unsigned(1), w.Text("b"), w.Array(2), w.Unsigned(2), w.Unsigned(3);
            }), Hex("a26161016162820203"));
  EXPECT_EQ(Written([](Writer& w) {
              w.IndefiniteMap(), w.Text("Fun"), w.Bool(true), w.Text("Amt"), w.Int(-2), w.Break();
            }), Hex("bf6346756ef563416d7421ff"));
  EXPECT_EQ(Written([](Writer& w) { w.IndefiniteArray(), w.Break(); }), Hex("9fff"));
}

TEST(Writer, OverflowIsKeptAndWritesNothingMore) {
  std::array<uint8_t, 3> buffer{0xAA, 0xAA, 0xAA};
  Writer writer({buffer.data(), 2});
  writer.Unsigned(1);
  writer.Unsigned(1000);  // 3 bytes
  writer.Unsigned(2);
  EXPECT_EQ(writer.status(), Status::kResourceExhausted);
  EXPECT_EQ(writer.size_bytes(), 1u);
  EXPECT_EQ(buffer[2], 0xAA);
}

TEST(Reader, NumbersAsInAppendixA) {
  for (const auto& v : kUnsigned) {
    const auto bytes = Hex(v.hex);
    Reader reader(bytes);
    EXPECT_EQ(reader.Peek(), Type::kUnsigned);
    EXPECT_EQ(reader.Unsigned(), v.value);
    EXPECT_TRUE(reader.done());
  }
  for (const auto& v : kNegative) {
    const auto bytes = Hex(v.hex);
    Reader reader(bytes);
    EXPECT_EQ(reader.Int(), v.value);
  }
  for (const auto& v : kFloat) {
    const auto bytes = Hex(v.hex);
    Reader reader(bytes);
    EXPECT_EQ(reader.Peek(), Type::kFloat);
    const auto number = reader.Number();
    ASSERT_TRUE(number);
    EXPECT_EQ(*number, v.value);
    EXPECT_EQ(std::signbit(*number), std::signbit(v.value));
  }
  for (const char* nan : {"f97e00", "fa7fc00000", "fb7ff8000000000000"}) {
    const auto bytes = Hex(nan);
    EXPECT_TRUE(std::isnan(Reader(bytes).Number().value()));
  }
  const auto below_int64 = Hex("3bffffffffffffffff");  // -18446744073709551616
  Reader reader(below_int64);
  EXPECT_EQ(reader.Int(), Fail(Status::kOutOfRange));
  EXPECT_EQ(reader.Number(), -18446744073709551616.0);
}

TEST(Reader, ReadsAMapItemByItem) {
  const auto bytes = Hex("a3"      // map of 3
                         "6161" "01"          // "a": 1
                         "6162" "820203"      // "b": [2, 3]
                         "6163" "43010203");  // "c": h'010203'
  Reader reader(bytes);
  EXPECT_EQ(reader.Map().value(), 3u);
  EXPECT_EQ(reader.Text(), "a");
  EXPECT_EQ(reader.Bytes(), Fail(Status::kInvalidArgument));  // moves nothing
  EXPECT_EQ(reader.Unsigned(), 1u);
  EXPECT_EQ(reader.Text(), "b");
  const auto item = reader.Item();
  ASSERT_TRUE(item);
  EXPECT_TRUE(Equal(*item, Hex("820203")));
  EXPECT_EQ(reader.Text(), "c");
  const auto c = reader.Bytes();
  ASSERT_TRUE(c);
  EXPECT_TRUE(Equal(*c, Hex("010203")));
  EXPECT_EQ(reader.Unsigned(), Fail(Status::kOutOfRange));
  EXPECT_TRUE(reader.done());
}

TEST(Reader, IndefiniteMapEndsAtBreak) {
  const auto bytes = Hex("bf6346756ef563416d7421ff");
  Reader reader(bytes);
  EXPECT_EQ(reader.Map().value(), std::nullopt);
  EXPECT_EQ(reader.Text(), "Fun");
  EXPECT_EQ(reader.Bool(), true);
  EXPECT_EQ(reader.Text(), "Amt");
  EXPECT_EQ(reader.Int(), -2);
  EXPECT_EQ(reader.Peek(), Type::kBreak);
  EXPECT_EQ(reader.Break(), Status::kOk);
  EXPECT_TRUE(reader.done());
}

TEST(Reader, SkipsEveryWellFormedItemOfAppendixA) {
  for (const char* hex : {"f4", "f5", "f6", "f7", "f0", "f8ff", "c249010000000000000000", "c074323031332d30332d32315432303a30343a30305a",
                          "d818456449455446", "8301820203820405", "826161a161626163", "a0", "80",
                          "98190102030405060708090a0b0c0d0e0f101112131415161718181819", "a56161614161626142616361436164614461656145",
                          "5f42010243030405ff", "7f657374726561646d696e67ff", "9f018202039f0405ffff", "83018202039f0405ff",
                          "bf61610161629f0203ffff", "d9d9f7a0"}) {
    const auto bytes = Hex(hex);
    Reader reader(bytes);
    EXPECT_EQ(reader.Skip(), Status::kOk) << hex;
    EXPECT_TRUE(reader.done()) << hex;
    for (size_t cut = 1; cut < bytes.size(); ++cut) {
      Reader cut_reader(ByteSpan(bytes).first(cut));
      EXPECT_EQ(cut_reader.Skip(), Status::kDataLoss) << hex << " cut at " << cut;
      EXPECT_EQ(cut_reader.offset(), 0u);
    }
  }
}

// RFC 8949, appendix F.
TEST(Reader, RefusesWhatIsNotWellFormed) {
  for (const char* hex : {"1c", "1d", "1e", "3c", "5c", "7e", "9d", "bc", "dd", "fe", "f800", "f818", "f81f", "1f", "3f", "df",
                          "5f00ff", "5f6100ff", "5f5f4100ffff", "7f4100ff", "81ff", "8200ff", "a1ff", "a100ff", "bf00ff",
                          "bf000000ff", "9f81ff", "9f829f819f9fffffffff", "c0ff", "9fc0ff", "9f", "bf0102", "5b7fffffffffffffff00"}) {
    const auto bytes = Hex(hex);
    Reader reader(bytes);
    EXPECT_EQ(reader.Skip(), Status::kDataLoss) << hex;
    EXPECT_EQ(reader.offset(), 0u);
  }
  const auto lone_break = Hex("ff");
  EXPECT_EQ(Reader(lone_break).Skip(), Status::kInvalidArgument);
  EXPECT_EQ(Reader({}).Skip(), Status::kOutOfRange);
}

TEST(Reader, CountsBeyondTheBytesLeftAreACut) {
  const auto array = Hex("9b7fffffffffffffff01");
  EXPECT_EQ(Reader(array).Array(), Fail(Status::kDataLoss));
  const auto map = Hex("a20102" "03");
  EXPECT_EQ(Reader(map).Map(), Fail(Status::kDataLoss));
  const auto bytes = Hex("4301ff");
  EXPECT_EQ(Reader(bytes).Bytes(), Fail(Status::kDataLoss));
}

TEST(Reader, BytesHeadIsReadBeforeTheContentIsThere) {
  const auto bytes = Hex("5a00010000" "01");  // 65,536 bytes, of which one is here
  Reader reader(bytes);
  EXPECT_EQ(reader.BytesHead(), 65536u);
  EXPECT_EQ(reader.offset(), 5u);
  EXPECT_EQ(reader.BytesHead(), Fail(Status::kInvalidArgument));
  EXPECT_EQ(Reader(ByteSpan(bytes).first(4)).BytesHead(), Fail(Status::kDataLoss));
}

TEST(Reader, IndefiniteStringsAreNotReadOnlySkipped) {
  const auto bytes = Hex("5f4101ff");
  Reader reader(bytes);
  EXPECT_EQ(reader.Bytes(), Fail(Status::kUnimplemented));
  EXPECT_EQ(reader.Skip(), Status::kOk);
}

TEST(Reader, NestingIsLimited) {
  std::vector<uint8_t> bytes(16, 0x81);
  bytes.push_back(0x00);
  EXPECT_EQ(Reader(bytes).Skip(), Status::kOk);
  bytes.insert(bytes.begin(), 0x81);
  EXPECT_EQ(Reader(bytes).Skip(), Status::kResourceExhausted);
}

TEST(Cbor, RandomDoublesSurvive) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  std::array<uint8_t, 9> buffer;
  for (int i = 0; i < 20000; ++i) {
    double value;
    uint64_t bits = random();
    if (i % 3 == 1) bits &= ~uint64_t{0} << 29;  // exact as a float
    if (i % 3 == 2) bits = (bits & 0x8000000000000000) | (1023 - 26 + bits % 44) << 52 | (random() & 0x3FF) << 42;
    std::memcpy(&value, &bits, 8);
    Writer writer(buffer);
    writer.Double(value);
    ASSERT_EQ(writer.status(), Status::kOk);
    Reader reader(writer.written());
    const double back = reader.Number().value();
    ASSERT_TRUE(back == value || (value != value && back != back)) << value;
  }
}

}  // namespace
}  // namespace linnet::cbor
