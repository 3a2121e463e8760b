// The whole server in one object: opens everything, runs until a signal, closes everything in order.
//   threads: I/O (CoAP, rollouts, store), HTTP, and telemetry's three. HTTP posts to I/O; telemetry's answers are posted back.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "linnet/base/error.h"
#include "linnet/lwm2m_server/peer.h"

namespace linnet::linnetd {

struct DaemonOptions {
  std::filesystem::path data;
  lwm2m_server::Peer coap;
  lwm2m_server::Peer http;
};

class Daemon {
 public:
  // Opens the databases (created when missing), binds both addresses. The errors of the parts.
  static Outcome<std::unique_ptr<Daemon>> Open(const DaemonOptions& options);
  virtual ~Daemon() = default;

  virtual lwm2m_server::Peer coap_address() const = 0;
  virtual lwm2m_server::Peer http_address() const = 0;
  // Until SIGTERM or SIGINT (blocked by the caller before Open), or Stop from another thread.
  virtual Outcome<void> Run() = 0;
  virtual void Stop() = 0;
};

}  // namespace linnet::linnetd
