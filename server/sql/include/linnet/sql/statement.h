// What people send as SQL: checked before it is queued, and its errors as sentences.
#pragma once

#include <functional>
#include <string>

#include "linnet/base/error.h"
#include "linnet/telemetry/telemetry.h"

namespace linnet::sql {

struct Limits {
  size_t statement_bytes_max = 64 * 1024;
  telemetry::QueryLimits query{};
};

// Runs statements against the telemetry. `done` may come from another thread, once. Statuses as telemetry::Query says;
// kInvalidArgument also for an empty or too long statement. May be called from any thread.
class StatementRunner {
 public:
  // `telemetry` outlives the runner.
  explicit StatementRunner(telemetry::Telemetry& telemetry, const Limits& limits = {})
      : telemetry_(telemetry), limits_(limits) {}

  void Run(std::string statement, std::function<void(Outcome<telemetry::Table>)> done);

 private:
  telemetry::Telemetry& telemetry_;
  const Limits limits_;
};

// The database's own words, made for a person at a terminal: the first line, without the error class, with the position.
//   "Binder Error: Referenced column \"x\" not found ...\nCandidate bindings: ..." -> "referenced column \"x\" not found ..."
std::string Sentence(const std::string& database_error);

}  // namespace linnet::sql
