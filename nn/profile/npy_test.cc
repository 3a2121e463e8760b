#include "linnet/profile/npy.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linnet::profile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// As numpy.save writes it, but for the header's padding with blanks.
std::string File(const std::string& header, const std::string& data, char major = 1) {
  std::string file = "\x93NUMPY";
  file += {major, 0};
  file += static_cast<char>(header.size() & 0xFF);
  file += static_cast<char>(header.size() >> 8);
  if (major > 1) file += std::string(2, '\0');
  return file + header + data;
}

InputKind Int8(size_t elements, float scale, int32_t zero_point) {
  return {.type = graph::DType::kInt8, .elements = elements, .scale = scale, .zero_point = zero_point};
}

TEST(Npy, ReadsInt8) {
  const auto array = ParseNpy(
      AsBytes(File("{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }\n", "\x01\x02\x03\xFF\x00\x80xx")));
  // The string above ends at its zero byte.
  ASSERT_FALSE(array);
  const std::string data("\x01\x02\x03\xFF\x00\x80", 6);
  const auto whole = ParseNpy(AsBytes(File("{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }\n", data)));
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_THAT(whole->shape, ElementsAre(2, 3));
  const auto inputs = ConvertInputs(*whole, Int8(3, 0.1F, 5));
  ASSERT_TRUE(inputs);
  EXPECT_THAT((*inputs)[0], ElementsAre(1, 2, 3));
  EXPECT_THAT((*inputs)[1], ElementsAre(0xFF, 0, 0x80));
}

TEST(Npy, FloatsAreQuantisedAndPixelsAreShares) {
  const std::string floats("\x00\x00\x80\x3F\x00\x00\x00\xBF", 8);  // 1.0, -0.5
  for (const char version : {1, 2, 3}) {
    const auto array =
        ParseNpy(AsBytes(File("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", floats, version)));
    ASSERT_TRUE(array) << array.error().message;
    const auto inputs = ConvertInputs(*array, Int8(2, 0.25F, 10));
    ASSERT_TRUE(inputs);
    EXPECT_THAT((*inputs)[0], ElementsAre(14, 8));
  }
  const auto pixels = ParseNpy(
      AsBytes(File("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n", std::string("\x00\x7F\xFF", 3))));
  ASSERT_TRUE(pixels);
  const auto inputs = ConvertInputs(*pixels, Int8(3, 1.0F / 255, -128));
  ASSERT_TRUE(inputs);
  EXPECT_THAT((*inputs)[0], ElementsAre(0x80, 0xFF, 0x7F));  // -128, -1, 127
}

TEST(Npy, SaysWhatIsWrong) {
  const auto message = [](const std::string& file) {
    const auto array = ParseNpy(AsBytes(file));
    return array ? std::string("parsed") : array.error().message;
  };
  EXPECT_THAT(message("PK\x03\x04 a zip file, as np.savez writes it"), HasSubstr("not an .npy file"));
  EXPECT_THAT(message(File("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "12345678")),
              HasSubstr("'<c8'"));
  EXPECT_THAT(message(File("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "1234")),
              HasSubstr("Fortran order"));
  EXPECT_THAT(message(File("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "1234")),
              HasSubstr("cut short"));
  EXPECT_THAT(
      message(File("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 1099511627776), }", "1234")),
      HasSubstr("cut short"));
  EXPECT_THAT(message(File("{'descr': '<f4', 'fortran_order': False, 'shape': (x,), }", "1234")), HasSubstr("numbers"));
  EXPECT_THAT(message(std::string("\x93NUMPY\x01\x00\xFF\xFF", 10)), HasSubstr("cut short in the header"));
}

TEST(Npy, FloatNetworksTakeTheNumbersThemselves) {
  const InputKind kind{.type = graph::DType::kFloat32, .elements = 1};
  const auto bytes =
      ParseNpy(AsBytes(File("{'descr': '|i1', 'fortran_order': False, 'shape': (2, 1), }\n", "\x01\xFF")));
  ASSERT_TRUE(bytes);
  const auto inputs = ConvertInputs(*bytes, kind);
  ASSERT_TRUE(inputs);
  EXPECT_THAT((*inputs)[0], ElementsAre(0, 0, 0x80, 0x3F));  // 1.0
  EXPECT_THAT((*inputs)[1], ElementsAre(0, 0, 0x80, 0xBF));  // -1.0
}

TEST(Npy, IntegerNetworksTakeWholeNumbers) {
  const std::string data("\xFE\xFF\xFF\xFF", 4);
  const auto array = ParseNpy(AsBytes(File("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }\n", data)));
  ASSERT_TRUE(array) << array.error().message;
  const auto wide = ConvertInputs(*array, {.type = graph::DType::kInt64, .elements = 1});
  ASSERT_TRUE(wide);
  EXPECT_THAT((*wide)[0], ElementsAre(0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF));
  const std::string half("\x00\x00\x00\x3F", 4);  // 0.5
  const auto real = ParseNpy(AsBytes(File("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", half)));
  ASSERT_TRUE(real);
  EXPECT_THAT(ConvertInputs(*real, {.type = graph::DType::kInt32, .elements = 1}).error().message,
              HasSubstr("element 0 is no int32"));
}

TEST(Npy, SixteenBitInputsAsTheyStandOrQuantised) {
  const InputKind kind = {.type = graph::DType::kInt16, .elements = 1, .scale = 0.5F, .zero_point = 1};
  const auto codes = ParseNpy(
      AsBytes(File("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }\n", std::string("\x01\x80\x00\x01", 4))));
  ASSERT_TRUE(codes) << codes.error().message;
  const auto as_they_stand = ConvertInputs(*codes, kind);
  ASSERT_TRUE(as_they_stand);
  EXPECT_THAT((*as_they_stand)[0], ElementsAre(0x01, 0x80));
  const std::string reals("\x00\x00\x80\xBF\x00\x24\x74\x49", 8);  // -1, 1000000
  const auto array = ParseNpy(AsBytes(File("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", reals)));
  ASSERT_TRUE(array);
  const auto quantised = ConvertInputs(*array, kind);
  ASSERT_TRUE(quantised);
  EXPECT_THAT((*quantised)[0], ElementsAre(0xFF, 0xFF));  // -1 / 0.5 + 1
  EXPECT_THAT((*quantised)[1], ElementsAre(0xFF, 0x7F));
}

TEST(Npy, InputsMustFitTheNetwork) {
  const auto array = ParseNpy(AsBytes(File("{'descr': '|i1', 'fortran_order': False, 'shape': (5,), }", "12345")));
  ASSERT_TRUE(array);
  EXPECT_THAT(ConvertInputs(*array, Int8(2, 1, 0)).error().message, HasSubstr("5 elements; the network takes 2"));
  const std::string nan("\x00\x00\xC0\x7F", 4);
  const auto bad = ParseNpy(AsBytes(File("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", nan)));
  ASSERT_TRUE(bad);
  EXPECT_THAT(ConvertInputs(*bad, Int8(1, 1, 0)).error().message, HasSubstr("finite"));
}

}  // namespace
}  // namespace linnet::profile
