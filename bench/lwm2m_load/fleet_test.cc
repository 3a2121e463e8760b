#include "linnet/lwm2m_load/fleet.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <thread>

namespace linnet::lwm2m_load {
namespace {

TEST(Requests, RegisterNamesEndpointLifetimeVersionBindingAndObjects) {
  const std::vector<uint8_t> request = RegisterRequest(7, 0x1234);
  EXPECT_EQ(AsText(request), std::string("\x44\x02\x12\x34"  // confirmable POST, token of 4 bytes
                                         "\x00\x00\x00\x07"  // token
                                         "\xb2rd"            // Uri-Path
                                         "\x11\x28"          // Content-Format 40
                                         "\x39"
                                         "ep=load-7"  // Uri-Query
                                         "\x08lt=86400"
                                         "\x09lwm2m=1.1"
                                         "\x03"
                                         "b=U"
                                         "\xff</1/0>,</3/0>,</5/0>",
                                         67));
}

TEST(Requests, UpdateGoesToTheLocationTheServerGave) {
  EXPECT_EQ(AsText(UpdateRequest(1, 2, "rd/x9")), std::string("\x44\x02\x00\x02\x00\x00\x00\x01"
                                                              "\xb2rd\x02x9"
                                                              "\x48lt=86400",
                                                              23));
}

// A server of a few lines that answers every `nth` datagram: 2.01 with /rd/<port of the peer's address>, or 2.04.
class SmallServer {
 public:
  explicit SmallServer(int nth) : nth_(nth), socket_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~SmallServer() {
    stop_ = true;
    thread_.join();
    close(socket_);
  }

  uint16_t port = 0;
  std::set<uint32_t> peers;  // addresses seen; read after the fleet is done
  std::atomic<int> datagrams = 0;

 private:
  void Serve() {
    while (!stop_) {
      pollfd ready{socket_, POLLIN, 0};
      if (poll(&ready, 1, 20) <= 0) continue;
      uint8_t in[256], out[256];
      sockaddr_in peer{};
      socklen_t peer_size = sizeof(peer);
      const ssize_t size = recvfrom(socket_, in, sizeof(in), 0, reinterpret_cast<sockaddr*>(&peer), &peer_size);
      const auto request = coap::Parse({in, static_cast<size_t>(size)});
      if (++datagrams % nth_ != 0 || !request) continue;
      peers.insert(ntohl(peer.sin_addr.s_addr));
      coap::MessageWriter w(out);
      const bool new_one = request->PathIs({"rd"});
      w.Begin(coap::Type::kAcknowledgement, new_one ? coap::Code::kCreated : coap::Code::kChanged, request->message_id,
              request->token);
      if (new_one) w.AddPath(coap::option::kLocationPath, "rd/" + std::to_string(peers.size()));
      sendto(socket_, w.written().data(), w.written().size(), 0, reinterpret_cast<sockaddr*>(&peer), peer_size);
    }
  }

  int nth_;
  int socket_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

TEST(Fleet, EveryClientRegistersAndUpdatesFromItsOwnAddress) {
  SmallServer server(1);
  Fleet fleet({.server_port = server.port, .clients = 300});
  ASSERT_TRUE(fleet.Open());
  EXPECT_EQ(fleet.Register().answered, 300);
  EXPECT_EQ(server.peers.size(), 300u);
  EXPECT_EQ(fleet.Update().answered, 300);
  EXPECT_EQ(server.peers.size(), 300u);
}

TEST(Fleet, UnansweredRequestsAreSentAgain) {
  SmallServer server(2);
  Fleet fleet({.server_port = server.port, .clients = 20, .timeout_ms = 50, .attempts_max = 20});
  ASSERT_TRUE(fleet.Open());
  const Phase phase = fleet.Register();
  EXPECT_EQ(phase.answered, 20);
  EXPECT_GT(phase.retransmissions, 0);
}

TEST(Fleet, WithoutAServerAllAreLost) {
  Fleet fleet({.server_port = 9, .clients = 3, .timeout_ms = 10, .attempts_max = 2});
  ASSERT_TRUE(fleet.Open());
  EXPECT_EQ(fleet.Register().lost, 3);
}

}  // namespace
}  // namespace linnet::lwm2m_load
