#include "linnet/boot/select.h"

#include <algorithm>

namespace linnet::boot {
namespace {

using platform::Flash;

// "slot A: it is sound" in the caller's buffer.
using Sentence = FixedBytes<kMaxReasonBytes>;
Sentence About(Slot slot, std::string_view what) {
  std::array<char, kMaxReasonBytes> text;
  constexpr std::string_view kStart = "slot ";
  size_t size = kStart.copy(text.data(), kStart.size());
  text[size++] = slot == Slot::kA ? 'A' : 'B';
  text[size++] = ':';
  text[size++] = ' ';
  size += what.copy(text.data() + size, text.size() - size);
  Sentence sentence;
  const Status status = sentence.Assign(std::string_view(text.data(), size));
  (void)status;  // never longer than its buffer
  return sentence;
}

BootDecision Decide(Slot slot, bool trial, const package::Manifest& manifest, const BootState& state) {
  BootDecision decision;
  decision.slot = slot;
  decision.image_offset_bytes = platform::FirmwareArea(slot).offset_bytes + platform::kSlotImageOffset;
  decision.trial = trial;
  decision.manifest = manifest;
  BootRecord& record = decision.record;
  record.slot = static_cast<uint8_t>(slot);
  record.trial = trial;
  record.starts = trial ? state.trial_starts() : 0;
  record.last_result = static_cast<uint8_t>(state.last_result());
  record.sequence_number = manifest.sequence_number;
  record.digest = manifest.digest(static_cast<int>(slot));
  const std::string_view version = manifest.version.text();
  record.version_bytes = static_cast<uint8_t>(version.copy(record.version_text.data(), record.version_text.size()));
  const std::string_view reason = state.last_reason();
  record.reason_bytes = static_cast<uint8_t>(reason.copy(record.reason_text.data(), record.reason_text.size()));
  Seal(record);
  return decision;
}

// The trial slot, if it may be started once more. Otherwise the trial is over, and why is stored.
Result<package::Manifest> TryTrial(const Flash& flash, const Identity& identity, BootState& state) {
  const Slot trial = *state.trial();
  if (state.trial_starts() >= kMaxTrialStarts) {
    LINNET_TRY(state.Revert(UpdateResult::kUpdateFailed, About(trial, "not confirmed within 3 starts").text()));
    return Fail(Status::kAborted);
  }
  const Result<package::Manifest> manifest = VerifySlot(flash, trial, identity);
  if (!manifest) {
    LINNET_TRY(state.Revert(UpdateResult::kIntegrityFailed, About(trial, Explain(manifest.error())).text()));
    return Fail(Status::kAborted);
  }
  // A start that can't be counted could repeat forever: it is not taken.
  LINNET_TRY(state.CountStart());
  return manifest;
}

}  // namespace

Result<BootDecision> SelectSlot(Flash& flash, const Identity& identity) {
  storage::KeyValueStore store(flash, platform::kKeyValueArea.first_sector);
  LINNET_TRY(store.Open());
  BootState state(store);
  const Status loaded = state.Load();
  (void)loaded;  // a record that is not ours leaves the defaults, and whatever is signed is found below

  if (state.trial()) {
    const Slot trial = *state.trial();
    if (const auto manifest = TryTrial(flash, identity, state); manifest) return Decide(trial, true, *manifest, state);
  }
  const Slot confirmed = state.confirmed();
  const Result<package::Manifest> manifest = VerifySlot(flash, confirmed, identity);
  if (manifest) return Decide(confirmed, false, *manifest, state);

  const Slot other = platform::OtherSlot(confirmed);
  const Result<package::Manifest> fallback = VerifySlot(flash, other, identity);
  if (!fallback) return Fail(Status::kNotFound);
  // If this can't be stored, the next start comes here again.
  const Status stored = state.FallBack(other, About(confirmed, Explain(manifest.error())).text());
  (void)stored;
  return Decide(other, false, *fallback, state);
}

}  // namespace linnet::boot
