#include "linnet/emit/emit.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linnet/graph/build.h"
#include "linnet/graph/graph_file.h"
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
  EXPECT_THAT(code, HasSubstr("//   fc/1  FullyConnected"));
  EXPECT_THAT(code, HasSubstr("input   input, the start to fc/1"));
  EXPECT_THAT(code, HasSubstr("LINNET_LAYER_DONE(1, At<int8_t>(arena, 4), 3);"));
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
  EXPECT_EQ(report->layers[0].storage, "dense");
  EXPECT_EQ(report->layers[0].weights, 12);
  EXPECT_EQ(report->layers[0].zero_weights, 0);
}

// input [1,128] -> fc [1,64] of which every seventh weight is not zero, and none of the first channel
Graph PrunedLayer() {
  Graph g;
  const TensorId input = graph::AddInput(g, "input", {1, 128}, DType::kInt8);
  g.tensor(input).quantization = {{0.25F}, {-3}, -1};
  std::vector<int8_t> weights(128 * 64);
  for (size_t i = 0; i < weights.size(); i += 7) weights[i] = static_cast<int8_t>(i % 64 == 0 ? 0 : i % 100 + 1);
  const TensorId w = Constant8(g, "w", {128, 64}, weights);
  const TensorId fc = *graph::AddNode(g, OpKind::kFullyConnected, "fc", {input, w}, graph::FullyConnectedAttributes{});
  g.tensor(fc).quantization = {{100.0F}, {5}, -1};
  g.outputs = {fc};
  return g;
}

TEST_F(EmitTest, TheZerosOfAPrunedLayerAreLeftOutAndCounted) {
  const Graph g = PrunedLayer();
  const auto zeros = std::ranges::count(g.tensor(g.nodes[0].inputs[1]).data, 0);
  const auto report = Emit(g, {}, Named("x"), model_);
  ASSERT_TRUE(report) << report.error().message;
  const LayerReport& layer = report->layers[0];
  EXPECT_EQ(layer.weights, 128 * 64);
  EXPECT_EQ(layer.zero_weights, zeros);
  EXPECT_EQ(layer.op, "FullyConnected");
  EXPECT_THAT(layer.storage, testing::StartsWith("sparse"));
  EXPECT_EQ(OperatorText(layer), "FullyConnected, sparse");
  EXPECT_LT(layer.weight_bytes, 4000U);
  const std::string code = ReadText(model_ / "model.cc");
  EXPECT_THAT(code, HasSubstr("k::SparseFullyConnected<k::Target, kind>"));
  EXPECT_THAT(
      code, HasSubstr("// " + layer.storage + ": " + std::to_string(zeros) + " of 8192 weights are zero and left out"));
  EXPECT_THAT(code, HasSubstr("FullyConnected, sparse "));
  EXPECT_EQ(ToJson(*ReadReport(model_)), ToJson(*report));
}

// input [1,8,8,1] -> conv [1,8,8,4] -> pool [1,4,4,4]
Graph ConvPool() {
  Graph g;
  const TensorId input = graph::AddInput(g, "image", {1, 8, 8, 1}, DType::kInt8);
  g.tensor(input).quantization = {{0.25F}, {-3}, -1};
  const TensorId weights = Constant8(g, "w", {3, 3, 1, 4}, std::vector<int8_t>(36, 2));
  graph::ConvAttributes conv;
  conv.window.padding = graph::Padding::kSame;
  const TensorId between = *graph::AddNode(g, OpKind::kConv2D, "conv", {input, weights}, conv);
  graph::PoolAttributes pool;
  pool.window.kernel_h = pool.window.kernel_w = pool.window.stride_h = pool.window.stride_w = 2;
  const TensorId out = *graph::AddNode(g, OpKind::kMaxPool, "pool", {between}, pool);
  g.tensor(between).quantization = g.tensor(out).quantization = {{1.0F}, {5}, -1};
  g.outputs = {out};
  return g;
}

TEST_F(EmitTest, AConvolutionAndItsPoolAreOneLayer) {
  const auto report = Emit(ConvPool(), {}, Named("x"), model_);
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->layers.size(), 1U);
  EXPECT_EQ(report->layers[0].op, "Conv2D + MaxPool");
  EXPECT_EQ(report->layers[0].nodes, (std::vector<std::string>{"conv", "pool"}));
  EXPECT_EQ(report->layers[0].output, "pool");
  EXPECT_LT(report->arena_bytes, 320U);  // the image and what is between
}

TEST_F(EmitTest, APictureThatIsReadElsewhereTooStaysWhole) {
  Graph g = ConvPool();
  g.outputs.push_back(g.nodes[0].outputs[0]);
  const auto report = Emit(g, {}, Named("x"), model_);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->layers.size(), 2U);
  ASSERT_EQ(report->outputs.size(), 2U);
  EXPECT_EQ(report->outputs[1].shape, (graph::Shape{1, 8, 8, 4}));
}

TEST_F(EmitTest, TooLittleMemoryIsRefusedWithTheWayOut) {
  Options options = Named("x");
  options.ram_bytes = 100;
  const auto refused = Emit(ConvPool(), {}, options, model_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, Status::kResourceExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("more than the 100 allowed"));
  EXPECT_THAT(refused.error().message, HasSubstr("layer 'conv'"));
  EXPECT_THAT(refused.error().message, HasSubstr("The cheapest way out"));
  EXPECT_FALSE(fs::exists(model_));
  options.ram_bytes = 4096;
  EXPECT_TRUE(Emit(ConvPool(), {}, options, model_));
}

// Two inputs, joined along the outermost dimension; out come the sum in float and the place of its greatest value.
TEST_F(EmitTest, SeveralInputsAndOutputsOfSeveralTypes) {
  Graph g;
  const TensorId a = graph::AddInput(g, "a", {1, 8}, DType::kInt8);
  const TensorId b = graph::AddInput(g, "b", {1, 8}, DType::kInt8);
  g.tensor(a).quantization = g.tensor(b).quantization = {{0.5F}, {1}, -1};
  const TensorId both = *graph::AddNode(g, OpKind::kConcat, "both", {a, b}, graph::ConcatAttributes{0});
  g.tensor(both).quantization = {{0.5F}, {1}, -1};
  const TensorId real = *graph::AddNode(g, OpKind::kDequantize, "real", {both});
  const TensorId place = *graph::AddNode(g, OpKind::kArgMax, "place", {both}, graph::ReduceAttributes{{1}, false});
  ASSERT_EQ(g.tensor(real).type, DType::kFloat32);
  g.outputs = {real, place};
  const auto report = Emit(g, {}, Named("x"), model_);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->input_bytes(), 16U);
  EXPECT_EQ(report->outputs[0].type, DType::kFloat32);
  EXPECT_EQ(report->outputs[1].type, g.tensor(place).type);
  EXPECT_EQ(report->output_bytes(), 64U + 2 * static_cast<size_t>(graph::SizeBytes(g.tensor(place).type)));
  const std::string code = ReadText(model_ / "model.cc");
  EXPECT_THAT(code, HasSubstr("both: its parts were written in their places"));
  EXPECT_THAT(code, HasSubstr("run_real(const int8_t* input, float* output)"));
  EXPECT_THAT(code, HasSubstr(".type = kLinnetFloat32"));
  EXPECT_EQ(report->inputs[1].offset_bytes, report->inputs[0].offset_bytes + 8);
}

TEST_F(EmitTest, TheGraphTravelsWithTheCode) {
  ASSERT_TRUE(Emit(ConvPool(), {}, Named("x"), model_));
  const std::string bytes = ReadText(model_ / kGraphFile);
  const auto read = graph::FromFile(AsBytes(bytes));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(Identity(*read), Identity(ConvPool()));
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
    ASSERT_EQ(Shell(tools.prefix + "g++ -DLINNET_TRACE" + tools.flags + flags + (model_ / "model.cc").string() +
                    " -o " + (root_ / "traced.o").string()),
              0)
        << Log();
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
  options.notes = {"calibrated on 100 random inputs"};
  options.errors = {{"fc/1", 0.25, 0.5, 31.5}};
  const auto report = Emit(SmallNetwork(), {}, options, model_);
  ASSERT_TRUE(report);
  const auto read = ReadReport(model_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(ToJson(*read), ToJson(*report));
  EXPECT_EQ(read->identity, report->identity);
  EXPECT_EQ(read->accuracy_int8, 0.983);
  EXPECT_FALSE(read->accuracy_float);
  ASSERT_TRUE(read->layers[0].error);
  EXPECT_EQ(read->layers[0].error->signal_to_noise_db, 31.5);
  EXPECT_FALSE(read->layers[1].error);
  EXPECT_EQ(read->memory.size(), 3U);
  EXPECT_THAT(TimelineText(*read), HasSubstr("input input 4"));
  EXPECT_EQ(TimelineText(*read), TimelineText(*report));
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

// -128 is zero and nothing is below: the slope plays no part, and neither do scales so near that every number stays.
TEST_F(EmitTest, ATableThatChangesNothingIsNoCode) {
  Graph g;
  const TensorId input = graph::AddInput(g, "input", {1, 4}, DType::kInt8);
  g.tensor(input).quantization = {{0.25F}, {-128}, -1};
  const TensorId leaky = *graph::AddNode(g, OpKind::kLeakyRelu, "leaky", {input}, graph::LeakyReluAttributes{0.1F});
  g.tensor(leaky).quantization = {{0.25001F}, {-128}, -1};
  g.outputs = {leaky};
  ASSERT_TRUE(Emit(g, {}, Named("same"), model_).has_value());
  EXPECT_THAT(ReadText(model_ / "model.cc"), Not(HasSubstr("Lookup")));
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
