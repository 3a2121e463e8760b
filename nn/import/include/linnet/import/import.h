// A file that another tool wrote becomes a graph::Graph: this module tells what the file is and hands its bytes to the
// importer of that format (nn/import/graphdef and its neighbours). What can't be compiled is named with the way to convert it.
// Bytes from outside: whatever they hold, the answer is a graph that graph::Verify accepts or an Error; never a crash.
// Host only; functions without state, for any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/graph/graph.h"

namespace linnet::import {

struct ImportOptions {
  std::string name;                  // of the graph; empty: the file's stem
  std::vector<std::string> outputs;  // what is wanted, by name; empty: what the file says or nothing reads
  std::map<std::string, graph::Shape> input_shapes;  // by input; "" for every input whose file leaves dimensions open
  size_t max_file_bytes = size_t{64} << 20;
};

// Chooses the importer by what the bytes say, and where they say nothing by the file's extension.
// Errors begin with the path.
//   kNotFound: there is no such file
//   kUnimplemented: another kind of file, named, with the way to convert it; else as the importer says
//   kInvalidArgument, kDataLoss, kResourceExhausted: as the importer says, or larger than max_file_bytes
Outcome<graph::Graph> ImportFile(const std::filesystem::path& path, ImportOptions options = {});

// The same for bytes that came under the name `file`, which need not exist.
Outcome<graph::Graph> ImportBytes(const std::filesystem::path& file, std::span<const uint8_t> bytes,
                                  ImportOptions options = {});

}  // namespace linnet::import
