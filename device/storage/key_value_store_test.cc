#include "linnet/storage/key_value_store.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "linnet/platform/fake_flash.h"
#include "linnet/storage/crc32.h"

namespace linnet::storage {
namespace {

using platform::FakeFlash;
constexpr uint32_t kSector = platform::kKeyValueArea.first_sector;

std::string TextOf(const Result<ByteSpan>& value) {
  return value ? std::string(AsText(*value)) : "(" + std::string(ToString(value.error())) + ")";
}

TEST(Crc32, StandardVector) {
  EXPECT_EQ(Crc32(AsBytes("123456789")), 0xCBF43926u);
  EXPECT_EQ(Crc32(AsBytes("6789"), Crc32(AsBytes("12345"))), 0xCBF43926u);
}

TEST(KeyValueStore, KeepsTheLastValueOfEachKeyOverReopening) {
  FakeFlash flash;
  KeyValueStore store(flash, kSector);
  ASSERT_EQ(store.Open(), Status::kOk);
  EXPECT_EQ(store.Get("endpoint"), Fail(Status::kNotFound));
  ASSERT_EQ(store.Put("endpoint", "board-1"), Status::kOk);
  ASSERT_EQ(store.Put("server", "10.0.2.2:5683"), Status::kOk);
  ASSERT_EQ(store.Put("endpoint", "board-2"), Status::kOk);
  ASSERT_EQ(store.Put("nothing", ByteSpan()), Status::kOk);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(TextOf(store.Get("endpoint")), "board-2");
    EXPECT_EQ(TextOf(store.Get("server")), "10.0.2.2:5683");
    EXPECT_EQ(TextOf(store.Get("nothing")), "");
    EXPECT_EQ(store.Get("serve"), Fail(Status::kNotFound));
    ASSERT_EQ(store.Open(), Status::kOk);
  }
}

TEST(KeyValueStore, BytesInFlash) {
  FakeFlash flash;
  KeyValueStore store(flash, kSector);
  ASSERT_EQ(store.Open(), Status::kOk);
  ASSERT_EQ(store.Put("k", "value"), Status::kOk);
  const ByteSpan sector = flash.memory().subspan(0x8000, 0x4000);
  EXPECT_EQ(AsText(sector.first(4)), "LKV1");
  EXPECT_EQ(LoadLe32(sector.data() + 4), 1u);  // sequence
  EXPECT_EQ(LoadLe32(sector.data() + 8), Crc32(sector.first(8)));
  EXPECT_EQ(LoadLe32(sector.data() + 12), 0xFFFFFFFF);                             // unused
  EXPECT_EQ(AsText(sector.subspan(16, 4)), std::string_view("R\x01\x05\x00", 4));  // mark, key bytes, value bytes
  EXPECT_EQ(AsText(sector.subspan(24, 8)), std::string_view("kvalue\xff\xff"));    // key, value, padding
}

TEST(KeyValueStore, RefusesWhatDoesNotFit) {
  FakeFlash flash;
  KeyValueStore store(flash, kSector);
  ASSERT_EQ(store.Open(), Status::kOk);
  EXPECT_EQ(store.Put("", "v"), Status::kInvalidArgument);
  EXPECT_EQ(store.Put(std::string(32, 'k'), "v"), Status::kInvalidArgument);
  EXPECT_EQ(store.Put("k", std::string(257, 'v')), Status::kInvalidArgument);
  const std::string value(kMaxValueBytes, 'v');
  int stored = 0;
  Status status = Status::kOk;
  for (; stored < 100 && Ok(status); ++stored) status = store.Put("key-" + std::to_string(1000 + stored), value);
  EXPECT_EQ(status, Status::kResourceExhausted);
  EXPECT_EQ(stored - 1, (0x4000 - 16) / 272);
  EXPECT_EQ(TextOf(store.Get("key-1000")), value);
  // A value of the same size can still be replaced: it is compacted over and over.
  EXPECT_EQ(store.Put("key-1003", std::string(kMaxValueBytes, 'w')), Status::kOk);
  ASSERT_EQ(store.Open(), Status::kOk);
  EXPECT_EQ(TextOf(store.Get("key-1003")), std::string(kMaxValueBytes, 'w'));
  EXPECT_EQ(TextOf(store.Get("key-1059")), value);
}

TEST(KeyValueStore, RubbishInBothSectorsIsAnEmptyStore) {
  FakeFlash flash;
  std::mt19937 random(5);
  std::vector<uint8_t> rubbish(0x8000);
  for (uint8_t& byte : rubbish) byte = static_cast<uint8_t>(random());
  flash.Poke(0x8000, rubbish);
  KeyValueStore store(flash, kSector);
  ASSERT_EQ(store.Open(), Status::kOk);
  EXPECT_EQ(store.Get("k"), Fail(Status::kNotFound));
  ASSERT_EQ(store.Put("k", "v"), Status::kOk);
  ASSERT_EQ(store.Open(), Status::kOk);
  EXPECT_EQ(TextOf(store.Get("k")), "v");
}

// A random series of writes that compacts several times, cut at every operation in every way; the recovery is cut too.
class PowerCut : public testing::TestWithParam<FakeFlash::Tear> {};

TEST_P(PowerCut, EachKeyHasItsOldOrItsNewValue) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  struct Write {
    std::string key, value;
  };
  std::vector<Write> writes;
  std::mt19937 random(seed);
  for (int i = 0; i < 230; ++i) {
    const std::string key = "key-" + std::to_string(random() % 6);
    writes.push_back({key, std::string(random() % 257, static_cast<char>('a' + i % 26)) + ""});
  }

  // A dry run: the flash before each write, and how many operations the write takes.
  FakeFlash flash;
  KeyValueStore store(flash, kSector);
  ASSERT_EQ(store.Open(), Status::kOk);
  std::map<std::string, std::string> before;
  uint64_t cuts = 0, compactions = 0;
  for (const Write& write : writes) {
    const FakeFlash snapshot = flash;
    const uint64_t start = flash.operations();
    ASSERT_EQ(store.Put(write.key, write.value), Status::kOk);
    const uint64_t operations = flash.operations() - start;
    compactions += operations > 80;
    // Appends all look alike: every compaction is swept whole, of the appends every eighth.
    const bool swept = operations > 80 || &write - writes.data() < 8 || (&write - writes.data()) % 8 == 0;
    for (uint64_t cut = 0; swept && cut < operations; ++cut) {
      FakeFlash torn = snapshot;
      KeyValueStore victim(torn, kSector);
      ASSERT_EQ(victim.Open(), Status::kOk);
      torn.CutAfter(cut, GetParam());
      ASSERT_EQ(victim.Put(write.key, write.value), Status::kDataLoss);
      torn.Restore();
      ++cuts;

      KeyValueStore after(torn, kSector);
      ASSERT_EQ(after.Open(), Status::kOk);
      auto expected = before;
      const std::string now = TextOf(after.Get(write.key));
      const bool old_value = before.contains(write.key) ? now == before[write.key] : now == "(not found)";
      ASSERT_TRUE(now == write.value || old_value) << "cut at " << cut << ": " << now;
      for (const auto& [key, value] : before) {
        if (key != write.key) {
          ASSERT_EQ(TextOf(after.Get(key)), value) << "cut at " << cut;
        }
      }
      // The store goes on: the same write again, cut a second time near its start, then whole.
      torn.CutAfter(cut % 5, GetParam());
      (void)after.Put(write.key, write.value);
      torn.Restore();
      ASSERT_EQ(after.Open(), Status::kOk);
      ASSERT_EQ(after.Put(write.key, write.value), Status::kOk);
      ASSERT_EQ(after.Open(), Status::kOk);
      ASSERT_EQ(TextOf(after.Get(write.key)), write.value);
      for (const auto& [key, value] : before) {
        if (key != write.key) {
          ASSERT_EQ(TextOf(after.Get(key)), value) << "after a second cut, first at " << cut;
        }
      }
    }
    before[write.key] = write.value;
  }
  EXPECT_GE(compactions, 1u);
  RecordProperty("cuts", static_cast<int>(cuts));
}

INSTANTIATE_TEST_SUITE_P(Tears, PowerCut,
                         testing::Values(FakeFlash::Tear::kBefore, FakeFlash::Tear::kPartial, FakeFlash::Tear::kScatter,
                                         FakeFlash::Tear::kAfter));

TEST(KeyValueStore, GoesOnAfterAFailedWriteWithoutReopening) {
  FakeFlash flash;
  KeyValueStore store(flash, kSector);
  ASSERT_EQ(store.Open(), Status::kOk);
  ASSERT_EQ(store.Put("k", "old"), Status::kOk);
  flash.CutAfter(1, FakeFlash::Tear::kScatter);
  ASSERT_EQ(store.Put("k", "lost"), Status::kDataLoss);
  flash.Restore();
  EXPECT_EQ(TextOf(store.Get("k")), "old");
  ASSERT_EQ(store.Put("k", "new"), Status::kOk);
  EXPECT_EQ(TextOf(store.Get("k")), "new");
  ASSERT_EQ(store.Open(), Status::kOk);
  EXPECT_EQ(TextOf(store.Get("k")), "new");
}

}  // namespace
}  // namespace linnet::storage
