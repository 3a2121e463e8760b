// Dropout in every form that TensorFlow 1.x left in frozen graphs, and what only looks like it.
#include <gmock/gmock.h>

#include "testing/import_for_tests.h"

namespace linnet::graphdef {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

GraphDefBuilder Dense() {
  GraphDefBuilder b;
  b.Placeholder("x", {-1, 2});
  b.Floats("w", {2, 3}, {1, 2, 3, 4, 5, 6});
  b.Layer("logits", "MatMul", {"x", "w"});
  return b;
}

void Noise(GraphDefBuilder& b) {
  b.Layer("d/Shape", "Shape", {"logits"});
  b.Layer("d/RandomUniform", "RandomUniform", {"d/Shape"});
  b.Floats("d/range", {}, {1});
  b.Layer("d/scaled", "Mul", {"d/RandomUniform", "d/range"});
  b.Floats("d/min", {}, {0});
  b.Layer("d/random", "AddV2", {"d/scaled", "d/min"});
  b.Floats("d/one", {}, {1});
}

// mask = random >= rate, logits * 1 / (1 - rate)
void Compared(GraphDefBuilder& b, const std::string& rate) {
  b.Layer("d/mask", "GreaterEqual", {"d/random", rate});
  b.Layer("d/sub", "Sub", {"d/one", rate});
  b.Layer("d/truediv", "RealDiv", {"d/one", "d/sub"});
  b.Layer("d/scale", "Mul", {"logits", "d/truediv"});
}

GraphDefBuilder Compared(bool fed) {
  GraphDefBuilder b = Dense();
  Noise(b);
  if (fed) {
    b.Layer("keep_prob", "Placeholder");
    b.Layer("rate", "Sub", {"d/one", "keep_prob"});
  } else {
    b.Floats("rate", {}, {0.25F});
  }
  Compared(b, "rate");
  return b;
}

TEST(Dropout, FloorWithAConstantOrAPlaceholder) {
  GraphDefBuilder constant = Dense();
  constant.Floats("keep", {}, {0.5F});
  constant.Dropout("drop", "logits", "keep");
  constant.Layer("soft", "Softmax", {"drop/mul"});
  EXPECT_THAT(TextOf(constant),
              HasSubstr("Identity \"drop/mul\" (logits) -> drop/mul float32[1,3]\nSoftmax \"soft\" (drop/mul)"));

  GraphDefBuilder fed = Dense();
  fed.Layer("keep_prob", "Placeholder");
  fed.Dropout("drop", "logits", "keep_prob");
  EXPECT_THAT(TextOf(fed), AllOf(HasSubstr("Identity \"drop/mul\" (logits)"), Not(HasSubstr("keep_prob"))));
}

TEST(Dropout, FloorWithARate) {  // 1.13: keep = 1 - rate
  GraphDefBuilder b = Dense();
  b.Floats("one", {}, {1});
  b.Floats("rate", {}, {0.4F});
  b.Layer("keep", "Sub", {"one", "rate"});
  b.Dropout("drop", "logits", "keep");
  EXPECT_THAT(TextOf(b), HasSubstr("Identity \"drop/mul\" (logits)"));
}

TEST(Dropout, CastOfAComparison) {  // 1.14 and 1.15
  for (const bool fed : {false, true}) {
    GraphDefBuilder b = Compared(fed);
    b.Layer("d/Cast", "Cast", {"d/mask"});
    b.Layer("d/mul", "Mul", {"d/scale", "d/Cast"});
    EXPECT_THAT(TextOf(b), HasSubstr("Identity \"d/mul\" (logits)")) << fed;
  }
}

TEST(Dropout, SelectionByAComparison) {
  for (const bool fed : {false, true}) {
    GraphDefBuilder b = Compared(fed);
    b.Floats("d/zero", {}, {0});
    b.Layer("d/select", "SelectV2", {"d/mask", "d/scale", "d/zero"});
    EXPECT_THAT(TextOf(b), HasSubstr("Identity \"d/select\" (logits)")) << fed;
  }
}

TEST(Dropout, OfAnotherScaleIsNone) {
  GraphDefBuilder b = Dense();
  Noise(b);
  b.Floats("rate", {}, {0.25F});
  b.Floats("other", {}, {0.75F});
  b.Layer("d/mask", "GreaterEqual", {"d/random", "rate"});
  b.Layer("d/Cast", "Cast", {"d/mask"});
  b.Layer("d/scale", "Mul", {"logits", "other"});  // not 1 / 0.75
  b.Layer("d/mul", "Mul", {"d/scale", "d/Cast"});
  EXPECT_THAT(ErrorOf(b).message, HasSubstr("layer 'd/RandomUniform' (op 'RandomUniform'): not supported"));
}

// tf.layers.dropout(training=flag), and the same choice by tf.where.
GraphDefBuilder Choice(const std::string& flag_op) {
  GraphDefBuilder b = Dense();
  if (flag_op == "Placeholder") {
    b.Type(b.Layer("flag", "Placeholder"), "dtype", DT_BOOL);
  } else {
    b.Const("default", {}, DT_BOOL).add_bool_val(flag_op == "true");
    b.Type(b.Layer("flag", "PlaceholderWithDefault", {"default"}), "dtype", DT_BOOL);
  }
  b.Layer("cond/Switch", "Switch", {"logits", "flag"});
  b.Layer("cond/pivot", "Switch", {"flag", "flag"});
  b.Layer("cond/switch_t", "Identity", {"cond/pivot:1"});
  b.Layer("cond/three", "Const", {"^cond/switch_t"});
  Tensor& three = *(*b.def.mutable_node(b.def.node_size() - 1)->mutable_attr())["value"].mutable_tensor();
  three.set_dtype(DT_FLOAT);
  three.add_float_val(3);
  b.Layer("cond/trained", "Mul", {"cond/Switch:1", "cond/three"});
  b.Layer("cond/Identity", "Identity", {"cond/Switch"});
  b.Layer("cond/Merge", "Merge", {"cond/Identity", "cond/trained"});
  b.Layer("end", "Relu", {"cond/Merge"});
  return b;
}

TEST(Choice, ABoolPlaceholderMeansNoTraining) {
  for (const char* flag : {"Placeholder", "false"}) {
    EXPECT_THAT(TextOf(Choice(flag)), AllOf(HasSubstr("Identity \"cond/Identity\" (logits)"), Not(HasSubstr("trained")),
                                            HasSubstr("Relu \"end\" (cond/Merge)")))
        << flag;
  }
}

TEST(Choice, AFlagThatIsTrueTakesTheOtherBranch) {
  EXPECT_THAT(TextOf(Choice("true")), AllOf(HasSubstr("Mul \"cond/trained\" (logits, cond/three)"),
                                            Not(HasSubstr("cond/Identity")), HasSubstr("Relu \"end\" (cond/Merge)")));
}

TEST(Choice, SelectByAKnownFlag) {
  GraphDefBuilder b = Dense();
  b.Const("flag", {}, DT_BOOL).add_bool_val(true);
  b.Type(*b.def.mutable_node(b.def.node_size() - 1), "dtype", DT_BOOL);
  b.Layer("not", "LogicalNot", {"flag"});
  b.Layer("relu", "Relu", {"logits"});
  b.Layer("end", "Select", {"not", "logits", "relu"});
  EXPECT_THAT(TextOf(b), HasSubstr("Identity \"end\" (relu)"));
}

TEST(Choice, ByDataIsNamed) {
  GraphDefBuilder b = Dense();
  b.Floats("zero", {}, {0});
  b.Layer("positive", "Greater", {"logits", "zero"});
  b.Layer("end", "Select", {"positive", "logits", "zero"});
  EXPECT_THAT(ErrorOf(b).message, HasSubstr("layer 'positive' (op 'Greater'): of data that the network computes"));
}

}  // namespace
}  // namespace linnet::graphdef
