// Streams a package into the slot that is not running. Same methods and statuses as agent::FirmwareTarget.
// Nothing is programmed before the signature is verified, and the envelope is programmed last: a slot half written has no
// head that boot would take. Holds 4.5 KB. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/status.h"
#include "linnet/boot/boot_state.h"
#include "linnet/boot/verify_slot.h"
#include "linnet/crypto/sha256.h"
#include "linnet/package/envelope.h"
#include "linnet/package/words.h"
#include "linnet/platform/flash.h"

namespace linnet::boot {

class Installer {
 public:
  // `running`: the slot this firmware runs in (BootRecord::slot). Borrows all; `state` is loaded.
  Installer(platform::Flash& flash, BootState& state, const Identity& identity, Slot running)
      : flash_(flash), state_(state), identity_(identity), running_(running), target_(platform::OtherSlot(running)) {}

  // A new package starts; a package finished but not applied is dropped. A production line, where no state is stored yet,
  // fills slot A by saying that slot B runs; what it finishes is started without a trial.
  // kOk | kUnavailable: the running firmware is on trial and the other slot its only way back
  Status Begin();

  // The next bytes of the package, any number, without gaps. After a failure every call returns it again until Begin.
  //   kUnauthenticated: signature or key unknown | kDataLoss: a digest differs, or the flash failed
  //   kFailedPrecondition: made for another board, or Begin is missing | kInvalidArgument: not a package
  //   kResourceExhausted: larger than the slot
  Status Write(ByteSpan bytes);

  // The package is complete: the image in place is hashed, then the envelope is programmed.
  // As Write, and kDataLoss: bytes are missing
  Status Finish();

  // Boot it on trial at the next reset. kFailedPrecondition: nothing finished | kDataLoss: the flash failed
  Status Apply();

  // What the last failure was, as a sentence; empty when there was none.
  std::string_view reason() const { return reason_; }
  // Bytes taken so far.
  uint64_t received_bytes() const { return received_bytes_; }

 private:
  enum class State : uint8_t { kIdle, kHead, kWordsHead, kWords, kImageHead, kImage, kComplete, kReady, kFailed };

  Status Step(ByteSpan& bytes);
  Status TakeHead(ByteSpan& bytes);
  Status TakePayloadHead(ByteSpan& bytes, std::string_view name, State next);
  Status TakeWords(ByteSpan& bytes);
  Status TakeImage(ByteSpan& bytes);
  Status OpenSlot();
  Status CloseWords();
  Status InstallHead();
  Status FailWith(Status status, std::string_view reason);
  uint32_t words_offset_bytes() const;

  platform::Flash& flash_;
  BootState& state_;
  const Identity& identity_;
  const Slot running_;
  const Slot target_;

  State stage_ = State::kIdle;
  Status failure_ = Status::kOk;
  std::string_view reason_;
  uint64_t received_bytes_ = 0;

  std::array<uint8_t, package::kMaxHeadBytes> head_;
  size_t head_bytes_ = 0;  // gathered so far
  package::Manifest manifest_;
  crypto::Sha256 payload_hash_;
  package::WordPatcher patcher_;
  uint32_t payload_bytes_ = 0;      // of the payload being taken
  uint32_t payload_done_ = 0;       // of it, flushed
  std::array<uint8_t, 256> chunk_;  // of a payload, word by word, until it is flushed
  size_t chunk_bytes_ = 0;
};

}  // namespace linnet::boot
