#include "linnet/package/describe.h"

#include <vector>

#include "linnet/crypto/key_file.h"
#include "linnet/package/envelope.h"
#include "linnet/package/words.h"

namespace linnet::package {
namespace {

std::unexpected<Error> NotAPackage(const std::string& what) {
  return Fail(Status::kInvalidArgument, "not a Linnet firmware package: " + what);
}

// The payload `name` at the front of `rest`, which is moved behind it.
Outcome<ByteSpan> TakePayload(ByteSpan& rest, std::string_view name) {
  const Result<PayloadHead> head = ReadPayloadHead(rest, name);
  if (!head && head.error() == Status::kOutOfRange) {
    return Fail(Status::kDataLoss, "the package is cut short before its payload " + std::string(name));
  }
  if (!head) return NotAPackage("the payload " + std::string(name) + " is missing");
  rest = rest.subspan(head->head_bytes);
  if (head->size_bytes > rest.size()) {
    return Fail(Status::kDataLoss, "the package is cut short in its payload " + std::string(name) + ": " +
                                       std::to_string(head->size_bytes - rest.size()) + " bytes are missing");
  }
  const ByteSpan payload = rest.first(head->size_bytes);
  rest = rest.subspan(head->size_bytes);
  return payload;
}

Outcome<void> CheckPayloads(ByteSpan words, ByteSpan image, const Manifest& manifest) {
  if (image.size() != manifest.image_size_bytes)
    return NotAPackage("the image has not the size that the manifest gives");
  if (crypto::HashSha256(words) != manifest.words_digest) {
    return Fail(Status::kDataLoss, "the list of words for slot B is not the one that the manifest names");
  }
  if (crypto::HashSha256(image) != manifest.digest_a) {
    return Fail(Status::kDataLoss, "the image is not the one that the manifest names");
  }
  Result<WordPatcher> patcher = WordPatcher::Open(words, manifest.image_size_bytes);
  if (!patcher) return NotAPackage("the list of words for slot B is not one");
  std::vector<uint8_t> image_b(image.begin(), image.end());
  patcher->Apply(0, image_b);
  if (crypto::HashSha256(image_b) != manifest.digest_b) {
    return Fail(Status::kDataLoss, "the image for slot B is not the one that the manifest names");
  }
  return {};
}

}  // namespace

Outcome<PackageInfo> Describe(ByteSpan package) {
  const Result<size_t> head_bytes = HeadSize(package);
  if (!head_bytes && head_bytes.error() == Status::kOutOfRange) {
    return Fail(Status::kDataLoss, "the package is cut short in its head");
  }
  if (!head_bytes || *head_bytes > package.size()) {
    const bool cut = head_bytes.has_value();
    return cut ? Fail(Status::kDataLoss, "the package is cut short in its manifest")
               : NotAPackage("it starts otherwise");
  }
  const Result<Head> head = ParseHead(package);
  if (!head) return NotAPackage("its authentication block is of another form");
  if (!Equal(crypto::HashSha256(head->manifest_item), head->digest)) {
    return Fail(Status::kDataLoss, "the manifest is not the one that was signed");
  }
  const Result<Manifest> manifest = DecodeManifest(head->manifest);
  if (!manifest) return NotAPackage("its manifest is of another form");

  ByteSpan rest = package.subspan(head->size_bytes);
  LINNET_ASSIGN(const ByteSpan words, TakePayload(rest, kWordsPayload));
  LINNET_ASSIGN(const ByteSpan image, TakePayload(rest, kImagePayload));
  if (!rest.empty()) return NotAPackage(std::to_string(rest.size()) + " bytes follow its end");
  if (const auto checked = CheckPayloads(words, image, *manifest); !checked) return std::unexpected(checked.error());

  PackageInfo info;
  info.version = manifest->version.text();
  info.sequence_number = manifest->sequence_number;
  info.size_bytes = package.size();
  info.image_size_bytes = manifest->image_size_bytes;
  info.changed_words = LoadLe32(words.data());
  info.digest_a = manifest->digest_a;
  info.digest_b = manifest->digest_b;
  info.class_id = manifest->class_id;
  for (const Board& board : kBoards) {
    if (ClassIdOf(board.name) == manifest->class_id) info.board = board.name;
  }
  info.key_id = ToHex(head->key_id);
  return info;
}

Outcome<void> CheckSignature(ByteSpan package, const crypto::P256PublicKey& key) {
  const Result<Head> head = ParseHead(package);
  if (!head) return NotAPackage("its head is of another form");
  // The id is outside the signature (RFC 9052 3.1: a hint), so it is compared, too.
  const crypto::KeyId key_id = crypto::KeyIdOf(key);
  if (!Equal(head->key_id, key_id)) {
    return Fail(Status::kUnauthenticated,
                "the package is signed by the key " + ToHex(head->key_id) + ", not by " + ToHex(key_id));
  }
  const crypto::Sha256Digest digest = SignedDigest(head->protected_header, head->digest_item);
  const bool genuine = Equal(crypto::HashSha256(head->manifest_item), head->digest) &&
                       Ok(crypto::VerifyEs256(key, digest, head->signature));
  if (!genuine) return Fail(Status::kUnauthenticated, "the signature does not verify with the key " + ToHex(key_id));
  return {};
}

std::string ToHex(ByteSpan bytes) {
  std::string hex;
  for (const uint8_t byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

}  // namespace linnet::package
