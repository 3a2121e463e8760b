#include "linnet/crypto/ecdsa_p256.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "openssl/evp_key.h"

namespace linnet::crypto {

Status VerifyEs256(const P256PublicKey& key, const Sha256Digest& digest, ByteSpan signature) {
  if (signature.size() != kP256SignatureBytes) return Status::kUnauthenticated;
  const EvpKey point = EvpFromPublicKey(key);
  if (!point) return Status::kInvalidArgument;

  // OpenSSL takes the DER form of (r, s).
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), &ECDSA_SIG_free);
  BIGNUM* r = BN_bin2bn(signature.data(), 32, nullptr);
  BIGNUM* s = BN_bin2bn(signature.data() + 32, 32, nullptr);
  ECDSA_SIG_set0(pair.get(), r, s);
  std::array<uint8_t, 80> der;
  uint8_t* end = der.data();
  const int der_bytes = i2d_ECDSA_SIG(pair.get(), &end);
  if (der_bytes <= 0) return Status::kInternal;

  const EvpContext context(EVP_PKEY_CTX_new(point.get(), nullptr), &EVP_PKEY_CTX_free);
  if (!context || EVP_PKEY_verify_init(context.get()) != 1) return Status::kInternal;
  const int rc =
      EVP_PKEY_verify(context.get(), der.data(), static_cast<size_t>(der_bytes), digest.data(), digest.size());
  return rc == 1 ? Status::kOk : Status::kUnauthenticated;
}

}  // namespace linnet::crypto
