#include "linnet/package/manifest.h"

#include <algorithm>
#include <optional>

#include "linnet/wire/cbor.h"

namespace linnet::package {
namespace {

// draft-ietf-suit-manifest-34, appendix A (CDDL) and the IANA registry "SUIT". Never renumber.
constexpr uint64_t kManifestVersion = 1, kSequenceNumber = 2, kCommon = 3, kValidate = 7, kInvoke = 9, kInstall = 20,
                   kText = 23;
constexpr uint64_t kComponents = 2, kSharedSequence = 4;
constexpr uint64_t kConditionVendor = 1, kConditionClass = 2, kConditionImageMatch = 3, kConditionSlot = 5;
constexpr uint64_t kTryEach = 15, kOverrideParameters = 20, kFetch = 21, kDirectiveInvoke = 23;
constexpr uint64_t kVendor = 1, kClass = 2, kImageDigest = 3, kSlot = 5, kImageSize = 14, kUri = 21;
constexpr uint64_t kComponentVersion = 6;
constexpr int64_t kSha256 = -16;
// Our own command (suit-command-custom): patch the image with the integrated payload that the argument names and digests.
constexpr int64_t kPatchWords = -1;
// Reporting policies as in the draft's examples: all four records for a match, both failures for a slot test.
constexpr uint64_t kReportMatch = 15, kReportSlot = 5, kReportFetch = 2;

constexpr uint8_t kComponent[] = {0x00};  // the one component of a package: the firmware

// The manifest is described once, in Visit below, for two codecs: one writes it, one reads it and refuses any difference.
class Encoder {
 public:
  explicit Encoder(MutableByteSpan buffer) : writer_(buffer) {}

  void Map(uint64_t pairs) { writer_.Map(pairs); }
  void Array(uint64_t count) { writer_.Array(count); }
  void Exact(uint64_t value) { writer_.Unsigned(value); }
  void ExactInt(int64_t value) { writer_.Int(value); }
  void ExactText(std::string_view text) { writer_.Text(text); }
  void ExactBytes(ByteSpan bytes) { writer_.Bytes(bytes); }
  void Number(const uint64_t& value) { writer_.Unsigned(value); }
  void Number(const uint32_t& value) { writer_.Unsigned(value); }
  template <size_t N>
  void Fixed(const std::array<uint8_t, N>& bytes) {
    writer_.Bytes(bytes);
  }
  void Text(const FixedBytes<kMaxVersionBytes>& text) { writer_.Text(text.text()); }
  template <typename F>
  void Nested(F content) {  // a byte string of encoded CBOR
    std::array<uint8_t, kMaxManifestBytes> buffer;
    Encoder inner(buffer);
    content(inner);
    status_ = Ok(status_) ? inner.status() : status_;
    writer_.Bytes(inner.writer_.written());
  }

  Status status() const { return Ok(status_) ? writer_.status() : status_; }
  ByteSpan written() const { return writer_.written(); }

 private:
  cbor::Writer writer_;
  Status status_ = Status::kOk;  // of what is nested
};

class Decoder {
 public:
  explicit Decoder(ByteSpan bytes) : reader_(bytes) {}

  void Map(uint64_t pairs) { Require(reader_.Map().value_or(std::nullopt) == pairs); }
  void Array(uint64_t count) { Require(reader_.Array().value_or(std::nullopt) == count); }
  void Exact(uint64_t value) { Require(reader_.Unsigned() == value); }
  void ExactInt(int64_t value) { Require(reader_.Int() == value); }
  void ExactText(std::string_view text) { Require(reader_.Text() == text); }
  void ExactBytes(ByteSpan bytes) {
    const auto read = reader_.Bytes();
    Require(read && Equal(*read, bytes));
  }
  void Number(uint64_t& value) {
    const auto read = reader_.Unsigned();
    Require(read.has_value());
    if (read) value = *read;
  }
  void Number(uint32_t& value) {
    uint64_t wide = 0;
    Number(wide);
    Require(wide <= UINT32_MAX);
    value = static_cast<uint32_t>(wide);
  }
  template <size_t N>
  void Fixed(std::array<uint8_t, N>& bytes) {
    const auto read = reader_.Bytes();
    Require(read && read->size() == N);
    if (ok_) std::copy(read->begin(), read->end(), bytes.begin());
  }
  void Text(FixedBytes<kMaxVersionBytes>& text) {
    const auto read = reader_.Text();
    Require(read && Ok(text.Assign(*read)));
  }
  template <typename F>
  void Nested(F content) {
    const auto read = reader_.Bytes();
    Require(read.has_value());
    if (!ok_) return;
    Decoder inner(*read);
    content(inner);
    Require(inner.complete());
  }

  bool complete() const { return ok_ && reader_.done(); }

 private:
  void Require(bool condition) { ok_ = ok_ && condition; }

  cbor::Reader reader_;
  bool ok_ = true;
};

template <typename Codec, typename Digest>
void VisitDigest(Codec& c, Digest& digest) {  // SUIT_Digest
  c.Array(2), c.ExactInt(kSha256), c.Fixed(digest);
}

// Sets the slot parameter and tests it: how every branch of a try-each begins.
template <typename Codec>
void VisitSlotTest(Codec& c, uint64_t slot) {
  c.Exact(kOverrideParameters), c.Map(1), c.Exact(kSlot), c.Exact(slot);
  c.Exact(kConditionSlot), c.Exact(kReportSlot);
}

template <typename Codec, typename Digest>
void VisitSlotDigest(Codec& c, uint64_t slot, Digest& digest) {
  c.Nested([&](auto& branch) {
    branch.Array(6);
    VisitSlotTest(branch, slot);
    branch.Exact(kOverrideParameters), branch.Map(1), branch.Exact(kImageDigest);
    branch.Nested([&](auto& item) { VisitDigest(item, digest); });
  });
}

template <typename Codec, typename M>
void VisitShared(Codec& c, M& m) {  // draft-34 7.9, the A/B image template
  c.Array(8);
  c.Exact(kOverrideParameters), c.Map(3);
  c.Exact(kVendor), c.Fixed(m.vendor_id);
  c.Exact(kClass), c.Fixed(m.class_id);
  c.Exact(kImageSize), c.Number(m.image_size_bytes);
  c.Exact(kConditionVendor), c.Exact(kReportMatch);
  c.Exact(kConditionClass), c.Exact(kReportMatch);
  c.Exact(kTryEach), c.Array(2);
  VisitSlotDigest(c, 0, m.digest_a);
  VisitSlotDigest(c, 1, m.digest_b);
}

template <typename Codec, typename M>
void VisitInstall(Codec& c, M& m) {
  c.Array(4);
  c.Exact(kTryEach), c.Array(2);
  for (uint64_t slot = 0; slot < 2; ++slot) {
    c.Nested([&](auto& branch) {
      branch.Array(slot == 0 ? 8 : 10);
      VisitSlotTest(branch, slot);
      branch.Exact(kOverrideParameters), branch.Map(1), branch.Exact(kUri), branch.ExactText("#image");
      branch.Exact(kFetch), branch.Exact(kReportFetch);
      if (slot == 0) return;
      branch.ExactInt(kPatchWords);
      branch.Nested([&](auto& patch) {
        patch.Array(2), patch.ExactText("#b");
        VisitDigest(patch, m.words_digest);
      });
    });
  }
  c.Exact(kConditionImageMatch), c.Exact(kReportMatch);
}

template <typename Codec, typename M>
void Visit(Codec& c, M& m) {
  c.Map(7);
  c.Exact(kManifestVersion), c.Exact(1);
  c.Exact(kSequenceNumber), c.Number(m.sequence_number);
  c.Exact(kCommon);
  c.Nested([&](auto& common) {
    common.Map(2);
    common.Exact(kComponents), common.Array(1), common.Array(1), common.ExactBytes(kComponent);
    common.Exact(kSharedSequence);
    common.Nested([&](auto& shared) { VisitShared(shared, m); });
  });
  c.Exact(kValidate);
  c.Nested(
      [](auto& validate) { validate.Array(2), validate.Exact(kConditionImageMatch), validate.Exact(kReportMatch); });
  c.Exact(kInvoke);
  c.Nested([](auto& invoke) { invoke.Array(2), invoke.Exact(kDirectiveInvoke), invoke.Exact(kReportFetch); });
  c.Exact(kInstall);
  c.Nested([&](auto& install) { VisitInstall(install, m); });
  c.Exact(kText);
  c.Nested([&](auto& text) {
    text.Map(1), text.ExactText("en"), text.Map(1), text.Array(1), text.ExactBytes(kComponent);
    text.Map(1), text.Exact(kComponentVersion), text.Text(m.version);
  });
}

}  // namespace

Result<Manifest> DecodeManifest(ByteSpan encoded) {
  if (encoded.size() > kMaxManifestBytes) return Fail(Status::kInvalidArgument);
  Manifest manifest;
  Decoder decoder(encoded);
  Visit(decoder, manifest);
  const bool sound = decoder.complete() && manifest.image_size_bytes > 0 && manifest.image_size_bytes % 4 == 0 &&
                     !manifest.version.empty();
  if (!sound) return Fail(Status::kInvalidArgument);
  return manifest;
}

Result<ByteSpan> EncodeManifest(const Manifest& manifest, MutableByteSpan buffer) {
  Encoder encoder(buffer);
  Visit(encoder, manifest);
  LINNET_TRY(encoder.status());
  return encoder.written();
}

}  // namespace linnet::package
