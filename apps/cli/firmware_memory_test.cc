// Memory of a firmware by owner, read from its symbols and from what it says of itself.
#include "firmware_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linnet::cli {
namespace {

using testing::HasSubstr;

constexpr const char* kSymbols =
    "2000a1b4 00001013 B ram_heap\n"
    "20008000 00003000 b memp_memory_PBUF_POOL_base\n"
    "2000b000 00000040 b memp_memory_UDP_PCB_base\n"
    "2000c000 00001400 b _ZN6linnet6crypto12_GLOBAL__N_14poolE\n"
    "21021000 T model_run\n"
    "21021004 00000010 T main\n";

TEST(HeapOwners, EachOwnersBytes_AndTheirSum) {
  const auto owners = HeapOwners(kSymbols);
  ASSERT_TRUE(owners) << owners.error().message;
  EXPECT_EQ((*owners)["heap_lwip_heap_bytes"], 0x1013);
  EXPECT_EQ((*owners)["heap_lwip_pools_bytes"], 0x3040);
  EXPECT_EQ((*owners)["heap_mbedtls_pool_bytes"], 0x1400);
  EXPECT_EQ((*owners)["heap_malloc_bytes"], 0);
  EXPECT_EQ((*owners)["heap_bytes"], 0x1013 + 0x3040 + 0x1400);
}

TEST(HeapOwners, AMallocThatLinked_IsNotCalledNone) {
  const auto owners = HeapOwners(std::string(kSymbols) + "21021104 00000010 T malloc\n");
  ASSERT_FALSE(owners);
  EXPECT_THAT(owners.error().message, HasSubstr("malloc"));
}

TEST(HeapOwners, AnotherProgram_IsRefused) {
  EXPECT_FALSE(HeapOwners("21021000 00000010 T main\n"));
  EXPECT_FALSE(HeapOwners(""));
}

TEST(MemoryLine, TheLastOneCounts) {
  const auto line = MemoryLine(
      "pass 1: dnn 2/2 correct\nmemory: heap 0, at most 1; stack at most 2 of 3; static 4; arena 5\n"
      "memory: heap 10, at most 448; stack at most 1276 of 15360; static 38832; arena 912\n");
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ((*line)["heap_lwip_heap_peak_bytes"], 448);
  EXPECT_EQ((*line)["firmware_stack_peak_bytes"], 1276);
  EXPECT_EQ((*line)["firmware_static_bytes"], 38832);
  EXPECT_FALSE(MemoryLine("memory: heap many\n"));
  EXPECT_FALSE(MemoryLine("pass 1\n"));
}

}  // namespace
}  // namespace linnet::cli
