// From a .pb whose weights were pruned to code: what linnet compile makes of it answers as the reference, here and on the board.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "compile.h"
#include "compile_network.h"
#include "linnet/profile/prove.h"
#include "linnet/reference/int8_interpreter.h"
#include "linnet_graphdef/graphdef.pb.h"

namespace linnet::cli {
namespace {

namespace fs = std::filesystem;
using graphdef::DataType;

// x [1,96] -> MatMul w1 [96,60] -> Relu -> MatMul w2 [60,4]. Of w1 every sixth weight is left; channel 7 has none.
class PrunedNetwork {
 public:
  PrunedNetwork() {
    auto& x = *Node("x", "Placeholder", {}).mutable_attr();
    x["dtype"].set_type(DataType::DT_FLOAT);
    for (const int64_t d : {1, 96}) x["shape"].mutable_shape()->add_dim()->set_size(d);
    Weights("w1", 96, 60, [](int i) { return i % 6 == i / 60 % 6 && i % 60 != 7; });
    Weights("w2", 60, 4, [](int) { return true; });
    Node("product", "MatMul", {"x", "w1"});
    Node("hidden", "Relu", {"product"});
    Node("scores", "MatMul", {"hidden", "w2"});
  }
  void Write(const fs::path& path) const {
    std::ofstream file(path, std::ios::binary);
    ASSERT_TRUE(def_.SerializeToOstream(&file));
  }

 private:
  graphdef::NodeDef& Node(const std::string& name, const std::string& op, const std::vector<std::string>& inputs) {
    graphdef::NodeDef& node = *def_.add_node();
    node.set_name(name);
    node.set_op(op);
    for (const std::string& input : inputs) node.add_input(input);
    return node;
  }
  template <typename Kept>
  void Weights(const std::string& name, int inputs, int outputs, Kept kept) {
    std::uniform_real_distribution<float> values(-0.5F, 0.5F);
    auto& attributes = *Node(name, "Const", {}).mutable_attr();
    attributes["dtype"].set_type(DataType::DT_FLOAT);
    graphdef::Tensor& tensor = *attributes["value"].mutable_tensor();
    tensor.set_dtype(DataType::DT_FLOAT);
    for (const int d : {inputs, outputs}) tensor.mutable_tensor_shape()->add_dim()->set_size(d);
    for (int i = 0; i < inputs * outputs; ++i) tensor.add_float_val(kept(i) ? values(rng_) : 0.0F);
  }

  graphdef::GraphDef def_;
  std::mt19937 rng_{1};
};

class CompilePrunedTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("linnet-compile-pruned-" + std::to_string(getpid()));
    fs::create_directories(folder_);
    PrunedNetwork().Write(folder_ / "pruned.pb");
    options_.model = folder_ / "pruned.pb";
    options_.out = folder_ / "model";
    options_.name = "pruned";
    console_.quiet = true;
  }
  void TearDown() override { fs::remove_all(folder_); }

  emit::Report Compiled() {
    const Done done = Compile(console_, options_);
    EXPECT_TRUE(done.has_value()) << done.error().message;
    auto report = emit::ReadReport(folder_ / "model");
    EXPECT_TRUE(report.has_value()) << report.error().message;
    return report.has_value() ? *std::move(report) : emit::Report{};
  }

  fs::path folder_;
  CompileOptions options_;
  Console console_;
};

TEST_F(CompilePrunedTest, AChannelWithoutWeightsHasAPositiveScale) {
  const auto network = CompileNetwork(console_, options_);
  ASSERT_TRUE(network.has_value()) << network.error().message;
  const auto& scales = network->graph.tensor(network->graph.nodes[0].inputs[1]).quantization.scales;
  ASSERT_EQ(scales.size(), 60U);
  for (const float scale : scales) EXPECT_TRUE(std::isfinite(scale) && scale > 0) << scale;
}

TEST_F(CompilePrunedTest, TheReportSaysWhatIsSparseAndItAnswersTheSameEverywhere) {
  for (const auto& rounding : {"single", "double"}) {
    options_.rounding = rounding;
    const emit::Report report = Compiled();
    ASSERT_EQ(report.layers.size(), 2U);
    EXPECT_THAT(report.layers[0].storage, testing::StartsWith("sparse"));
    EXPECT_EQ(report.layers[0].weights, 96 * 60);
    EXPECT_GE(report.layers[0].zero_weights, 96 * 60 * 5 / 6);
    EXPECT_EQ(report.layers[1].storage, "dense");
    const auto inputs = profile::RandomInputs(report.input_bytes(), 100, 1);
    const auto here = profile::RunOnHost(folder_ / "model", inputs);
    ASSERT_TRUE(here) << here.error().message;
    auto reference = reference::Int8Interpreter::Create(CompileNetwork(console_, options_)->graph);
    ASSERT_TRUE(reference) << reference.error().message;
    for (size_t i = 0; i < inputs.size(); ++i) {
      reference->Run({reinterpret_cast<const int8_t*>(inputs[i].data()), inputs[i].size()});
      const profile::Bytes defined(reference->output().begin(), reference->output().end());
      ASSERT_EQ(here->outputs[i], defined) << rounding << ", input " << i;
    }
  }
  const auto proof = profile::Prove(folder_ / "model", profile::RandomInputs(96, 50, 2), {.traced = 10});
  if (!proof && proof.error().status == Status::kFailedPrecondition) GTEST_SKIP() << proof.error().message;
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(proof->equal, 50U);
  EXPECT_FALSE(proof->difference);
}

}  // namespace
}  // namespace linnet::cli
