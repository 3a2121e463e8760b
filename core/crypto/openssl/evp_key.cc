#include "openssl/evp_key.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace linnet::crypto {

EvpKey EvpFromPublicKey(const P256PublicKey& key) {
  EvpKey none(nullptr, &EVP_PKEY_free);
  if (key[0] != 0x04) return none;  // SEC 1 2.3.3: uncompressed; OpenSSL alone would take hybrid forms too
  char group[] = "prime256v1";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, const_cast<uint8_t*>(key.data()), key.size()),
      OSSL_PARAM_construct_end()};
  const EvpContext from(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* made = nullptr;
  if (!from || EVP_PKEY_fromdata_init(from.get()) != 1 ||
      EVP_PKEY_fromdata(from.get(), &made, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return none;
  }
  EvpKey point(made, &EVP_PKEY_free);
  const EvpContext check(EVP_PKEY_CTX_new(point.get(), nullptr), &EVP_PKEY_CTX_free);
  if (!check || EVP_PKEY_public_check(check.get()) != 1) return none;
  return point;
}

}  // namespace linnet::crypto
