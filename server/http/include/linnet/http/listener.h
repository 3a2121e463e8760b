// HTTP/1.1 on one address, on a thread of its own: keep-alive, bounded bodies and connections, a time limit for slow
// senders. All requests go to one handler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "linnet/base/error.h"
#include "linnet/http/message.h"

namespace linnet::http {

struct ListenerOptions {
  size_t body_bytes_max = 4u << 20;  // a package is at most 1.5 MB; then 413
  size_t connections_max = 512;      // further ones are closed at once
};

class Listener {
 public:
  // Binds and starts answering. `port` 0: any free one.
  //   kUnavailable: the address can't be bound | kInvalidArgument: not an IP address
  static Outcome<std::unique_ptr<Listener>> Start(const std::string& address, uint16_t port, Handler handler,
                                                  const ListenerOptions& options = {});
  // Stops as Stop does. REQUIRES: every Respond that was handed out is gone.
  virtual ~Listener() = default;
  // Answers nobody any more and joins the thread. A Respond called later does nothing.
  virtual void Stop() = 0;
  virtual uint16_t port() const = 0;
};

}  // namespace linnet::http
