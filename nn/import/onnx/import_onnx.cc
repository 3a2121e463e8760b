// ONNX bytes -> graph: what the bytes are, parsing, inputs and constants, then node by node in running order.
#include "linnet/onnx/import_onnx.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>

#include "linnet/graph/shapes.h"
#include "operators.h"
#include "survey.h"

namespace linnet::onnx {
namespace {

using graph::DType;
using graph::Shape;
using graph::TensorId;

// The one Transpose permutation that all readers of a value apply, empty if they differ or do something else. Looks through
// nodes that change nothing about the layout.
std::vector<int64_t> TransposedBy(const ModelView& view, std::string name) {
  for (int steps = 0; steps < 8; ++steps) {
    const std::vector<int>& readers = view.Readers(name);
    if (readers.empty() || view.IsOutput(name)) return {};
    const proto::NodeProto& first = view.node(readers[0]);
    if (first.op_type() == "Transpose") {
      const auto permutation = [&](int reader) -> std::vector<int64_t> {
        const proto::NodeProto& node = view.node(reader);
        for (const auto& attribute : node.attribute()) {
          if (node.op_type() == "Transpose" && attribute.name() == "perm")
            return {attribute.ints().begin(), attribute.ints().end()};
        }
        return {};
      };
      const std::vector<int64_t> result = permutation(readers[0]);
      const bool all = std::all_of(readers.begin(), readers.end(), [&](int r) { return permutation(r) == result; });
      return all ? result : std::vector<int64_t>();
    }
    const bool transparent =
        first.op_type() == "QuantizeLinear" || first.op_type() == "DequantizeLinear" || first.op_type() == "Identity";
    if (!transparent || readers.size() != 1 || first.input_size() == 0 || first.input(0) != name) return {};
    name = first.output(0);
  }
  return {};
}

std::unexpected<Error> WrongInput(const std::string& name, Status status, const std::string& what) {
  return Fail(status, "input '" + name + "': " + what);
}

// The shape that the caller gives to an input whose file leaves dimensions open; empty if none.
Shape GivenShape(const ImportOptions& options, const std::string& name) {
  for (const std::string& key : {name, std::string()}) {
    if (const auto found = options.input_shapes.find(key); found != options.input_shapes.end()) return found->second;
  }
  return {};
}

Outcome<Shape> InputShape(const proto::ValueInfoProto& info, const ImportOptions& options) {
  const proto::TypeProto::Tensor& type = info.type().tensor_type();
  if (!info.type().has_tensor_type() || !type.has_shape())
    return WrongInput(info.name(), Status::kInvalidArgument,
                      "doesn't say its shape; export with fixed shapes, or run onnxsim --overwrite-input-shape");
  if (static_cast<size_t>(type.shape().dim_size()) > kMaxRank)
    return WrongInput(info.name(), Status::kUnimplemented,
                      std::to_string(type.shape().dim_size()) + " dimensions; supported: up to 8");
  const Shape given = GivenShape(options, info.name());
  const bool fits = given.size() == static_cast<size_t>(type.shape().dim_size());
  Shape shape;
  for (const auto& dim : type.shape().dim()) {
    const bool known = dim.value_case() == proto::TensorShapeProto::Dimension::kDimValue && dim.dim_value() > 0;
    const bool batch = shape.empty();
    if (!known && fits && given[shape.size()] > 0) {
      shape.push_back(given[shape.size()]);
      continue;
    }
    if (!known && (!batch || dim.dim_value() < 0)) {
      return WrongInput(info.name(), Status::kUnimplemented,
                        "dimension " + std::to_string(shape.size()) + " is not known (" +
                            (dim.dim_param().empty() ? std::to_string(dim.dim_value()) : "'" + dim.dim_param() + "'") +
                            "); supported: an unknown batch only; export with fixed shapes, or run onnxsim "
                            "--overwrite-input-shape");
    }
    shape.push_back(known ? dim.dim_value() : 1);
  }
  if (graph::ElementCount(shape) > graph::kMaxTensorElements)
    return WrongInput(info.name(), Status::kResourceExhausted, graph::ToString(shape) + " is too large for any board");
  return shape;
}

Outcome<DType> InputType(const proto::ValueInfoProto& info) {
  switch (info.type().tensor_type().elem_type()) {
    case proto::TensorProto::FLOAT: return DType::kFloat32;
    case proto::TensorProto::INT8: return DType::kInt8;
    case proto::TensorProto::UINT8: return DType::kUint8;
    default: break;
  }
  return WrongInput(info.name(), Status::kUnimplemented,
                    "of " + TypeName(info.type().tensor_type().elem_type()) +
                        "; supported: float32, and int8 or uint8 behind which a DequantizeLinear stands; export the "
                        "network in float32");
}

Outcome<void> AddInput(Conversion& c, const proto::ValueInfoProto& info, const ImportOptions& options) {
  Value value;
  LINNET_ASSIGN(value.shape, InputShape(info, options));
  LINNET_ASSIGN(value.type, InputType(info));
  const size_t rank = value.shape.size();
  value.order = PlainOrder(rank);
  const std::vector<int64_t> to_first{0, 3, 1, 2};  // a file that holds its images channels-last turns them first thing
  if (rank == 4 && TransposedBy(c.view, info.name()) != to_first) value.order = ChannelsLastOrder(rank);
  Shape shape;
  for (const int axis : value.order) shape.push_back(value.shape[static_cast<size_t>(axis)]);
  const DType type = value.type == DType::kFloat32 ? DType::kFloat32 : DType::kInt8;
  value.tensor = graph::AddInput(c.graph, info.name(), std::move(shape), type);
  c.values[info.name()] = std::move(value);
  return {};
}

bool Wanted(const ModelView& view, const std::string& name) {
  return !view.Readers(name).empty() || view.IsOutput(name);
}

Outcome<void> AddConstants(Conversion& c, size_t budget_bytes) {
  for (const auto& tensor : c.view.graph().initializer()) {
    if (!Wanted(c.view, tensor.name())) continue;
    LINNET_ASSIGN(graph::Tensor decoded, DecodeTensor(tensor, "initializer '" + tensor.name() + "'", budget_bytes));
    Value value;
    value.type = decoded.type;
    value.shape = decoded.shape;
    value.constant = std::make_shared<const graph::Tensor>(std::move(decoded));
    c.values[tensor.name()] = std::move(value);
  }
  return {};
}

Outcome<void> AddInputs(Conversion& c, const ImportOptions& options) {
  for (const auto& input : c.view.graph().input()) {
    if (c.view.Initializer(input.name()) != nullptr || c.values.contains(input.name())) continue;
    // An input that no answer needs is left out.
    if (!Wanted(c.view, input.name())) continue;
    if (auto ok = AddInput(c, input, options); !ok) return ok;
  }
  if (c.graph.inputs.empty())
    return Fail(Status::kInvalidArgument, "no input feeds the output; the graph has nothing to compute from");
  return {};
}

Outcome<void> Convert(Conversion& c, int index) {
  Layer layer(c, index);
  LINNET_ASSIGN(Values answers, ConvertNode(layer));
  for (int i = 0; i < layer.def().output_size(); ++i) {
    const std::string& name = layer.def().output(i);
    if (name.empty()) continue;
    if (static_cast<size_t>(i) < answers.size()) {
      c.values[name] = std::move(answers[static_cast<size_t>(i)]);
    } else if (Wanted(c.view, name)) {
      return layer.Unsupported("its output " + std::to_string(i) + " '" + name + "' is used; supported: the first " +
                               std::to_string(answers.size()));
    }
  }
  return {};
}

// The maker of an output is a Transpose to channels-last: it leaves as it stands in the file.
bool LeavesTransposed(const ModelView& view, const std::string& output) {
  std::string name = output;
  const std::vector<int>& needed = view.needed();
  for (auto i = needed.rbegin(); i != needed.rend(); ++i) {
    const proto::NodeProto& node = view.node(*i);
    if (node.output_size() == 0 || node.output(0) != name) continue;
    if (node.op_type() == "Transpose") {
      for (const auto& attribute : node.attribute()) {
        if (attribute.name() == "perm")
          return std::vector<int64_t>(attribute.ints().begin(), attribute.ints().end()) ==
                 std::vector<int64_t>{0, 2, 3, 1};
      }
      return false;
    }
    const bool transparent =
        node.op_type() == "QuantizeLinear" || node.op_type() == "DequantizeLinear" || node.op_type() == "Identity";
    if (!transparent || node.input_size() == 0) return false;
    name = node.input(0);
  }
  return false;
}

Outcome<void> AddOutput(Conversion& c, const std::string& name) {
  const auto maker = std::find_if(c.view.needed().begin(), c.view.needed().end(), [&](int i) {
    const auto& outputs = c.view.node(i).output();
    return std::find(outputs.begin(), outputs.end(), name) != outputs.end();
  });
  if (maker == c.view.needed().end())
    return Fail(Status::kInvalidArgument, "output '" + name + "' is an input or a constant; nothing is computed");
  Layer layer(c, *maker);
  Value value = c.values.at(name);
  if (value.constant)
    return layer.Wrong("output '" + name + "' doesn't depend on the input; there is nothing to compute");
  if (value.dequantized) {
    LINNET_ASSIGN(value, layer.AsFloat(value));
  }
  const size_t rank = value.shape.size();
  const bool last = rank == 4 && !LeavesTransposed(c.view, name);
  LINNET_ASSIGN(value, layer.InOrder(value, last ? ChannelsLastOrder(rank) : PlainOrder(rank)));
  c.graph.outputs.push_back(value.tensor);
  return {};
}

Outcome<void> ConvertAll(Conversion& c, const ImportOptions& options) {
  // Constant nodes first: scales must be known when a layer asks which QuantizeLinear reads it.
  for (const int index : c.view.needed()) {
    if (c.view.node(index).op_type() != "Constant" || !c.view.node(index).domain().empty()) continue;
    if (auto ok = Convert(c, index); !ok) return ok;
  }
  if (auto ok = AddInputs(c, options); !ok) return ok;
  for (const int index : c.view.needed()) {
    if (c.view.node(index).op_type() == "Constant" && c.view.node(index).domain().empty()) continue;
    if (auto ok = Convert(c, index); !ok) return ok;
  }
  for (const std::string& name : c.view.outputs()) {
    if (auto ok = AddOutput(c, name); !ok) return ok;
  }
  return {};
}

}  // namespace

Outcome<graph::Graph> ImportOnnx(std::span<const uint8_t> file, const ImportOptions& options) {
  if (auto ok = Survey(file, options); !ok) return std::unexpected(ok.error());
  proto::ModelProto model;
  {
    const google::protobuf::LogSilencer quiet;  // the error below says it
    if (!model.ParseFromArray(file.data(), static_cast<int>(file.size())))
      return Fail(Status::kDataLoss, "not an ONNX model, or damaged: a node's fields can't be read");
  }
  LINNET_ASSIGN(const ModelView view, ModelView::Create(model, options.outputs));
  Conversion conversion{view, {}, {}, {}, {}, {}, 4 * options.max_constant_bytes};
  conversion.graph.name = options.name;
  if (auto ok = AddConstants(conversion, options.max_constant_bytes); !ok) return std::unexpected(ok.error());
  if (auto ok = ConvertAll(conversion, options); !ok) return std::unexpected(ok.error());
  if (auto ok = graph::Verify(conversion.graph); !ok) return std::unexpected(ok.error());
  return std::move(conversion.graph);
}

}  // namespace linnet::onnx
