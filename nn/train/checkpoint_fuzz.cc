// Any bytes: a checkpoint that serialises back to the same bytes (one of the newest version), or an error; never a crash. The digest would keep the
// fuzzer out, so it is put right first.
#include <string>

#include "linnet/crypto/sha256.h"
#include "linnet/train/checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace linnet;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  (void)train::ParseCheckpoint("raw", AsBytes(bytes));
  bytes.append(AsText(crypto::HashSha256(AsBytes(bytes))));
  const auto checkpoint = train::ParseCheckpoint("digest right", AsBytes(bytes));
  const bool newest = bytes.size() > 4 && bytes[4] == 2;  // what is written again is of this version
  if (checkpoint && newest && train::SerializeCheckpoint(*checkpoint) != bytes) __builtin_trap();
  return 0;
}
