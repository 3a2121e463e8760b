#include "linnet/package/envelope.h"

#include <algorithm>
#include <array>
#include <optional>

#include "linnet/wire/cbor.h"

namespace linnet::package {
namespace {

constexpr uint64_t kEnvelopeTag = 107;  // draft-ietf-suit-manifest-34, 8.2
constexpr uint64_t kAuthenticationWrapper = 2, kManifest = 3;
constexpr uint64_t kEnvelopeMembers = 4;  // authentication, manifest, "#b", "#image"
constexpr int64_t kSha256 = -16;
constexpr uint64_t kCoseSign1Tag = 18;                          // RFC 9052 4.2
constexpr uint64_t kCoseKeyId = 4;                              // RFC 9052 3.1
constexpr uint8_t kProtectedHeader[] = {0xA1, 0x01, 0x26};      // {1: -7}, alg: ES256
constexpr uint8_t kEnvelopeStart[] = {0xD8, 0x6B, 0xA4, 0x02};  // 107({2: ..., three more members})
constexpr size_t kMaxCborHeadBytes = 9;

bool IsMap(cbor::Reader& reader, uint64_t pairs) { return reader.Map().value_or(std::nullopt) == pairs; }
bool IsArray(cbor::Reader& reader, uint64_t count) { return reader.Array().value_or(std::nullopt) == count; }
bool Take(cbor::Reader& reader, ByteSpan& bytes) {
  const Result<ByteSpan> read = reader.Bytes();
  if (read) bytes = *read;
  return read.has_value();
}

// The byte string whose head stands at `at`: offset behind its content. kOutOfRange: its head is not all there yet
Result<size_t> EndOfBytes(ByteSpan prefix, size_t at, size_t limit) {
  if (at >= prefix.size()) return Fail(Status::kOutOfRange);
  cbor::Reader reader(prefix.subspan(at));
  const Result<uint64_t> size = reader.BytesHead();
  if (!size) {
    const bool cut = size.error() == Status::kDataLoss && prefix.size() - at < kMaxCborHeadBytes;
    return Fail(cut ? Status::kOutOfRange : Status::kInvalidArgument);
  }
  const size_t content = at + reader.offset();
  if (*size > limit || content > limit - static_cast<size_t>(*size)) return Fail(Status::kResourceExhausted);
  return content + static_cast<size_t>(*size);
}

// SUIT_Authentication: [digest, one COSE_Sign1], each in a byte string.
bool ParseAuthentication(ByteSpan bytes, Head& head) {
  cbor::Reader wrapper(bytes);
  ByteSpan sign1_item;
  if (!IsArray(wrapper, 2) || !Take(wrapper, head.digest_item) || !Take(wrapper, sign1_item) || !wrapper.done())
    return false;

  cbor::Reader digest(head.digest_item);
  const bool digest_ok = IsArray(digest, 2) && digest.Int() == kSha256 && Take(digest, head.digest) && digest.done() &&
                         head.digest.size() == crypto::kSha256Bytes;

  cbor::Reader sign1(sign1_item);
  return digest_ok && sign1.Tag() == kCoseSign1Tag && IsArray(sign1, 4) && Take(sign1, head.protected_header) &&
         Equal(head.protected_header, kProtectedHeader) && IsMap(sign1, 1) && sign1.Unsigned() == kCoseKeyId &&
         Take(sign1, head.key_id) && !head.key_id.empty() && head.key_id.size() <= kMaxKeyIdBytes && Ok(sign1.Null()) &&
         Take(sign1, head.signature) && sign1.done() && head.signature.size() == crypto::kP256SignatureBytes;
}

void UpdateBytes(crypto::Sha256& hash, ByteSpan content) {  // a CBOR byte string
  std::array<uint8_t, kMaxCborHeadBytes> buffer;
  cbor::Writer writer(buffer);
  writer.BytesHead(content.size());
  hash.Update(writer.written());
  hash.Update(content);
}

}  // namespace

Result<size_t> HeadSize(ByteSpan prefix) {
  const size_t common = std::min(prefix.size(), sizeof kEnvelopeStart);
  if (!Equal(prefix.first(common), ByteSpan(kEnvelopeStart).first(common))) return Fail(Status::kInvalidArgument);
  LINNET_ASSIGN(const size_t authentication_end, EndOfBytes(prefix, sizeof kEnvelopeStart, kMaxHeadBytes));
  if (authentication_end >= prefix.size()) return Fail(Status::kOutOfRange);
  if (prefix[authentication_end] != kManifest) return Fail(Status::kInvalidArgument);
  return EndOfBytes(prefix, authentication_end + 1, kMaxHeadBytes);
}

Result<Head> ParseHead(ByteSpan bytes) {
  Head head;
  cbor::Reader reader(bytes);
  ByteSpan authentication;
  const bool start_ok = reader.Tag() == kEnvelopeTag && IsMap(reader, kEnvelopeMembers) &&
                        reader.Unsigned() == kAuthenticationWrapper && Take(reader, authentication) &&
                        ParseAuthentication(authentication, head) && reader.Unsigned() == kManifest;
  if (!start_ok) return Fail(Status::kInvalidArgument);
  const size_t manifest_at = reader.offset();
  if (!Take(reader, head.manifest)) return Fail(Status::kInvalidArgument);
  head.size_bytes = reader.offset();
  head.manifest_item = bytes.subspan(manifest_at, head.size_bytes - manifest_at);
  if (head.size_bytes > kMaxHeadBytes) return Fail(Status::kInvalidArgument);
  return head;
}

crypto::Sha256Digest SignedDigest(ByteSpan protected_header, ByteSpan digest_item) {
  // Sig_structure = ["Signature1", protected, external_aad = h'', payload]
  static constexpr uint8_t kStart[] = {0x84, 0x6A, 'S', 'i', 'g', 'n', 'a', 't', 'u', 'r', 'e', '1'};
  crypto::Sha256 hash;
  hash.Update(kStart);
  UpdateBytes(hash, protected_header);
  UpdateBytes(hash, {});
  UpdateBytes(hash, digest_item);
  return hash.Finish();
}

Result<Manifest> VerifyHead(ByteSpan bytes, const TrustedKeys& keys, const Uuid& vendor_id, const Uuid& class_id) {
  LINNET_ASSIGN(const Head head, ParseHead(bytes));
  const Result<crypto::P256PublicKey> key = keys.Find(head.key_id);
  if (!key) return Fail(Status::kUnauthenticated);
  // The digest is the cheap half: it goes first.
  if (!Equal(crypto::HashSha256(head.manifest_item), head.digest)) return Fail(Status::kDataLoss);
  const crypto::Sha256Digest digest = SignedDigest(head.protected_header, head.digest_item);
  if (!Ok(crypto::VerifyEs256(*key, digest, head.signature))) return Fail(Status::kUnauthenticated);

  LINNET_ASSIGN(const Manifest manifest, DecodeManifest(head.manifest));
  if (manifest.vendor_id != vendor_id || manifest.class_id != class_id) return Fail(Status::kFailedPrecondition);
  return manifest;
}

Result<PayloadHead> ReadPayloadHead(ByteSpan prefix, std::string_view name) {
  std::array<uint8_t, kMaxPayloadHeadBytes> key_buffer;
  cbor::Writer key_writer(key_buffer);
  key_writer.Text(name);
  const ByteSpan key = key_writer.written();
  const size_t common = std::min(prefix.size(), key.size());
  if (!Equal(prefix.first(common), key.first(common))) return Fail(Status::kInvalidArgument);
  if (prefix.size() <= key.size()) return Fail(Status::kOutOfRange);

  cbor::Reader reader(prefix.subspan(key.size()));
  const Result<uint64_t> size = reader.BytesHead();
  if (!size) {
    const bool cut = size.error() == Status::kDataLoss && prefix.size() - key.size() < kMaxCborHeadBytes;
    return Fail(cut ? Status::kOutOfRange : Status::kInvalidArgument);
  }
  if (*size > UINT32_MAX) return Fail(Status::kInvalidArgument);
  return PayloadHead{key.size() + reader.offset(), static_cast<uint32_t>(*size)};
}

}  // namespace linnet::package
