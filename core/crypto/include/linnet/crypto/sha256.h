// SHA-256, FIPS 180-4. One declaration, one backend a build: mbedtls on boards, openssl on hosts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "linnet/base/bytes.h"

namespace linnet::crypto {

inline constexpr size_t kSha256Bytes = 32;
using Sha256Digest = std::array<uint8_t, kSha256Bytes>;

// Update any number of times, then Finish once. Copyable state of fixed size, no heap. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  void Update(ByteSpan bytes);
  // REQUIRES: not finished before.
  Sha256Digest Finish();

 private:
  alignas(8) std::array<uint8_t, 128> state_;  // the backend's context
};

Sha256Digest HashSha256(ByteSpan bytes);

}  // namespace linnet::crypto
