// linnetd's HTTP API, /api/v1: JSON in, JSON out; errors as {"error":{"status","message"}} with a matching HTTP code.
// The table of resources is in README.md.
#pragma once

#include <functional>
#include <string>

#include "linnet/base/time.h"
#include "linnet/http/message.h"
#include "linnet/lwm2m_server/server.h"
#include "linnet/rollout/rollouts.h"
#include "linnet/sql/statement.h"
#include "linnet/store/store.h"
#include "linnet/telemetry/telemetry.h"

namespace linnet::http {

// What the API speaks to. Everything but `sql` and `telemetry` belongs to the I/O thread and is touched only within `post`.
struct Services {
  store::Store& store;
  lwm2m_server::Lwm2mServer& server;
  rollout::Artifacts& artifacts;
  rollout::Rollouts& rollouts;
  sql::StatementRunner& sql;
  telemetry::Telemetry& telemetry;
  std::function<void(std::function<void()>)> post;  // runs it on the I/O thread, soon
  std::function<void()> flush_devices;              // the store is as new as the endpoint
  std::function<Instant()> now;
  std::function<int64_t()> unix_ms;
  std::string version;  // of linnetd, for /status
};

// Statuses to HTTP: the one table of this boundary.
int HttpCodeOf(Status status);

class Api {
 public:
  // `services` and what it refers to outlive the object and every Respond.
  explicit Api(Services services) : services_(std::move(services)) {}

  // A Handler. Called on the HTTP thread.
  void Handle(Request request, Respond respond);

 private:
  void OnIoThread(Request request, Respond respond);
  Services services_;
};

}  // namespace linnet::http
