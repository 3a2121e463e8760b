#include "linnet/crypto/sha256.h"

#include <new>

#include "linnet/base/check.h"
#include "mbedtls/sha256.h"

namespace linnet::crypto {
namespace {

static_assert(sizeof(mbedtls_sha256_context) <= sizeof(Sha256));

mbedtls_sha256_context& Context(std::array<uint8_t, 128>& state) {
  return *std::launder(reinterpret_cast<mbedtls_sha256_context*>(state.data()));
}

}  // namespace

Sha256::Sha256() : state_{} {
  auto* context = new (state_.data()) mbedtls_sha256_context;
  mbedtls_sha256_init(context);
  LINNET_CHECK(mbedtls_sha256_starts_ret(context, /*is224=*/0) == 0);
}

void Sha256::Update(ByteSpan bytes) {
  LINNET_CHECK(mbedtls_sha256_update_ret(&Context(state_), bytes.data(), bytes.size()) == 0);
}

Sha256Digest Sha256::Finish() {
  Sha256Digest digest;
  LINNET_CHECK(mbedtls_sha256_finish_ret(&Context(state_), digest.data()) == 0);
  return digest;
}

Sha256Digest HashSha256(ByteSpan bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

}  // namespace linnet::crypto
