// IPv4 over the LAN9118: lwIP without an operating system, with DHCP, ARP and ICMP echo, and one UDP socket.
// Not thread-safe, never called from an interrupt. One a program: lwIP keeps its state in statics.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "linnet/base/time.h"
#include "linnet/mps2_an386/lan9118.h"
#include "linnet/platform/clock.h"
#include "linnet/platform/datagram.h"

struct netif;
struct pbuf;
struct udp_pcb;

namespace linnet::mps2_an386 {

class Network {
 public:
  // Members outlive the network. `random_seed` differs at each start (DHCP transaction ids, port).
  Network(Lan9118& driver, platform::Clock& clock, uint32_t random_seed);

  // Starts the part and DHCP. kOk | kUnavailable: no controller
  Status Start();
  // Takes in what arrived and runs lwIP's timers. Call at each turn of the main loop.
  void Poll();
  // How long the main loop may sleep before lwIP wants Poll again.
  Duration TimeToNextTimer() const;

  bool has_address() const;
  // This board's address, network byte order; 0 before DHCP answered.
  std::array<uint8_t, 4> address() const;

  struct HeapUse {
    uint32_t used_bytes;
    uint32_t peak_bytes;
  };
  // lwIP's own heap, a static array.
  static HeapUse heap();

 private:
  Lan9118& driver_;
};

// An UDP socket connected to one server. One a program may exist at a time per Network.
class UdpSocket final : public platform::Datagram {
 public:
  // `server` is "a.b.c.d:port". kOk | kInvalidArgument: not such a text | kResourceExhausted: no protocol block left
  Status Open(std::string_view server);

  Status Send(ByteSpan datagram) override;
  Result<size_t> Receive(MutableByteSpan buffer) override;

 private:
  static void OnReceive(void* self, udp_pcb* pcb, pbuf* packet, const void* address, uint16_t port);

  udp_pcb* pcb_ = nullptr;
  std::array<pbuf*, 6> waiting_{};
  size_t waiting_count_ = 0;
};

}  // namespace linnet::mps2_an386
