#include "linnet/crypto/sha256.h"

#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_* keep their state in our buffer; EVP_MD_CTX would allocate per digest
#include <openssl/sha.h>

#include <new>

namespace linnet::crypto {
namespace {

static_assert(sizeof(SHA256_CTX) <= sizeof(Sha256));

SHA256_CTX& Context(std::array<uint8_t, 128>& state) {
  return *std::launder(reinterpret_cast<SHA256_CTX*>(state.data()));
}

}  // namespace

Sha256::Sha256() : state_{} { SHA256_Init(new (state_.data()) SHA256_CTX); }

void Sha256::Update(ByteSpan bytes) { SHA256_Update(&Context(state_), bytes.data(), bytes.size()); }

Sha256Digest Sha256::Finish() {
  Sha256Digest digest;
  SHA256_Final(digest.data(), &Context(state_));
  return digest;
}

Sha256Digest HashSha256(ByteSpan bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

}  // namespace linnet::crypto
