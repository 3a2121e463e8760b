// A graph becomes a directory of C++: model.cc (one function a layer, weights as constants), model_vectors.cc (golden
// vectors), report.json and graph.bin (the graph, linnet/graph/graph_file.h). The code includes only nn/kernels and core/model headers, has no writable statics and no
// pointers in constant data, and defines the symbols of linnet/model/model.h. Host only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/crypto/sha256.h"
#include "linnet/graph/graph.h"
#include "linnet/plan/plan.h"

namespace linnet::emit {

inline constexpr const char* kFloatGraphFile = "float_graph.bin";  // beside it, where Options gives one
inline constexpr const char* kGraphFile = "graph.bin";             // in the directory: what was compiled, for proofs

// Inputs and the outputs that the reference interpreter gives for them, as many of one as of the other. An entry holds all
// input tensors' bytes one after the other, little-endian, or all output tensors'.
struct GoldenVectors {
  std::vector<std::vector<uint8_t>> inputs;
  std::vector<std::vector<uint8_t>> outputs;
};

// What int8 costs in one layer, measured by whoever quantised the graph, in real values.
struct LayerError {
  std::string layer;
  double rms_error = 0;
  double max_error = 0;
  double signal_to_noise_db = 0;
};

// What decides between two ways of computing a layer.
enum class Prefer : uint8_t {
  kInstructions,  // the fewer bytes of flash among those that take no more instructions than the usual one
  kFlash,         // the fewest bytes of flash
};

struct Options {
  std::string name;  // what a fleet reports, at most 31 bytes: "dnn-2"
  // The network before it was quantised, with the same inputs and outputs; kept for proofs. Not owned.
  const graph::Graph* float_graph = nullptr;
  std::optional<size_t> ram_bytes = {};  // refuse a network whose arena is larger
  Prefer prefer = Prefer::kInstructions;
  // The rest is copied into the report.
  std::optional<double> accuracy_float = {};  // shares of 1
  std::optional<double> accuracy_int8 = {};
  std::string accuracy_data = {};       // what they were measured on: "mnist test, 10000 images"
  std::vector<std::string> notes = {};  // for people: "calibrated on 100 random inputs, seed 1"
  std::vector<LayerError> errors = {};
};

struct LayerReport {
  std::string name;  // of the first source node
  std::string op;    // "Conv2D", or "Conv2D + MaxPool" of nodes that are computed together
  graph::Shape input_shape = {};
  graph::Shape output_shape = {};
  int64_t macs = 0;
  size_t weight_bytes = 0;              // weights, bias, multipliers and tables, as stored
  int64_t weights = 0;                  // of fully-connected and convolution layers, without the bias; else 0
  int64_t zero_weights = 0;             // of them
  std::string storage = {};             // of them: "dense", or "sparse, 4-bit gaps" where zeros are left out
  int weight_bits = 0;                  // 4 or 8 as the weights are stored, 0 where there are none or they are float
  size_t arena_bytes = 0;               // in use in the arena while the layer runs
  std::string function = {};            // its name in model.cc; a layer that copies bytes at most has none there
  std::vector<std::string> nodes = {};  // all source nodes, in order
  std::string output = {};              // the tensor that the last of them makes, named as in the graph
  std::optional<LayerError> error = {};
};

// "FullyConnected, sparse": the operator, and whether its zeros are left out.
std::string OperatorText(const LayerReport& layer);

// An end of the network that the caller sees.
struct TensorReport {
  std::string name;
  graph::DType type = graph::DType::kInt8;  // kFloat32, kInt8, kInt16, kInt32 or kInt64
  graph::Shape shape;
  float scale = 1;  // real = scale * (q - zero_point); 1 and 0 where the type is neither int8 nor int16
  int32_t zero_point = 0;
  size_t offset_bytes = 0;  // in the arena

  size_t count() const { return static_cast<size_t>(graph::ElementCount(shape)); }
  size_t bytes() const { return count() * static_cast<size_t>(graph::SizeBytes(type)); }
};

struct Report {
  std::string name = {};
  crypto::Sha256Digest identity{};       // over shapes, quantisation and weights: equal identities answer alike
  std::vector<LayerReport> layers = {};  // in the order in which they run
  int64_t macs = 0;
  size_t flash_weights_bytes = 0;
  size_t arena_bytes = 0;                  // all writable bytes but the stack, inputs and outputs included
  size_t state_bytes = 0;                  // of them kept from run to run
  size_t lower_bound_bytes = 0;            // no arena could be smaller with this order of layers
  std::vector<plan::Holding> memory = {};  // who holds which bytes from which layer to which
  std::vector<TensorReport> inputs = {}, outputs = {};
  size_t vector_count = 0;
  std::optional<double> accuracy_float = {}, accuracy_int8 = {};
  std::string accuracy_data = {};
  std::vector<std::string> notes = {};

  size_t input_bytes() const;   // of all inputs together: what one entry of GoldenVectors::inputs holds
  size_t output_bytes() const;  // of all outputs
};

// Writes `directory`, replacing a compiled model that stands there; on an error nothing is left behind or changed.
// REQUIRES: graph::Verify(graph) succeeds.
//   kResourceExhausted: the arena is larger than Options::ram_bytes; the message names the layers, who holds the memory and the
//   cheapest way out
//   kUnimplemented: an operator, type or shape that has no kernel; the message names the layer and what is supported
//   kInvalidArgument: name too long, vectors of the wrong size, quantisation missing
//   kAlreadyExists: `directory` holds something that is not a compiled model
//   kUnavailable: the file system says no
Outcome<Report> Emit(const graph::Graph& graph, const GoldenVectors& vectors, const Options& options,
                     const std::filesystem::path& directory);

// What report.json holds, and back again.
std::string ToJson(const Report& report);
Outcome<Report> ReadReport(const std::filesystem::path& directory);

// Who holds which bytes of the arena, a line a layer (linnet/plan/explain.h).
std::string TimelineText(const Report& report);

// SHA-256 over a canonical form of what decides the answers: operators, attributes, shapes, quantisation, constants.
// Names play no part.
crypto::Sha256Digest Identity(const graph::Graph& graph);

}  // namespace linnet::emit
