// The whole way of a network to C++: the int8 interpreter, the emitted code on this machine and the emitted code on the
// emulated Cortex-M4 must answer bit for bit the same.
#include "linnet/profile/profile.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emitted_model.h"
#include "random_network.h"
#include "subprocess.h"

namespace linnet::profile {
namespace {

using graph::Activation;
using graph::OpKind;
using graph::Padding;
using testing::HasSubstr;

class ProfileTest : public EmittedModel {
 protected:
  // What must hold for every network, whatever it costs.
  static void ExpectSoundCode(const BoardCost& cost) {
    EXPECT_GE(cost.stack_bytes_bound, cost.stack_bytes_max);
    EXPECT_LE(cost.stack_bytes_bound, cost.stack_bytes_max * 5 / 4);
    EXPECT_GT(cost.inner_loop_bytes_max, 0U);
    EXPECT_LE(cost.loop_bytes_max, kLoopBytesAllowed);
    EXPECT_GE(cost.loop_bytes_max, cost.inner_loop_bytes_max);
  }

  // Interpreter = host = board over `count` random inputs. Returns what the board run cost.
  BoardCost ExpectSameEverywhere(const graph::Graph& graph, size_t count) {
    EmitModel(graph);
    const auto inputs = RandomInputs(report_.input_bytes(), count, 11);
    const auto defined = Interpret(graph, inputs);
    const auto host = RunOnHost(model_, inputs);
    EXPECT_TRUE(host) << host.error().message;
    if (!host) return {};
    EXPECT_EQ(host->outputs, defined);
    if (!HasBoard()) return {};
    const auto board = RunOnBoard(model_, inputs);
    EXPECT_TRUE(board) << board.error().message;
    if (!board) return {};
    EXPECT_EQ(board->outputs, defined);
    // A network that always answers the same would prove nothing.
    EXPECT_GT(std::set(defined.begin(), defined.end()).size(), 1U);
    ExpectSoundCode(*board->cost);
    return *board->cost;
  }
};

TEST_F(ProfileTest, DenseNetworkOfThePosterAnswersTheSameEverywhere) {
  RandomNetwork net(1, {1, 784}, 1.0F / 255, -128);
  net.FullyConnected("hidden1", 128, Activation::kRelu)
      .FullyConnected("hidden2", 64, Activation::kRelu)
      .FullyConnected("logits", 10);
  const BoardCost cost = ExpectSameEverywhere(net.Softmax("softmax").Build(), 20);
  if (!HasBoard()) GTEST_SKIP() << "no cross compiler or emulator; the host was checked";
  EXPECT_LE(cost.instructions_max, 150000U);  // CMSIS-NN by hand: 217,640
  EXPECT_GE(cost.instructions_min, 60000U);
  EXPECT_LE(cost.stack_bytes_bound, 1024U);
  EXPECT_EQ(cost.arena_bytes, 912U);  // the input and the first layer's answers
  EXPECT_GE(cost.flash_weights_bytes, 109184U);
  EXPECT_LE(cost.flash_weights_bytes + cost.flash_code_bytes, 119600U);
  RecordProperty("instructions", static_cast<int>(cost.instructions_max));
  RecordProperty("stack_bytes", static_cast<int>(cost.stack_bytes_max));
  RecordProperty("flash_code_bytes", static_cast<int>(cost.flash_code_bytes));
}

TEST_F(ProfileTest, ConvolutionsPoolsAndBordersAnswerTheSameEverywhere) {
  RandomNetwork net(2, {1, 13, 11, 3}, 0.05F, 12);
  net.Conv2D("conv/1", 5, 16, 1, Padding::kSame, Activation::kRelu)
      .Pool("pool1", OpKind::kMaxPool, 2, 2, Padding::kSame)
      .Conv2D("2-conv", 3, 11, 2, Padding::kSame, Activation::kRelu6)
      .Depthwise("depthwise", 3, 1, 1, Padding::kSame)
      .Depthwise("multiplied", 3, 2, 1, Padding::kValid)
      .Conv2D("pointwise", 1, 9, 1, Padding::kValid, Activation::kNone)
      .Flatten("flat")
      .FullyConnected("double", 7);
  ExpectSameEverywhere(net.Build(), 10);
}

TEST_F(ProfileTest, BranchesTablesAndArithmeticAnswerTheSameEverywhere) {
  RandomNetwork net(3, {1, 6, 6, 8}, 0.05F, -7);
  net.Conv2D("stem", 3, 8, 1, Padding::kSame, Activation::kNone);
  const auto skip = net.last();
  net.Relu("relu").Conv2D("branch", 3, 8, 1, Padding::kSame, Activation::kNone);
  net.Combine("sum", OpKind::kAdd, skip);
  const auto before = net.last();
  net.Sigmoid("gate").Combine("gated", OpKind::kMul, before);
  net.Combine("shifted", OpKind::kSub, net.ChannelConstant("offset"));
  net.Pad("pad").Pool("average", OpKind::kAveragePool, 3, 2, Padding::kSame).Mean("mean");
  ExpectSameEverywhere(net.Build(), 10);
}

// Outputs are written over their own layer's input, which begins behind them: growing convolutions of every kind, pools
// that look back over rows, channels that are no multiple of four, odd pixel counts.
TEST_F(ProfileTest, OutputsWrittenOverTheirInputsAnswerTheSame) {
  const auto check = [&](RandomNetwork& net) {
    EmitModel(net.Build());
    size_t apart = 0;  // what the busiest layer would need if nothing shared memory
    for (int step = 0; step < static_cast<int>(report_.layers.size()); ++step) {
      size_t held = 0;
      for (const auto& h : report_.memory) held += h.first <= step && step <= h.last ? h.bytes : 0;
      apart = std::max(apart, held);
    }
    EXPECT_LT(report_.arena_bytes, apart);
    const auto inputs = RandomInputs(report_.input_bytes(), 6, 13);
    const auto host = RunOnHost(model_, inputs);
    ASSERT_TRUE(host) << host.error().message;
    EXPECT_EQ(host->outputs, Interpret(net.Build(), inputs));
  };
  RandomNetwork growing(12, {1, 9, 7, 3}, 0.05F, 12);
  growing.Conv2D("a", 3, 6, 1, Padding::kSame, Activation::kRelu)
      .Conv2D("b", 1, 13, 1, Padding::kValid, Activation::kNone)
      .Conv2D("c", 1, 24, 1, Padding::kValid, Activation::kNone)
      .Conv2D("d", 3, 31, 1, Padding::kSame, Activation::kNone);
  check(growing);
  RandomNetwork strided(13, {1, 11, 13, 5}, 0.05F, -9);
  strided.Conv2D("a", 1, 22, 2, Padding::kValid, Activation::kNone)
      .Pool("b", OpKind::kMaxPool, 3, 1, Padding::kSame)
      .Pool("c", OpKind::kAveragePool, 2, 1, Padding::kSame)
      .Conv2D("d", 5, 28, 2, Padding::kSame, Activation::kRelu);
  check(strided);
  RandomNetwork pooled(14, {1, 12, 10, 2}, 0.05F, 3);
  pooled.Conv2D("a", 3, 16, 1, Padding::kSame, Activation::kRelu)
      .Pool("b", OpKind::kMaxPool, 2, 2, Padding::kSame)
      .Conv2D("c", 3, 40, 1, Padding::kSame, Activation::kRelu)
      .Pool("d", OpKind::kMaxPool, 3, 1, Padding::kSame);
  check(pooled);
  RandomNetwork depthwise(15, {1, 13, 11, 6}, 0.05F, 3);
  depthwise.Depthwise("a", 3, 1, 1, Padding::kSame)
      .Depthwise("b", 5, 1, 1, Padding::kValid)
      .Depthwise("c", 3, 1, 2, Padding::kSame)
      .Conv2D("d", 1, 24, 1, Padding::kValid, Activation::kNone)
      .Depthwise("e", 3, 1, 2, Padding::kSame);
  check(depthwise);
  RandomNetwork bands(16, {1, 40, 31, 8}, 0.05F, 3);  // more rows than one band holds
  bands.Depthwise("a", 3, 1, 1, Padding::kSame).Depthwise("b", 3, 1, 2, Padding::kSame);
  check(bands);
}

// Inputs of extreme bytes reach the clamps and the ends of the tables.
TEST_F(ProfileTest, ExtremeInputsAnswerTheSameOnTheHost) {
  RandomNetwork net(4, {1, 30}, 0.1F, 127);
  const auto graph = net.FullyConnected("a", 17, Activation::kRelu6).FullyConnected("b", 9).Softmax("s").Build();
  EmitModel(graph);
  const std::vector<Bytes> inputs = {Bytes(30, 0x80), Bytes(30, 0x7F), Bytes(30, 0)};
  const auto host = RunOnHost(model_, inputs);
  ASSERT_TRUE(host) << host.error().message;
  EXPECT_EQ(host->outputs, Interpret(graph, inputs));
}

// 100,000 rounds of two instructions: the count must be exact to the few around them.
TEST_F(ProfileTest, InstructionsAreCountedOneByOne) {
  if (!HasBoard()) GTEST_SKIP() << "no cross compiler or emulator";
  RandomNetwork net(10, {1, 4}, 0.1F, 0);
  EmitModel(net.FullyConnected("a", 2).Build());
  const auto inputs = RandomInputs(4, 2, 1);
  const auto before = RunOnBoard(model_, inputs);
  Sabotage(model_, "  return 0;\n",
           "#ifdef __arm__\n  int n = 100000;\n  asm volatile(\"1: subs %0, #1\\n\\tbne 1b\" : \"+l\"(n) : : "
           "\"cc\");\n#endif\n  return 0;\n");
  const auto after = RunOnBoard(model_, inputs);
  ASSERT_TRUE(before) << before.error().message;
  ASSERT_TRUE(after) << after.error().message;
  // One instruction more to load the count; cycles: a subtraction and a branch that is taken but the last time.
  EXPECT_NEAR(static_cast<double>(after->cost->instructions_max - before->cost->instructions_max), 200000, 4);
  EXPECT_NEAR(static_cast<double>(after->cost->cycles_estimated_max - before->cost->cycles_estimated_max), 400000, 8);
  EXPECT_NEAR(static_cast<double>(after->cost->glue.instructions - before->cost->glue.instructions), 200000, 4);
}

// The plugin and -icount are two ways of QEMU's to count; the timer's ticks are 0.6 instructions long.
TEST_F(ProfileTest, ThePluginCountsWhatTheTimerCounts) {
  if (!HasBoard()) GTEST_SKIP() << "no cross compiler or emulator";
  RandomNetwork net(11, {1, 20, 20, 3}, 0.05F, 12);
  net.Conv2D("conv", 5, 16, 1, Padding::kSame, Activation::kRelu).Pool("pool", OpKind::kMaxPool, 2, 2, Padding::kSame);
  EmitModel(net.Flatten("flat").FullyConnected("fc", 10).Build());
  const auto board = RunOnBoard(model_, RandomInputs(report_.input_bytes(), 1, 1));
  ASSERT_TRUE(board) << board.error().message;
  const BoardCost& cost = *board->cost;
  EXPECT_NEAR(static_cast<double>(cost.timer_instructions_max), static_cast<double>(cost.instructions_max), 1);
  uint64_t instructions = cost.glue.instructions, cycles = cost.glue.cycles_estimated;
  for (const LayerCost& layer : cost.layers) {
    instructions += layer.instructions;
    cycles += layer.cycles_estimated;
  }
  EXPECT_EQ(instructions, cost.instructions_max);
  EXPECT_EQ(cycles, cost.cycles_estimated_max);
  EXPECT_GT(cost.layers[0].instructions, 400000U);  // 480,000 multiply-accumulates
  EXPECT_LT(cost.glue.instructions, 100U);
}

// By hand: what the first bytes of xorshift32 from 1 are, as the golden answers of other people's networks use it.
TEST(RandomInputs, AreXorshift32AByteAStep) {
  const auto inputs = RandomInputs(2, 2, 1);
  EXPECT_EQ(inputs, (std::vector<Bytes>{{0x21, 0x01}, {0xC5, 0x4F}}));
  EXPECT_EQ(RandomInputs(4, 1, 0)[0], (Bytes{0x21, 0x01, 0xC5, 0x4F}));
}

TEST_F(ProfileTest, WritingOutsideTheArenaIsFound) {
  RandomNetwork net(6, {1, 12}, 0.1F, 0);
  EmitModel(net.FullyConnected("a", 16).FullyConnected("b", 5).Build(), 0);
  Sabotage(model_, "run_a(At<int8_t>(arena, 16), At<int8_t>(arena, 0))",
           "run_a(At<int8_t>(arena, 16), At<int8_t>(arena, 0) - 4)");
  const auto host = RunOnHost(model_, RandomInputs(12, 1, 1));
  ASSERT_FALSE(host);
  EXPECT_THAT(host.error().message, HasSubstr("outside its arena"));
}

TEST_F(ProfileTest, AWrongAnswerFailsTheGoldenVectors) {
  RandomNetwork net(7, {1, 12}, 0.1F, 0);
  EmitModel(net.FullyConnected("a", 16).FullyConnected("b", 5).Build());
  Sabotage(model_, "  LINNET_LAYER_DONE(0,", "  *At<int8_t>(arena, 3) ^= 64;\n  LINNET_LAYER_DONE(0,");
  const auto host = RunOnHost(model_, {});
  ASSERT_FALSE(host);
  EXPECT_THAT(host.error().message, HasSubstr("golden vector"));
}

TEST_F(ProfileTest, WritableStaticsAreRefusedByTheLinker) {
  if (!HasBoard()) GTEST_SKIP() << "no cross compiler or emulator";
  RandomNetwork net(8, {1, 12}, 0.1F, 0);
  EmitModel(net.FullyConnected("a", 5).Build());
  Sabotage(model_, "  return 0;\n", "  static volatile int calls; calls = calls + 1;\n  return 0;\n");
  const auto board = RunOnBoard(model_, {});
  ASSERT_FALSE(board);
  EXPECT_THAT(board.error().message, HasSubstr("writable statics"));
}

TEST_F(ProfileTest, SaysWhatIsMissing) {
  const auto nothing = RunOnHost(model_, {});
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().message, HasSubstr("no compiled model"));
  RandomNetwork net(9, {1, 12}, 0.1F, 0);
  EmitModel(net.FullyConnected("a", 5).Build());
  const auto small = RunOnHost(model_, {Bytes(3)});
  ASSERT_FALSE(small);
  EXPECT_THAT(small.error().message, HasSubstr("input 0 has 3 bytes; the model takes 12"));
}

TEST(RunProgram, KillsWhatTakesTooLong) {
  const auto slow = RunProgram({"sleep", "60"}, std::filesystem::temp_directory_path(), std::chrono::milliseconds(50));
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().status, Status::kDeadlineExceeded);
  const auto missing =
      RunProgram({"linnet-no-such-program"}, std::filesystem::temp_directory_path(), std::chrono::seconds(5));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().status, Status::kFailedPrecondition);
}

}  // namespace
}  // namespace linnet::profile
