#include "linnet/boot/installer.h"

#include <algorithm>

namespace linnet::boot {
namespace {

using platform::FirmwareArea;
using platform::FlashArea;
using platform::kSlotImageOffset;

size_t Move(ByteSpan& from, MutableByteSpan to) {  // as much as fits; `from` is moved behind it
  const size_t size = std::min(from.size(), to.size());
  std::copy_n(from.begin(), size, to.begin());
  from = from.subspan(size);
  return size;
}

}  // namespace

Status Installer::FailWith(Status status, std::string_view reason) {
  stage_ = State::kFailed;
  failure_ = status;
  reason_ = reason;
  return status;
}

Status Installer::Begin() {
  if (state_.trial() || (state_.stored() && state_.confirmed() != running_)) {
    stage_ = State::kIdle;
    reason_ = "the running firmware is not confirmed yet, and the other slot is its only way back";
    return Status::kUnavailable;
  }
  stage_ = State::kHead;
  failure_ = Status::kOk;
  reason_ = {};
  received_bytes_ = 0;
  head_bytes_ = chunk_bytes_ = 0;
  payload_bytes_ = payload_done_ = 0;
  return Status::kOk;
}

Status Installer::Write(ByteSpan bytes) {
  received_bytes_ += bytes.size();
  while (!bytes.empty()) LINNET_TRY(Step(bytes));
  return stage_ == State::kFailed ? failure_ : Status::kOk;
}

Status Installer::Step(ByteSpan& bytes) {
  switch (stage_) {
    case State::kIdle: return Status::kFailedPrecondition;
    case State::kHead: return TakeHead(bytes);
    case State::kWordsHead: return TakePayloadHead(bytes, package::kWordsPayload, State::kWords);
    case State::kWords: return TakeWords(bytes);
    case State::kImageHead: return TakePayloadHead(bytes, package::kImagePayload, State::kImage);
    case State::kImage: return TakeImage(bytes);
    case State::kComplete:
    case State::kReady: return FailWith(Status::kInvalidArgument, "bytes follow the end of the package");
    case State::kFailed: break;
  }
  return failure_;
}

Status Installer::TakeHead(ByteSpan& bytes) {
  // Until the length of the head is known it is gathered byte by byte: its first 256 bytes at most.
  Result<size_t> size = package::HeadSize({head_.data(), head_bytes_});
  while (!size && size.error() == Status::kOutOfRange && !bytes.empty()) {
    head_[head_bytes_++] = bytes.front();
    bytes = bytes.subspan(1);
    size = package::HeadSize({head_.data(), head_bytes_});
    if (head_bytes_ == head_.size() && !size)
      return FailWith(Status::kInvalidArgument, Explain(Status::kInvalidArgument));
  }
  if (!size) {
    return size.error() == Status::kOutOfRange ? Status::kOk
                                               : FailWith(Status::kInvalidArgument, Explain(Status::kInvalidArgument));
  }
  head_bytes_ += Move(bytes, MutableByteSpan(head_).subspan(head_bytes_, *size - head_bytes_));
  if (head_bytes_ < *size) return Status::kOk;

  const Result<package::Manifest> manifest =
      package::VerifyHead({head_.data(), head_bytes_}, identity_.keys, identity_.vendor_id, identity_.class_id);
  if (!manifest) return FailWith(manifest.error(), Explain(manifest.error()));
  manifest_ = *manifest;
  const uint32_t room = FirmwareArea(target_).size_bytes - kSlotImageOffset;
  if (manifest_.image_size_bytes > room)
    return FailWith(Status::kResourceExhausted, Explain(Status::kResourceExhausted));
  stage_ = State::kWordsHead;
  return Status::kOk;
}

Status Installer::TakePayloadHead(ByteSpan& bytes, std::string_view name, State next) {
  // Byte by byte, so that nothing behind the head is swallowed.
  chunk_[chunk_bytes_++] = bytes.front();
  bytes = bytes.subspan(1);
  const Result<package::PayloadHead> head = package::ReadPayloadHead({chunk_.data(), chunk_bytes_}, name);
  if (!head && head.error() == Status::kOutOfRange) return Status::kOk;
  if (!head) return FailWith(Status::kInvalidArgument, Explain(Status::kInvalidArgument));
  chunk_bytes_ = 0;
  payload_bytes_ = head->size_bytes;
  payload_done_ = 0;
  payload_hash_ = crypto::Sha256();
  stage_ = next;
  if (next == State::kWords) return OpenSlot();
  if (payload_bytes_ != manifest_.image_size_bytes)
    return FailWith(Status::kInvalidArgument, Explain(Status::kInvalidArgument));
  return Status::kOk;
}

// The signature holds and the sizes are known: from here on the slot is written.
Status Installer::OpenSlot() {
  const FlashArea& area = FirmwareArea(target_);
  const bool is_list = payload_bytes_ >= 4 && payload_bytes_ % 4 == 0;
  if (!is_list) return FailWith(Status::kInvalidArgument, Explain(Status::kInvalidArgument));
  if (payload_bytes_ > area.size_bytes - kSlotImageOffset - manifest_.image_size_bytes) {
    return FailWith(Status::kResourceExhausted, Explain(Status::kResourceExhausted));
  }
  // The sector with the envelope first: an old head must not stand before a body that is half gone.
  for (uint32_t i = 0; i < area.sector_count; ++i) {
    const Status erased = flash_.EraseSector(area.first_sector + i);
    if (!Ok(erased)) return FailWith(Status::kDataLoss, "the flash failed while it was erased");
  }
  return Status::kOk;
}

uint32_t Installer::words_offset_bytes() const {
  const FlashArea& area = FirmwareArea(target_);
  return area.offset_bytes + area.size_bytes - payload_bytes_;
}

Status Installer::TakeWords(ByteSpan& bytes) {
  const size_t left = payload_bytes_ - payload_done_ - chunk_bytes_;
  chunk_bytes_ +=
      Move(bytes, MutableByteSpan(chunk_).subspan(chunk_bytes_, std::min(left, chunk_.size() - chunk_bytes_)));
  const bool last = payload_done_ + chunk_bytes_ == payload_bytes_;
  if (chunk_bytes_ < chunk_.size() && !last) return Status::kOk;

  const ByteSpan chunk(chunk_.data(), chunk_bytes_);
  payload_hash_.Update(chunk);
  if (target_ == Slot::kB && !Ok(flash_.Program(words_offset_bytes() + payload_done_, chunk))) {
    return FailWith(Status::kDataLoss, "the flash failed while the list of words was programmed");
  }
  payload_done_ += static_cast<uint32_t>(chunk_bytes_);
  chunk_bytes_ = 0;
  return last ? CloseWords() : Status::kOk;
}

Status Installer::CloseWords() {
  if (payload_hash_.Finish() != manifest_.words_digest) return FailWith(Status::kDataLoss, Explain(Status::kDataLoss));
  patcher_ = package::WordPatcher();
  if (target_ == Slot::kB) {
    const ByteSpan list = flash_.memory().subspan(words_offset_bytes(), payload_bytes_);
    const Result<package::WordPatcher> patcher = package::WordPatcher::Open(list, manifest_.image_size_bytes);
    if (!patcher) return FailWith(Status::kInvalidArgument, Explain(Status::kInvalidArgument));
    patcher_ = *patcher;
  }
  stage_ = State::kImageHead;
  return Status::kOk;
}

Status Installer::TakeImage(ByteSpan& bytes) {
  const size_t left = payload_bytes_ - payload_done_ - chunk_bytes_;
  chunk_bytes_ +=
      Move(bytes, MutableByteSpan(chunk_).subspan(chunk_bytes_, std::min(left, chunk_.size() - chunk_bytes_)));
  const bool last = payload_done_ + chunk_bytes_ == payload_bytes_;
  if (chunk_bytes_ < chunk_.size() && !last) return Status::kOk;

  const MutableByteSpan chunk(chunk_.data(), chunk_bytes_);
  payload_hash_.Update(chunk);
  patcher_.Apply(payload_done_, chunk);
  const uint32_t image_offset = FirmwareArea(target_).offset_bytes + kSlotImageOffset;
  if (!Ok(flash_.Program(image_offset + payload_done_, chunk))) {
    return FailWith(Status::kDataLoss, "the flash failed while the image was programmed");
  }
  payload_done_ += static_cast<uint32_t>(chunk_bytes_);
  chunk_bytes_ = 0;
  if (!last) return Status::kOk;
  // What came is slot A's image, whatever the slot: a flipped bit in a word that slot B replaces is refused, too.
  if (payload_hash_.Finish() != manifest_.digest_a) return FailWith(Status::kDataLoss, Explain(Status::kDataLoss));
  stage_ = State::kComplete;
  return Status::kOk;
}

Status Installer::Finish() {
  switch (stage_) {
    case State::kReady: return Status::kOk;
    case State::kFailed: return failure_;
    case State::kIdle: return Status::kFailedPrecondition;
    case State::kComplete: return InstallHead();
    default: return FailWith(Status::kDataLoss, "the package is cut short");
  }
}

Status Installer::InstallHead() {
  const FlashArea& area = FirmwareArea(target_);
  const ByteSpan image = flash_.memory().subspan(area.offset_bytes + kSlotImageOffset, manifest_.image_size_bytes);
  if (crypto::HashSha256(image) != manifest_.digest(static_cast<int>(target_))) {
    return FailWith(Status::kDataLoss, Explain(Status::kDataLoss));
  }
  const size_t padded = (head_bytes_ + 3) / 4 * 4;
  std::fill(head_.begin() + static_cast<ptrdiff_t>(head_bytes_), head_.begin() + static_cast<ptrdiff_t>(padded), 0xFF);
  if (!Ok(flash_.Program(area.offset_bytes, {head_.data(), padded}))) {
    return FailWith(Status::kDataLoss, "the flash failed while the envelope was programmed");
  }
  stage_ = State::kReady;
  return Status::kOk;
}

Status Installer::Apply() {
  if (stage_ != State::kReady) return Status::kFailedPrecondition;
  return state_.SetTrial(target_);
}

}  // namespace linnet::boot
