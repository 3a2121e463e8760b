// Which slot to start: the trial while it has starts left, else the confirmed one, else the other one, and never
// anything that is not signed. Keeps the state in the key-value store up to date on the way.
#pragma once

#include <cstdint>

#include "linnet/base/status.h"
#include "linnet/boot/boot_record.h"
#include "linnet/boot/boot_state.h"
#include "linnet/boot/verify_slot.h"
#include "linnet/platform/flash.h"

namespace linnet::boot {

struct BootDecision {
  Slot slot = Slot::kA;
  uint32_t image_offset_bytes = 0;  // of the vector table, in flash
  bool trial = false;
  package::Manifest manifest;
  BootRecord record;  // sealed, ready to be put at kBootRecordAddress
};

// Call once a start. Blocks for up to two ECDSA verifications and hashes. Writes the key-value area: a start of a trial
// is counted before it is taken, so that a firmware that hangs or faults comes to its end after kMaxTrialStarts.
// kNotFound: no slot holds a signed firmware for this board
Result<BootDecision> SelectSlot(platform::Flash& flash, const Identity& identity);

}  // namespace linnet::boot
