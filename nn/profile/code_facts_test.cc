#include "code_facts.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/profile/profile.h"
#include "subprocess.h"

namespace linnet::profile {
namespace {

using testing::HasSubstr;

// As objdump prints it: a loop of ten bytes, a literal behind the code, a call of a library function.
constexpr std::string_view kListing =
    "\nalone:     file format elf32-littlearm\n\n\nDisassembly of section .text:\n\n"
    "00008000 <model_run>:\n"
    "    8000:\tb510      \tpush\t{r4, lr}\n"
    "    8002:\t460c      \tmov\tr4, r1\n"
    "    8004:\tf7ff fffc \tbl\t8020 <run_a>\n"
    "    8008:\t2000      \tmovs\tr0, #0\n"
    "    800a:\tbd10      \tpop\t{r4, pc}\n"
    "    800c:\t00009000 \t.word\t0x00009000\n"
    "\n"
    "00008020 <run_a>:\n"
    "    8020:\tb530      \tpush\t{r4, r5, lr}\n"
    "    8022:\tb083      \tsub\tsp, #12\n"
    "    8024:\tf854 1b04 \tldr.w\tr1, [r4], #4\n"
    "    8028:\t42a5      \tcmp\tr5, r4\n"
    "    802a:\td1fb      \tbne.n\t8024 <run_a+0x4>\n"
    "    802c:\tf000 f802 \tbl\t8034 <__aeabi_ldivmod>\n"
    "    8030:\tb003      \tadd\tsp, #12\n"
    "    8032:\tbd30      \tpop\t{r4, r5, pc}\n"
    "\n"
    "00008034 <__aeabi_ldivmod>:\n"
    "    8034:\te92d 4ff0 \tstmdb\tsp!, {r4, r5, r6, r7, r8, r9, sl, fp, lr}\n"
    "    8038:\te96d ce04 \tstrd\tip, lr, [sp, #-16]!\n"
    "    803c:\tb084      \tsub\tsp, #16\n"
    "    803e:\t4770      \tbx\tlr\n";

constexpr std::string_view kInfo =
    "graph: { title: \"/a b/model.cc\"\n"
    "node: { title: \"/a b/model.cc:run_a\" label: \"void {anonymous}::run_a(int)\\n/a b/model.cc:11:24\\n24 bytes "
    "(static)\" }\n"
    "node: { title: \"model_run\" label: \"int model_run(void*)\\n/a b/model.cc:43:16\\n8 bytes (static)\" }\n"
    "node: { title: \"__aeabi_ldivmod\" label: \"__aeabi_ldivmod\\n<built-in>\" shape : ellipse }\n"
    "edge: { sourcename: \"model_run\" targetname: \"/a b/model.cc:run_a\" label: \"/a b/model.cc:45:13\" }\n"
    "}\n";

std::string Changed(std::string_view text, std::string_view from, std::string_view to) {
  std::string changed(text);
  const size_t at = changed.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return changed.replace(at, from.size(), to);
}

TEST(CodeFacts, AListingBecomesFunctionsWithTheirBranches) {
  const auto functions = ParseListing(kListing);
  ASSERT_EQ(functions.size(), 3U);
  EXPECT_EQ(functions[1].name, "run_a");
  EXPECT_EQ(functions[1].address, 0x8020U);
  ASSERT_EQ(functions[1].instructions.size(), 8U);
  EXPECT_EQ(functions[1].instructions[2].bytes, 4U);
  EXPECT_EQ(functions[1].instructions[4].target, 0x8024U);
  EXPECT_FALSE(functions[1].instructions[2].target);
}

TEST(CodeFacts, TheStackBoundIsTheDeepestChainOfFrames) {
  const auto frames = ParseStackUsage(kInfo);
  ASSERT_TRUE(frames) << frames.error().message;
  EXPECT_EQ(*frames, (std::map<std::string, uint32_t>{{"run_a", 24}, {"model_run", 8}}));
  const auto bound = StackBound(ParseListing(kListing), *frames, "model_run");
  ASSERT_TRUE(bound) << bound.error().message;
  EXPECT_EQ(*bound, 8U + 24U + (36U + 16U + 16U));  // the library's frame by its listing
}

TEST(CodeFacts, AJumpToAnotherFunctionGivesTheFrameBack) {
  const auto frames = ParseStackUsage(kInfo);
  ASSERT_TRUE(frames);
  const auto bound =
      StackBound(ParseListing(Changed(kListing, "bl\t8034 <__aeabi_ldivmod>", "b.w\t8034 <__aeabi_ldivmod>")), *frames,
                 "model_run");
  ASSERT_TRUE(bound) << bound.error().message;
  EXPECT_EQ(*bound, 8U + 68U);
}

TEST(CodeFacts, WhatHasNoBoundIsRefused) {
  const auto frames = ParseStackUsage(kInfo);
  ASSERT_TRUE(frames);
  const auto recursion = StackBound(
      ParseListing(Changed(kListing, "bl\t8034 <__aeabi_ldivmod>", "bl\t8000 <model_run>")), *frames, "model_run");
  ASSERT_FALSE(recursion);
  EXPECT_THAT(recursion.error().message, HasSubstr("model_run calls itself"));
  const auto indirect = StackBound(ParseListing(Changed(kListing, "add\tsp, #12", "blx\tr3")), *frames, "model_run");
  ASSERT_FALSE(indirect);
  EXPECT_THAT(indirect.error().message, HasSubstr("run_a calls through a register at 8030"));
  const auto dynamic = ParseStackUsage(Changed(kInfo, "24 bytes (static)", "24 bytes (dynamic)"));
  ASSERT_FALSE(dynamic);
  EXPECT_THAT(dynamic.error().message, HasSubstr("run_a takes stack without a bound"));
  EXPECT_FALSE(StackBound({}, *frames, "model_run"));
}

TEST(CodeFacts, TheLongestLoopGoesFromItsTargetToTheEndOfItsBranch) {
  const Loops loops = FindLoops(ParseListing(kListing));
  EXPECT_EQ(loops.longest.bytes, 8U);
  EXPECT_EQ(loops.longest.function, "run_a");
  EXPECT_EQ(FindLoops({}).longest.bytes, 0U);
  const Loops nested = FindLoops(ParseListing(Changed(kListing, "add\tsp, #12", "b.n\t8022 <run_a+0x2>")));
  EXPECT_EQ(nested.longest.bytes, 16U);
  EXPECT_EQ(nested.longest_inner.bytes, 8U);
}

// Our reading of the compiler's files, with the compiler itself: a loop that has been made longer than the flash cache.
TEST(CodeFacts, AreReadFromWhatTheCrossCompilerWrites) {
  const auto work = TemporaryDirectory::Create();
  ASSERT_TRUE(work);
  const std::string source =
      "extern \"C\" __attribute__((noinline)) long long work(volatile int* p, long long n) {\n"
      "  volatile int room[10];\n"
      "  do { room[3] = *p; asm volatile(\".rept 600\\n nop\\n .endr\"); } while (*p);\n"
      "  return n / room[3];\n}\n"
      "extern \"C\" long long model_run(int* p, long long n) { return 1 + work(p, n); }\n";
  ASSERT_TRUE(WriteWholeFile(work->path() / "model.cc", {source.begin(), source.end()}));
  const auto build = RunProgram({"arm-none-eabi-g++", "-O2", "-mcpu=cortex-m4", "-mthumb", "-fcallgraph-info=su",
                                 "--specs=nano.specs", "-nostartfiles", "-Wl,-e,model_run", "model.cc", "-o", "alone"},
                                work->path(), std::chrono::minutes(1));
  if (!build) GTEST_SKIP() << "no cross compiler";
  ASSERT_EQ(build->exit_code, 0) << build->output;
  const auto listing = RunProgram({"arm-none-eabi-objdump", "-d", "alone"}, work->path(), std::chrono::minutes(1));
  ASSERT_TRUE(listing);
  auto info = ReadWholeFile(work->path() / "alone-model.ci");
  ASSERT_TRUE(info) << info.error().message;
  const auto frames = ParseStackUsage({reinterpret_cast<const char*>(info->data()), info->size()});
  ASSERT_TRUE(frames) << frames.error().message;
  const auto functions = ParseListing(listing->output);
  const auto bound = StackBound(functions, *frames, "model_run");
  ASSERT_TRUE(bound) << bound.error().message;
  EXPECT_GE(*bound, 8U + 40U + 36U);  // at the least: two calls, the room, the division's registers
  EXPECT_LE(*bound, 300U);
  const LongestLoop loop = FindLoops(functions).longest_inner;
  EXPECT_EQ(loop.function, "work");
  EXPECT_GT(loop.bytes, kLoopBytesAllowed);
  EXPECT_LT(loop.bytes, 1300U);
}

}  // namespace
}  // namespace linnet::profile
