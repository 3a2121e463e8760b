// Many LwM2M clients from one UDP socket: each has an address of its own in 127.0.0.0/8, chosen datagram by datagram with
// IP_PKTINFO, so that 100,000 clients need no 100,000 sockets. They register and update, nothing else.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/coap/message.h"

namespace linnet::lwm2m_load {

struct Options {
  uint16_t server_port = 5683;  // on 127.0.0.1
  int clients = 1000;
  int window = 64;        // requests under way at a time
  int timeout_ms = 2000;  // then the same datagram again
  int attempts_max = 5;
};

struct Phase {
  int answered = 0;  // with the code expected
  int refused = 0;   // with another code
  int lost = 0;      // no answer after all attempts
  int retransmissions = 0;
  double seconds = 0;
};

// The request that client `index` sends; `location` is what the server gave at registration ("rd/x").
//   POST /rd?ep=load-<index>&lt=86400&lwm2m=1.1&b=U with </1/0>,</3/0>,</5/0>;   POST /<location>?lt=86400
std::vector<uint8_t> RegisterRequest(int index, uint16_t message_id);
std::vector<uint8_t> UpdateRequest(int index, uint16_t message_id, const std::string& location);

class Fleet {
 public:
  explicit Fleet(const Options& options);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // kUnavailable: no socket
  Outcome<void> Open();
  // Every client once. REQUIRES: opened; Update after Register.
  Phase Register();
  Phase Update();

 private:
  enum class Kind { kRegister, kUpdate };
  struct Client {
    std::string location;
    uint16_t message_id = 0;
    bool waiting = false;
  };
  struct Waiting {  // in the order of their deadlines: the timeout is the same for all
    int client;
    uint16_t message_id;
    int attempt;
    int64_t deadline_ms;
  };

  Phase Run(Kind kind);
  void Send(Kind kind, int index);
  // Takes one datagram if there is one: true. Answers of clients that wait for them count.
  bool Receive(Kind kind, Phase& phase);
  void TakeAnswer(Kind kind, Client& client, const coap::Message& answer, Phase& phase);
  void Expire(Kind kind, Phase& phase);

  Options options_;
  int socket_ = -1;
  std::vector<Client> clients_;
  std::deque<Waiting> waiting_;
  int under_way_ = 0;
};

}  // namespace linnet::lwm2m_load
