#include "task.h"

#include "linnet/package/describe.h"

namespace linnet::rollout {

Attestation AttestationOf(const std::vector<events::Record>& records) {
  Attestation a;
  for (const events::Record& r : records) {
    if (r.path == "/26243/0/0") {
      if (const auto* digest = std::get_if<events::Opaque>(&r.value)) a.digest = package::ToHex(*digest);
    } else if (r.path == "/26243/0/2") {
      if (const auto* confirmed = std::get_if<bool>(&r.value)) a.confirmed = *confirmed;
    } else if (r.path == "/26243/0/3") {
      if (const auto* slot = std::get_if<int64_t>(&r.value)) a.slot = static_cast<int>(*slot);
    }
  }
  return a;
}

std::optional<int64_t> IntegerOf(const lwm2m_server::Answer& answer) {
  if (answer.records.size() != 1) return std::nullopt;
  const auto* value = std::get_if<int64_t>(&answer.records.front().value);
  return value ? std::optional(*value) : std::nullopt;
}

std::string TextOf(const lwm2m_server::Answer& answer) {
  if (answer.records.size() != 1) return {};
  const auto* text = std::get_if<std::string>(&answer.records.front().value);
  return text ? *text : std::string();
}

bool Runs(const Attestation& attestation, const store::Artifact& artifact) {
  if (attestation.digest.empty()) return false;
  return (attestation.slot == 0 && attestation.digest == artifact.digest_a) ||
         (attestation.slot == 1 && attestation.digest == artifact.digest_b);
}

std::string FailureSentence(lwm2m::UpdateResult result, const std::string& reason) {
  const bool reverted = result == lwm2m::UpdateResult::kUpdateFailed;
  std::string sentence = reverted ? "reverted: " : "refused: ";
  sentence += reason.empty() ? std::string(lwm2m::ToString(result)) : reason;
  return sentence + " (result " + std::to_string(static_cast<int>(result)) + ")";
}

}  // namespace linnet::rollout
