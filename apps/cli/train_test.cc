// What people see of training: the poster's table, the curves, answers and how sure they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "compile_accuracy.h"
#include "linnet/graph/build.h"
#include "poster.h"
#include "study_pictures.h"
#include "train.h"

namespace linnet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Json Study(const char* arch, const char* classes) {
  return {{"name", "mine"},
          {"arch", arch},
          {"classes", classes},
          {"data", "mnist"},
          {"train_accuracy_float", 0.999},
          {"validation_accuracy_float", 0.98},
          {"test_accuracy_float", 0.975},
          {"flash_bytes_float", 440000u},
          {"sram_bytes_float", 4096u},
          {"train_accuracy_int8", 0.99},
          {"validation_accuracy_int8", 0.97},
          {"test_accuracy_int8", 0.9744},
          {"flash_bytes", 114688u},
          {"sram_bytes", 1024u}};
}

TEST(PosterTable, OursStandsBesideThePostersOwnFigures) {
  EXPECT_EQ(PosterTable({Study("dnn", "0-9")}),
            "network  numbers    train  validation     test     flash    SRAM\n"
            "DNN-2    float    99.90 %     98.00 %  97.50 %  429.7 KB  4.0 KB\n"
            "         int8     99.00 %     97.00 %  97.44 %  112.0 KB  1.0 KB\n"
            "         poster         -           -  97.70 %    136 KB       -\n");
  EXPECT_THAT(PosterTable({Study("cnn", "0-9")}), AllOf(HasSubstr("CNN-2"), HasSubstr("99.20 %"), HasSubstr("122 KB")));
}

TEST(PosterTable, WhatThePosterDoesNotState_StaysBlank) {
  const std::string dnn_1 = PosterTable({Study("dnn", "0-4")});
  EXPECT_THAT(dnn_1, AllOf(HasSubstr("DNN-1"), HasSubstr("poster         -           -        -         -       -")));
  const std::string other = PosterTable({Study("tiny-cnn", "0-9")});
  EXPECT_THAT(other, AllOf(HasSubstr("mine"), Not(HasSubstr("poster"))));
  Json fashion = Study("dnn", "0-9");
  fashion["data"] = "fashion-mnist";
  EXPECT_THAT(PosterTable({fashion}), Not(HasSubstr("poster")));
}

TEST(PosterTable, WeightsOfFourBits_AreSaid) {
  Json study = Study("dnn", "0-9");
  study["weights"] = "int4:fc1";
  EXPECT_THAT(PosterTable({study}), HasSubstr("int8, weights int4:fc1  99.00 %"));
}

TEST(PosterTable, WhatIsMissing_IsADash) {
  Json study = Study("dnn", "0-9");
  study["train_accuracy_float"] = nullptr;
  study.erase("flash_bytes_float");
  EXPECT_THAT(PosterTable({study}), HasSubstr("float          -     98.00 %  97.50 %         -  4.0 KB\n"));
}

TEST(PosterRows, NumbersForPrograms_ThePostersOnlyBesideInt8) {
  const PlainTable table = PosterRows({Study("dnn", "0-9")});
  ASSERT_EQ(table.rows.size(), 2u);
  const auto cell = [&](size_t row, const char* column) {
    return table.rows[row].at(static_cast<size_t>(std::ranges::find(table.header, column) - table.header.begin()));
  };
  EXPECT_EQ(cell(0, "numbers"), "float");
  EXPECT_EQ(cell(0, "poster_flash_kb"), "");
  EXPECT_EQ(cell(1, "test_accuracy"), "0.9744");
  EXPECT_EQ(cell(1, "flash_bytes"), "114688");
  EXPECT_EQ(cell(1, "poster_test_accuracy"), "0.977");
  EXPECT_EQ(cell(1, "poster_flash_kb"), "136");
}

TEST(LearningCurves, StagesFollowOneAnother_TheKeptEpochIsMarked) {
  Json training = {{"best_epoch", 1}, {"history", Json::array()}};
  const auto add = [&](const char* stage, int epoch) {
    training["history"].push_back({{"stage", stage}, {"epoch", epoch}, {"loss", 0.5}, {"validation_accuracy", 0.98}});
  };
  add("train", 1);
  add("train", 2);
  add("qat", 1);
  const std::string svg = LearningCurves("t", training);
  EXPECT_THAT(svg, AllOf(HasSubstr("begins: qat"), HasSubstr("kept: epoch 3"), Not(HasSubstr("begins: train"))));
  EXPECT_THAT(LearningCurves("t", Json::object()), HasSubstr("no figures"));
}

TEST(OptionValue, BothForms_TheLastCounts) {
  EXPECT_EQ(OptionValue({"--out", "a", "--json"}, "--out"), "a");
  EXPECT_EQ(OptionValue({"--out=a", "--out", "b"}, "--out"), "b");
  EXPECT_EQ(OptionValue({"--output", "a", "--out"}, "--out"), "");
}

// Two pixels, scores are the pixels themselves: y = x * identity.
graph::Graph Identity2() {
  graph::Graph graph;
  const graph::TensorId x = graph::AddInput(graph, "x", {1, 2});
  const graph::TensorId w = graph::AddConstant(graph, "w", {2, 2}, std::vector<float>{1, 0, 0, 1});
  const auto y =
      graph::AddNode(graph, graph::OpKind::kFullyConnected, "dense", {x, w}, graph::FullyConnectedAttributes{});
  graph.outputs = {y.value()};
  return graph;
}

TEST(Predict, SaysTheAnswerAndHowSureItIs) {
  data::Images images;
  images.count = 3;
  images.height = 1;
  images.width = 2;
  images.pixels = {255, 0, 51, 102, 0, 255};
  images.labels = {0, 0, 1};
  const auto predictions = Predict(Identity2(), images);
  ASSERT_TRUE(predictions) << predictions.error().message;
  EXPECT_EQ((*predictions)[0].answer, 0);
  EXPECT_FLOAT_EQ((*predictions)[0].confidence, 1);
  EXPECT_EQ((*predictions)[1].answer, 1);
  EXPECT_FLOAT_EQ((*predictions)[1].confidence, 0.4F);
  EXPECT_FLOAT_EQ((*predictions)[1].truth_score, 0.2F);
  EXPECT_DOUBLE_EQ(ShareRight(*predictions, images), 2.0 / 3);
  EXPECT_DOUBLE_EQ(ShareRight({}, images), 0);
}

}  // namespace
}  // namespace linnet::cli
