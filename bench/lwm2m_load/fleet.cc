#include "linnet/lwm2m_load/fleet.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace linnet::lwm2m_load {
namespace {

int64_t NowMs() {
  using std::chrono::steady_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// 127.1.0.0 upwards: all of 127.0.0.0/8 is this machine's.
constexpr uint32_t kFirstAddress = 0x7f010000;

// The control part of a datagram that names the address it comes from or went to.
union PacketInfo {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(in_pktinfo))];
};

}  // namespace

Fleet::Fleet(const Options& options) : options_(options), clients_(static_cast<size_t>(options.clients)) {}

Fleet::~Fleet() {
  if (socket_ >= 0) close(socket_);
}

Outcome<void> Fleet::Open() {
  socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  const int on = 1, buffer_bytes = 4 << 20;
  sockaddr_in any{};
  any.sin_family = AF_INET;
  if (socket_ < 0 || setsockopt(socket_, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) != 0 ||
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes)) != 0 ||
      bind(socket_, reinterpret_cast<const sockaddr*>(&any), sizeof(any)) != 0) {
    return Fail(Status::kUnavailable, std::string("no UDP socket: ") + std::strerror(errno));
  }
  return {};
}

Phase Fleet::Register() { return Run(Kind::kRegister); }
Phase Fleet::Update() { return Run(Kind::kUpdate); }

Phase Fleet::Run(Kind kind) {
  Phase phase;
  const auto began = std::chrono::steady_clock::now();
  int next = 0;
  while (next < options_.clients || under_way_ > 0) {
    while (next < options_.clients && under_way_ < options_.window) {
      Client& client = clients_[static_cast<size_t>(next)];
      ++client.message_id;
      client.waiting = true;
      ++under_way_;
      waiting_.push_back({next, client.message_id, 1, NowMs() + options_.timeout_ms});
      Send(kind, next++);
    }
    pollfd ready{socket_, POLLIN, 0};
    poll(&ready, 1, 50);
    while (Receive(kind, phase)) {
    }
    Expire(kind, phase);
  }
  waiting_.clear();
  phase.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return phase;
}

void Fleet::Send(Kind kind, int index) {
  const Client& client = clients_[static_cast<size_t>(index)];
  std::vector<uint8_t> datagram = kind == Kind::kRegister ? RegisterRequest(index, client.message_id)
                                                          : UpdateRequest(index, client.message_id, client.location);
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(options_.server_port);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  iovec part{datagram.data(), datagram.size()};
  PacketInfo control{};
  msghdr message{};
  message.msg_name = &server;
  message.msg_namelen = sizeof(server);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = IPPROTO_IP;
  header->cmsg_type = IP_PKTINFO;
  header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo from{};
  from.ipi_spec_dst.s_addr = htonl(kFirstAddress + static_cast<uint32_t>(index));
  std::memcpy(CMSG_DATA(header), &from, sizeof(from));
  // A full buffer loses the datagram, as a network would; the timeout sends it again.
  (void)!sendmsg(socket_, &message, 0);
}

bool Fleet::Receive(Kind kind, Phase& phase) {
  std::array<uint8_t, coap::kDatagramBytesMax> datagram;
  iovec part{datagram.data(), datagram.size()};
  PacketInfo control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  const ssize_t size = recvmsg(socket_, &message, 0);
  if (size < 0) return false;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != IP_PKTINFO) return true;
  in_pktinfo to;
  std::memcpy(&to, CMSG_DATA(header), sizeof(to));
  const uint32_t index = ntohl(to.ipi_addr.s_addr) - kFirstAddress;
  const auto answer = coap::Parse({datagram.data(), static_cast<size_t>(size)});
  if (index >= clients_.size() || !answer) return true;
  Client& client = clients_[index];
  const bool acknowledgement = answer->type == coap::Type::kAcknowledgement && answer->message_id == client.message_id;
  if (client.waiting && acknowledgement && coap::IsResponse(answer->code)) TakeAnswer(kind, client, *answer, phase);
  return true;
}

void Fleet::TakeAnswer(Kind kind, Client& client, const coap::Message& answer, Phase& phase) {
  client.waiting = false;
  --under_way_;
  if (answer.code != (kind == Kind::kRegister ? coap::Code::kCreated : coap::Code::kChanged)) {
    ++phase.refused;
    return;
  }
  ++phase.answered;
  if (kind != Kind::kRegister) return;
  client.location.clear();
  coap::OptionReader options = answer.ReadOptions();
  while (const auto option = options.Next()) {
    if (option->number != coap::option::kLocationPath) continue;
    client.location += (client.location.empty() ? "" : "/") + std::string(option->text());
  }
}

void Fleet::Expire(Kind kind, Phase& phase) {
  const int64_t now_ms = NowMs();
  while (!waiting_.empty()) {
    const Waiting first = waiting_.front();
    Client& client = clients_[static_cast<size_t>(first.client)];
    const bool over = !client.waiting || client.message_id != first.message_id;
    if (!over && first.deadline_ms > now_ms) return;
    waiting_.pop_front();
    if (over) continue;
    if (first.attempt == options_.attempts_max) {
      client.waiting = false;
      --under_way_;
      ++phase.lost;
      continue;
    }
    ++phase.retransmissions;
    waiting_.push_back({first.client, first.message_id, first.attempt + 1, now_ms + options_.timeout_ms});
    Send(kind, first.client);
  }
}

}  // namespace linnet::lwm2m_load
