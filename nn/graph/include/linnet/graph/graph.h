// The network as data. Tensors and nodes are referred to by index; nodes stand in an order in which they can run.
// Layout is NHWC, convolution weights are [kh, kw, in, out] (HWIO), fully-connected weights [in, out], as in GraphDef.
// Host only; a plain value, copyable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "linnet/base/error.h"

namespace linnet::graph {

enum class DType : uint8_t { kFloat32, kInt8, kInt32, kInt64, kBool };
int SizeBytes(DType type);

using Shape = std::vector<int64_t>;  // the batch dimension is 1 once the graph is ready to compile
int64_t ElementCount(const Shape& shape);

// real = scale * (q - zero_point); one pair, or one a slice along `axis`.
struct Quantization {
  std::vector<float> scales;
  std::vector<int32_t> zero_points;
  int axis = -1;
  bool empty() const { return scales.empty(); }
};

using TensorId = int32_t;
inline constexpr TensorId kNoTensor = -1;

struct Tensor {
  std::string name;
  DType type = DType::kFloat32;
  Shape shape;
  Quantization quantization;  // empty for float
  bool constant = false;
  std::vector<uint8_t> data;  // of a constant: little-endian elements, row-major
};

enum class Padding : uint8_t { kSame, kValid, kExplicit };
enum class Activation : uint8_t { kNone, kRelu, kRelu6 };

struct Window {  // of a convolution or pool
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  Padding padding = Padding::kValid;
  int pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;  // set for kExplicit and after shapes are resolved
  int kernel_h = 0, kernel_w = 0;                                // of a pool; a convolution takes them from its weights
};

// Inputs of each kind in order; [x] may be kNoTensor.
enum class OpKind : uint8_t {
  kConv2D,           // input, weights, [bias]
  kDepthwiseConv2D,  // input, weights [kh, kw, in, multiplier], [bias]
  kFullyConnected,   // input, weights, [bias]
  kMaxPool,
  kAveragePool,
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMaximum,
  kMinimum,  // a, b with NumPy broadcasting
  kRelu,
  kRelu6,
  kSigmoid,
  kTanh,
  kSoftmax,
  kReshape,  // input; target shape is the output's
  kPad,      // input; amounts in PadAttributes
  kMean,     // over `axes`
  kArgMax,
  kIdentity,
  kQuantize,
  kDequantize,
};
std::string_view Name(OpKind op);

struct NoAttributes {};
struct ConvAttributes {
  Window window;
  Activation activation = Activation::kNone;
};
struct FullyConnectedAttributes {
  Activation activation = Activation::kNone;
};
struct PoolAttributes {
  Window window;
};
struct PadAttributes {
  std::vector<std::pair<int, int>> amounts;
};  // before, after for each dimension
struct ReduceAttributes {
  std::vector<int> axes;
  bool keep_dims = false;
};
using Attributes = std::variant<NoAttributes, ConvAttributes, FullyConnectedAttributes, PoolAttributes, PadAttributes,
                                ReduceAttributes>;

struct Node {
  OpKind op = OpKind::kIdentity;
  std::string name;  // of the source layer, for reports and errors
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  Attributes attributes;
};

struct Graph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Node> nodes;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;

  Tensor& tensor(TensorId id) { return tensors.at(static_cast<size_t>(id)); }
  const Tensor& tensor(TensorId id) const { return tensors.at(static_cast<size_t>(id)); }
};

// Every index in range, every node after its producers, shapes consistent with each operator. The error names the layer.
Outcome<void> Verify(const Graph& graph);

// A text form for tests: one line a tensor and a node, constants as shape and hash.
std::string ToText(const Graph& graph);

}  // namespace linnet::graph
