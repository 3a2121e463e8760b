// ES256 keys of a host: made, kept in PEM files, signed with. Host programs only; a board holds public keys and nothing
// else. A private key's bytes never leave this module.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "linnet/base/error.h"
#include "linnet/crypto/ecdsa_p256.h"

namespace linnet::crypto {

// Names a public key in a signature's `kid` header: the first 8 bytes of SHA-256 over the uncompressed point.
inline constexpr size_t kKeyIdBytes = 8;
using KeyId = std::array<uint8_t, kKeyIdBytes>;
KeyId KeyIdOf(const P256PublicKey& key);
// "3f2a...": 16 digits, lower case.
std::string ToHex(const KeyId& id);

// A private key. Movable; the secret is wiped when it goes.
class PrivateKey {
 public:
  // A fresh key from OpenSSL's random source.
  static Outcome<PrivateKey> Generate();
  // PEM, PKCS #8 or SEC 1, unencrypted. kNotFound | kInvalidArgument: not a P-256 private key
  // | kPermissionDenied: others than the owner may read the file (mode & 077)
  static Outcome<PrivateKey> Load(const std::filesystem::path& file);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  // Writes PEM (PKCS #8) with mode 0600 from the first byte on. The file appears whole or not at all.
  // kAlreadyExists: a file of that name stands there; a key is never overwritten | kUnavailable: the disk said no
  Outcome<void> Save(const std::filesystem::path& file) const;

  const P256PublicKey& public_key() const { return public_key_; }
  KeyId id() const { return KeyIdOf(public_key_); }
  // ES256 over a digest that is already computed: r | s.
  Outcome<P256Signature> Sign(const Sha256Digest& digest) const;

 private:
  struct Secret;
  PrivateKey(std::unique_ptr<Secret> secret, const P256PublicKey& public_key);
  static Outcome<PrivateKey> Wrap(std::unique_ptr<Secret> secret);

  std::unique_ptr<Secret> secret_;
  P256PublicKey public_key_;
};

// PEM SubjectPublicKeyInfo, mode 0644. An existing file is replaced, atomically. kUnavailable: the disk said no
Outcome<void> SavePublicKey(const P256PublicKey& key, const std::filesystem::path& file);
// kNotFound | kInvalidArgument: not a P-256 public key
Outcome<P256PublicKey> LoadPublicKey(const std::filesystem::path& file);

}  // namespace linnet::crypto
