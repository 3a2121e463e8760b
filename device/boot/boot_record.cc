#include "linnet/boot/boot_record.h"

#include "linnet/base/bytes.h"
#include "linnet/storage/crc32.h"

namespace linnet::boot {
namespace {

static_assert(sizeof(BootRecord) == kBootRecordBytes, "boot and firmware are built apart: the layout is fixed");
static_assert(offsetof(BootRecord, digest) == 16 && offsetof(BootRecord, version_text) == 50 &&
              offsetof(BootRecord, reason_text) == 114 && offsetof(BootRecord, check) == 252);

uint32_t CheckOf(const BootRecord& record) {
  return storage::Crc32({reinterpret_cast<const uint8_t*>(&record), offsetof(BootRecord, check)});
}

}  // namespace

void Seal(BootRecord& record) {
  record.magic = kBootRecordMagic;
  record.check = CheckOf(record);
}

bool IsValid(const BootRecord& record) {
  return record.magic == kBootRecordMagic && record.check == CheckOf(record) && record.slot <= 1 &&
         record.version_bytes <= record.version_text.size() && record.reason_bytes <= record.reason_text.size();
}

}  // namespace linnet::boot
