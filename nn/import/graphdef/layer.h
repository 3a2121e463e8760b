// A layer in conversion: its inputs and attributes, with the errors that name it, and the ways to an answer. Each way works on
// constants and on data alike: a constant's answer is computed at once, so that shapes, filters and statistics that a graph
// computes from constants are constants to whoever reads them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "constant.h"
#include "linnet/graph/build.h"
#include "linnet/graphdef/import_graphdef.h"
#include "view.h"

namespace linnet::graphdef {

// One answer of a layer: a constant, or a tensor that the network computes.
struct Result {
  graph::TensorId tensor = graph::kNoTensor;
  std::shared_ptr<Constant> constant;
};
using Results = std::vector<Result>;

// What a conversion reads and fills.
struct Conversion {
  const GraphDefView& view;
  const ImportOptions& options;
  graph::Graph graph;
  std::vector<Results> results;  // by layer, empty while it isn't converted
  size_t constant_budget_bytes;
  int64_t work_budget = int64_t{1} << 27;  // elements touched by computing with constants
  // Transpositions by their output: where a second one undoes the first, neither is needed.
  struct Transposition {
    graph::TensorId source;
    std::vector<int> permutation;
  };
  std::map<graph::TensorId, Transposition> transpositions = {};
  std::vector<std::vector<int>> readers = {};  // of the view, once somebody asked
};

class Layer {
 public:
  Layer(Conversion& conversion, int index) : c_(conversion), index_(index) {}

  const NodeDef& def() const { return c_.view.node(index_); }
  const std::string& op() const { return def().op(); }
  Conversion& conversion() const { return c_; }
  int index() const { return index_; }
  size_t input_count() const { return c_.view.inputs(index_).size(); }

  std::unexpected<Error> Wrong(const std::string& what, Status status = Status::kInvalidArgument) const;
  std::unexpected<Error> Unsupported(const std::string& what) const { return Wrong(what, Status::kUnimplemented); }

  // Every input is an answer that exists. REQUIRED before the inputs are read.
  Outcome<void> CheckInputs() const;
  Outcome<void> ExpectInputs(size_t count) const { return ExpectInputs(count, count); }
  Outcome<void> ExpectInputs(size_t least, size_t most) const;

  // REQUIRES: i < input_count().
  const Result& input(size_t i) const;
  std::string NameOfInput(size_t i) const { return c_.view.node(c_.view.inputs(index_)[i].layer).name(); }
  bool IsConstant(size_t i) const { return input(i).constant != nullptr; }
  const graph::Shape& ShapeOf(const Result& result) const;
  graph::DType TypeOf(const Result& result) const;
  const graph::Shape& shape(size_t i) const { return ShapeOf(input(i)); }

  // The input as a constant of float32; as integers; as exactly one integer, number.
  Outcome<const Constant*> FloatConstant(size_t i, const char* what) const;
  Outcome<std::vector<int64_t>> Integers(size_t i, const char* what) const;
  Outcome<int64_t> Integer(size_t i, const char* what) const;
  Outcome<float> Number(size_t i, const char* what) const;

  bool Flag(const std::string& name) const;
  std::string Text(const std::string& name) const;
  int64_t Integer(const std::string& name, int64_t otherwise) const;
  float Number(const std::string& name, float otherwise) const;
  std::vector<int64_t> IntegerList(const std::string& name) const;

  // A dimension given as TensorFlow does, from the end if negative. kInvalidArgument if it isn't one of `rank`.
  Outcome<int> Axis(int64_t axis, size_t rank) const;

  // Room for a constant of this layer: takes it from the budgets, zeros, named like the layer and `suffix`.
  Outcome<std::shared_ptr<Constant>> NewConstant(graph::DType type, graph::Shape shape,
                                                 const std::string& suffix = "") const;
  Outcome<void> Spend(int64_t elements) const;
  // Of a constant whose numbers are set: rounds them.
  Outcome<Result> Finish(std::shared_ptr<Constant> constant) const;
  Outcome<Result> Integers(graph::DType type, graph::Shape shape, const std::vector<int64_t>& values) const;

  // The result as a float tensor of the graph.
  Outcome<graph::TensorId> Tensor(const Result& result) const;

  // Appends a node on float tensors. The last node of a layer has its name, the ones before it a suffix.
  Outcome<Result> Append(graph::OpKind op, std::initializer_list<Result> inputs,
                         graph::Attributes attributes = graph::NoAttributes{}, graph::Shape target = {},
                         const std::string& suffix = "") const;
  Outcome<Result> Append(graph::OpKind op, const std::vector<Result>& inputs, graph::Attributes attributes,
                         graph::Shape target, const std::string& suffix) const;

  // Constants are computed, data becomes a node (none, where nothing changes).
  Outcome<Result> Reshape(const Result& result, graph::Shape target, const std::string& suffix = "") const;
  Outcome<Result> Transpose(const Result& result, const std::vector<int>& permutation,
                            const std::string& suffix = "") const;
  Outcome<Result> Slice(const Result& result, const std::vector<graph::SliceAttributes::Range>& ranges,
                        const std::string& suffix = "") const;
  Outcome<Result> Concat(const std::vector<Result>& parts, int axis, const std::string& suffix = "") const;
  // Element by element, with NumPy broadcasting; `op` is TensorFlow's name of one of BinaryOperators().
  Outcome<Result> Binary(std::string_view op, const Result& a, const Result& b, const std::string& suffix = "") const;

 private:
  Conversion& c_;
  int index_;
};

// Element by element (elementwise.cc).
Outcome<Result> ConvertBinary(Layer& layer);
Outcome<Result> ConvertAddN(Layer& layer);
Outcome<Result> ConvertUnary(Layer& layer);
Outcome<Result> ConvertIdentity(Layer& layer);
Outcome<Result> ConvertLeakyRelu(Layer& layer);
Outcome<Result> ConvertClip(Layer& layer);
Outcome<Result> ConvertCast(Layer& layer);

// Quantisation simulated in training (fake_quant.cc).
Outcome<Result> ConvertFakeQuant(Layer& layer);

// Convolutions and pools (windows.cc), matrix products, batch normalisation (weighted.cc).
Outcome<Result> ConvertConvolution(Layer& layer);
Outcome<Result> ConvertTransposeConv(Layer& layer);
Outcome<Result> ConvertPool(Layer& layer);
Outcome<Result> ConvertMatMul(Layer& layer);
Outcome<Result> ConvertBiasAdd(Layer& layer);
Outcome<Result> ConvertBatchNorm(Layer& layer);

// Shapes of data, and what rearranges it (shape_operators.cc, rearrange.cc).
Outcome<Result> ConvertShape(Layer& layer);
Outcome<Result> ConvertFill(Layer& layer);
Outcome<Result> ConvertRange(Layer& layer);
Outcome<Result> ConvertReshape(Layer& layer);
Outcome<Result> ConvertSqueeze(Layer& layer);
Outcome<Result> ConvertExpandDims(Layer& layer);
Outcome<Result> ConvertGather(Layer& layer);
Outcome<Result> ConvertConcat(Layer& layer);
Outcome<Result> ConvertPack(Layer& layer);
Outcome<Result> ConvertPad(Layer& layer);
Outcome<Result> ConvertSlice(Layer& layer);
Outcome<Result> ConvertStridedSlice(Layer& layer);
Outcome<Result> ConvertTranspose(Layer& layer);
Outcome<Results> ConvertSplit(Layer& layer);
Outcome<Results> ConvertUnpack(Layer& layer);

// Over dimensions (reduce.cc).
Outcome<Result> ConvertReduce(Layer& layer);
Outcome<Result> ConvertSoftmax(Layer& layer);

// Converts layer `index`, whose inputs are converted (operators.cc). kUnimplemented for an operator outside the table.
Outcome<Results> ConvertLayer(Conversion& conversion, int index);

}  // namespace linnet::graphdef
