// Operators that reshape, reorder, cut and join, and shapes that are computed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "linnet/graph/build.h"
#include "test_text.h"

namespace linnet::tflite {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Op = schema::BuiltinOperator;
using Type = schema::TensorType;
using Dims = TfliteBuilder::Dims;

TfliteBuilder Reshape(const Dims& from, std::vector<int32_t> target, const Dims& to) {
  TfliteBuilder b;
  const int x = b.Input("x", from);
  const auto count = static_cast<int32_t>(target.size());
  const int shape = b.Ints("shape", {count}, target);
  const int y = b.Tensor("y", to);
  b.Operator(Op::RESHAPE, {x, shape}, {y});
  b.Output(y);
  return b;
}

TEST(TfliteShapes, ReshapeByInputOrByOptions) {
  EXPECT_THAT(TextOf(Reshape({1, 2, 6}, {1, -1, 3}, {1, 4, 3})), HasSubstr("Reshape \"y\" (x) -> y float32[1,4,3]"));
  EXPECT_THAT(TextOf(Reshape({1, 2, 6}, {1, 5, -1}, {1, 5, 2})), HasSubstr("can't turn [1,2,6] into [1,5,2]"));
  EXPECT_THAT(TextOf(Reshape({1, 2, 6}, {-1, -1}, {1, 12})), HasSubstr("is not possible"));
  TfliteBuilder b;
  const int x = b.Input("x", {1, 4});
  const int y = b.Tensor("y", {2, 2});
  schema::ReshapeOptionsT options;
  options.new_shape = {2, -1};
  b.Operator(Op::RESHAPE, {x}, {y}, options);
  b.Output(y);
  EXPECT_THAT(TextOf(b), HasSubstr("-> y float32[2,2]"));
}

TEST(TfliteShapes, SqueezeAndExpandDims) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 1, 3, 1});
  const int y = b.Tensor("y", {1, 3, 1});
  const int axis = b.Ints("axis", {1}, {-1});
  const int z = b.Tensor("z", {1, 3, 1, 1});
  const int all = b.Tensor("all", {3});
  schema::SqueezeOptionsT options;
  options.squeeze_dims = {-3};
  b.Operator(Op::SQUEEZE, {x}, {y}, options);
  b.Operator(Op::EXPAND_DIMS, {y, axis}, {z});
  b.Operator(Op::SQUEEZE, {z}, {all});
  b.Output(all);
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("-> y float32[1,3,1]"), HasSubstr("-> z float32[1,3,1,1]"),
                               HasSubstr("-> all float32[3]")));
  b.graph().operators[0]->builtin_options.AsSqueezeOptions()->squeeze_dims = {2};
  EXPECT_THAT(TextOf(b), HasSubstr("dimension 2 of [1,1,3,1] is not 1"));
}

TEST(TfliteShapes, TransposeOfDataAndOfConstants) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2, 3});
  const int order = b.Ints("order", {3}, {0, 2, 1});
  const int y = b.Tensor("y", {1, 3, 2});
  const int c = b.Floats("c", {1, 2, 3}, {1, 2, 3, 4, 5, 6});
  const int turned = b.Tensor("turned", {1, 3, 2});
  const int sum = b.Tensor("sum", {1, 3, 2});
  b.Operator(Op::TRANSPOSE, {x, order}, {y});
  b.Operator(Op::TRANSPOSE, {c, order}, {turned});
  b.Operator(Op::ADD, {y, turned}, {sum});
  b.Output(sum);
  const graph::Graph graph = GraphOf(b);
  ASSERT_EQ(graph.nodes.size(), 2U);
  EXPECT_EQ(std::get<graph::TransposeAttributes>(graph.nodes[0].attributes).permutation, (std::vector{0, 2, 1}));
  EXPECT_EQ(graph::FloatValues(graph.tensor(graph.nodes[1].inputs[1])), (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

TEST(TfliteShapes, PadWithZeroAndWithAValue) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2}, Type::INT8, 0.5F, 10);
  const int amounts = b.Ints("amounts", {2, 2}, {0, 0, 1, 2});
  const int value = b.Constant<int8_t>("value", {}, {4}, Type::INT8);
  b.Quantize(value, {0.5F}, {10});
  const int y = b.Tensor("y", {1, 5}, Type::INT8, 0.5F, 10);
  b.Operator(Op::PADV2, {x, amounts, value}, {y});
  b.Output(y);
  const auto pad = std::get<graph::PadAttributes>(GraphOf(b).nodes.at(0).attributes);
  EXPECT_EQ(pad.amounts, (std::vector<std::pair<int, int>>{{0, 0}, {1, 2}}));
  EXPECT_EQ(pad.value, -3);  // 0.5 * (4 - 10)
  b.graph().operators[0]->inputs.pop_back();
  b.model.operator_codes[0]->builtin_code = Op::PAD;
  b.model.operator_codes[0]->deprecated_builtin_code = static_cast<int8_t>(Op::PAD);
  EXPECT_EQ(std::get<graph::PadAttributes>(GraphOf(b).nodes.at(0).attributes).value, 0);
}

TEST(TfliteShapes, ConcatenationAndPack) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2});
  const int y = b.Input("y", {1, 2});
  const int joined = b.Tensor("joined", {1, 4});
  const int packed = b.Tensor("packed", {1, 2, 2});
  schema::ConcatenationOptionsT concat;
  concat.axis = -1;
  concat.fused_activation_function = schema::ActivationFunctionType::RELU;
  schema::PackOptionsT pack;
  pack.axis = 1;
  pack.values_count = 2;
  b.Operator(Op::CONCATENATION, {x, y}, {joined}, concat);
  b.Operator(Op::PACK, {x, y}, {packed}, pack);
  b.Output(joined);
  b.Output(packed);
  EXPECT_THAT(TextOf(b),
              AllOf(HasSubstr("Concat \"joined\" (x, y)"), HasSubstr("-> packed/row float32[1,1,2]"),
                    HasSubstr("Concat \"packed\" (packed/row, packed/row_2)"), HasSubstr("-> packed float32[1,2,2]")));
}

TEST(TfliteShapes, SplitMakesSlices) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 6});
  const int axis = b.Ints("axis", {}, {1});
  const int sizes = b.Ints("sizes", {2}, {-1, 2});
  const int left = b.Tensor("left", {1, 3});
  const int right = b.Tensor("right", {1, 3});
  const int four = b.Tensor("four", {1, 4});
  const int two = b.Tensor("two", {1, 2});
  b.Operator(Op::SPLIT, {axis, x}, {left, right}, schema::SplitOptionsT());
  b.Operator(Op::SPLIT_V, {x, sizes, axis}, {four, two});
  for (const int output : {left, right, four, two}) b.Output(output);
  const graph::Graph graph = GraphOf(b);
  ASSERT_EQ(graph.nodes.size(), 4U);
  const auto range = [&](size_t node) {
    return std::get<graph::SliceAttributes>(graph.nodes[node].attributes).ranges[1];
  };
  EXPECT_EQ(graph.nodes[1].name, "right");
  EXPECT_EQ((std::vector{range(1).begin, range(1).count}), (std::vector<int64_t>{3, 3}));
  EXPECT_EQ((std::vector{range(2).begin, range(2).count}), (std::vector<int64_t>{0, 4}));
  EXPECT_EQ((std::vector{range(3).begin, range(3).count}), (std::vector<int64_t>{4, 2}));
}

TEST(TfliteShapes, UnpackDropsTheAxisSliceCuts) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 2, 3});
  const int first = b.Tensor("first", {1, 3});
  const int second = b.Tensor("second", {1, 3});
  const int begin = b.Ints("begin", {3}, {0, 1, 0});
  const int size = b.Ints("size", {3}, {1, 1, -1});
  const int part = b.Tensor("part", {1, 1, 3});
  schema::UnpackOptionsT unpack;
  unpack.axis = 1;
  unpack.num = 2;
  b.Operator(Op::UNPACK, {x}, {first, second}, unpack);
  b.Operator(Op::SLICE, {x, begin, size}, {part});
  for (const int output : {first, second, part}) b.Output(output);
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Reshape \"second\""), HasSubstr("-> second float32[1,3]"),
                               HasSubstr("-> part float32[1,1,3]")));
}

// STRIDED_SLICE of a vector of `extent`, and the elements that it should take by the definition of a Python slice.
struct Cut {
  int extent, begin, end, stride;
  bool from_start, to_end;
};

std::vector<int64_t> ByDefinition(const Cut& cut) {
  std::vector<int64_t> taken;
  const auto clamp = [&](int at, int low, int high) { return std::clamp(at < 0 ? at + cut.extent : at, low, high); };
  if (cut.stride > 0) {
    const int from = cut.from_start ? 0 : clamp(cut.begin, 0, cut.extent);
    const int to = cut.to_end ? cut.extent : clamp(cut.end, 0, cut.extent);
    for (int i = from; i < to; i += cut.stride) taken.push_back(i);
  } else {
    const int from = cut.from_start ? cut.extent - 1 : clamp(cut.begin, -1, cut.extent - 1);
    const int to = cut.to_end ? -1 : clamp(cut.end, -1, cut.extent - 1);
    for (int i = from; i > to; i += cut.stride) taken.push_back(i);
  }
  return taken;
}

TEST(TfliteStridedSlice, TakesWhatPythonTakes) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed) + "; replay by setting it in place of random_device");
  std::mt19937 random(seed);
  const auto between = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  int cuts = 0;
  while (cuts < 500) {
    Cut cut{between(1, 9), between(-12, 12), between(-12, 12), between(-4, 4), between(0, 4) == 0, between(0, 4) == 0};
    if (cut.stride == 0) continue;
    ++cuts;
    const std::vector<int64_t> expected = ByDefinition(cut);
    TfliteBuilder b;
    const int x = b.Input("x", {1, cut.extent});
    const int begin = b.Ints("begin", {2}, {0, cut.begin});
    const int end = b.Ints("end", {2}, {0, cut.end});
    const int strides = b.Ints("strides", {2}, {1, cut.stride});
    const int y = b.Tensor("y", {1, static_cast<int32_t>(expected.size())});
    schema::StridedSliceOptionsT options;
    options.begin_mask = 1 | (cut.from_start ? 2 : 0);
    options.end_mask = 1 | (cut.to_end ? 2 : 0);
    b.Operator(Op::STRIDED_SLICE, {x, begin, end, strides}, {y}, options);
    b.Output(y);
    if (expected.empty()) {
      EXPECT_THAT(TextOf(b), HasSubstr("nothing is left of a dimension"));
      continue;
    }
    const graph::Graph graph = GraphOf(b);
    ASSERT_EQ(graph.nodes.size(), 1U);
    const auto range = std::get<graph::SliceAttributes>(graph.nodes[0].attributes).ranges[1];
    std::vector<int64_t> taken;
    for (int64_t i = 0; i < range.count; ++i) taken.push_back(range.begin + i * range.step);
    EXPECT_EQ(taken, expected);
  }
}

TEST(TfliteStridedSlice, MasksDropAndAddDimensions) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 4, 5, 6});
  const int begin = b.Ints("begin", {3}, {0, 0, -2});
  const int end = b.Ints("end", {3}, {0, 0, 0});
  const int strides = b.Ints("strides", {3}, {1, 1, 1});
  const int y = b.Tensor("y", {1, 1, 4, 5});
  schema::StridedSliceOptionsT options;
  options.new_axis_mask = 1;  // x[newaxis, ..., -2]
  options.ellipsis_mask = 2;
  options.shrink_axis_mask = 4;
  b.Operator(Op::STRIDED_SLICE, {x, begin, end, strides}, {y}, options);
  b.Output(y);
  const graph::Graph graph = GraphOf(b);
  ASSERT_EQ(graph.nodes.size(), 2U);
  const auto range = std::get<graph::SliceAttributes>(graph.nodes[0].attributes).ranges.at(3);
  EXPECT_EQ((std::vector{range.begin, range.count}), (std::vector<int64_t>{4, 1}));
  EXPECT_EQ(graph.tensor(graph.outputs.at(0)).shape, (graph::Shape{1, 1, 4, 5}));
  b.model.buffers[1]->data[8] = 6;  // -2 becomes a large number
  b.model.buffers[1]->data[9] = b.model.buffers[1]->data[10] = b.model.buffers[1]->data[11] = 0;
  EXPECT_THAT(TextOf(b), HasSubstr("index 6 of a dimension of 6"));
}

// As Keras writes Flatten: the batch is taken from SHAPE, the rest is -1.
TEST(TfliteIntegers, ShapesComputedFromShapesAreWorkedOut) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 3, 4});
  const int shape = b.Tensor("shape", {3}, Type::INT32);
  const int zero = b.Ints("zero", {1}, {0});
  const int one = b.Ints("one", {1}, {1});
  const int batch = b.Tensor("batch", {}, Type::INT32);
  const int rest = b.Ints("rest", {}, {-1});
  const int target = b.Tensor("target", {2}, Type::INT32);
  const int y = b.Tensor("y", {1, 12});
  schema::StridedSliceOptionsT shrink;
  shrink.shrink_axis_mask = 1;
  b.Operator(Op::SHAPE, {x}, {shape});
  b.Operator(Op::STRIDED_SLICE, {shape, zero, one, one}, {batch}, shrink);
  b.Operator(Op::PACK, {batch, rest}, {target}, schema::PackOptionsT());
  b.Operator(Op::RESHAPE, {x, target}, {y});
  b.Output(y);
  const graph::Graph graph = GraphOf(b);
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph.tensor(graph.outputs[0]).shape, (graph::Shape{1, 12}));
}

TEST(TfliteIntegers, ArithmeticOnShapes) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 3, 4});
  const int shape = b.Tensor("shape", {3}, Type::INT32);
  const int picks = b.Ints("picks", {2}, {1, 2});
  const int picked = b.Tensor("picked", {2}, Type::INT32);
  const int axis = b.Ints("axis", {1}, {0});
  const int product = b.Tensor("product", {1}, Type::INT32);
  const int two = b.Ints("two", {1}, {2});
  const int half = b.Tensor("half", {1}, Type::INT32);
  const int wide = b.Tensor("wide", {1}, Type::INT64);
  const int doubled = b.Tensor("doubled", {1}, Type::INT32);
  const int target = b.Tensor("target", {2}, Type::INT32);
  const int y = b.Tensor("y", {6, 2});
  schema::ReducerOptionsT keep;
  keep.keep_dims = true;
  b.Operator(Op::SHAPE, {x}, {shape});
  b.Operator(Op::GATHER, {shape, picks}, {picked}, schema::GatherOptionsT());
  b.Operator(Op::REDUCE_PROD, {picked, axis}, {product}, keep);
  b.Operator(Op::FLOOR_DIV, {product, two}, {half});
  b.Operator(Op::CAST, {half}, {wide});
  b.Operator(Op::CAST, {wide}, {doubled});
  b.Operator(Op::CONCATENATION, {doubled, two}, {target}, schema::ConcatenationOptionsT());
  b.Operator(Op::RESHAPE, {x, target}, {y});
  b.Output(y);
  EXPECT_THAT(TextOf(b), AllOf(HasSubstr("Reshape \"y\" (x) -> y float32[6,2]"), Not(HasSubstr("const"))));
}

TEST(TfliteIntegers, WhatIsNotKnownIsNamed) {
  TfliteBuilder b;
  const int x = b.Input("x", {1, 4});
  const int axis = b.Ints("axis", {}, {1});
  const int best = b.Tensor("best", {1}, Type::INT32);
  const int y = b.Tensor("y", {1, 4});
  b.Operator(Op::ARG_MAX, {x, axis}, {best});
  b.Operator(Op::RESHAPE, {x, best}, {y});
  b.Output(y);
  EXPECT_THAT(TextOf(b),
              HasSubstr("layer 'y' (RESHAPE): its target shape 'best' can't be known before the network runs"));
}

}  // namespace
}  // namespace linnet::tflite
