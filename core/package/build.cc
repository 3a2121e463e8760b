#include "linnet/package/build.h"

#include <algorithm>
#include <array>

#include "linnet/base/check.h"
#include "linnet/package/board.h"
#include "linnet/package/describe.h"
#include "linnet/package/envelope.h"
#include "linnet/package/words.h"
#include "linnet/wire/cbor.h"

namespace linnet::package {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes Padded(ByteSpan image) {
  Bytes padded(image.begin(), image.end());
  padded.resize((image.size() + 3) / 4 * 4, 0xFF);
  return padded;
}

template <typename F>
Bytes Encode(size_t at_most, F write) {
  Bytes bytes(at_most);
  cbor::Writer writer(bytes);
  write(writer);
  LINNET_CHECK(Ok(writer.status()));
  bytes.resize(writer.size_bytes());
  return bytes;
}

bool IsVersionText(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !text.empty() && text.size() <= kMaxVersionBytes && std::none_of(text.begin(), text.end(), is_control);
}

// SUIT_Authentication: the digest of the manifest, and a COSE_Sign1 over that digest with a detached payload.
Outcome<Bytes> Authenticate(ByteSpan manifest_item, const crypto::PrivateKey& key) {
  const Bytes digest_item =
      Encode(64, [&](cbor::Writer& w) { w.Array(2), w.Int(-16), w.Bytes(crypto::HashSha256(manifest_item)); });
  const Bytes protected_header = Encode(8, [](cbor::Writer& w) { w.Map(1), w.Unsigned(1), w.Int(-7); });
  LINNET_ASSIGN(const crypto::P256Signature signature, key.Sign(SignedDigest(protected_header, digest_item)));
  const Bytes sign1 = Encode(256, [&](cbor::Writer& w) {
    w.Tag(18), w.Array(4), w.Bytes(protected_header);
    w.Map(1), w.Unsigned(4), w.Bytes(key.id());
    w.Null(), w.Bytes(signature);
  });
  return Encode(512, [&](cbor::Writer& w) { w.Array(2), w.Bytes(digest_item), w.Bytes(sign1); });
}

Outcome<void> CheckFits(const Board& board, size_t image_bytes, size_t words_bytes) {
  const size_t room = board.slot_bytes - board.image_offset_bytes;
  const size_t needed = image_bytes + words_bytes;
  if (needed <= room) return {};
  return Fail(Status::kResourceExhausted,
              "the image (" + std::to_string(image_bytes) + " bytes) and its list of words for slot B (" +
                  std::to_string(words_bytes) + " bytes) are " + std::to_string(needed - room) +
                  " bytes larger than a slot of " + std::string(board.name) + " holds (" + std::to_string(room) +
                  " bytes); make the network or the firmware smaller");
}

}  // namespace

Outcome<Bytes> ListWords(ByteSpan image_a, ByteSpan image_b) {
  if (image_a.size() != image_b.size() || image_a.size() % 4 != 0) {
    return Fail(Status::kInvalidArgument,
                "the two links of the firmware have different sizes: " + std::to_string(image_a.size()) + " and " +
                    std::to_string(image_b.size()) + " bytes; link both from the same objects");
  }
  Bytes list(4);
  uint32_t count = 0;
  for (size_t at = 0; at < image_a.size(); at += 4) {
    if (Equal(image_a.subspan(at, 4), image_b.subspan(at, 4))) continue;
    std::array<uint8_t, 4> offset;
    StoreLe32(offset.data(), static_cast<uint32_t>(at));
    list.insert(list.end(), offset.begin(), offset.end());
    list.insert(list.end(), image_b.begin() + static_cast<ptrdiff_t>(at),
                image_b.begin() + static_cast<ptrdiff_t>(at) + 4);
    ++count;
  }
  StoreLe32(list.data(), count);
  return list;
}

Outcome<Bytes> Build(const BuildRequest& request, const crypto::PrivateKey& key) {
  const Board* board = FindBoard(request.board);
  if (board == nullptr) return Fail(Status::kInvalidArgument, "no board is called \"" + request.board + "\"");
  if (!IsVersionText(request.version)) {
    return Fail(Status::kInvalidArgument, "a version has 1 to 64 bytes and no control characters");
  }
  if (request.image_a.empty()) return Fail(Status::kInvalidArgument, "the image is empty");
  const Bytes image_a = Padded(request.image_a);
  const Bytes image_b = Padded(request.image_b);
  if (image_a.size() > board->slot_bytes) return std::unexpected(CheckFits(*board, image_a.size(), 0).error());
  LINNET_ASSIGN(const Bytes words, ListWords(image_a, image_b));
  if (const auto fits = CheckFits(*board, image_a.size(), words.size()); !fits) return std::unexpected(fits.error());

  Manifest manifest;
  manifest.sequence_number = request.sequence_number;
  manifest.vendor_id = kVendorId;
  manifest.class_id = ClassIdOf(board->name);
  if (!Ok(manifest.version.Assign(request.version))) return Fail(Status::kInternal, "the version outgrew the manifest");
  manifest.image_size_bytes = static_cast<uint32_t>(image_a.size());
  manifest.digest_a = crypto::HashSha256(image_a);
  manifest.digest_b = crypto::HashSha256(image_b);
  manifest.words_digest = crypto::HashSha256(words);
  std::array<uint8_t, kMaxManifestBytes> buffer;
  const Result<ByteSpan> encoded = EncodeManifest(manifest, buffer);
  if (!encoded) return Fail(encoded.error(), "the manifest is too large");

  const Bytes manifest_item = Encode(kMaxManifestBytes + 9, [&](cbor::Writer& w) { w.Bytes(*encoded); });
  LINNET_ASSIGN(const Bytes authentication, Authenticate(manifest_item, key));
  Bytes package = Encode(kMaxHeadBytes + words.size() + image_a.size() + 64, [&](cbor::Writer& w) {
    w.Tag(107), w.Map(4);
    w.Unsigned(2), w.Bytes(authentication);
    w.Unsigned(3), w.Raw(manifest_item);
    w.Text(kWordsPayload), w.Bytes(words);
    w.Text(kImagePayload), w.Bytes(image_a);
  });
  // What can't be read back must not leave this function, whatever went wrong above.
  if (const auto read = Describe(package); !read) return std::unexpected(read.error().Within("the new package"));
  return package;
}

}  // namespace linnet::package
