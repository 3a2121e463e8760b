// Any bytes: a verified graph or an error. What begins as a GraphDef (0x0a) is taken as one; anything else draws a network
// from the operators of the importer, layer by layer, and may damage its bytes, so that inputs reach beyond the parser.
#include <array>
#include <string>

#include "graphdef_builder.h"
#include "linnet/base/check.h"
#include "linnet/graphdef/import_graphdef.h"

namespace linnet::graphdef {
namespace {

// Numbers from the input's bytes; zeros behind its end.
class Draw {
 public:
  explicit Draw(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  size_t left() const { return bytes_.size(); }
  uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const uint8_t byte = bytes_[0];
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  size_t Below(size_t limit) { return Byte() % limit; }
  // Mostly small, at times absurd.
  int64_t Number() {
    const uint8_t byte = Byte();
    if (byte < 200) return byte % 10 - 2;
    if (byte < 240) return byte;
    constexpr std::array<int64_t, 8> kOdd = {-9007199254740993, INT64_MIN, INT64_MAX, 1 << 26,
                                             1 << 20,           INT32_MAX, INT32_MIN, 65536};
    return kOdd[byte % kOdd.size()];
  }

 private:
  std::span<const uint8_t> bytes_;
};

std::vector<std::string> Operators() {
  std::vector<std::string> names = {"RandomUniform", "NoOp", "FooBar"};
  for (const OperatorUse use : {OperatorUse::kData, OperatorUse::kConstants, OperatorUse::kFlags}) {
    std::string text = SupportedGraphDefOperators(use);
    for (size_t at = 0; at < text.size();) {
      const size_t comma = std::min(text.find(", ", at), text.size());
      names.push_back(text.substr(at, comma - at));
      at = comma + 2;
    }
  }
  return names;
}

std::vector<int64_t> SmallShape(Draw& draw) {
  std::vector<int64_t> shape(draw.Below(5));
  for (int64_t& d : shape) d = static_cast<int64_t>(1 + draw.Below(5));
  return shape;
}

void AddConstant(GraphDefBuilder& b, const std::string& name, Draw& draw) {
  constexpr std::array kTypes = {DT_FLOAT, DT_INT32, DT_INT32, DT_FLOAT, DT_INT64, DT_BOOL, DT_HALF, DT_STRING};
  const DataType type = kTypes[draw.Below(kTypes.size())];
  std::vector<int64_t> shape = SmallShape(draw);
  if (draw.Below(16) == 0) shape.push_back(draw.Number());
  if (type == DT_INT32 && draw.Below(4) != 0) shape.resize(std::min<size_t>(shape.size(), 1));
  Tensor& tensor = b.Const(name, shape, type);
  const size_t count = draw.Below(9);
  for (size_t i = 0; i < count; ++i) {
    const int64_t number = draw.Number();
    if (type == DT_FLOAT) tensor.add_float_val(static_cast<float>(number) / 4);
    if (type == DT_INT32) tensor.add_int_val(static_cast<int32_t>(number));
    if (type == DT_INT64) tensor.add_int64_val(number);
    if (type == DT_BOOL) tensor.add_bool_val(number > 0);
    if (type == DT_HALF) tensor.add_half_val(static_cast<int32_t>(number));
  }
}

void AddAttributes(NodeDef& node, Draw& draw) {
  constexpr std::array kTexts = {"SAME", "VALID", "EXPLICIT"};
  constexpr std::array kLists = {"ksize", "squeeze_dims", "explicit_paddings"};
  constexpr std::array kNumbers = {"axis",          "num_split",        "begin_mask",    "end_mask",
                                   "ellipsis_mask", "shrink_axis_mask", "new_axis_mask", "num_bits"};
  constexpr std::array kFlags = {"transpose_a", "transpose_b", "keep_dims",   "is_training",
                                 "adj_x",       "adj_y",       "narrow_range"};
  const uint8_t which = draw.Byte();
  const bool first = which % 4 == 0;
  const std::string& op = node.op();
  if (op.find("Conv") != std::string::npos || op.ends_with("Pool")) {
    const auto stride = static_cast<int64_t>(1 + draw.Below(2));
    GraphDefBuilder::Text(node, "padding", kTexts[which % 8 < 3 ? which % 8 : 0]);
    GraphDefBuilder::List(node, "strides",
                          first ? std::vector<int64_t>{1, 1, stride, 1} : std::vector<int64_t>{1, stride, 1, 1});
    GraphDefBuilder::List(node, "ksize", first ? std::vector<int64_t>{1, 1, 2, 2} : std::vector<int64_t>{1, 2, 2, 1});
  }
  if (first) GraphDefBuilder::Text(node, "data_format", "NCHW");
  if (op.starts_with("Fused")) (*node.mutable_attr())["is_training"].set_b(false);
  if (op == "Cast") GraphDefBuilder::Type(node, "DstT", which % 3 == 0 ? DT_INT32 : DT_FLOAT);
  if (which & 16) (*node.mutable_attr())[kNumbers[draw.Below(kNumbers.size())]].set_i(draw.Number());
  if (which & 32) (*node.mutable_attr())[kFlags[draw.Below(kFlags.size())]].set_b(true);
  if (which & 64) {
    std::vector<int64_t> numbers(draw.Below(9));
    for (int64_t& number : numbers) number = draw.Number();
    GraphDefBuilder::List(node, kLists[draw.Below(kLists.size())], numbers);
  }
}

std::string Reference(const std::string& prefix, size_t index, Draw& draw) {
  std::string name = prefix + std::to_string(index);
  const size_t form = draw.Below(16);
  if (form == 0) name = "^" + name;
  if (form == 1) name += ":1";
  return name;
}

std::vector<uint8_t> DrawNetwork(Draw& draw) {
  static const std::vector<std::string> kOperators = Operators();
  GraphDefBuilder b;
  std::vector<int64_t> shape = SmallShape(draw);
  if (!shape.empty()) shape[0] = draw.Below(8) == 0 ? draw.Number() : -1;
  b.Placeholder("n0", shape);
  const size_t layers = 1 + draw.Below(24);
  for (size_t i = 1; i <= layers && !draw.empty(); ++i) {
    const std::string name = "n" + std::to_string(i);
    if (draw.Below(3) == 0) {
      AddConstant(b, name, draw);
      continue;
    }
    std::vector<std::string> inputs(draw.Below(6));
    for (std::string& input : inputs) input = Reference("n", draw.Below(i + (draw.Below(64) == 0 ? 2 : 0)), draw);
    AddAttributes(b.Layer(name, kOperators[draw.Below(kOperators.size())], inputs), draw);
  }
  std::vector<uint8_t> bytes = b.Bytes();
  for (size_t damage = draw.Below(4); damage == 3 && !draw.empty() && !bytes.empty();)
    bytes[(draw.Byte() * 256U + draw.Byte()) % bytes.size()] = draw.Byte();
  return bytes;
}

}  // namespace
}  // namespace linnet::graphdef

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace linnet;  // NOLINT
  std::span<const uint8_t> bytes(data, size);
  std::vector<uint8_t> drawn;
  graphdef::ImportOptions options;
  if (size > 0 && data[0] != 0x0a) {
    graphdef::Draw draw(bytes.subspan(1));
    drawn = graphdef::DrawNetwork(draw);
    bytes = drawn;
    if (data[0] % 8 == 1) options.input_shapes[""] = {1, 4, 4, 2};
    if (data[0] % 8 == 2) options.outputs = {"n3:1", "n2"};
  }
  options.max_constant_bytes = size_t{1} << 20;
  const auto graph = graphdef::ImportGraphDef(bytes, options);
  if (graph) {
    LINNET_CHECK(graph::Verify(*graph).has_value());
    LINNET_CHECK(!graph::ToText(*graph).empty());
  } else {
    LINNET_CHECK(!graph.error().message.empty());
    LINNET_CHECK(graph.error().status != Status::kInternal);
  }
  return 0;
}
