// Packages made on a host: from the two links of a firmware to a signed envelope.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/crypto/key_file.h"

namespace linnet::package {

struct BuildRequest {
  ByteSpan image_a;     // as linked for slot A, raw bytes from the vector table on
  ByteSpan image_b;     // the same firmware linked for slot B: same size
  std::string board;    // "mps2-an386"
  std::string version;  // UTF-8, 1 to 64 bytes
  uint64_t sequence_number = 0;
};

// The whole package. Images are padded with 0xFF to a multiple of 4 bytes.
// kInvalidArgument: an unknown board, images of different size or with nothing in them, a bad version
// | kResourceExhausted: larger than a slot of the board. The message says what to do.
Outcome<std::vector<uint8_t>> Build(const BuildRequest& request, const crypto::PrivateKey& key);

// The list of words of image_b that differ from image_a (words.h). kInvalidArgument: the sizes differ or are no multiple of 4
Outcome<std::vector<uint8_t>> ListWords(ByteSpan image_a, ByteSpan image_b);

}  // namespace linnet::package
