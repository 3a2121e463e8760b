// An int8 graph becomes a directory of C++: model.cc (one function a layer, weights as constants), model_vectors.cc (golden
// vectors) and report.json. The code includes only nn/kernels and core/model headers, has no writable statics and no
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

namespace linnet::emit {

// Inputs and the outputs that the int8 reference interpreter gives for them, as many of one as of the other.
struct GoldenVectors {
  std::vector<std::vector<int8_t>> inputs;
  std::vector<std::vector<int8_t>> outputs;
};

struct Options {
  std::string name;                      // what a fleet reports, at most 31 bytes: "dnn-2"
  std::optional<double> accuracy_float;  // shares of 1, copied into the report
  std::optional<double> accuracy_int8;
  std::string accuracy_data;  // what they were measured on: "mnist test, 10000 images"
};

struct LayerReport {
  std::string name;
  std::string op;
  graph::Shape input_shape;
  graph::Shape output_shape;
  int64_t macs = 0;
  size_t weight_bytes = 0;  // weights, bias, multipliers and tables, as stored
  size_t arena_bytes = 0;   // in use in the arena while the layer runs
  std::string function;     // its name in model.cc; a layer that copies nothing has none there
};

struct Report {
  std::string name;
  crypto::Sha256Digest identity{};  // over shapes, quantisation and weights: equal identities answer alike
  std::vector<LayerReport> layers;
  int64_t macs = 0;
  size_t flash_weights_bytes = 0;
  size_t arena_bytes = 0;
  size_t input_count = 0, output_count = 0;
  float input_scale = 0, output_scale = 0;
  int32_t input_zero_point = 0, output_zero_point = 0;
  size_t vector_count = 0;
  std::optional<double> accuracy_float, accuracy_int8;
  std::string accuracy_data;
};

// Writes `directory`, replacing a compiled model that stands there; on an error nothing is left behind or changed.
// REQUIRES: graph::Verify(graph) succeeds.
//   kUnimplemented: an operator, type or shape that has no kernel; the message names the layer and what is supported
//   kInvalidArgument: name too long, vectors of the wrong size, quantisation missing
//   kAlreadyExists: `directory` holds something that is not a compiled model
//   kUnavailable: the file system says no
Outcome<Report> Emit(const graph::Graph& graph, const GoldenVectors& vectors, const Options& options,
                     const std::filesystem::path& directory);

// What report.json holds, and back again.
std::string ToJson(const Report& report);
Outcome<Report> ReadReport(const std::filesystem::path& directory);

// SHA-256 over a canonical form of what decides the answers: operators, attributes, shapes, quantisation, constants.
// Names play no part.
crypto::Sha256Digest Identity(const graph::Graph& graph);

}  // namespace linnet::emit
