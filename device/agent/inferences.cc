#include "linnet/agent/inferences.h"

#include <algorithm>

#include "linnet/base/check.h"
#include "linnet/lwm2m/objects.h"

namespace linnet::agent {
namespace {

// What a Send has room for besides kInferencesASend answers.
constexpr size_t kModelNameBytesMax = 64;

uint32_t SecondsOf(Instant now) { return static_cast<uint32_t>(now.milliseconds() / 1000); }

}  // namespace

Status Inferences::Report(Instant now, const Inference& inference) {
  if (inference.image_index >= kImagesMax) return Status::kInvalidArgument;
  if (waiting_ == kInferencesWaitingMax) return Status::kResourceExhausted;
  Image& image = images_[inference.image_index];
  if (image.runs++ == 0) ++seen_;
  image.last = inference;
  if (waiting_ == in_flight_) oldest_at_ = now;
  queue_[(head_ + waiting_) % kInferencesWaitingMax] = {inference, image.runs, SecondsOf(now)};
  ++waiting_;
  return Status::kOk;
}

Instant Inferences::next_deadline() const {
  if (waiting_ == 0) return Instant::Never();
  const Instant gathered = waiting_ >= kInferencesASend ? Instant() : oldest_at_ + kGather;
  return std::max(gathered, not_before_);
}

Status Inferences::Write(Instant now, std::string_view model_name, lwm2m::BodyWriter& body) {
  using namespace lwm2m::inference_resource;
  const auto twice = [this](size_t i) {
    for (size_t k = 0; k < i; ++k) {
      if (at(k).inference.image_index == at(i).inference.image_index) return true;
    }
    return false;
  };
  in_flight_ = 0;
  while (in_flight_ < std::min(waiting_, kInferencesASend) && !twice(in_flight_)) {
    const Waiting& waiting = at(in_flight_);
    const lwm2m::Path instance{lwm2m::object::kInference, waiting.inference.image_index};
    std::optional<double> time_s;
    if (const uint32_t age_s = SecondsOf(now) - waiting.reported_s; age_s > 0) time_s = -static_cast<double>(age_s);
    const auto add = [&](uint16_t resource, int64_t value) {
      return body.Add({instance.Child(resource), lwm2m::Value::Integer(value), time_s});
    };
    if (in_flight_ == 0) {
      LINNET_TRY(
          body.Add({instance.Child(kModelName), lwm2m::Value::Text(model_name.substr(0, kModelNameBytesMax)), time_s}));
    }
    LINNET_TRY(add(kLabel, waiting.inference.label));
    LINNET_TRY(add(kAnswer, waiting.inference.answer));
    LINNET_TRY(add(kMarginMilli, waiting.inference.margin_milli));
    LINNET_TRY(add(kRuns, waiting.runs));
    ++in_flight_;
  }
  return body.Finish();
}

void Inferences::Acknowledge() {
  LINNET_CHECK(in_flight_ <= waiting_);
  head_ = (head_ + in_flight_) % kInferencesWaitingMax;
  waiting_ -= in_flight_;
  in_flight_ = 0;
  not_before_ = Instant();
}

}  // namespace linnet::agent
