#include "linnet/mps2_an386/network.h"

#include <algorithm>

#include "linnet/base/check.h"
#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/stats.h"
#include "lwip/timeouts.h"
#include "lwip/udp.h"

namespace linnet::mps2_an386 {
namespace {

constexpr size_t kFrameWordsMax = (Lan9118::kPadBytes + Lan9118::kFrameBytesMax + 3) / 4;

// lwIP calls back without context for these.
platform::Clock* g_clock;
uint32_t g_random_state;
netif g_netif;

err_t TransmitFrame(netif* interface, pbuf* packet) {
  auto& driver = *static_cast<Lan9118*>(interface->state);
  static std::array<uint32_t, kFrameWordsMax> frame;
  if (packet->tot_len > sizeof(frame)) return ERR_BUF;
  pbuf_copy_partial(packet, frame.data(), packet->tot_len, 0);
  return Ok(driver.Transmit(frame, packet->tot_len - Lan9118::kPadBytes)) ? ERR_OK : ERR_MEM;
}

err_t InitInterface(netif* interface) {
  auto& driver = *static_cast<Lan9118*>(interface->state);
  auto mac = driver.mac();
  interface->name[0] = 'e';
  interface->name[1] = 'n';
  interface->output = etharp_output;
  interface->linkoutput = TransmitFrame;
  interface->mtu = 1500;
  interface->hwaddr_len = ETH_HWADDR_LEN;
  std::copy(mac.begin(), mac.end(), interface->hwaddr);
  interface->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
  return ERR_OK;
}

}  // namespace

Network::Network(Lan9118& driver, platform::Clock& clock, uint32_t random_seed) : driver_(driver) {
  g_clock = &clock;
  g_random_state = random_seed | 1;
}

Status Network::Start() {
  if (Status status = driver_.Start(); !Ok(status)) return status;
  lwip_init();
  LINNET_CHECK(netif_add(&g_netif, nullptr, nullptr, nullptr, &driver_, InitInterface, netif_input) != nullptr);
  netif_set_default(&g_netif);
  netif_set_up(&g_netif);
  LINNET_CHECK(dhcp_start(&g_netif) == ERR_OK);
  return Status::kOk;
}

void Network::Poll() {
  while (size_t bytes = driver_.NextFrameBytes()) {
    size_t padded = Lan9118::kPadBytes + bytes;
    // One buffer of the pool holds a whole frame. An empty pool drops the frame, as a full FIFO would.
    pbuf* packet = pbuf_alloc(PBUF_RAW, static_cast<uint16_t>((padded + 3) / 4 * 4), PBUF_POOL);
    if (packet == nullptr || packet->next != nullptr) {
      driver_.Read({});
      if (packet != nullptr) pbuf_free(packet);
      continue;
    }
    driver_.Read({static_cast<uint32_t*>(packet->payload), packet->len / 4u});
    pbuf_realloc(packet, static_cast<uint16_t>(padded));
    if (g_netif.input(packet, &g_netif) != ERR_OK) pbuf_free(packet);
  }
  driver_.RearmInterrupt();
  sys_check_timeouts();
}

Duration Network::TimeToNextTimer() const {
  uint32_t ms = sys_timeouts_sleeptime();
  return ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? Duration::Max() : Duration::Milliseconds(ms);
}

bool Network::has_address() const { return dhcp_supplied_address(&g_netif) != 0; }

std::array<uint8_t, 4> Network::address() const {
  std::array<uint8_t, 4> out;
  std::memcpy(out.data(), netif_ip4_addr(&g_netif), out.size());
  return out;
}

Network::HeapUse Network::heap() { return {lwip_stats.mem.used, lwip_stats.mem.max}; }

Status UdpSocket::Open(std::string_view server) {
  ip_addr_t address;
  char host[16];
  size_t colon = server.find(':');
  if (colon == std::string_view::npos || colon >= sizeof(host)) return Status::kInvalidArgument;
  std::copy_n(server.begin(), colon, host);
  host[colon] = 0;
  if (ipaddr_aton(host, &address) == 0) return Status::kInvalidArgument;
  uint32_t port = 0;
  for (char c : server.substr(colon + 1)) {
    if (c < '0' || c > '9') return Status::kInvalidArgument;
    port = 10 * port + static_cast<uint32_t>(c - '0');
    if (port > 65535) return Status::kInvalidArgument;
  }
  if (port == 0) return Status::kInvalidArgument;

  pcb_ = udp_new();
  if (pcb_ == nullptr) return Status::kResourceExhausted;
  udp_recv(
      pcb_,
      [](void* self, udp_pcb* pcb, pbuf* packet, const ip_addr_t* from, uint16_t from_port) {
        OnReceive(self, pcb, packet, from, from_port);
      },
      this);
  // A connected socket takes datagrams from this server alone.
  return udp_connect(pcb_, &address, static_cast<uint16_t>(port)) == ERR_OK ? Status::kOk : Status::kResourceExhausted;
}

void UdpSocket::OnReceive(void* self, udp_pcb*, pbuf* packet, const void*, uint16_t) {
  auto& socket = *static_cast<UdpSocket*>(self);
  if (socket.waiting_count_ == socket.waiting_.size()) {
    pbuf_free(packet);  // as a network that loses it; CoAP repeats
    return;
  }
  socket.waiting_[socket.waiting_count_++] = packet;
}

Status UdpSocket::Send(ByteSpan datagram) {
  if (dhcp_supplied_address(&g_netif) == 0) return Status::kUnavailable;
  LINNET_CHECK(pcb_ != nullptr);
  pbuf* packet = pbuf_alloc(PBUF_TRANSPORT, static_cast<uint16_t>(datagram.size()), PBUF_RAM);
  if (packet == nullptr) return Status::kResourceExhausted;
  pbuf_take(packet, datagram.data(), static_cast<uint16_t>(datagram.size()));
  err_t error = udp_send(pcb_, packet);
  pbuf_free(packet);
  if (error == ERR_RTE) return Status::kUnavailable;
  return error == ERR_OK ? Status::kOk : Status::kResourceExhausted;
}

Result<size_t> UdpSocket::Receive(MutableByteSpan buffer) {
  if (waiting_count_ == 0) return Fail(Status::kUnavailable);
  pbuf* packet = waiting_[0];
  std::move(waiting_.begin() + 1, waiting_.begin() + waiting_count_, waiting_.begin());
  --waiting_count_;
  size_t size = packet->tot_len;
  if (size > buffer.size()) {
    pbuf_free(packet);
    return Fail(Status::kResourceExhausted);
  }
  pbuf_copy_partial(packet, buffer.data(), static_cast<uint16_t>(size), 0);
  pbuf_free(packet);
  return size;
}

}  // namespace linnet::mps2_an386

extern "C" {
uint32_t sys_now(void) { return static_cast<uint32_t>(linnet::mps2_an386::g_clock->now().milliseconds()); }

// xorshift32 (Marsaglia 2003): DHCP ids and the first UDP port need to differ, not to be secret.
uint32_t LinnetLwipRandom(void) {
  uint32_t& x = linnet::mps2_an386::g_random_state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return x;
}

void LinnetLwipAssertFailed(const char* file, int line) { linnet::CheckFailed(file, line, "lwIP assertion"); }
}
