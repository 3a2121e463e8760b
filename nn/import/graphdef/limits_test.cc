// Files that would cost much memory or time: each is refused, quickly and by name.
#include <gmock/gmock.h>

#include "testing/import_for_tests.h"

namespace linnet::graphdef {
namespace {

using testing::HasSubstr;

void ExpectTooLarge(const GraphDefBuilder& b, const std::string& layer) {
  const Error error = ErrorOf(b);
  EXPECT_EQ(error.status, Status::kResourceExhausted) << error.message;
  EXPECT_THAT(error.message, HasSubstr("layer '" + layer + "'"));
}

GraphDefBuilder WithInput() {
  GraphDefBuilder b;
  b.Placeholder("x", {1, 1});
  return b;
}

TEST(Limits, FilledAndCountedConstants) {
  GraphDefBuilder fill = WithInput();
  fill.Ints("shape", {2}, {1 << 13, 1 << 13});
  fill.Floats("one", {}, {1});
  fill.Layer("fill", "Fill", {"shape", "one"});
  fill.Layer("y", "Add", {"x", "fill"});
  ExpectTooLarge(fill, "fill");

  GraphDefBuilder range = WithInput();
  range.Ints("zero", {}, {0});
  range.Ints("one", {}, {1});
  range.Ints("end", {}, {2000000000});
  range.Layer("range", "Range", {"zero", "end", "one"});
  range.Layer("y", "Add", {"x", "range"});
  ExpectTooLarge(range, "range");
}

TEST(Limits, BroadcastingAndDoubling) {
  GraphDefBuilder outer = WithInput();
  outer.Floats("a", {8192, 1}, {1});
  outer.Floats("b", {8192}, {1});
  outer.Layer("product", "Mul", {"a", "b"});
  outer.Layer("y", "Add", {"x", "product"});
  ExpectTooLarge(outer, "product");

  GraphDefBuilder doubled = WithInput();
  doubled.Ints("axis", {}, {0});
  doubled.Floats("d0", {2}, {1});
  for (int i = 1; i < 60; ++i) {
    const std::string last = "d" + std::to_string(i - 1);
    doubled.Layer("d" + std::to_string(i), "ConcatV2", {last, last, "axis"});
  }
  doubled.Layer("y", "Add", {"x", "d59"});
  ExpectTooLarge(doubled, "d23");
}

TEST(Limits, ManySumsOverALargeConstant) {
  GraphDefBuilder b = WithInput();
  b.Floats("large", {1 << 22}, {1});
  b.Ints("axis", {1}, {0});
  std::string sum = "x";
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "s" + std::to_string(i);
    b.Layer(name, "Sum", {"large", "axis"});
    b.Layer(name + "/add", "Add", {sum, name});
    sum = name + "/add";
  }
  const Error error = ErrorOf(b);
  EXPECT_EQ(error.status, Status::kResourceExhausted);
  EXPECT_THAT(error.message, HasSubstr("computing with the graph's constants takes too long"));
}

TEST(Limits, IntegersOutOfRangeAreNamed) {
  GraphDefBuilder b = WithInput();
  b.Ints("a", {}, {2000000000});
  b.Layer("sum", "Add", {"a", "a"});
  b.Layer("y", "Reshape", {"x", "sum"});
  EXPECT_THAT(ErrorOf(b).message, HasSubstr("layer 'sum' (op 'Add'): computes an integer that is out of range"));

  GraphDefBuilder zero = WithInput();
  zero.Ints("a", {}, {1});
  zero.Ints("b", {}, {0});
  zero.Layer("div", "FloorDiv", {"a", "b"});
  zero.Layer("y", "Reshape", {"x", "div"});
  EXPECT_THAT(ErrorOf(zero).message,
              HasSubstr("layer 'div' (op 'FloorDiv'): computes an integer that is out of range"));
}

TEST(Limits, LongChainsOfConstantsFlagsAndNoise) {
  GraphDefBuilder b = WithInput();
  b.Floats("c0", {}, {1});
  b.Const("f0", {}, DT_BOOL).add_bool_val(true);
  b.Type(*b.def.mutable_node(b.def.node_size() - 1), "dtype", DT_BOOL);
  b.Layer("shape", "Shape", {"x"});
  b.Layer("n0", "RandomUniform", {"shape"});
  for (int i = 1; i < 5000; ++i) {
    const std::string last = std::to_string(i - 1);
    b.Layer("c" + std::to_string(i), "Mul", {"c" + last, "c" + last});
    b.Layer("f" + std::to_string(i), "LogicalAnd", {"f" + last, "f" + last});
    b.Layer("n" + std::to_string(i), "Mul", {"n" + last, "c" + last});
  }
  b.Layer("s", "Switch", {"x", "f4999"});
  b.Layer("y", "Mul", {"x", "c4999"});
  ImportOptions options;
  options.outputs = {"y"};
  EXPECT_THAT(TextOf(b, options), HasSubstr("Mul \"y\" (x, c4999)"));
}

}  // namespace
}  // namespace linnet::graphdef
