// The program itself: what it leaves, what it prints, that a seed names a network. Skipped where it is not built.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "linnet/data/dataset.h"
#include "linnet/train/checkpoint.h"

#ifndef LINNET_TRAIN_PROGRAM
#define LINNET_TRAIN_PROGRAM ""
#endif

namespace linnet::train {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class LinnetTrain : public testing::Test {
 protected:
  void SetUp() override {
    if (*LINNET_TRAIN_PROGRAM == '\0') GTEST_SKIP() << "linnet-train is not part of this build";
    const auto mnist = data::Load("mnist");
    if (!mnist && mnist.error().status == Status::kNotFound) GTEST_SKIP() << mnist.error().message;
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  int Run(const std::string& arguments) {
    const std::string command =
        std::string(LINNET_TRAIN_PROGRAM) + " " + arguments + " >" + root_ + "/stdout 2>" + root_ + "/stderr";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string Content(const std::string& name) const {
    std::ifstream file(root_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<std::string> Names(const std::string& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(root_ + folder)) names.push_back(entry.path().filename());
    return names;
  }

  const std::string root_ = testing::TempDir() + "linnet_train_test_" + std::to_string(getpid());
};

TEST_F(LinnetTrain, SameSeed_GivesTheSameGraphByteForByte) {
  for (const char* out : {"a", "b"}) {
    ASSERT_EQ(Run("--classes 0-4 --epochs 1 --limit 6000 --seed 7 --json --out " + root_ + "/" + out), 0)
        << Content("stderr");
  }
  ASSERT_GT(Content("a/graph.pb").size(), 400'000u);
  EXPECT_TRUE(Content("a/graph.pb") == Content("b/graph.pb"));
  EXPECT_TRUE(Content("a/graph.onnx") == Content("b/graph.onnx"));
  EXPECT_TRUE(Content("a/checkpoint.bin") == Content("b/checkpoint.bin"));
  ASSERT_EQ(Run("--classes 0-4 --epochs 1 --limit 6000 --seed 8 --json --out " + root_ + "/c"), 0);
  EXPECT_FALSE(Content("a/graph.pb") == Content("c/graph.pb"));
}

TEST_F(LinnetTrain, DropoutAndConvolutionsAreRepeatableToo) {
  for (const char* out : {"a", "b"}) {
    ASSERT_EQ(Run("--arch cnn --epochs 1 --limit 1500 --json --out " + root_ + "/" + out), 0) << Content("stderr");
  }
  EXPECT_TRUE(Content("a/graph.pb") == Content("b/graph.pb"));
}

TEST_F(LinnetTrain, PrintsOneObjectALine_TheLastWithTheAccuracies) {
  ASSERT_EQ(Run("--classes 0-4 --epochs 2 --limit 12000 --json --out " + root_ + "/out"), 0) << Content("stderr");
  EXPECT_THAT(Names("/out"),
              UnorderedElementsAre("graph.pb", "graph.onnx", "checkpoint.bin", "train.json", "checkpoints"));
  std::istringstream lines(Content("stdout"));
  std::vector<nlohmann::json> objects;
  for (std::string line; std::getline(lines, line);) objects.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(objects.size(), 3u);
  EXPECT_EQ(objects[0]["epoch"], 1);
  EXPECT_EQ(objects[2], nlohmann::json::parse(Content("out/train.json")));
  // Trained on five digits it knows those, and none of the other five.
  EXPECT_GT(objects[2]["test_accuracy_float"], 0.95);
  EXPECT_LT(objects[2]["test_accuracy_float_all"], 0.52);

  // Trained on from there with all digits it learns the others.
  ASSERT_EQ(Run("--epochs 1 --limit 12000 --json --init " + root_ + "/out/checkpoint.bin --out " + root_ + "/next"), 0)
      << Content("stderr");
  EXPECT_GT(nlohmann::json::parse(Content("next/train.json"))["test_accuracy_float_all"], 0.8);
}

// Runs the program, kills it with SIGKILL once `lines` epochs are reported, returns what it had reported.
int RunAndKill(const std::string& arguments, const std::string& out, int lines) {
  const std::string command = "exec " + std::string(LINNET_TRAIN_PROGRAM) + " " + arguments + " >" + out + " 2>&1";
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  int seen = 0, status = 0;
  while (seen < lines && waitpid(child, &status, WNOHANG) == 0) {
    std::ifstream file(out);
    seen = static_cast<int>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
    usleep(2000);
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return seen;
}

// The journey `resume_journey` kills at random moments; here the moments are every kind of place a run can be at: all stages,
// normalisation, masks, ranges.
TEST_F(LinnetTrain, KilledAndResumed_EndsWithTheSameBytes) {
  std::ofstream(root_ + "/linnet.toml")
      << "[network.small]\nlayers = [\"conv 4 3x3 stride 2 batch-norm relu\", \"dropout keep 0.8\", "
         "\"depthwise 3x3 relu\", \"flatten\", \"dense 10\"]\n";
  const std::string options = "--project " + root_ +
                              "/linnet.toml --arch small --limit 1000 --epochs 2 --fine-tune-epochs 2 "
                              "--prune 0.5 --qat --json ";
  ASSERT_EQ(Run(options + "--out " + root_ + "/whole"), 0) << Content("stderr");
  for (int lines : {1, 1, 1, 1, 1, 1}) {  // an epoch further each time, or as far as it comes
    RunAndKill(options + "--resume --out " + root_ + "/cut", root_ + "/killed", lines);
  }
  ASSERT_EQ(Run(options + "--resume --out " + root_ + "/cut"), 0) << Content("stderr");
  EXPECT_TRUE(Content("whole/graph.pb") == Content("cut/graph.pb"));
  EXPECT_TRUE(Content("whole/checkpoint.bin") == Content("cut/checkpoint.bin"));
  // Other options are another run.
  EXPECT_EQ(Run(options + "--seed 2 --resume --out " + root_ + "/cut"), 1);
  EXPECT_THAT(Content("stderr"), HasSubstr("of a run with other options (seed)"));
}

TEST_F(LinnetTrain, OtherImagesUnderTheSameName_AreAnotherRun) {
  const auto write = [&](int first_label) {
    std::ofstream csv(root_ + "/own.csv");
    for (int i = 0; i < 60; ++i) csv << (i == 0 ? first_label : i % 10) << ",0," << i << "," << 200 - i << ",255\n";
  };
  const std::string options = "--data csv:" + root_ + "/own.csv,2x2 --epochs 1 --json --resume --out " + root_ + "/out";
  write(0);
  ASSERT_EQ(Run(options), 0) << Content("stderr");
  ASSERT_EQ(Run(options), 0) << Content("stderr");
  write(1);
  EXPECT_EQ(Run(options), 1);
  EXPECT_THAT(Content("stderr"), HasSubstr("of a run with other options (images)"));
}

TEST_F(LinnetTrain, PrunesTheShareAskedFor_AndRoundsWeightsToTheirSteps) {
  ASSERT_EQ(Run("--limit 4000 --epochs 1 --fine-tune-epochs 2 --prune 0.75 --weights int4:fc1,fc2 --json --out " +
                root_ + "/out"),
            0)
      << Content("stderr");
  const auto report = nlohmann::json::parse(Content("out/train.json"));
  EXPECT_EQ(report["weights"], "int4:fc1,fc2");
  const double zeros = report["zero_weights"].get<double>() / report["weight_count"].get<double>();
  EXPECT_GT(zeros, 0.74);
  Architecture dnn;
  ASSERT_TRUE(MakeArchitecture("dnn", 28, 28, 1.0, &dnn));
  const auto parameters = ReadCheckpoint(root_ + "/out/checkpoint.bin", dnn);
  ASSERT_TRUE(parameters) << parameters.error().message;
  const Parameter& weights = parameters->parameters.at(0);  // [784, 128]
  const Parameter& last = parameters->parameters.at(4);     // [64, 10]
  const auto steps = [](const Parameter& of) {              // different weights of the first neuron
    std::set<float> values;
    for (size_t i = 0; i < of.values.size(); i += static_cast<size_t>(of.shape[1])) values.insert(of.values[i]);
    return values.size();
  };
  EXPECT_LE(steps(weights), 15u);
  EXPECT_GT(steps(weights), 2u);
  EXPECT_GT(steps(last), 20u);  // of 64: a byte a weight

  // Trained on from there, what was pruned stays so.
  ASSERT_EQ(Run("--limit 2000 --qat --fine-tune-epochs 1 --json --init " + root_ + "/out/checkpoint.bin --out " +
                root_ + "/on"),
            0)
      << Content("stderr");
  EXPECT_GE(nlohmann::json::parse(Content("on/train.json"))["zero_weights"].get<int>(),
            report["zero_weights"].get<int>());
}

TEST_F(LinnetTrain, DryRun_SaysThePlanAndWritesNothing) {
  ASSERT_EQ(Run("--arch cnn --preset best --prune 0.5 --qat --dry-run --out " + root_ + "/out"), 0)
      << Content("stderr");
  const auto plan = nlohmann::json::parse(Content("stdout"));
  EXPECT_EQ(plan["layers"].size(), 8u);
  ASSERT_EQ(plan["stages"].size(), 3u);
  EXPECT_EQ(plan["stages"][1][0], "prune");
  EXPECT_FALSE(fs::exists(root_ + "/out"));
}

TEST_F(LinnetTrain, WrongInput_NamesTheCause_AndLeavesNothing) {
  EXPECT_EQ(Run("--data minst --out " + root_ + "/out"), 1);
  EXPECT_THAT(Content("stderr"), HasSubstr("data set `minst` is not known"));
  EXPECT_EQ(Run("--arch rnn --out " + root_ + "/out"), 2);
  EXPECT_THAT(Content("stderr"), HasSubstr("architecture `rnn` is not known"));
  EXPECT_EQ(Run("--init " + root_ + "/none --out " + root_ + "/out"), 1);
  EXPECT_THAT(Content("stderr"), HasSubstr("/none: cannot be opened"));
  EXPECT_EQ(Run("--classes 5-3 --out " + root_ + "/out"), 2);
  EXPECT_EQ(Run(""), 2);
  EXPECT_EQ(Content("stdout"), "");
  EXPECT_THAT(Names(""), UnorderedElementsAre("stdout", "stderr"));
}

TEST_F(LinnetTrain, FileCutShort_NamesTheFile_AndLeavesNothing) {
  fs::create_directories(root_ + "/idx");
  std::ofstream(root_ + "/idx/train-images-idx3-ubyte", std::ios::binary)
      << std::string("\x00\x00\x08\x03\x00\x00\x00\x0a\x00\x00\x00\x1c\x00\x00\x00\x1c half an image", 30);
  EXPECT_EQ(Run("--data idx:" + root_ + "/idx --out " + root_ + "/out"), 1);
  EXPECT_THAT(Content("stderr"), HasSubstr("train-images-idx3-ubyte: cut short: 10x28x28 = 7840 bytes"));
  EXPECT_FALSE(fs::exists(root_ + "/out"));
}

}  // namespace
}  // namespace linnet::train
