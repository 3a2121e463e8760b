// A world for the agent's tests: a host and a flash that remember, a LwM2M server on the same message layer, and between them a
// network that loses, doubles and delays datagrams from one seed.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "linnet/agent/agent.h"
#include "linnet/coap/association.h"
#include "linnet/coap/blockwise.h"

namespace linnet::agent {

using Bytes = std::vector<uint8_t>;

class RecordingHost : public Host {
 public:
  RunningImage running_image() const override { return image; }
  MemoryFigures memory() const override { return figures; }
  std::string_view model_name() const override { return "dnn-1"; }
  void OnRegistered() override { ++registrations; }
  void RequestReset() override { ++resets; }

  RunningImage image{
      .digest = {0xd1, 0x9e, 0x57}, .sequence_number = 7, .slot = 1, .confirmed = true, .version = "1.2.3"};
  MemoryFigures figures{.heap_used = 1000, .arena = 4096};
  int registrations = 0, resets = 0;
};

// Keeps the package; fails where the test says.
class RecordingTarget : public FirmwareTarget {
 public:
  Status Begin() override {
    package.clear();
    finished = false;
    ++begins;
    return begin_status;
  }
  Status Write(ByteSpan bytes) override {
    package.insert(package.end(), bytes.begin(), bytes.end());
    largest_write = std::max(largest_write, bytes.size());
    return package.size() > fail_after ? write_status : Status::kOk;
  }
  Status Finish() override {
    finished = Ok(finish_status);
    return finish_status;
  }
  Status Apply() override { return apply_status; }

  Bytes package;
  size_t fail_after = 0, largest_write = 0;
  int begins = 0;
  bool finished = false;
  Status begin_status = Status::kOk, write_status = Status::kOk, finish_status = Status::kOk,
         apply_status = Status::kOk;
};

struct Reply {
  std::optional<Status> failure;  // no answer
  coap::Code code = coap::Code::kEmpty;
  std::optional<uint32_t> content_format, observe;
  Bytes payload;
  std::string text() const { return {payload.begin(), payload.end()}; }
};

// What a test may change of the server's answers, and what it learns of the device.
class TestServer : public coap::Endpoint {
 public:
  explicit TestServer(std::vector<Bytes>& sent) : sent_(sent) {}

  void Send(ByteSpan datagram) override { sent_.emplace_back(datagram.begin(), datagram.end()); }
  MutableByteSpan response_space() override { return response_; }
  coap::Disposition OnRequest(Instant, const coap::Message& request, coap::MessageWriter& response) override {
    namespace option = coap::option;
    if (request.PathIs({"rd"})) {
      ++registers;
      links.assign(request.payload.begin(), request.payload.end());
      response.set_code(coap::Code::kCreated);
      response.AddOption(option::kLocationPath, "rd");
      response.AddOption(option::kLocationPath, "x1");
    } else if (request.PathIs({"rd", "x1"}) && request.code == coap::Code::kDelete) {
      ++deregisters;
      response.set_code(coap::Code::kDeleted);
    } else if (request.PathIs({"rd", "x1"})) {
      ++updates;
      last_update_query = request.Find(option::kUriQuery) ? std::string(request.Find(option::kUriQuery)->text()) : "";
      response.set_code(update_code);
    } else if (request.PathIs({"dp"})) {
      if (send_code == coap::Code::kChanged) sends.emplace_back(request.payload.begin(), request.payload.end());
      ++sends_seen;
      response.set_code(send_code);
    } else {
      response.set_code(coap::Code::kNotFound);
    }
    return coap::Disposition::kAnswered;
  }
  void OnResponse(Instant, const coap::Message& response) override {
    reply = Reply{{},
                  response.code,
                  response.FindUint(coap::option::kContentFormat),
                  response.FindUint(coap::option::kObserve),
                  Bytes(response.payload.begin(), response.payload.end())};
    if (sender && !sender->done()) sender_status = sender->OnResponse(response);
    if (receiver) receiver_status = receiver->OnResponse(response);
  }
  void OnAcknowledged(Instant) override {}
  void OnFailure(Instant, Status why) override {
    reply = Reply{.failure = why, .content_format = {}, .observe = {}, .payload = {}};
  }
  bool OnNotification(Instant, const coap::Message& n) override {
    const Bytes token(n.token.begin(), n.token.end());
    if (!observed.contains(token)) return false;
    notifications.emplace_back(observed[token], Bytes(n.payload.begin(), n.payload.end()));
    return true;
  }

  coap::Association association{0x51515151};
  std::optional<Reply> reply;
  std::optional<coap::Block1Sender> sender;
  std::optional<coap::Block2Receiver> receiver;
  Status sender_status = Status::kOk, receiver_status = Status::kOk;
  int registers = 0, updates = 0, deregisters = 0, sends_seen = 0;
  std::string links, last_update_query;
  std::vector<Bytes> sends;
  coap::Code update_code = coap::Code::kChanged, send_code = coap::Code::kChanged;
  std::map<Bytes, std::string> observed;                     // token -> path
  std::vector<std::pair<std::string, Bytes>> notifications;  // path, body

 private:
  std::vector<Bytes>& sent_;
  std::array<uint8_t, coap::kDatagramBytesMax> response_;
};

struct Faults {
  int loss_percent = 0, duplicate_percent = 0;
  int delay_ms_max = 0;  // beyond the constant 10 ms; reorders
};

class World : public Outbox {
 public:
  explicit World(uint32_t seed = 1, Faults faults = {}, Config config = DefaultConfig())
      : seed_(seed), random_(seed), faults_(faults), agent(config, host, target) {}
  static Config DefaultConfig() {
    return {.endpoint = "board-1",
            .model_number = "mps2-an386",
            .serial_number = "0001",
            .last_update_reason = {},
            .random_seed = 0x1234abcd};
  }

  void Send(ByteSpan datagram) override { Carry(Bytes(datagram.begin(), datagram.end()), true); }

  // Lets time pass until `done` or `limit` is over; returns whether it is done.
  template <typename Done>
  bool RunUntil(Done done, Duration limit = Duration::Seconds(600)) {
    const Instant end = now + limit;
    for (;;) {
      agent.Poll(now, *this);
      server.association.Poll(now, server);
      Flush();
      if (done()) return true;
      Instant next = Earlier(agent.next_deadline(), server.association.next_deadline());
      if (!air_.empty()) next = Earlier(next, air_.begin()->first);
      next = std::max(next, now);
      if (next > end) {
        now = end;
        return false;
      }
      if (next == now && ++stuck_ > 10'000) {
        ADD_FAILURE() << "time stands still, seed " << seed_;
        return false;
      }
      if (next > now) stuck_ = 0;
      now = next;
      while (!air_.empty() && air_.begin()->first <= now) {
        const auto [to_server, bytes] = air_.begin()->second;
        air_.erase(air_.begin());
        if (to_server) {
          if (server_up) server.association.HandleDatagram(now, bytes, server);
        } else {
          agent.HandleDatagram(now, bytes, *this);
        }
        Flush();
      }
    }
  }
  void Run(Duration duration) {
    RunUntil([] { return false; }, duration);
  }
  bool Register() {
    agent.Start(now);
    return RunUntil([this] { return host.registrations > 0; });
  }

  // One request of the server, to its answer.
  template <typename AddOptions>
  Reply Ask(coap::Code code, std::string_view path, ByteSpan payload, AddOptions add_options) {
    coap::MessageWriter w(request_);
    w.Begin(coap::Type::kConfirmable, code, server.association.NextMessageId(), server.association.NextToken());
    const bool observes = add_options(w, std::string(path));
    if (observes) {
      const auto token = coap::Parse(w.written())->token;
      server.observed[Bytes(token.begin(), token.end())] = std::string(path);
    }
    w.AddPayload(payload);
    EXPECT_EQ(w.status(), Status::kOk);
    server.reply.reset();
    EXPECT_EQ(server.association.Start(now, w.written(), server), Status::kOk);
    Flush();
    EXPECT_TRUE(RunUntil([this] { return server.reply.has_value(); })) << "seed " << seed_;
    return server.reply.value_or(Reply{});
  }
  Reply Get(std::string_view path, std::optional<uint16_t> accept = {}, std::optional<uint32_t> observe = {}) {
    return Ask(coap::Code::kGet, path, {}, [&](coap::MessageWriter& w, const std::string& p) {
      if (observe) w.AddUint(coap::option::kObserve, *observe);
      w.AddPath(coap::option::kUriPath, p);
      if (accept) w.AddUint(coap::option::kAccept, *accept);
      return observe == 0;
    });
  }
  Reply Put(std::string_view path, ByteSpan payload, std::optional<uint16_t> format = {},
            coap::Code code = coap::Code::kPut) {
    return Ask(code, path, payload, [&](coap::MessageWriter& w, const std::string& p) {
      w.AddPath(coap::option::kUriPath, p);
      if (format) w.AddUint(coap::option::kContentFormat, *format);
      return false;
    });
  }
  Reply Execute(std::string_view path) { return Put(path, {}, {}, coap::Code::kPost); }

  // The whole package, block by block, as the server of a rollout pushes it; starts over when the device lost its place or a
  // block got no answer. The last answer.
  Reply Push(ByteSpan package, int restarts_max = 20) {
    for (int restart = 0;; ++restart) {
      server.sender.emplace(static_cast<uint32_t>(package.size()));
      server.sender_status = Status::kOk;
      Reply last;
      while (!server.sender->done()) {
        auto& sender = *server.sender;
        last = Ask(coap::Code::kPut, "/5/0/0", package.subspan(sender.offset_bytes(), sender.size_bytes()),
                   [&](coap::MessageWriter& w, const std::string& p) {
                     w.AddPath(coap::option::kUriPath, p);
                     w.AddUint(coap::option::kContentFormat, coap::content_format::kOctetStream);
                     sender.AddOptions(w);
                     return false;
                   });
        if (last.failure || !Ok(server.sender_status)) break;
      }
      const bool again = (last.failure || server.sender_status == Status::kDataLoss) && restart < restarts_max;
      if (again) continue;
      server.sender.reset();
      return last;
    }
  }

 private:
  void Carry(const Bytes& bytes, bool to_server) {
    EXPECT_LE(bytes.size(), coap::kDatagramBytesMax);
    if (to_server) log.push_back(bytes);
    const auto chance = [this](int percent) { return static_cast<int>(random_() % 100) < percent; };
    const int copies = chance(faults_.loss_percent) ? 0 : chance(faults_.duplicate_percent) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const int64_t delay =
          10 + (faults_.delay_ms_max > 0 ? random_() % static_cast<uint32_t>(faults_.delay_ms_max) : 0);
      air_.emplace(now + Duration::Milliseconds(delay), std::pair(to_server, bytes));
    }
  }
  void Flush() {
    for (const Bytes& bytes : from_server_) Carry(bytes, false);
    from_server_.clear();
  }

  const uint32_t seed_;
  std::mt19937 random_;
  Faults faults_;
  std::multimap<Instant, std::pair<bool, Bytes>> air_;
  std::vector<Bytes> from_server_;
  std::array<uint8_t, coap::kDatagramBytesMax> request_;
  int stuck_ = 0;

 public:
  Instant now = Instant::FromMilliseconds(1000);
  std::vector<Bytes> log;  // what the agent sent
  RecordingHost host;
  RecordingTarget target;
  Agent agent;
  TestServer server{from_server_};
  bool server_up = true;
};

}  // namespace linnet::agent
