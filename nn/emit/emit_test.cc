#include "linnet/emit/emit.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "source_text.h"

namespace linnet::emit {
namespace {

namespace fs = std::filesystem;
using graph::DType;
using graph::Graph;
using graph::OpKind;
using graph::TensorId;
using testing::HasSubstr;
using testing::Not;

std::string ReadText(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TensorId Constant8(Graph& g, const std::string& name, graph::Shape shape, std::vector<int8_t> values) {
  graph::Tensor t;
  t.name = name;
  t.type = DType::kInt8;
  t.shape = std::move(shape);
  t.constant = true;
  t.data.assign(values.begin(), values.end());
  t.quantization = {{0.5F}, {0}, -1};
  g.tensors.push_back(t);
  return static_cast<TensorId>(g.tensors.size() - 1);
}

// input [1,4] -> "fc/1" [1,3] with relu -> "fc 1" softmax
Graph SmallNetwork() {
  Graph g;
  const TensorId input = graph::AddInput(g, "input", {1, 4}, DType::kInt8);
  g.tensor(input).quantization = {{0.25F}, {-3}, -1};
  const TensorId weights = Constant8(g, "w", {4, 3}, {1, -2, 3, 4, -5, 6, 7, -8, 9, 10, -11, 12});
  const TensorId fc = *graph::AddNode(g, OpKind::kFullyConnected, "fc/1", {input, weights},
                                      graph::FullyConnectedAttributes{graph::Activation::kRelu});
  g.tensor(fc).quantization = {{1.0F}, {5}, -1};
  const TensorId softmax = *graph::AddNode(g, OpKind::kSoftmax, "fc 1", {fc});
  g.tensor(softmax).quantization = {{1.0F / 256}, {-128}, -1};
  g.outputs = {softmax};
  return g;
}

Options Named(const std::string& name) {
  Options options;
  options.name = name;
  return options;
}

class EmitTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "linnet-emit.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    model_ = root_ / "out" / "model";
  }
  void TearDown() override { fs::remove_all(root_); }

  // 0 when the command succeeds; its output goes to `log`.
  int Shell(const std::string& command) {
    return std::system((command + " >" + (root_ / "log").string() + " 2>&1").c_str());
  }
  std::string Log() { return ReadText(root_ / "log"); }
  size_t EntriesBeside() {
    return static_cast<size_t>(std::distance(fs::directory_iterator(root_ / "out"), fs::directory_iterator()));
  }

  fs::path root_, model_;
};

TEST_F(EmitTest, WritesReadableCode) {
  const auto report = Emit(SmallNetwork(), {{{1, 2, 3, 4}}, {{0, 0, 0}}}, Named("small-1"), model_);
  ASSERT_TRUE(report) << report.error().message;
  const std::string code = ReadText(model_ / "model.cc");
  EXPECT_THAT(code, HasSubstr("// fc/1: FullyConnected, [1,4] to [1,3], 12 multiply-accumulates"));
  EXPECT_THAT(code, HasSubstr("run_fc_1("));
  EXPECT_THAT(code, HasSubstr("run_fc_1_node1("));  // two layers whose names give the same identifier
  // bias = 0 - (-3) * sum of each column: 3 * (1 + 4 + 7 + 10), 3 * -26, 3 * 30
  EXPECT_THAT(code, HasSubstr("{66, 1073741824, 2817}, {-78, 1073741824, 2817}, {90, 1073741824, 2817}"));
  EXPECT_THAT(code, HasSubstr(".zero_point = 5, .lo = 5, .hi = 127"));
  EXPECT_THAT(code, HasSubstr(".name = \"small-1\""));
  EXPECT_THAT(ReadText(model_ / "model_vectors.cc"), HasSubstr("1, 2, 3, 4,"));
  EXPECT_EQ(report->macs, 12);
  EXPECT_EQ(report->arena_bytes, 8U);  // softmax works in the place of the layer before it
  EXPECT_EQ(report->layers.size(), 2U);
}

TEST_F(EmitTest, CompilesWithoutWarningsOrWritableStatics) {
  ASSERT_TRUE(Emit(SmallNetwork(), {}, Named("small-1"), model_));
  const std::string flags = " -std=c++23 -O2 -fPIC -Wall -Wextra -Wshadow -Werror -I" LINNET_SOURCE_DIR
                            "/nn/kernels/include -I" LINNET_SOURCE_DIR "/core/model/include -c ";
  struct Toolchain {
    std::string prefix, flags;
  };
  for (const Toolchain& tools :
       {Toolchain{"", ""},
        Toolchain{"arm-none-eabi-", " -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard"}}) {
    if (Shell(tools.prefix + "g++ --version") != 0) continue;
    for (const std::string file : {"model", "model_vectors"}) {
      const std::string object = (root_ / (file + ".o")).string();
      ASSERT_EQ(
          Shell(tools.prefix + "g++" + tools.flags + flags + (model_ / (file + ".cc")).string() + " -o " + object), 0)
          << Log();
      ASSERT_EQ(Shell(tools.prefix + "size -A " + object), 0);
      std::istringstream lines(Log());
      for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string section;
        long bytes = 0;
        fields >> section >> bytes;
        const bool writable =
            section.starts_with(".data") || section.starts_with(".bss") || section.starts_with(".got");
        EXPECT_FALSE(writable && bytes > 0) << line;
      }
    }
  }
}

TEST_F(EmitTest, ReportReadsBack) {
  Options options = Named("small-1");
  options.accuracy_int8 = 0.983;
  options.accuracy_data = "mnist test, 10000 images";
  const auto report = Emit(SmallNetwork(), {}, options, model_);
  ASSERT_TRUE(report);
  const auto read = ReadReport(model_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(ToJson(*read), ToJson(*report));
  EXPECT_EQ(read->identity, report->identity);
  EXPECT_EQ(read->accuracy_int8, 0.983);
  EXPECT_FALSE(read->accuracy_float);
}

TEST_F(EmitTest, ReplacesAModelAndNothingElse) {
  ASSERT_TRUE(Emit(SmallNetwork(), {}, Named("one"), model_));
  ASSERT_TRUE(Emit(SmallNetwork(), {}, Named("two"), model_));
  EXPECT_EQ(ReadReport(model_)->name, "two");
  EXPECT_EQ(EntriesBeside(), 1U);

  const fs::path other = root_ / "out" / "photographs";
  fs::create_directory(other);
  std::ofstream(other / "cat.jpg") << "x";
  const auto refused = Emit(SmallNetwork(), {}, Named("three"), other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, Status::kAlreadyExists);
  EXPECT_TRUE(fs::exists(other / "cat.jpg"));
  EXPECT_EQ(EntriesBeside(), 2U);
}

TEST_F(EmitTest, AnErrorLeavesNothingBehindAndTheOldModelInPlace) {
  ASSERT_TRUE(Emit(SmallNetwork(), {}, Named("one"), model_));
  Graph g = SmallNetwork();
  const TensorId share = *graph::AddNode(g, OpKind::kDiv, "share", {g.outputs[0], g.outputs[0]});
  g.tensor(share).type = DType::kInt8;
  g.tensor(share).quantization = {{1.0F}, {0}, -1};
  g.outputs = {share};
  const auto refused = Emit(g, {}, Named("two"), model_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, Status::kUnimplemented);
  EXPECT_THAT(refused.error().message, HasSubstr("layer 'share' (Div): there is no int8 kernel"));
  EXPECT_EQ(ReadReport(model_)->name, "one");
  EXPECT_EQ(EntriesBeside(), 1U);
}

TEST_F(EmitTest, NamesTheLayerThatDoesNotFit) {
  Graph g = SmallNetwork();
  g.tensor(g.nodes[0].outputs[0]).quantization = {};
  EXPECT_THAT(Emit(g, {}, Named("x"), model_).error().message, HasSubstr("layer 'fc/1' (FullyConnected)"));
  g = SmallNetwork();
  g.tensor(g.nodes[0].inputs[1]).quantization.zero_points = {1};
  EXPECT_THAT(Emit(g, {}, Named("x"), model_).error().message, HasSubstr("symmetric"));
  g = SmallNetwork();
  g.tensor(g.inputs[0]).constant = true;
  g.tensor(g.inputs[0]).data.resize(4);
  EXPECT_FALSE(Emit(g, {}, Named("x"), model_));
  EXPECT_THAT(Emit(SmallNetwork(), {}, Named("a name with blanks"), model_).error().message,
              HasSubstr("letters, digits"));
  EXPECT_THAT(Emit(SmallNetwork(), {{{1}}, {{0, 0, 0}}}, Named("x"), model_).error().message,
              HasSubstr("golden vector 0"));
  EXPECT_FALSE(fs::exists(model_));
}

TEST(Identity, DependsOnWhatDecidesAnswersAlone) {
  const auto same = Identity(SmallNetwork());
  Graph renamed = SmallNetwork();
  renamed.nodes[0].name = renamed.tensors[0].name = "other";
  EXPECT_EQ(Identity(renamed), same);
  Graph unused = SmallNetwork();
  Constant8(unused, "unused", {1}, {9});
  EXPECT_EQ(Identity(unused), same);

  Graph weights = SmallNetwork();
  weights.tensor(1).data[3] ^= 1;
  EXPECT_NE(Identity(weights), same);
  Graph scale = SmallNetwork();
  scale.tensor(0).quantization.scales[0] = 0.26F;
  EXPECT_NE(Identity(scale), same);
  Graph linear = SmallNetwork();
  std::get<graph::FullyConnectedAttributes>(linear.nodes[0].attributes).activation = graph::Activation::kNone;
  EXPECT_NE(Identity(linear), same);
}

TEST(SourceText, LiteralsReadBack) {
  EXPECT_EQ(FloatLiteral(1.0F), "1.0F");
  EXPECT_EQ(FloatLiteral(1.0F / 255), "0.00392156886F");
  EXPECT_EQ(FloatLiteral(1e-9F), "9.99999972e-10F");
  EXPECT_EQ(IdentifierPart("conv1/BiasAdd:0"), "conv1_BiasAdd_0");
  EXPECT_EQ(IdentifierPart("__a__b//"), "a_b");
  EXPECT_THAT(CommentText("a\nint main() {}\\"), Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace linnet::emit
