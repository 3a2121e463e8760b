// A node in conversion: its inputs and attributes, the graph that grows, and the errors that name the node.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "constant.h"
#include "linnet/graph/build.h"
#include "model_view.h"
#include "value.h"

namespace linnet::onnx {

// What all conversions read and fill.
struct Conversion {
  const ModelView& view;
  graph::Graph graph;
  std::unordered_map<std::string, Value> values;                           // by ONNX's name
  std::map<std::pair<graph::TensorId, Order>, graph::TensorId> reordered;  // what was transposed already
  std::unordered_map<graph::TensorId, graph::TensorId> dequantized;        // and dequantised
  std::unordered_map<graph::TensorId, size_t> makers;                      // node of the graph that makes a tensor
  size_t work_bytes;                                                       // left for constants that are rewritten
};

using Values = std::vector<Value>;

class Layer {
 public:
  Layer(Conversion& conversion, int index) : c_(conversion), index_(index) {}

  const proto::NodeProto& def() const { return c_.view.node(index_); }
  std::string name() const { return NameOf(def()); }
  int opset() const { return c_.view.opset(); }
  Conversion& conversion() { return c_; }
  graph::Graph& graph() { return c_.graph; }

  std::unexpected<Error> Wrong(const std::string& what, Status status = Status::kInvalidArgument) const;
  std::unexpected<Error> Unsupported(const std::string& what) const { return Wrong(what, Status::kUnimplemented); }

  // Inputs that are left out don't count if they are last. `input` REQUIRES has_input.
  bool has_input(size_t i) const;
  const Value& input(size_t i) const;
  Outcome<void> ExpectInputs(size_t least, size_t most) const;
  Outcome<void> ExpectEveryInput() const;  // of an operator with any number of them

  const proto::AttributeProto* attribute(const char* name) const;  // or nullptr
  int64_t Int(const char* name, int64_t otherwise) const;
  float Float(const char* name, float otherwise) const;
  std::string Text(const char* name) const;
  std::vector<int64_t> Ints(const char* name) const;

  // The elements of a constant input; kUnimplemented if it isn't one or has another type.
  Outcome<std::vector<int64_t>> IntegerInput(size_t i, const char* what) const;
  Outcome<float> FloatInput(size_t i, const char* what) const;  // exactly one
  Outcome<Constant> ConstantInput(size_t i, const char* what) const;

  // A dimension given as ONNX does, from the end if negative. kInvalidArgument if it isn't one of `rank`.
  Outcome<int> Axis(int64_t axis, size_t rank) const;

  // Takes bytes of constants that are to be made from the budget.
  Outcome<void> Spend(size_t bytes);

  // The input on the graph: a float tensor (constants are added, int8 is dequantised); or int8 codes as they are.
  Outcome<Value> FloatValue(size_t i);
  Outcome<Value> AnyValue(size_t i);
  Outcome<Value> AsFloat(const Value& value);
  Outcome<graph::TensorId> AddFloats(const graph::Tensor& constant);
  Outcome<graph::TensorId> AddCodes(graph::Tensor constant);

  // The same value with its tensor in another order, by a transposition where elements move.
  Outcome<Value> InOrder(const Value& value, const Order& order);
  graph::Shape GraphShape(const Value& value) const;  // of the tensor in the graph

  // Appends a node named like the layer (and `part`). An int8 answer has its first input's quantisation if `quantization` is
  // empty.
  Outcome<graph::TensorId> Append(graph::OpKind op, std::vector<graph::TensorId> inputs, graph::Attributes attributes,
                                  graph::Shape target = {}, const graph::Quantization& quantization = {},
                                  const std::string& part = "");
  // A value of `shape` whose elements are those of `value`, in order; both plain.
  Outcome<Value> Reshaped(const Value& value, graph::Shape shape);
  // A 1 more or less in the shape; no element moves.
  Outcome<Value> WithOne(const Value& value, int axis);
  Outcome<Value> WithoutOne(const Value& value, int axis);

 private:
  Conversion& c_;
  int index_;
};

// `like` with the tensor and the ONNX shape of a result that lies in the same order.
Value Like(const Value& like, graph::TensorId tensor, const graph::Graph& graph);

}  // namespace linnet::onnx
