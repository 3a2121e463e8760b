#include "linnet/wire/tlv.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace linnet::tlv {
namespace {

// /3/0 of LwM2M Core 1.1, 7.4.3.2's example, shortened.
constexpr uint8_t kDevice[] = {
    0xc8, 0x00, 0x14, 'O',  'p', 'e', 'n', ' ', 'M', 'o', 'b',  'i',  'l',
    'e',  ' ',  'A',  'l',  'l', 'i', 'a', 'n', 'c', 'e', 0x86, 0x06,  // multiple resource 6, 6 bytes
    0x41, 0x00, 0x01,                                                  //   instance 0: 1
    0x41, 0x01, 0x05,                                                  //   instance 1: 5
    0xc1, 0x09, 0x64,                                                  // resource 9: 100
    0xe1, 0x01, 0x2c, 0x07,                                            // resource 300 (id of two bytes): 7
};

TEST(Tlv, ReadsResourcesAndResourceInstances) {
  TreeReader reader(kDevice);
  auto leaf = reader.Next();
  ASSERT_TRUE(leaf);
  EXPECT_EQ(leaf->resource, 0);
  EXPECT_EQ(AsText(leaf->value), "Open Mobile Alliance");
  EXPECT_FALSE(leaf->instance || leaf->resource_instance);
  leaf = reader.Next();
  EXPECT_EQ(leaf->resource, 6);
  EXPECT_EQ(leaf->resource_instance, 0);
  leaf = reader.Next();
  EXPECT_EQ(leaf->resource_instance, 1);
  EXPECT_EQ(leaf->value[0], 5);
  EXPECT_EQ(reader.Next()->resource, 9);
  leaf = reader.Next();
  EXPECT_EQ(leaf->resource, 300);
  EXPECT_FALSE(leaf->resource_instance);
  EXPECT_EQ(reader.Next().error(), Status::kOutOfRange);
}

TEST(Tlv, WriterMakesTheSameBytes) {
  std::array<uint8_t, 64> buffer;
  TreeWriter writer(buffer);
  const uint8_t one = 1, five = 5, hundred = 100, seven = 7;
  writer.Add({{}, 0, {}, AsBytes("Open Mobile Alliance")});
  writer.Add({{}, 6, 0, {&one, 1}});
  writer.Add({{}, 6, 1, {&five, 1}});
  writer.Add({{}, 9, {}, {&hundred, 1}});
  writer.Add({{}, 300, {}, {&seven, 1}});
  const auto written = writer.Finish();
  ASSERT_TRUE(written);
  EXPECT_TRUE(Equal(*written, kDevice));
}

TEST(Tlv, InstancesWrapWhateverLengthTheyGrowTo) {
  std::vector<uint8_t> buffer(5000);
  const std::vector<uint8_t> value(300, 0x5a);
  TreeWriter writer(buffer);
  writer.Add({0, 1, {}, AsBytes("a")});
  writer.Add({0, 2, 7, value});
  writer.Add({1, 1, {}, {}});
  const auto written = writer.Finish();
  ASSERT_TRUE(written);
  EXPECT_EQ((*written)[0], 0x10);  // object instance, length of two bytes
  TreeReader reader(*written);
  EXPECT_EQ(reader.Next()->instance, 0);
  const auto leaf = reader.Next();
  EXPECT_EQ(leaf->resource_instance, 7);
  EXPECT_TRUE(Equal(leaf->value, value));
  EXPECT_EQ(reader.Next()->instance, 1);
  EXPECT_EQ(reader.Next().error(), Status::kOutOfRange);
}

TEST(Tlv, EveryTruncationIsDataLossOrShorter) {
  for (size_t size = 1; size < sizeof kDevice; ++size) {
    TreeReader reader(ByteSpan(kDevice).first(size));
    Result<Leaf> leaf = reader.Next();
    while (leaf) leaf = reader.Next();
    EXPECT_TRUE(leaf.error() == Status::kDataLoss || leaf.error() == Status::kOutOfRange);
  }
}

TEST(Tlv, LevelsThatCantNestAreDataLoss) {
  const uint8_t instance_in_instance[] = {0x03, 0x00, 0x01, 0x00, 0x00};
  EXPECT_EQ(TreeReader(instance_in_instance).Next().error(), Status::kDataLoss);
  const uint8_t stray_resource_instance[] = {0x41, 0x00, 0x01};
  EXPECT_EQ(TreeReader(stray_resource_instance).Next().error(), Status::kDataLoss);
}

TEST(Tlv, WriterSaysWhenItIsFull) {
  std::array<uint8_t, 4> buffer;
  TreeWriter writer(buffer);
  writer.Add({0, 1, {}, AsBytes("ab")});  // fits, but not with the instance around it
  EXPECT_EQ(writer.Finish().error(), Status::kResourceExhausted);
}

}  // namespace
}  // namespace linnet::tlv
