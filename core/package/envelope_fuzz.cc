#include <cstdlib>

#include "linnet/package/describe.h"
#include "linnet/package/envelope.h"
#include "linnet/package/words.h"

// Whatever the bytes are: no parser leaves them, and without the private key nothing is ever accepted.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace linnet;
  using namespace linnet::package;
  const ByteSpan bytes(data, size);
  const Result<size_t> head_size = HeadSize(bytes);
  const Result<Head> head = ParseHead(bytes);
  if (head && (!head_size || *head_size != head->size_bytes)) std::abort();
  if (head) {
    // The key that the bytes name is trusted; the point is that of RFC 6979 A.2.5, whose signatures are of other texts.
    std::array<uint8_t, kTrustedKeysBytes> table;
    table.fill(0xFF);
    constexpr crypto::P256PublicKey kPoint = {
        0x04, 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68,
        0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x79,
        0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1,
        0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99};
    if (!Ok(AddTrustedKey(table, head->key_id, kPoint))) std::abort();
    if (VerifyHead(bytes, TrustedKeys(table), kVendorId, ClassIdOf("mps2-an386"))) std::abort();
  }
  if (const Result<Manifest> manifest = DecodeManifest(bytes); manifest) {
    std::array<uint8_t, kMaxManifestBytes> buffer;
    if (!EncodeManifest(*manifest, buffer)) std::abort();
  }
  (void)ReadPayloadHead(bytes, kWordsPayload);
  (void)ReadPayloadHead(bytes, kImagePayload);
  if (Result<WordPatcher> patcher = WordPatcher::Open(bytes, 64); patcher) {
    std::array<uint8_t, 64> image{};
    patcher->Apply(0, image);
  }
  (void)Describe(bytes);
  return 0;
}
