// From what a device sends (instances of object 26241) to rows of the table `inference`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "linnet/events/events.h"

namespace linnet::telemetry {

inline constexpr int kInferenceObject = 26241;

// One row. `version` is the model name that the batch itself carries (/26241/x/0, of the instance or of the first that has
// one: a batch comes from one model), so it is right even when a batch was made before an update and arrives after it.
struct InferenceRow {
  int64_t unix_ms = 0;  // when the device got the answer, as far as the record says; else when it arrived
  std::string version;
  int32_t image = 0;  // the instance: index of the image on the device
  int32_t label = 0;
  int32_t answer = 0;
  std::optional<int32_t> margin_milli;
  std::optional<int32_t> runs;
};

// The inferences of a batch in the order of their first record. An instance without label or answer, and a value of the
// wrong type, are left out; records of other objects are not looked at.
std::vector<InferenceRow> InferencesOf(const events::SendBatch& batch);

// Text from outside as valid UTF-8 of at most `bytes_max` bytes; each byte that is not part of a character becomes '?'.
std::string CleanText(std::string_view text, size_t bytes_max);

}  // namespace linnet::telemetry
