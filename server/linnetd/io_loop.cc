#include "linnet/linnetd/io_loop.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace linnet::linnetd {
namespace {

using lwm2m_server::Peer;

// A fleet that registers at once must not overflow the socket while a block is written.
constexpr int kSocketBufferBytes = 4 << 20;
// Datagrams handled before timers and posted work get their turn.
constexpr int kBatchesPerRound = 16;

sockaddr_in ToSocketAddress(const Peer& peer) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(peer.address);
  address.sin_port = htons(peer.port);
  return address;
}

Peer FromSocketAddress(const sockaddr_in& address) { return {ntohl(address.sin_addr.s_addr), ntohs(address.sin_port)}; }

std::unexpected<Error> SystemError(const std::string& what) {
  return Fail(Status::kUnavailable, what + ": " + std::strerror(errno));
}

int TimeoutMilliseconds(Instant now, Instant deadline) {
  return static_cast<int>(std::clamp<int64_t>((deadline - now).milliseconds(), 0, 60'000));
}

}  // namespace

Instant MonotonicNow() {
  using namespace std::chrono;
  return Instant::FromMilliseconds(duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count());
}

int64_t UnixMilliseconds() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Outcome<std::unique_ptr<IoLoop>> IoLoop::Open(const Peer& address) {
  std::unique_ptr<IoLoop> loop(new IoLoop);
  loop->wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  loop->socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (loop->wake_ < 0 || loop->socket_ < 0) return SystemError("coap: cannot make a socket");
  setsockopt(loop->socket_, SOL_SOCKET, SO_RCVBUF, &kSocketBufferBytes, sizeof kSocketBufferBytes);
  setsockopt(loop->socket_, SOL_SOCKET, SO_SNDBUF, &kSocketBufferBytes, sizeof kSocketBufferBytes);
  sockaddr_in wanted = ToSocketAddress(address);
  if (bind(loop->socket_, reinterpret_cast<sockaddr*>(&wanted), sizeof wanted) != 0) {
    return SystemError("coap: cannot listen on " + ToString(address));
  }
  socklen_t size = sizeof wanted;
  if (getsockname(loop->socket_, reinterpret_cast<sockaddr*>(&wanted), &size) != 0)
    return SystemError("coap: getsockname");
  loop->address_ = FromSocketAddress(wanted);
  return loop;
}

IoLoop::~IoLoop() {
  if (socket_ >= 0) close(socket_);
  if (wake_ >= 0) close(wake_);
}

void IoLoop::Post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
  }
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t wrote = write(wake_, &one, sizeof one);  // full means: it is awake already
}

void IoLoop::Stop() {
  stopping_ = true;
  Post([] {});
}

Outcome<void> IoLoop::Run(const Handlers& handlers, const std::vector<int>& stop_signals) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int s : stop_signals) sigaddset(&signals, s);
  const int signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (signal_fd < 0) return SystemError("linnetd: signalfd");

  Instant deadline = handlers.on_round(MonotonicNow());
  Flush();
  while (!stopping_) {
    pollfd watched[] = {{socket_, POLLIN, 0}, {wake_, POLLIN, 0}, {signal_fd, POLLIN, 0}};
    const int ready = poll(watched, 3, TimeoutMilliseconds(MonotonicNow(), deadline));
    if (ready < 0 && errno != EINTR) break;
    if (watched[2].revents != 0) break;
    if (watched[0].revents != 0) Receive(handlers);
    if (watched[1].revents != 0) RunPosted();
    deadline = handlers.on_round(MonotonicNow());
    Flush();
  }
  close(signal_fd);
  return {};
}

void IoLoop::Receive(const Handlers& handlers) {
  std::array<mmsghdr, kBatch> messages;
  std::array<iovec, kBatch> parts;
  std::array<sockaddr_in, kBatch> senders;
  for (int batch = 0; batch < kBatchesPerRound; ++batch) {
    for (size_t i = 0; i < kBatch; ++i) {
      parts[i] = {incoming_[i].data(), incoming_[i].size()};
      messages[i] = {};
      messages[i].msg_hdr.msg_name = &senders[i];
      messages[i].msg_hdr.msg_namelen = sizeof senders[i];
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int count = recvmmsg(socket_, messages.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return;
    const Instant now = MonotonicNow();
    for (int i = 0; i < count; ++i) {
      if ((messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
      handlers.on_datagram(now, FromSocketAddress(senders[i]), ByteSpan(incoming_[i]).first(messages[i].msg_len));
    }
    Flush();
    if (count < static_cast<int>(kBatch)) return;
  }
}

void IoLoop::Send(const Peer& to, ByteSpan datagram) {
  if (datagram.size() > kDatagramBytes) return;
  if (outgoing_count_ == kBatch) Flush();
  Outgoing& out = outgoing_[outgoing_count_++];
  out.to = to;
  out.size = datagram.size();
  std::copy(datagram.begin(), datagram.end(), out.bytes.begin());
}

void IoLoop::Flush() {
  std::array<mmsghdr, kBatch> messages;
  std::array<iovec, kBatch> parts;
  std::array<sockaddr_in, kBatch> receivers;
  for (size_t i = 0; i < outgoing_count_; ++i) {
    receivers[i] = ToSocketAddress(outgoing_[i].to);
    parts[i] = {outgoing_[i].bytes.data(), outgoing_[i].size};
    messages[i] = {};
    messages[i].msg_hdr.msg_name = &receivers[i];
    messages[i].msg_hdr.msg_namelen = sizeof receivers[i];
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  for (size_t sent = 0; sent < outgoing_count_;) {
    const int count = sendmmsg(socket_, messages.data() + sent, static_cast<unsigned>(outgoing_count_ - sent), 0);
    // What the kernel does not take is lost like any datagram; CoAP sends it again. One bad receiver must not hold the rest.
    sent += count > 0 ? static_cast<size_t>(count) : 1;
  }
  outgoing_count_ = 0;
}

void IoLoop::RunPosted() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(wake_, &count, sizeof count);
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(posted_);
  }
  for (const auto& call : work) call();
}

}  // namespace linnet::linnetd
