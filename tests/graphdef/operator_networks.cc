// Every operator that the importer lists, in networks as small as they can be.
#include "networks.h"

namespace linnet::tests {
namespace {

using graphdef::DT_BOOL;
using graphdef::DT_FLOAT;
using graphdef::DT_INT32;
using graphdef::NodeDef;

void SetInt(NodeDef& node, const char* name, int64_t value) { (*node.mutable_attr())[name].set_i(value); }
void SetFlag(NodeDef& node, const char* name, bool value) { (*node.mutable_attr())[name].set_b(value); }
void SetNumber(NodeDef& node, const char* name, float value) { (*node.mutable_attr())[name].set_f(value); }

void Perceptron(Maker& m) {
  m.Input({1, 20});
  m.Dense("dense", 16);
  m.Bias("bias");
  m.Then("relu", "Relu");
  m.Dense("dense_1", 12, true);
  m.Bias("add", "Add");
  m.Then("sigmoid", "Sigmoid");
  m.Dense("dense_2", 8);
  m.Bias("bias_2");
  m.Then("tanh", "Tanh");
  m.Dense("logits", 5);
  m.Then("softmax", "Softmax");
}

void Convolutional(Maker& m) {
  m.Input({1, 17, 15, 3});
  m.Conv("conv", 3, 3, 8, 2, "SAME");
  m.BatchNorm("bn", "FusedBatchNorm");
  m.Then("relu6", "Relu6");
  m.Depthwise("depthwise", 3, 2, 1, "SAME");
  m.BatchNorm("bn_1", "FusedBatchNormV3");
  m.Then("relu", "Relu");
  m.Pool("max", "MaxPool", 3, 2, "SAME");
  m.Conv("dilated", 3, 2, 6, 1, "SAME", 2);
  m.Bias("bias");
  m.UnfusedBatchNorm("bn_2");
  m.Pool("average", "AvgPool", 2, 1, "SAME");
  m.Conv("pointwise", 1, 1, 7, 1, "VALID");
  m.BatchNorm("bn_3", "FusedBatchNormV2");
  NodeDef& mean = m.Then("mean", "Mean", {m.Ints("mean/axes", {1, 2})});
  SetFlag(mean, "keep_dims", true);
  m.b.List(m.Then("squeeze", "Squeeze"), "squeeze_dims", {1, 2});
  m.Then("softmax", "Softmax");
}

void PaddedAndFlattened(Maker& m) {
  m.Input({1, 9, 8, 2});
  m.b.Ints("pads", {4, 2}, {0, 0, 1, 2, 0, 1, 0, 0});
  m.Then("pad", "Pad", {"pads"});
  m.shape = {1, 12, 9, 2};
  m.Conv("conv", 3, 3, 4, 2, "VALID");
  m.b.Ints("pads_2", {4, 2}, {0, 0, 1, 0, 0, 1, 0, 0});
  m.Then("pad_2", "PadV2", {"pads_2", m.Number("pad_value", -0.75F)});
  m.shape = {1, m.shape[1] + 1, m.shape[2] + 1, 4};
  m.Pool("max", "MaxPool", 2, 2, "VALID");
  m.Pool("average", "AvgPool", 2, 1, "VALID");
  m.Flatten("flatten");
  m.Dense("dense", 6);
  m.Bias("bias", "AddV2");
}

void ExplicitPadding(Maker& m) {
  m.Input({1, 8, 7, 2});
  m.b.Floats("filter", {3, 3, 2, 4}, m.Uniforms(72, -0.5F, 0.5F));
  NodeDef& conv = m.Then("conv", "Conv2D", {"filter"});
  m.b.List(conv, "strides", {1, 2, 1, 1});
  m.b.List(conv, "dilations", {1, 1, 1, 1});
  m.b.Text(conv, "padding", "EXPLICIT");
  m.b.List(conv, "explicit_paddings", {0, 0, 2, 1, 0, 2, 0, 0});
  m.b.Text(conv, "data_format", "NHWC");
}

void Arithmetic(Maker& m) {
  m.Input({1, 4, 3, 2});
  const auto channel = [&](const std::string& name) { return m.Variable(name, {2}, 0.5F, 2); };
  const auto left = [&](const std::string& name, const std::string& op, const std::string& constant) {
    m.b.Type(m.b.Layer(name, op, {constant, m.last}), "T", DT_FLOAT);
    m.last = name;
  };
  m.Then("scaled", "Mul", {m.Number("factor", 1.7F)});
  left("from_constant", "Sub", channel("c0"));
  m.Then("shifted", "AddV2", {m.Variable("map", {4, 3, 1}, -1, 1)});
  m.Then("divided", "RealDiv", {channel("c1")});
  m.Then("floor_at", "Maximum", {m.Number("lowest", -0.8F)});
  left("ceiling_at", "Minimum", m.Number("highest", 1.3F));
  m.Then("less", "Sub", {channel("c2")});
  m.Then("leaky", "LeakyRelu");
  SetNumber(*m.b.def.mutable_node(m.b.def.node_size() - 1), "alpha", 0.3F);
  m.Then("distance", "SquaredDifference", {channel("c3")});
  m.Then("one_more", "Add", {m.Number("one", 1)});
  left("inverse", "RealDiv", channel("c4"));
  m.Then("negative", "Neg");
  m.Then("square", "Square");
  m.Then("product", "Mul", {"negative"});
  m.Then("sum", "AddN", {"square", "x"});
  SetInt(*m.b.def.mutable_node(m.b.def.node_size() - 1), "N", 3);
  m.Then("absolute", "Abs");
  m.Then("reciprocal", "Reciprocal", {});
  m.Then("clipped", "ClipByValue", {m.Number("lo", 0.5F), m.Number("hi", 20)});
  m.Then("as_it_is", "Identity");
  m.Then("stopped", "StopGradient");
}

void Rearranged(Maker& m) {
  m.Input({1, 6, 5, 4});
  const std::string axis = m.Int("axis", 3);
  m.b.Layer("split", "Split", {axis, "x"});
  SetInt(*m.b.def.mutable_node(m.b.def.node_size() - 1), "num_split", 2);
  m.last = "split:1";
  m.Then("relu", "Relu");
  NodeDef& joined = m.Then("joined", "ConcatV2", {"split", "x", axis});  // 2 + 2 + 4 channels
  SetInt(joined, "N", 3);
  m.b.Type(joined, "Tidx", DT_INT32);
  m.Then("cut", "Slice", {m.Ints("cut/begin", {0, 1, 0, 2}), m.Ints("cut/size", {-1, 4, 5, 6})});
  NodeDef& strided =
      m.Then("strided", "StridedSlice",
             {m.Ints("s/begin", {0, -1, 0, 1}), m.Ints("s/end", {0, 0, 5, -1}), m.Ints("s/strides", {1, -2, 2, 1})});
  SetInt(strided, "begin_mask", 1);
  SetInt(strided, "end_mask", 3);
  for (const char* mask : {"ellipsis_mask", "new_axis_mask", "shrink_axis_mask"}) SetInt(strided, mask, 0);
  m.Then("turned", "Transpose", {m.Ints("permutation", {0, 3, 1, 2})});  // [1, 4, 2, 3]
  const std::string turned = m.last;
  NodeDef& row =
      m.Then("row", "StridedSlice", {m.Ints("r/begin", {0, 2}), m.Ints("r/end", {0, 3}), m.Ints("r/strides", {1, 1})});
  SetInt(row, "begin_mask", 1);
  SetInt(row, "end_mask", 1);
  SetInt(row, "shrink_axis_mask", 2);
  for (const char* mask : {"ellipsis_mask", "new_axis_mask"}) SetInt(row, mask, 0);  // [1, 2, 3]
  NodeDef& wide = m.Then("wide", "ExpandDims", {m.Int("wide/axis", 1)});
  m.b.Type(wide, "Tdim", DT_INT32);
  m.last = turned;
  m.Then("sized", "SplitV", {m.Ints("sizes", {1, -1}), m.Int("sized/axis", 1)});
  SetInt(*m.b.def.mutable_node(m.b.def.node_size() - 1), "num_split", 2);
  m.last = "sized:1";                                                           // [1, 3, 2, 3]
  NodeDef& more = m.Then("more", "ConcatV2", {"wide", m.Int("more/axis", 1)});  // [1, 4, 2, 3]
  SetInt(more, "N", 2);
  NodeDef& pieces = m.Then("pieces", "Unpack");
  SetInt(pieces, "axis", 2);
  SetInt(pieces, "num", 2);
  m.last = "pieces:1";
  NodeDef& stacked = m.Then("stacked", "Pack", {"pieces", "pieces:1"});  // [1, 4, 3, 3]
  SetInt(stacked, "axis", -1);
  SetInt(stacked, "N", 3);
  m.Then("flat", "Reshape", {m.Ints("flat/shape", {-1, 36})});
}

void UpAndOver(Maker& m) {
  m.Input({1, 4, 5, 3});
  const std::string x = m.last;
  m.last = m.Ints("up/size", {1, 8, 10, 4});
  NodeDef& up = m.Then("up", "Conv2DBackpropInput", {m.Variable("up/filter", {3, 3, 4, 3}, -0.4F, 0.4F), x});
  m.b.List(up, "strides", {1, 2, 2, 1});
  m.b.List(up, "dilations", {1, 1, 1, 1});
  m.b.Text(up, "padding", "SAME");
  m.b.Text(up, "data_format", "NHWC");
  m.Then("leaky", "LeakyRelu");
  SetNumber(*m.b.def.mutable_node(m.b.def.node_size() - 1), "alpha", 0.2F);
  SetFlag(m.Then("greatest", "Max", {m.Ints("greatest/axes", {1, 2})}), "keep_dims", false);
  SetFlag(m.b.Layer("total", "Sum", {"leaky", m.Ints("total/axes", {1, -2})}), "keep_dims", false);
  NodeDef& both = m.Then("both", "ConcatV2", {"total", m.Int("both/axis", -1)});
  SetInt(both, "N", 2);
  m.Then("scores", "LogSoftmax");
}

// tf.layers.dense on three dimensions: Tensordot.
void Tensordot(Maker& m) {
  m.Input({1, 6, 4});
  m.Variable("kernel", {4, 3}, -1, 1);
  m.b.Type(m.Then("td/Shape", "Shape"), "out_type", DT_INT32);
  m.Ints("td/free", {0, 1});
  m.Ints("td/axes", {2});
  m.Int("td/axis", 0);
  const auto ints = [&](const std::string& name, const std::string& op,
                        const std::vector<std::string>& in) -> NodeDef& {
    NodeDef& node = m.b.Layer(name, op, in);
    m.b.Type(node, "T", DT_INT32);
    return node;
  };
  ints("td/GatherV2", "GatherV2", {"td/Shape", "td/free", "td/axis"});
  ints("td/GatherV2_1", "GatherV2", {"td/Shape", "td/axes", "td/axis"});
  SetFlag(ints("td/Prod", "Prod", {"td/GatherV2", m.Ints("td/Const", {0})}), "keep_dims", false);
  SetFlag(ints("td/Prod_1", "Prod", {"td/GatherV2_1", m.Ints("td/Const_1", {0})}), "keep_dims", false);
  SetInt(ints("td/concat", "ConcatV2", {"td/free", "td/axes", "td/axis"}), "N", 2);
  NodeDef& stack = ints("td/stack", "Pack", {"td/Prod", "td/Prod_1"});
  SetInt(stack, "axis", 0);
  SetInt(stack, "N", 2);
  m.last = "x";
  m.Then("td/transpose", "Transpose", {"td/concat"});
  m.Then("td/Reshape", "Reshape", {"td/stack"});
  NodeDef& product = m.Then("td/MatMul", "MatMul", {"kernel/read"});
  SetFlag(product, "transpose_a", false);
  SetFlag(product, "transpose_b", false);
  SetInt(ints("td/concat_1", "ConcatV2", {"td/GatherV2", m.Ints("td/Const_2", {3}), "td/axis"}), "N", 2);
  m.Then("td", "Reshape", {"td/concat_1"});
  m.shape = {1, 6, 3};
  m.Bias("bias");
  m.Then("softmax", "Softmax");
}

void Products(Maker& m) {
  m.Input({1, 5, 4});
  NodeDef& many = m.Then("many", "BatchMatMulV2", {m.Variable("w", {1, 4, 3}, -1, 1)});
  SetFlag(many, "adj_x", false);
  SetFlag(many, "adj_y", false);
  m.b.List(m.Then("matrix", "Squeeze"), "squeeze_dims", {0});  // [5, 3]
  NodeDef& turned = m.Then("turned", "MatMul", {m.Variable("v", {2, 5}, -1, 1)});
  SetFlag(turned, "transpose_a", true);
  SetFlag(turned, "transpose_b", true);  // [3, 2]
  const std::string data = m.last;
  m.last = m.Variable("u", {4, 3}, -1, 1);
  NodeDef& left = m.Then("left", "MatMul", {data});  // [4, 2]
  SetFlag(left, "transpose_a", false);
  SetFlag(left, "transpose_b", false);
  m.Then("sum", "AddV2", {m.Variable("b", {4, 1}, -1, 1)});
}

// Filters that the graph computes: turned, scaled, normalised; all constants once the file is read.
void ComputedFilters(Maker& m) {
  m.Input({1, 6, 6, 2});
  const std::string x = m.last;
  m.last = m.Variable("v", {4, 2, 3, 3}, -1, 1);
  m.Then("oihw", "Transpose", {m.Ints("oihw/permutation", {2, 3, 1, 0})});
  m.Then("square", "Square");
  SetFlag(m.Then("norm", "Sum", {m.Ints("norm/axes", {0, 1, 2})}), "keep_dims", true);
  m.Then("limited", "Maximum", {m.Number("limit", 0.01F)});
  m.Then("rsqrt", "Rsqrt");
  m.Then("unit", "Mul", {"oihw"});
  m.Then("exp", "Mul", {"gain_exp"});
  m.b.Type(m.b.Layer("gain_exp", "Exp", {m.Variable("gain", {4}, -1, 1)}), "T", DT_FLOAT);
  const std::string filter = m.last;
  m.last = x;
  NodeDef& conv = m.Then("conv", "Conv2D", {filter});
  m.b.List(conv, "strides", {1, 1, 1, 1});
  m.b.List(conv, "dilations", {1, 1, 1, 1});
  m.b.Text(conv, "padding", "SAME");
  m.b.Text(conv, "data_format", "NHWC");
  m.b.Ints("fill/shape", {1}, {4});
  m.b.Layer("fill", "Fill", {"fill/shape", m.Number("fill/value", 0.25F)});
  m.Then("bias", "BiasAdd", {"fill"});
}

void ChannelsFirst(Maker& m) {
  m.Input({1, 3, 8, 7});
  NodeDef& conv = m.Then("conv", "Conv2D", {m.Variable("conv/filter", {3, 3, 3, 4}, -0.5F, 0.5F)});
  m.b.List(conv, "strides", {1, 1, 1, 1});  // TensorFlow.js takes them as if channels were last
  m.b.List(conv, "dilations", {1, 1, 1, 1});
  m.b.Text(conv, "padding", "VALID");
  m.b.Text(conv, "data_format", "NCHW");
  m.Then("add", "AddV2", {m.Variable("bias", {4, 1, 1}, -1, 1)});
  m.Then("relu", "Relu");
  SetFlag(m.Then("mean", "Mean", {m.Ints("mean/axes", {2, 3})}), "keep_dims", false);
}

// Names that later versions replaced, and layers that leave data as it is.
void OldNames(Maker& m) {
  m.Input({1, 4, 3});
  m.b.Floats("default", {}, {2});
  NodeDef& fed = m.b.Layer("fed", "PlaceholderWithDefault", {"default"});
  m.b.Type(fed, "dtype", DT_FLOAT);
  (*fed.mutable_attr())["shape"].mutable_shape();
  NodeDef& product = m.Then("product", "BatchMatMul", {m.Variable("w", {1, 3, 2}, -1, 1)});
  SetFlag(product, "adj_x", false);
  SetFlag(product, "adj_y", false);
  m.Then("divided", "Div", {"fed"});
  m.Then("copy", "Snapshot");
  const std::string data = m.last;
  m.last = m.Int("axis", 2);
  SetInt(m.Then("joined", "Concat", {data, "divided"}), "N", 2);
}

// Constants that the graph computes, added to the input.
void ComputedConstants(Maker& m) {
  m.Input({1, 6});
  const std::string x = m.last;
  m.last = m.Variable("c", {6}, 0.5F, 4);
  m.Then("log", "Log");
  m.Then("pow", "Pow", {m.Number("two", 2)});
  m.Then("sqrt", "Sqrt");
  m.Then("ceil", "Ceil");
  m.Then("half", "Mul", {m.Number("0.4", 0.4F)});
  m.Then("round", "Round");
  m.Then("ones", "OnesLike");
  m.Then("sum", "AddV2", {"round"});
  m.b.Type(m.b.Layer("zeros", "ZerosLike", {"sum"}), "T", DT_FLOAT);
  m.Then("more", "AddV2", {"zeros"});
  SetFlag(m.b.Layer("least", "Min", {"c/read", m.Ints("axes", {0})}), "keep_dims", true);
  m.Then("scaled", "Mul", {"least"});
  const std::string floats = m.last;
  m.b.Layer("range", "Range", {m.Int("from", 4), m.Int("to", 16), m.Int("step", 2)});
  m.b.Layer("div", "FloorDiv", {"range", m.Int("three", 3)});
  m.b.Layer("mod", "FloorMod", {"range", "three"});
  m.b.Layer("ints", "Add", {"div", "mod"});
  m.b.Layer("size", "Size", {"c/read"});
  m.b.Layer("rank", "Rank", {"c/read"});
  m.b.Layer("both", "Add", {"size", "rank"});
  m.b.Layer("all", "Mul", {"ints", "both"});
  NodeDef& cast = m.b.Layer("cast", "Cast", {"all"});
  m.b.Type(cast, "DstT", DT_FLOAT);
  m.b.Type(cast, "SrcT", DT_INT32);
  m.last = x;
  m.Then("y0", "AddV2", {floats});
  m.Then("y", "AddV2", {"cast"});
}

void EndsInArgMax(Maker& m) {
  m.Input({1, 8});
  m.Dense("logits", 6);
  NodeDef& label = m.Then("label", "ArgMax", {m.Int("label/dimension", 1)});
  m.b.Type(label, "output_type", graphdef::DT_INT64);
}

void BytesIn(Maker& m) {
  m.Input({1, 5, 5, 1});
  m.b.Type(*m.b.def.mutable_node(0), "dtype", graphdef::DT_INT32);
  NodeDef& cast = m.Then("cast", "Cast");
  m.b.Type(cast, "DstT", DT_FLOAT);
  m.b.Type(cast, "SrcT", DT_INT32);
  m.Then("scaled", "RealDiv", {m.Number("range", 255)});
  m.Conv("conv", 3, 3, 2, 1, "SAME");
}

}  // namespace

std::vector<Network> OperatorNetworks(uint32_t seed) {
  struct Form {
    const char* name;
    void (*make)(Maker&);
    std::string output = {};
    std::map<std::string, double> feeds = {};
  };
  const std::vector<Form> forms = {
      {"perceptron", Perceptron},
      {"convolutional", Convolutional},
      {"padded", PaddedAndFlattened},
      {"explicit_padding", ExplicitPadding},
      {"arithmetic", Arithmetic},
      {"rearranged", Rearranged},
      {"up_and_over", UpAndOver},
      {"tensordot", Tensordot},
      {"products", Products},
      {"computed_filters", ComputedFilters},
      {"dropouts", Dropouts, "", {{"keep_prob", 1}}},
      {"branches", Branches, "", {{"is_training", 0}}},
      {"channels_first", ChannelsFirst},
      {"old_names", OldNames},
      {"computed_constants", ComputedConstants},
      {"ends_in_argmax", EndsInArgMax},
      {"integer_input", BytesIn},
  };
  std::vector<Network> networks;
  for (const Form& form : forms) {
    Maker maker(seed + static_cast<uint32_t>(networks.size()));
    form.make(maker);
    networks.push_back({form.name, maker.b.def, form.output, form.feeds});
  }
  return networks;
}

}  // namespace linnet::tests
