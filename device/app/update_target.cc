#include "linnet/app/update_target.h"

#include "linnet/platform/text_line.h"

namespace linnet::app {
namespace {

boot::UpdateResult ResultOf(Status status) {
  switch (status) {
    case Status::kUnauthenticated:
    case Status::kDataLoss: return boot::UpdateResult::kIntegrityFailed;
    case Status::kFailedPrecondition:
    case Status::kInvalidArgument: return boot::UpdateResult::kUnsupportedPackage;
    case Status::kResourceExhausted: return boot::UpdateResult::kNotEnoughFlash;
    default: return boot::UpdateResult::kUpdateFailed;
  }
}

}  // namespace

Status UpdateTarget::Begin() {
  failed_ = false;
  serial_.Write("update: a package arrives\n");
  return Told(installer_.Begin());
}

Status UpdateTarget::Write(ByteSpan bytes) { return Told(installer_.Write(bytes)); }

Status UpdateTarget::Finish() {
  Status status = Told(installer_.Finish());
  if (Ok(status)) serial_.Write("update: package verified and stored\n");
  return status;
}

Status UpdateTarget::Apply() {
  Status status = Told(installer_.Apply());
  if (Ok(status)) serial_.Write("update: the next start tries it\n");
  return status;
}

Status UpdateTarget::Told(Status status) {
  if (Ok(status) || failed_) return status;
  failed_ = true;
  std::string_view reason = installer_.reason().empty() ? ToString(status) : installer_.reason();
  platform::TextLine line;
  line << "update: refused: " << reason << '\n';
  serial_.Write(line.text());
  // A store that can't be written loses the reason after a reset, nothing more: the package is refused all the same.
  if (!Ok(state_.Note(ResultOf(status), reason))) serial_.Write("update: the reason could not be stored\n");
  return status;
}

}  // namespace linnet::app
