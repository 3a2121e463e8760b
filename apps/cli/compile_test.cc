// What linnet compile makes of a file, up to the code: numbers, ranges, ends, and what it says when it can't.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "compile_network.h"
#include "linnet/reference/float_interpreter.h"
#include "linnet_graphdef/graphdef.pb.h"

namespace linnet::cli {
namespace {

namespace fs = std::filesystem;
using graphdef::DataType;
using testing::AllOf;
using testing::HasSubstr;

// A frozen graph: x [1,4] -> MatMul -> BiasAdd -> Relu -> MatMul -> ArgMax; with `learned` ranges behind x, Relu and MatMul.
class SmallNetwork {
 public:
  explicit SmallNetwork(bool learned = false) {
    Node("x", "Placeholder").mutable_attr()->operator[]("dtype").set_type(DataType::DT_FLOAT);
    for (const int64_t d : {1, 4}) Attribute("x", "shape").mutable_shape()->add_dim()->set_size(d);
    Floats("w1", {4, 3}, {0.5F, -1, 2, 0.25F, 1, -0.5F, -2, 0.125F, 1, 1, 1, -1});
    Floats("b1", {3}, {0.1F, -0.2F, 0.3F});
    Floats("w2", {3, 2}, {1, -1, 0.5F, 2, -1, 0.75F});
    Ints("axis", 1);
    if (learned) Range("x/range", "x", 0, 1), Range("relu/range", "relu", 0, 4), Range("scores/range", "scores", -5, 3);
    const std::string range = learned ? "/range" : "";
    Node("product", "MatMul", {"x" + range, "w1"});
    Node("sum", "BiasAdd", {"product", "b1"});
    Node("relu", "Relu", {"sum"});
    Node("scores", "MatMul", {"relu" + range, "w2"});
    Node("best", "ArgMax", {"scores" + range, "axis"});
  }
  void Write(const fs::path& path) const {
    std::ofstream file(path, std::ios::binary);
    ASSERT_TRUE(def_.SerializeToOstream(&file));
  }

 private:
  graphdef::NodeDef& Node(const std::string& name, const std::string& op, const std::vector<std::string>& inputs = {}) {
    graphdef::NodeDef& node = *def_.add_node();
    node.set_name(name);
    node.set_op(op);
    for (const std::string& input : inputs) node.add_input(input);
    return node;
  }
  graphdef::AttrValue& Attribute(const std::string& name, const std::string& key) {
    for (graphdef::NodeDef& node : *def_.mutable_node()) {
      if (node.name() == name) return (*node.mutable_attr())[key];
    }
    std::abort();
  }
  graphdef::Tensor& Const(const std::string& name, DataType type, const std::vector<int64_t>& shape) {
    graphdef::NodeDef& node = Node(name, "Const");
    (*node.mutable_attr())["dtype"].set_type(type);
    graphdef::Tensor& tensor = *(*node.mutable_attr())["value"].mutable_tensor();
    tensor.set_dtype(type);
    for (const int64_t d : shape) tensor.mutable_tensor_shape()->add_dim()->set_size(d);
    return tensor;
  }
  void Floats(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values) {
    graphdef::Tensor& tensor = Const(name, DataType::DT_FLOAT, shape);
    for (const float v : values) tensor.add_float_val(v);
  }
  void Range(const std::string& name, const std::string& of, float min, float max) {
    Floats(name + "/min", {}, {min});
    Floats(name + "/max", {}, {max});
    Node(name, "FakeQuantWithMinMaxVars", {of, name + "/min", name + "/max"});
  }
  void Ints(const std::string& name, int value) { Const(name, DataType::DT_INT32, {}).add_int_val(value); }

  graphdef::GraphDef def_;
};

// A float32 or int8 array in NumPy's format, version 1.
void WriteNpy(const fs::path& path, const std::string& type, const std::string& shape, const std::string& bytes) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize(118 - 1, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file << std::string("\x93NUMPY\x01\x00", 8) << static_cast<char>(header.size()) << '\0' << header << bytes;
}

std::string BytesOf(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

class CompileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("linnet-compile-test-" + std::to_string(getpid()));
    fs::create_directories(folder_);
    SmallNetwork().Write(folder_ / "small.pb");
    options_.model = folder_ / "small.pb";
    console_.quiet = true;
  }
  void TearDown() override { fs::remove_all(folder_); }

  CompiledNetwork Compiled() {
    auto network = CompileNetwork(console_, options_);
    EXPECT_TRUE(network.has_value()) << network.error().message;
    return network.has_value() ? *std::move(network) : CompiledNetwork{};
  }
  Failure Refusal() {
    const auto network = CompileNetwork(console_, options_);
    EXPECT_FALSE(network.has_value());
    return network.has_value() ? Failure(0, "") : network.error();
  }
  const graph::Tensor& Output(const CompiledNetwork& network) { return network.graph.tensor(network.graph.outputs[0]); }

  fs::path folder_;
  CompileOptions options_;
  Console console_;
};

TEST_F(CompileTest, WithoutData_SeededRandomInputsGiveTheRanges) {
  const CompiledNetwork network = Compiled();
  EXPECT_EQ(network.numbers, "int8, single rounding");
  EXPECT_EQ(network.ranges, "minmax of 500 random inputs from 0 to 1, seed 1");
  EXPECT_EQ(network.graph.nodes.size(), 2U);
  EXPECT_EQ(network.errors.size(), 2U);
  EXPECT_EQ(network.vectors.inputs.size(), 8U);
  EXPECT_EQ(network.vectors.inputs, Compiled().vectors.inputs);
  options_.seed = 2;
  EXPECT_NE(network.vectors.inputs, Compiled().vectors.inputs);
}

TEST_F(CompileTest, RowsOfAnNpyFileGiveTheRangesAndTheVectors) {
  WriteNpy(folder_ / "rows.npy", "<f4", "2, 4", BytesOf({1, 2, 3, 4, -4, 0, 1, 0}));
  options_.data = folder_ / "rows.npy";
  options_.vectors = 3;
  const CompiledNetwork network = Compiled();
  EXPECT_THAT(network.ranges, AllOf(HasSubstr("minmax of 2 rows of "), HasSubstr("rows.npy")));
  EXPECT_FLOAT_EQ(network.graph.tensor(network.graph.inputs[0]).quantization.scales[0], 8.0F / 255);
  ASSERT_EQ(network.vectors.inputs.size(), 3U);
  EXPECT_EQ(network.vectors.inputs[0], network.vectors.inputs[2]);
}

TEST_F(CompileTest, RowsThatDontFitAreRefusedWithBothShapes) {
  WriteNpy(folder_ / "rows.npy", "<f4", "2, 3", BytesOf({1, 2, 3, 4, 5, 6}));
  options_.data = folder_ / "rows.npy";
  EXPECT_THAT(Refusal().message, AllOf(HasSubstr("rows.npy: its shape is [2,3]"), HasSubstr("[1,4], 4 numbers")));
  WriteNpy(folder_ / "rows.npy", "|i1", "4,", "abcd");
  EXPECT_THAT(Refusal().message, AllOf(HasSubstr("rows.npy: holds integers"), HasSubstr("give float32")));
  options_.data = folder_ / "none.npy";
  EXPECT_THAT(Refusal().message, HasSubstr("none.npy"));
}

TEST_F(CompileTest, FloatStaysFloat) {
  options_.keep_float = true;
  const CompiledNetwork network = Compiled();
  EXPECT_EQ(network.numbers, "float32");
  EXPECT_TRUE(network.errors.empty());
  ASSERT_EQ(Output(network).type, graph::DType::kFloat32);
  ASSERT_EQ(network.vectors.inputs[0].size(), 16U);
  auto reference = reference::FloatInterpreter::Create(network.graph);
  ASSERT_TRUE(reference.has_value());
  std::vector<float> input(4);
  std::memcpy(input.data(), network.vectors.inputs[0].data(), 16);
  reference->Run(input);
  EXPECT_EQ(std::memcmp(reference->output().data(), network.vectors.outputs[0].data(), 8), 0);
}

TEST_F(CompileTest, RoundingIsAChoice) {
  options_.rounding = "double";
  const CompiledNetwork network = Compiled();
  EXPECT_EQ(network.numbers, "int8, double rounding");
  EXPECT_EQ(network.graph.arithmetic, graph::Arithmetic::kTflite);
}

TEST_F(CompileTest, WeightsOfFourBitsAreAChoice) {
  options_.weights = "int4";
  EXPECT_EQ(Compiled().numbers, "int8, single rounding, 4-bit weights in 2 of 2 layers");
  options_.weights = "int4:scores";
  const CompiledNetwork network = Compiled();
  EXPECT_EQ(network.numbers, "int8, single rounding, 4-bit weights in 1 of 2 layers");
  EXPECT_EQ(network.errors[1].weight_bits, 4);
  options_.weights = "int4:best";
  EXPECT_THAT(Refusal().message, HasSubstr("no layer 'best' has weights; there are product, scores"));
  options_.weights = "int3";
  EXPECT_EQ(Refusal().exit_code, kExitUsage);
  options_.weights = "int4";
  options_.keep_float = true;
  EXPECT_THAT(Refusal().message, HasSubstr("--weights int4 and --float exclude each other"));
}

TEST_F(CompileTest, RangesThatTrainingLearnedNeedNoData) {
  SmallNetwork(true).Write(folder_ / "small.pb");
  const CompiledNetwork network = Compiled();
  EXPECT_EQ(network.ranges, "learned in training");
  EXPECT_EQ(network.graph.tensor(network.graph.inputs[0]).quantization.scales[0], 1.0F / 255);
  EXPECT_EQ(Output(network).quantization.scales[0], 8.0F / 255);
  EXPECT_FALSE(network.errors[0].measured);
  options_.keep_float = true;
  EXPECT_EQ(Compiled().numbers, "float32");
}

TEST_F(CompileTest, AFloatFileAnswersScores_OrTheIndexOnRequest) {
  EXPECT_EQ(Output(Compiled()).shape, (graph::Shape{1, 2}));
  options_.answer = AnswerKind::kIndex;
  const CompiledNetwork network = Compiled();
  EXPECT_EQ(Output(network).type, graph::DType::kInt64);
  EXPECT_EQ(network.vectors.outputs[0].size(), 8U);
}

TEST_F(CompileTest, AnOutputByNameCutsTheNetwork) {
  options_.outputs = {"relu"};
  EXPECT_EQ(Compiled().graph.nodes.size(), 1U);
  options_.outputs = {"rely"};
  EXPECT_THAT(Refusal().message, HasSubstr("rely"));
}

TEST_F(CompileTest, APassCanBeLeftOut) {
  options_.without = {"fuse-activations"};
  EXPECT_EQ(Compiled().graph.nodes.size(), 3U);
  options_.without = {"fuse-everything"};
  EXPECT_THAT(Refusal().message, AllOf(HasSubstr("no pass 'fuse-everything'"), HasSubstr("fuse-padding")));
}

TEST_F(CompileTest, MisuseIsExitCodeTwo) {
  options_.range = "widest";
  EXPECT_EQ(Refusal().exit_code, kExitUsage);
  EXPECT_THAT(Refusal().message, HasSubstr("there are minmax, mse, and percentile=P"));
  options_.range = "mse";
  options_.input_shape = "1,x";
  EXPECT_EQ(Refusal().exit_code, kExitUsage);
}

TEST_F(CompileTest, AnInt8FileKeepsItsNumbers) {
  const char* models = std::getenv("LINNET_MODELS");
  const fs::path file = (models != nullptr ? fs::path(models) : fs::path(LINNET_SOURCE_DIR) / "../shared/models") /
                        "kws_ref_model.tflite";
  if (!fs::exists(file)) GTEST_SKIP() << file << " is not here; set LINNET_MODELS to its folder";
  options_.model = file;
  const CompiledNetwork network = Compiled();
  EXPECT_EQ(network.numbers, "int8, double rounding");
  EXPECT_EQ(network.ranges, "the file's own");
  options_.rounding = "single";
  EXPECT_THAT(Refusal().message, HasSubstr("leave --rounding out"));
  options_.rounding.clear();
  options_.keep_float = true;
  EXPECT_THAT(Refusal().message, HasSubstr("holds an int8 network"));
}

}  // namespace
}  // namespace linnet::cli
