#include "linnet/app/image_set.h"

#include "linnet/base/check.h"

namespace linnet::app {

Result<ImageSet> ImageSet::Parse(ByteSpan records) {
  if (records.empty() || records.size() % kRecordBytes != 0 || records.size() / kRecordBytes > kImagesMax) {
    return Fail(Status::kInvalidArgument);
  }
  return ImageSet(records);
}

Image ImageSet::image(size_t i) const {
  LINNET_CHECK(i < size());
  ByteSpan record = records_.subspan(i * kRecordBytes, kRecordBytes);
  return {.index = record[0], .label = record[1], .pixels = record.subspan(2)};
}

}  // namespace linnet::app
