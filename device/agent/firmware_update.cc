#include "linnet/agent/firmware_update.h"

#include "linnet/coap/association.h"

namespace linnet::agent {
namespace {

using coap::Code;
using Verdict = coap::Block1Receiver::Verdict;

std::string_view ReasonFor(Status status) {
  switch (status) {
    case Status::kUnauthenticated: return "the package's signature does not verify or its key is not known here";
    case Status::kDataLoss: return "the package's digest differs, or bytes are missing";
    case Status::kFailedPrecondition: return "the package is made for another board";
    case Status::kInvalidArgument: return "what was sent is not a package";
    case Status::kResourceExhausted: return "the package is larger than the slot";
    default: return "the package could not be stored";
  }
}

bool IsNull(ByteSpan payload) { return payload.empty() || (payload.size() == 1 && payload[0] == 0); }

}  // namespace

UpdateResult ToUpdateResult(Status status) {
  switch (status) {
    case Status::kUnauthenticated:
    case Status::kDataLoss: return UpdateResult::kIntegrityFailed;
    case Status::kFailedPrecondition:
    case Status::kInvalidArgument: return UpdateResult::kUnsupportedPackage;
    case Status::kResourceExhausted: return UpdateResult::kNotEnoughFlash;
    default: return UpdateResult::kUpdateFailed;
  }
}

Code ToRefusalCode(Status status) {
  switch (status) {
    case Status::kUnauthenticated:
    case Status::kDataLoss: return Code::kBadRequest;
    case Status::kFailedPrecondition:
    case Status::kInvalidArgument: return Code::kUnsupportedContentFormat;
    case Status::kResourceExhausted: return Code::kRequestEntityTooLarge;
    default: return Code::kInternalServerError;
  }
}

void FirmwareUpdate::Write(Instant now, const coap::Message& request, coap::MessageWriter& response) {
  const auto format = request.FindUint(coap::option::kContentFormat);
  if (format && *format != coap::content_format::kOctetStream) {
    response.set_code(Code::kUnsupportedContentFormat);
    return;
  }
  if (state_ == UpdateState::kUpdating) {
    response.set_code(Code::kMethodNotAllowed);
    return;
  }
  const auto step = receiver_.Accept(request);
  const bool downloading = state_ == UpdateState::kDownloading;
  Code code = Code::kInternalServerError;
  switch (step.verdict) {
    case Verdict::kInvalid: code = Code::kBadRequest; break;
    case Verdict::kGap: code = Code::kRequestEntityIncomplete; break;
    case Verdict::kDuplicate:
      code = !downloading ? Code::kRequestEntityIncomplete : step.block.more ? Code::kContinue : Code::kChanged;
      break;
    case Verdict::kFirst:
    case Verdict::kNext: {
      const bool first = step.verdict == Verdict::kFirst;
      if (first && step.last && IsNull(request.payload)) {
        Reset();
        code = Code::kChanged;
        break;
      }
      if (!first && !downloading) {  // the download was given up or reset under way
        receiver_.Reset();
        code = Code::kRequestEntityIncomplete;
        break;
      }
      give_up_at_ = now + coap::kExchangeLifetime;
      const Status status = Take(request, first, step.last);
      code = !Ok(status) ? ToRefusalCode(status) : step.last ? Code::kChanged : Code::kContinue;
      if (!Ok(status)) {
        Refuse(ToUpdateResult(status), target_.reason().empty() ? ReasonFor(status) : target_.reason());
      }
      break;
    }
  }
  response.set_code(code);
  if (step.has_block) response.AddBlock(coap::option::kBlock1, step.block);
}

Status FirmwareUpdate::Take(const coap::Message& request, bool first, bool last) {
  if (first) {
    result_ = UpdateResult::kInitial;
    reason_ = {};
    Enter(UpdateState::kDownloading);
    LINNET_TRY(target_.Begin());
  }
  LINNET_TRY(target_.Write(request.payload));
  if (!last) return Status::kOk;
  LINNET_TRY(target_.Finish());
  Enter(UpdateState::kDownloaded);
  return Status::kOk;
}

lwm2m::ResponseCode FirmwareUpdate::Update() {
  if (state_ != UpdateState::kDownloaded) return lwm2m::ResponseCode::kMethodNotAllowed;
  const Status status = target_.Apply();
  if (!Ok(status)) {
    const std::string_view why = target_.reason();
    Refuse(UpdateResult::kUpdateFailed,
           why.empty() ? std::string_view("the stored package could not be applied") : why);
    return lwm2m::ResponseCode::kInternalServerError;
  }
  Enter(UpdateState::kUpdating);
  return lwm2m::ResponseCode::kChanged;
}

void FirmwareUpdate::Reset() {
  if (state_ == UpdateState::kUpdating) return;
  receiver_.Reset();
  result_ = UpdateResult::kInitial;
  reason_ = {};
  Enter(UpdateState::kIdle);
}

void FirmwareUpdate::Poll(Instant now) {
  if (now < next_deadline()) return;
  Refuse(UpdateResult::kConnectionLost, "the server stopped sending in the middle of the package");
}

void FirmwareUpdate::Refuse(UpdateResult result, std::string_view reason) {
  receiver_.Reset();
  result_ = result;
  reason_ = reason;
  Enter(UpdateState::kIdle);
}

void FirmwareUpdate::Enter(UpdateState state) {
  state_ = state;
  changed_ = true;
}

}  // namespace linnet::agent
