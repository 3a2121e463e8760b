// Which content format to speak with a device: what its root link's ct= says first, then what is left to be tried.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "linnet/events/events.h"
#include "linnet/lwm2m/body.h"

namespace linnet::lwm2m_server {

// Learned once per device: from its registration, then from its answers.
struct FormatChoice {
  // The first one to use; nullopt: the client said nothing.
  std::optional<lwm2m::ContentFormat> preferred;
  // True after an answer in `preferred` was understood: no more trying.
  bool proven = false;
};

// The formats to offer, in order. A client that says 4.06 or 4.15 to one is offered the next (wakaama takes SenML JSON
// alone, LwM2M 1.0 clients TLV alone).
inline constexpr std::array kFormatsToTry = {lwm2m::ContentFormat::kSenmlCbor, lwm2m::ContentFormat::kTlv,
                                             lwm2m::ContentFormat::kSenmlJson};

// What to offer in attempt 0, 1, ...; nullopt: nothing left.
inline std::optional<lwm2m::ContentFormat> FormatOfAttempt(const FormatChoice& choice, size_t attempt) {
  if (choice.preferred) {
    if (attempt == 0) return choice.preferred;
    --attempt;
  }
  for (const lwm2m::ContentFormat format : kFormatsToTry) {
    if (choice.preferred == format) continue;
    if (attempt-- == 0) return format;
  }
  return std::nullopt;
}

// What a registration says: the root link's ct=, or what its version of LwM2M must know.
FormatChoice FormatsOf(const events::Registration& registration);

}  // namespace linnet::lwm2m_server
