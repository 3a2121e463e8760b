// A layer in conversion: its inputs and attributes, with the errors that name it.
#pragma once

#include <string>
#include <vector>

#include "operators.h"
#include "linnet/graph/build.h"

namespace linnet::graphdef {

class Layer {
 public:
  Layer(Conversion& conversion, int index) : c_(conversion), index_(index) {}

  const NodeDef& def() const { return c_.view.node(index_); }
  Conversion& conversion() { return c_; }
  graph::Graph& graph() { return c_.graph; }
  size_t input_count() const { return c_.view.inputs(index_).size(); }

  std::unexpected<Error> Wrong(const std::string& what, Status status = Status::kInvalidArgument) const;
  std::unexpected<Error> Unsupported(const std::string& what) const { return Wrong(what, Status::kUnimplemented); }

  // REQUIRES: i < input_count(), which ExpectInputs assures.
  graph::TensorId input(size_t i) const { return c_.tensors[static_cast<size_t>(c_.view.inputs(index_)[i])]; }
  const graph::Tensor& tensor(size_t i) const { return c_.graph.tensor(input(i)); }
  Outcome<void> ExpectInputs(size_t count) const;

  // The input is a constant of float32; of int32 or int64.
  Outcome<graph::TensorId> FloatConstant(size_t i, const char* what) const;
  Outcome<std::vector<int64_t>> Integers(size_t i, const char* what) const;

  bool Flag(const std::string& name) const;
  std::string Text(const std::string& name) const;
  std::vector<int64_t> IntegerList(const std::string& name) const;

  // Appends a node on float tensors, named like the layer.
  Outcome<graph::TensorId> Append(graph::OpKind op, std::vector<graph::TensorId> inputs,
                                  graph::Attributes attributes = graph::NoAttributes{}, graph::Shape target = {});

  // A dimension given as TensorFlow does, from the end if negative. kInvalidArgument if it isn't one of `rank`.
  Outcome<int> Axis(int64_t axis, size_t rank) const;

 private:
  Conversion& c_;
  int index_;
};

// Convolutions, pools and matrix products (weighted.cc).
Outcome<graph::TensorId> ConvertMatMul(Layer& layer);
Outcome<graph::TensorId> ConvertConvolution(Layer& layer);
Outcome<graph::TensorId> ConvertPool(Layer& layer);
Outcome<graph::TensorId> ConvertBiasAdd(Layer& layer);

}  // namespace linnet::graphdef
