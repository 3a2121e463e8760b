// An operator of the file in conversion: its inputs, outputs and options, with the errors that name it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "constants.h"
#include "file_view.h"
#include "linnet/graph/build.h"
#include "names.h"

namespace linnet::tflite {

// Integers known while the file is read: shapes, axes, indices and what is computed from them.
struct Integers {
  graph::Shape shape;
  std::vector<int64_t> values;
};
inline constexpr size_t kMaxIntegers = 4096;    // read at once
inline constexpr size_t kMaxKeptIntegers = 64;  // the answer of an operator that was worked out

// What is known of a tensor of the file.
struct TensorState {
  graph::TensorId id = graph::kNoTensor;  // in the graph, once something made it or it was taken as a constant
  std::optional<Integers> integers;       // the answer of an operator that was worked out
  bool made = false;                      // an input of the network or the output of an operator
};

struct Conversion {
  const FileView& file;
  const Options& options;
  size_t constant_budget_bytes = 0;
  graph::Graph graph = {};
  Names names = {};
  std::vector<TensorState> known = {};  // by tensor of the file
  // Weights in the graph by tensor of the file, permutation and shape.
  std::map<std::tuple<int, std::vector<int>, graph::Shape>, graph::TensorId> turned = {};
};

class Layer {
 public:
  Layer(Conversion& conversion, size_t index);

  const OperatorView& op() const { return op_; }
  Conversion& conversion() { return c_; }
  graph::Graph& graph() { return c_.graph; }

  std::unexpected<Error> Wrong(const std::string& what, Status status = Status::kInvalidArgument) const;
  std::unexpected<Error> Unsupported(const std::string& what) const { return Wrong(what, Status::kUnimplemented); }

  size_t input_count() const { return op_.inputs.size(); }
  bool has_input(size_t i) const { return i < op_.inputs.size() && op_.inputs[i] >= 0; }
  bool is_constant(size_t i) const;
  // Between `least` and `most` inputs and exactly `outputs` outputs; the first `least` are there.
  Outcome<void> ExpectForm(size_t least, size_t most, size_t outputs = 1) const;

  // REQUIRES: has_input(i), i < number of outputs.
  const schema::Tensor& input(size_t i) const { return c_.file.tensor(op_.inputs[i]); }
  const schema::Tensor& output(size_t i = 0) const { return c_.file.tensor(op_.outputs[i]); }

  // Input i as numbers that flow: made before, or a constant. float32, or int8 with one scale. kMatching: also of the type
  // of output 0. kWide: int16 with one scale too, as it stands at the borders of some int8 networks.
  enum class Types { kMatching, kAny, kWide };
  Outcome<graph::TensorId> Data(size_t i, Types types = Types::kMatching);
  // Input i as a constant, a copy; as integers that are known.
  Outcome<graph::Tensor> Constant(size_t i, const std::string& what);
  Outcome<Integers> ReadIntegers(size_t i, const std::string& what) const;
  Outcome<int64_t> ReadInteger(size_t i, const std::string& what) const;

  // Weights of the type of `data`, their dimensions permuted, then seen as `target` unless that is empty; one copy in the
  // graph however often it is used. `permutation` also says how many dimensions are expected.
  Outcome<graph::TensorId> Weights(size_t i, const std::string& what, const std::vector<int>& permutation,
                                   graph::TensorId data, const graph::Shape& target = {});

  const graph::Tensor& tensor(graph::TensorId id) const { return c_.graph.tensor(id); }
  const graph::Shape& shape(graph::TensorId id) const { return c_.graph.tensor(id).shape; }

  // A node that makes output i of the operator; its shape must be the file's.
  Outcome<graph::TensorId> Emit(graph::OpKind kind, std::vector<graph::TensorId> inputs,
                                graph::Attributes attributes = graph::NoAttributes{}, graph::Shape target = {},
                                size_t i = 0);
  // A node in front of or behind that one; it has the type and scale of its first input, unless `like` says another.
  Outcome<graph::TensorId> EmitInner(graph::OpKind kind, const std::string& suffix, std::vector<graph::TensorId> inputs,
                                     graph::Attributes attributes = graph::NoAttributes{}, graph::Shape target = {},
                                     std::optional<size_t> like_output = std::nullopt);
  // Output i is this constant, which is taken into the graph when something reads it; these integers.
  Outcome<void> EmitConstant(graph::Tensor tensor, size_t i = 0);
  void EmitIntegers(Integers integers, size_t i = 0);
  graph::TensorId AddConstant(graph::Tensor tensor, const std::string& name);

  // A dimension as TensorFlow counts, from the end if negative.
  Outcome<int> Axis(int64_t axis, size_t rank) const;
  Outcome<graph::Activation> Fused(schema::ActivationFunctionType activation) const;
  // The scale and zero point of an int8 output equal the input's, which a kernel that only copies relies on.
  Outcome<void> ExpectSameScale(graph::TensorId input, size_t i = 0) const;
  // The scale that TensorFlow Lite fixes for the operator, within a share of it.
  Outcome<void> ExpectOutputScale(float scale, int32_t zero_point, float tolerance = 0) const;

 private:
  std::unexpected<Error> WrongTensor(int index, const Error& error) const;
  Outcome<void> CheckFlowing(const graph::Tensor& tensor, int index, bool wide) const;
  Outcome<void> CheckAgainstFile(const graph::Shape& found, size_t i) const;
  Outcome<void> DescribeOutput(graph::Tensor& tensor, size_t i) const;

  Conversion& c_;
  const OperatorView& op_;
  size_t index_;
  std::string name_;  // of output 0, shortened; not yet unique
};

}  // namespace linnet::tflite
