#include <array>
#include <fstream>

#include "linnet/graph/build.h"
#include "linnet/graphdef/import_graphdef.h"
#include "linnet/import/import.h"
#include "linnet/onnx/import_onnx.h"
#include "linnet/tflite/import_tflite.h"
#include "other_kinds.h"

namespace linnet::import {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const uint8_t>;

Outcome<graph::Graph> FromGraphDef(Bytes bytes, const ImportOptions& options) {
  graphdef::ImportOptions own;
  own.name = options.name;
  own.outputs = options.outputs;
  own.input_shapes = options.input_shapes;
  own.max_file_bytes = options.max_file_bytes;
  return graphdef::ImportGraphDef(bytes, own);
}

Outcome<graph::Graph> FromTflite(Bytes bytes, const ImportOptions& options) {
  tflite::Options own;
  own.name = options.name;
  own.outputs = options.outputs;
  own.max_file_bytes = options.max_file_bytes;
  LINNET_ASSIGN(graph::Graph graph, tflite::ImportTflite(bytes, own));
  for (const graph::TensorId id : graph.inputs) {  // the file fixes its shapes: another one is a mistake
    const graph::Tensor& input = graph.tensor(id);
    const auto named = options.input_shapes.find(input.name);
    if (named != options.input_shapes.end() && named->second != input.shape)
      return Fail(Status::kInvalidArgument, "input '" + input.name + "' is " + graph::ToString(input.shape) +
                                                " in the file, which can't be changed; convert it again");
  }
  return graph;
}

Outcome<graph::Graph> FromOnnx(Bytes bytes, const ImportOptions& options) {
  onnx::ImportOptions own;
  own.name = options.name;
  own.outputs = options.outputs;
  own.input_shapes = options.input_shapes;
  own.max_file_bytes = options.max_file_bytes;
  return onnx::ImportOnnx(bytes, own);
}

struct Format {
  std::string_view extension;
  std::string_view what;
  std::string_view identifier;  // of the bytes, at `at`; empty: the extension alone tells
  size_t at;
  Outcome<graph::Graph> (*import)(Bytes, const ImportOptions&);
};

constexpr std::array kFormats = {
    Format{".pb", "frozen TensorFlow GraphDef", "", 0, FromGraphDef},
    Format{".tflite", "TensorFlow Lite", "TFL3", 4, FromTflite},
    Format{".onnx", "ONNX", "", 0, FromOnnx},
};

std::string SupportedKinds() {
  std::string text;
  for (const Format& format : kFormats)
    text += (text.empty() ? "" : ", ") + std::string(format.extension) + " (" + std::string(format.what) + ")";
  return text;
}

bool Says(Bytes bytes, std::string_view identifier, size_t at) {
  return !identifier.empty() && bytes.size() >= at + identifier.size() &&
         std::equal(identifier.begin(), identifier.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

Outcome<graph::Graph> Dispatch(const fs::path& file, Bytes bytes, ImportOptions& options) {
  if (bytes.size() > options.max_file_bytes) {
    return Fail(Status::kResourceExhausted,
                "the file is larger than " + std::to_string(options.max_file_bytes) + " bytes");
  }
  if (bytes.empty()) return Fail(Status::kDataLoss, "the file is empty");
  if (options.name.empty()) options.name = file.stem().string();
  for (const Format& format : kFormats) {
    if (Says(bytes, format.identifier, format.at)) return format.import(bytes, options);
  }
  if (onnx::LooksLikeOnnx(bytes)) return FromOnnx(bytes, options);  // it has no identifier
  if (const std::string other = OtherKind(file, bytes); !other.empty())
    return Fail(Status::kUnimplemented, other + "; supported: " + SupportedKinds());
  for (const Format& format : kFormats) {
    if (file.extension() == format.extension) return format.import(bytes, options);
  }
  return Fail(Status::kUnimplemented, "files of this kind can't be compiled; supported: " + SupportedKinds());
}

Outcome<std::vector<uint8_t>> ReadFile(const fs::path& path, size_t max_bytes) {
  std::error_code error;
  if (fs::is_directory(path, error)) return Fail(Status::kUnimplemented, OtherKindOfFolder(path));
  if (!fs::is_regular_file(path, error)) return Fail(Status::kNotFound, "there is no such file");
  const uintmax_t size = fs::file_size(path, error);
  if (error) return Fail(Status::kNotFound, error.message());
  if (size > max_bytes)
    return Fail(Status::kResourceExhausted, "the file is larger than " + std::to_string(max_bytes) + " bytes");
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
    return Fail(Status::kDataLoss, "can't be read");
  return bytes;
}

}  // namespace

Outcome<graph::Graph> ImportBytes(const fs::path& file, Bytes bytes, ImportOptions options) {
  auto graph = Dispatch(file, bytes, options);
  if (!graph) return std::unexpected(graph.error().Within(file.string()));
  return graph;
}

Outcome<graph::Graph> ImportFile(const fs::path& path, ImportOptions options) {
  const auto bytes = ReadFile(path, options.max_file_bytes);
  if (!bytes) return std::unexpected(bytes.error().Within(path.string()));
  return ImportBytes(path, *bytes, std::move(options));
}

}  // namespace linnet::import
