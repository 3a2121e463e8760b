#include <fstream>

#include "linnet/import/import.h"

namespace linnet::import {
namespace {

Outcome<std::vector<uint8_t>> ReadFile(const std::filesystem::path& path, size_t max_bytes) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return Fail(Status::kNotFound, "there is no such file");
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return Fail(Status::kNotFound, error.message());
  if (size > max_bytes)
    return Fail(Status::kResourceExhausted, "the file is larger than " + std::to_string(max_bytes) + " bytes");
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
    return Fail(Status::kDataLoss, "can't be read");
  return bytes;
}

Outcome<graph::Graph> ImportBytes(const std::filesystem::path& path, const ImportOptions& options) {
  LINNET_ASSIGN(const std::vector<uint8_t> bytes, ReadFile(path, options.max_file_bytes));
  if (path.extension() != ".pb")
    return Fail(Status::kUnimplemented,
                "files of this kind can't be compiled; supported: .pb (frozen TensorFlow GraphDef)");
  return ImportGraphDef(bytes, options);
}

}  // namespace

Outcome<graph::Graph> ImportFile(const std::filesystem::path& path, ImportOptions options) {
  options.name = path.stem().string();
  auto graph = ImportBytes(path, options);
  if (!graph) return std::unexpected(graph.error().Within(path.string()));
  return graph;
}

}  // namespace linnet::import
