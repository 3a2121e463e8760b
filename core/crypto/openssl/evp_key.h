// OpenSSL's key handles, owned. Private to this backend.
#pragma once

#include <openssl/evp.h>

#include <memory>

#include "linnet/crypto/ecdsa_p256.h"

namespace linnet::crypto {

using EvpKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using EvpContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

// Null when `key` is not a point of P-256.
EvpKey EvpFromPublicKey(const P256PublicKey& key);

}  // namespace linnet::crypto
