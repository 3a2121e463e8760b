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

enum class DType : uint8_t { kFloat32, kInt8, kInt32, kInt64, kBool, kInt16, kUint8 };
int SizeBytes(DType type);
std::string_view Name(DType type);  // "int8"

using Shape = std::vector<int64_t>;  // the batch dimension is 1 once the graph is ready to compile
int64_t ElementCount(const Shape& shape);

// real = scale * (q - zero_point); one pair, or one a slice along `axis`.
struct Quantization {
  std::vector<float> scales;
  std::vector<int32_t> zero_points;
  int axis = -1;
  int bits = 8;  // 4: an int8 constant whose values are all in -7..7, which may be stored two a byte
  bool empty() const { return scales.empty(); }
};

// The range that quantisation-aware training learned for a float tensor: of steps of `bits` bits between min and max, after
// what learned.h does to the two. One pair, or n pairs for a constant whose element i has pair i % n: one a channel where
// channels are the fastest index, whatever reshapes do.
struct Learned {
  int bits = 8;
  bool narrow_range = false;  // the lowest step is left out: 255 of 8 bits, 15 of 4
  std::vector<float> min, max;
  bool empty() const { return min.empty(); }
  bool operator==(const Learned&) const = default;
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
  Learned learned = {};       // of float; a constant's values lie on its steps already
};

enum class Padding : uint8_t { kSame, kValid, kExplicit };
enum class Activation : uint8_t { kNone, kRelu, kRelu6, kReluN1To1 };

struct Window {  // of a convolution or pool
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  Padding padding = Padding::kValid;
  int pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;  // set for kExplicit and after shapes are resolved
  int kernel_h = 0, kernel_w = 0;                                // of a pool; a convolution takes them from its weights
};

// Inputs of each kind in order; [x] may be kNoTensor. Every node has one output: importers turn Split and Unpack into
// slices, Pack into reshapes and a concatenation, Squeeze, Flatten and ExpandDims into reshapes.
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
  kSoftmax,  // over the last dimension; in TFLite networks also int8 to int16 of scale 1/65536, zero point -32768
  kReshape,  // input; target shape is the output's
  kPad,      // input; amounts in PadAttributes
  kMean,     // over `axes`
  kArgMax,
  kIdentity,
  kQuantize,  // float to int8, int8 to int8 of another scale; at borders of TFLite networks int16 to int8, int16 to int32
  kDequantize,     // int8 to float
  kTransposeConv,  // input, weights [kh, kw, in, out], [bias]; output size in TransposeConvAttributes
  kConcat,         // two or more inputs along ConcatAttributes::axis
  kTranspose,
  kSlice,
  kResizeNearest,
  kSum,  // over `axes`
  kLeakyRelu,
  kHardSwish,   // x * relu6(x + 3) / 6
  kLogSoftmax,  // over the last dimension
  kClamp,       // to ClampAttributes
  kLstm,  // int8: input [batch, time, in] (or time first), then constants: input, forget, cell, output gates' weights
  // [units, in], the four recurrent weights [units, units], the four biases int32 [units], as TensorFlow Lite has them
  kSvdf,  // int8: input [1, in], feature weights int8 [filters, in], time weights int16 [filters, memory], [bias int32 [units]]
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
  Activation activation = Activation::kNone;
};
struct PadAttributes {
  std::vector<std::pair<int, int>> amounts;  // before, after for each dimension
  float value = 0;                           // int8: the real value 0 is the zero point
};
struct ReduceAttributes {
  std::vector<int> axes;
  bool keep_dims = false;
};
struct ActivationAttributes {  // of kAdd, kSub, kMul, kDiv; NoAttributes there means none
  Activation activation = Activation::kNone;
};
struct TransposeConvAttributes {
  Window window;  // as of the convolution whose gradient this is: it slides over the output
  int out_h = 0, out_w = 0;
  Activation activation = Activation::kNone;
};
struct ConcatAttributes {
  int axis = 0;
  Activation activation = Activation::kNone;
};
struct TransposeAttributes {
  std::vector<int> permutation;  // output dimension i is input dimension permutation[i]
};
struct SliceAttributes {  // output element i of a dimension is input element begin + i * step, i in 0..count-1
  struct Range {
    int64_t begin = 0, step = 1, count = 1;
  };
  std::vector<Range> ranges;
};
struct ResizeAttributes {
  int out_h = 0, out_w = 0;
  bool align_corners = false;
  bool half_pixel_centers = false;
};
struct LeakyReluAttributes {
  float alpha = 0;
};
struct ClampAttributes {
  float lo = 0, hi = 0;
};
struct SoftmaxAttributes {  // NoAttributes means beta 1
  float beta = 1;
};
// The states belong to the node: they start at zero (the hidden one at its zero point) and stay from run to run.
struct LstmAttributes {
  bool time_major = false;
  float cell_clip = 0;   // 0 for none
  float cell_scale = 0;  // of the int16 cell state, a power of two
  float hidden_scale = 0;
  int32_t hidden_zero_point = 0;
};
struct SvdfAttributes {
  int rank = 1;
  Activation activation = Activation::kNone;
  DType state_type = DType::kInt16;  // or kInt8
  float state_scale = 0;
  int32_t state_zero_point = 0;
};
using Attributes = std::variant<NoAttributes, ConvAttributes, FullyConnectedAttributes, PoolAttributes, PadAttributes,
                                ReduceAttributes, ActivationAttributes, TransposeConvAttributes, ConcatAttributes,
                                TransposeAttributes, SliceAttributes, ResizeAttributes, LeakyReluAttributes,
                                ClampAttributes, SoftmaxAttributes, LstmAttributes, SvdfAttributes>;

struct Node {
  OpKind op = OpKind::kIdentity;
  std::string name;  // of the source layer, for reports and errors
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  Attributes attributes;
};

// The fused activation of a node, kNone where it has none.
Activation ActivationOf(const Node& node);

// Which integer arithmetic the int8 layers follow (nn/graph/README.md).
enum class Arithmetic : uint8_t {
  kSingleRounding,  // of our own quantiser
  kTflite,  // TensorFlow Lite Micro's reference kernels, double rounding; what a .tflite with int8 tensors asks for
};

struct Graph {
  std::string name;
  Arithmetic arithmetic = Arithmetic::kSingleRounding;
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
