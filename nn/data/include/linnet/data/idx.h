// IDX, the file format of MNIST: big-endian magic 00 00 08 <rank>, one 32-bit size per dimension, then the bytes.
// The layout is described at the head of https://yann.lecun.com/exdb/mnist/; only unsigned bytes (type 08) are read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"

namespace linnet::data {

// `values` holds the product of `shape` bytes, the last dimension fastest.
struct IdxArray {
  std::vector<uint32_t> shape;
  std::vector<uint8_t> values;
};

// Parses `bytes`, which must hold one array of `rank` dimensions and nothing after it; `name` is for the message.
//   kDataLoss: another magic number, or fewer or more bytes than the sizes say.
// Nothing is allocated before the sizes are checked against the bytes that are there.
Outcome<IdxArray> ParseIdx(const std::string& name, ByteSpan bytes, int rank);

// The bytes of a file; a name that ends in .gz is unpacked (at most `limit_bytes`, so that no small file fills memory).
//   kNotFound: cannot be opened | kDataLoss: not a whole gzip stream, or larger than the limit
Outcome<std::vector<uint8_t>> ReadFileUnpacked(const std::string& path, size_t limit_bytes = size_t{1} << 30);

}  // namespace linnet::data
