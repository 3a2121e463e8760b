#include "linnet/boot/boot_state.h"

#include <algorithm>
#include <array>

namespace linnet::boot {
namespace {

constexpr std::string_view kKey = "boot";
// Value: u8 version, u8 confirmed, u8 trial (0xFF none), u8 trial starts, u8 last result, reason. Never renumber.
constexpr uint8_t kVersion = 1;
constexpr uint8_t kNoTrial = 0xFF;
constexpr size_t kFixedBytes = 5;

constexpr uint8_t ToByte(Slot slot) { return static_cast<uint8_t>(slot); }

}  // namespace

Status BootState::Load() {
  *this = BootState(store_);
  const Result<ByteSpan> read = store_.Get(kKey);
  if (!read) return Status::kOk;  // nothing stored yet: the defaults hold
  const ByteSpan v = *read;
  const bool sound = v.size() >= kFixedBytes && v[0] == kVersion && v[1] <= 1 && (v[2] <= 1 || v[2] == kNoTrial) &&
                     v[1] != v[2] && v.size() - kFixedBytes <= kMaxReasonBytes;
  if (!sound) return Status::kDataLoss;
  stored_ = true;
  confirmed_ = static_cast<Slot>(v[1]);
  if (v[2] != kNoTrial) trial_ = static_cast<Slot>(v[2]);
  trial_starts_ = v[3];
  last_result_ = static_cast<UpdateResult>(v[4]);
  return last_reason_.Assign(v.subspan(kFixedBytes));
}

BootState& BootState::operator=(const BootState& other) {
  stored_ = other.stored_;
  confirmed_ = other.confirmed_;
  trial_ = other.trial_;
  trial_starts_ = other.trial_starts_;
  last_result_ = other.last_result_;
  last_reason_ = other.last_reason_;
  return *this;
}

Status BootState::Store(const BootState& next) {
  std::array<uint8_t, kFixedBytes + kMaxReasonBytes> value;
  value[0] = kVersion;
  value[1] = ToByte(next.confirmed_);
  value[2] = next.trial_ ? ToByte(*next.trial_) : kNoTrial;
  value[3] = next.trial_starts_;
  value[4] = static_cast<uint8_t>(next.last_result_);
  const ByteSpan reason = next.last_reason_.span();
  std::copy(reason.begin(), reason.end(), value.begin() + kFixedBytes);
  LINNET_TRY(store_.Put(kKey, ByteSpan(value.data(), kFixedBytes + reason.size())));
  *this = next;
  stored_ = true;
  return Status::kOk;
}

void BootState::Explain(UpdateResult result, std::string_view reason) {
  last_result_ = result;
  const Status status = last_reason_.Assign(reason.substr(0, kMaxReasonBytes));
  (void)status;  // cut to fit the line above
}

Status BootState::SetTrial(Slot slot) {
  if (slot == confirmed_) return Status::kFailedPrecondition;
  BootState next = *this;
  next.trial_ = slot;
  next.trial_starts_ = 0;
  next.Explain(UpdateResult::kInitial, "");
  return Store(next);
}

Status BootState::CountStart() {
  if (!trial_) return Status::kFailedPrecondition;
  BootState next = *this;
  ++next.trial_starts_;
  return Store(next);
}

Status BootState::Confirm() {
  if (!trial_) return Status::kOk;
  BootState next = *this;
  next.confirmed_ = *trial_;
  next.trial_.reset();
  next.trial_starts_ = 0;
  next.Explain(UpdateResult::kSuccess, "");
  return Store(next);
}

Status BootState::Revert(UpdateResult result, std::string_view reason) {
  BootState next = *this;
  next.trial_.reset();
  next.trial_starts_ = 0;
  next.Explain(result, reason);
  return Store(next);
}

Status BootState::FallBack(Slot slot, std::string_view reason) {
  BootState next = *this;
  next.confirmed_ = slot;
  next.trial_.reset();
  next.trial_starts_ = 0;
  next.Explain(UpdateResult::kUpdateFailed, reason);
  return Store(next);
}

Status BootState::Note(UpdateResult result, std::string_view reason) {
  BootState next = *this;
  next.Explain(result, reason);
  return Store(next);
}

}  // namespace linnet::boot
