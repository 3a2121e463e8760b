#include "linnet/crypto/key_file.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "openssl/evp_key.h"

namespace linnet::crypto {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string OsReason() { return std::strerror(errno); }

// Writes to a new file beside `file`, then gives it its name. `replace` false: an existing file wins.
Outcome<void> WriteWhole(const std::filesystem::path& file, std::string_view text, mode_t mode, bool replace) {
  const std::string fresh = file.string() + "." + std::to_string(getpid()) + ".new";
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return Fail(Status::kUnavailable, fresh + ": " + OsReason());
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  const bool written = done == text.size() && fsync(fd) == 0;
  std::string reason = written ? "" : OsReason();
  close(fd);
  if (!written) {
    unlink(fresh.c_str());
    return Fail(Status::kUnavailable, fresh + ": " + reason);
  }
  // link() refuses an existing name, which rename() would replace.
  const int rc = replace ? rename(fresh.c_str(), file.c_str()) : link(fresh.c_str(), file.c_str());
  const int error = errno;
  if (rc != 0 || !replace) unlink(fresh.c_str());
  if (rc == 0) return {};
  if (error == EEXIST) {
    return Fail(Status::kAlreadyExists,
                file.string() + " exists already; a key is never overwritten, name another file");
  }
  return Fail(Status::kUnavailable, file.string() + ": " + std::strerror(error));
}

Outcome<std::string> ReadWhole(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Fail(Status::kNotFound, file.string() + ": " + OsReason());
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

Outcome<P256PublicKey> PointOf(const EVP_PKEY* key) {
  char group[64] = "";
  size_t size = 0;
  P256PublicKey point;
  const bool is_p256 =
      EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &size) == 1 &&
      std::string_view(group) == "prime256v1";
  if (!is_p256) return Fail(Status::kInvalidArgument, "not a P-256 key");
  // OpenSSL gives the point in whatever form the key was set to; ask for the uncompressed one.
  const EvpKey copy(EVP_PKEY_dup(const_cast<EVP_PKEY*>(key)), &EVP_PKEY_free);
  if (!copy ||
      EVP_PKEY_set_utf8_string_param(copy.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") != 1 ||
      EVP_PKEY_get_octet_string_param(copy.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) != 1 ||
      size != point.size() || point[0] != 0x04) {
    return Fail(Status::kInvalidArgument, "not a point of P-256");
  }
  return point;
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : std::string();
}

}  // namespace

struct PrivateKey::Secret {
  EvpKey key;
};

KeyId KeyIdOf(const P256PublicKey& key) {
  const Sha256Digest digest = HashSha256(key);
  KeyId id;
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

std::string ToHex(const KeyId& id) {
  std::string hex;
  for (const uint8_t byte : id) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

PrivateKey::PrivateKey(std::unique_ptr<Secret> secret, const P256PublicKey& public_key)
    : secret_(std::move(secret)), public_key_(public_key) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;  // EVP_PKEY_free wipes the scalar

Outcome<PrivateKey> PrivateKey::Wrap(std::unique_ptr<Secret> secret) {
  LINNET_ASSIGN(const P256PublicKey point, PointOf(secret->key.get()));
  return PrivateKey(std::move(secret), point);
}

Outcome<PrivateKey> PrivateKey::Generate() {
  EvpKey key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  if (!key) return Fail(Status::kInternal, "OpenSSL made no P-256 key");
  return Wrap(std::make_unique<Secret>(std::move(key)));
}

Outcome<PrivateKey> PrivateKey::Load(const std::filesystem::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return Fail(Status::kNotFound, file.string() + ": " + OsReason());
  if ((info.st_mode & 077) != 0) {
    return Fail(Status::kPermissionDenied, file.string() + ": others can read this private key; run chmod 600 on it");
  }
  LINNET_ASSIGN(const std::string text, ReadWhole(file));
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  // An empty pass phrase instead of a question on the terminal.
  EvpKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")), &EVP_PKEY_free);
  if (!key) return Fail(Status::kInvalidArgument, file.string() + ": no unencrypted PEM private key in it");
  auto wrapped = Wrap(std::make_unique<Secret>(std::move(key)));
  if (!wrapped) return std::unexpected(wrapped.error().Within(file.string()));
  return wrapped;
}

Outcome<void> PrivateKey::Save(const std::filesystem::path& file) const {
  const Bio bio(BIO_new(BIO_s_secmem()), &BIO_free);
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), secret_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Fail(Status::kInternal, "OpenSSL can't encode the key");
  }
  return WriteWhole(file, TextOf(bio.get()), 0600, /*replace=*/false);
}

Outcome<P256Signature> PrivateKey::Sign(const Sha256Digest& digest) const {
  const EvpContext context(EVP_PKEY_CTX_new(secret_->key.get(), nullptr), &EVP_PKEY_CTX_free);
  std::array<uint8_t, 80> der;
  size_t der_bytes = der.size();
  if (!context || EVP_PKEY_sign_init(context.get()) != 1 ||
      EVP_PKEY_sign(context.get(), der.data(), &der_bytes, digest.data(), digest.size()) != 1) {
    return Fail(Status::kInternal, "OpenSSL can't sign with this key");
  }
  const uint8_t* p = der.data();
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &p, static_cast<long>(der_bytes)), &ECDSA_SIG_free);
  P256Signature signature;
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), signature.data(), 32) != 32 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), signature.data() + 32, 32) != 32) {
    return Fail(Status::kInternal, "OpenSSL gave no signature pair");
  }
  return signature;
}

Outcome<void> SavePublicKey(const P256PublicKey& key, const std::filesystem::path& file) {
  const EvpKey point = EvpFromPublicKey(key);
  if (!point) return Fail(Status::kInvalidArgument, "not a point of P-256");
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  if (PEM_write_bio_PUBKEY(bio.get(), point.get()) != 1) return Fail(Status::kInternal, "OpenSSL can't encode the key");
  return WriteWhole(file, TextOf(bio.get()), 0644, /*replace=*/true);
}

Outcome<P256PublicKey> LoadPublicKey(const std::filesystem::path& file) {
  LINNET_ASSIGN(const std::string text, ReadWhole(file));
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  const EvpKey key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (!key) return Fail(Status::kInvalidArgument, file.string() + ": no PEM public key in it");
  auto point = PointOf(key.get());
  if (!point) return std::unexpected(point.error().Within(file.string()));
  return point;
}

}  // namespace linnet::crypto
