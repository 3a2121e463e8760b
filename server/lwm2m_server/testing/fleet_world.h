// A server and real agents (device/agent) on one clock and one network in memory: what the tests of the endpoint and of the
// rollouts run in. A board here restarts as real ones do: from a new port, with a new agent, with the image it booted.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "linnet/agent/agent.h"
#include "linnet/events/bus.h"
#include "linnet/lwm2m_server/server.h"

namespace linnet::lwm2m_server {

using Bytes = std::vector<uint8_t>;
using Digest = std::array<uint8_t, 32>;

class FleetWorld;

// A board: two slots, a package it may refuse, a boot that may revert.
class Board : public agent::Host, public agent::FirmwareTarget, public agent::Outbox {
 public:
  Board(FleetWorld& world, std::string board_name) : name(std::move(board_name)), world_(world) {
    image.digest[0] = 0x11;
    image.confirmed = true;
    image.version = "dnn-1";
  }

  void Start();
  void Poll();
  Instant next_deadline() const {
    if (!on) return Instant::Never();
    if (restart_at != Instant::Never()) return restart_at;
    return agent ? agent->next_deadline() : Instant::Never();
  }

  agent::RunningImage running_image() const override { return image; }
  agent::MemoryFigures memory() const override { return {}; }
  std::string_view model_name() const override { return model; }
  void OnRegistered() override { ++registrations; }
  void RequestReset() override;

  Status Begin() override {
    package.clear();
    return Status::kOk;
  }
  Status Write(ByteSpan bytes) override {
    package.insert(package.end(), bytes.begin(), bytes.end());
    return Status::kOk;
  }
  Status Finish() override { return verdict; }
  Status Apply() override {
    applied = true;
    return Status::kOk;
  }
  std::string_view reason() const override { return verdict_reason; }

  void Send(ByteSpan datagram) override;

  const std::string name;
  std::string model = "dnn-1";
  agent::RunningImage image;
  Bytes package;
  int registrations = 0, restarts = 0;
  bool on = true;  // off: no power, nothing goes in or out
  // What the board does with the next package.
  Status verdict = Status::kOk;
  std::string verdict_reason;
  Digest next_digest{};
  bool confirms = true, reverts = false;
  bool applied = false;
  agent::UpdateResult last_result = agent::UpdateResult::kInitial;
  std::string last_reason;
  Peer peer;
  Instant restart_at = Instant::Never();
  std::unique_ptr<agent::Agent> agent;

 private:
  FleetWorld& world_;
};

// Stores what is sent, or says what the test wants.
class RecordingSink : public events::SendSink {
 public:
  void Append(events::SendBatch batch, std::function<void(Status)> done) override {
    batches.push_back(std::move(batch));
    if (hold) {
      held.push_back(std::move(done));
    } else {
      done(answer);
    }
  }
  std::vector<events::SendBatch> batches;
  std::vector<std::function<void(Status)>> held;
  bool hold = false;
  Status answer = Status::kOk;
};

class FleetWorld : public lwm2m_server::Outbox {
 public:
  explicit FleetWorld(Config config = {}) : config_(config) {
    bus.Subscribe([this](const events::Event& e) { events.push_back(e); });
    NewServer();
  }
  // The server process is started again: it knows nothing.
  void NewServer() {
    server = std::make_unique<Lwm2mServer>(config_, *this, bus, sink, [this] { return unix_ms(); });
  }

  Board& AddBoard(const std::string& name) {
    boards.push_back(std::make_unique<Board>(*this, name));
    boards.back()->Start();
    return *boards.back();
  }
  Peer NewPeer() { return {0x7f000001, next_port_++}; }
  int64_t unix_ms() const { return 1'700'000'000'000 + now.milliseconds(); }

  void Send(const Peer& to, ByteSpan datagram) override {
    air_.emplace(now + kLatency, Flight{false, to, {datagram.begin(), datagram.end()}});
  }
  void FromDevice(const Peer& from, ByteSpan datagram) {
    air_.emplace(now + kLatency, Flight{true, from, {datagram.begin(), datagram.end()}});
  }

  // Lets time pass until `done` or `limit` is over; returns whether it is done.
  bool RunUntil(const std::function<bool()>& done, Duration limit = Duration::Seconds(600)) {
    const Instant end = now + limit;
    for (int rounds = 0; rounds < 5'000'000; ++rounds) {
      for (const auto& board : boards) board->Poll();
      if (server->next_deadline() <= now) server->Poll(now);
      bus.Drain();
      if (on_round) on_round();
      bus.Drain();
      if (done()) return true;
      Instant next = Earlier(server->next_deadline(), round_deadline ? round_deadline() : Instant::Never());
      for (const auto& board : boards) next = Earlier(next, board->next_deadline());
      if (!air_.empty()) next = Earlier(next, air_.begin()->first);
      if (next > end) {
        now = end;
        return false;
      }
      now = std::max(now, next);
      while (!air_.empty() && air_.begin()->first <= now) {
        const Flight flight = std::move(air_.begin()->second);
        air_.erase(air_.begin());
        Arrive(flight);
      }
    }
    return false;
  }
  void Run(Duration duration) {
    RunUntil([] { return false; }, duration);
  }

  // A request and its outcome.
  Outcome<Answer> Ask(const std::string& endpoint, Request request) {
    std::vector<Outcome<Answer>> outcomes;
    const Status status =
        server->Submit(now, endpoint, std::move(request), [&](Outcome<Answer> a) { outcomes.push_back(std::move(a)); });
    if (!Ok(status)) return Fail(status, "Submit");
    RunUntil([&] { return !outcomes.empty(); });
    if (outcomes.empty()) return Fail(Status::kUnknown, "Done was not called within ten minutes");
    return std::move(outcomes.front());
  }
  Outcome<Answer> Read(const std::string& endpoint, std::string_view path) {
    return Ask(endpoint, {.operation = Operation::kRead, .path = *lwm2m::Path::Parse(path)});
  }

  template <typename T>
  std::vector<T> EventsOf() const {
    std::vector<T> found;
    for (const auto& e : events) {
      if (const auto* event = std::get_if<T>(&e)) found.push_back(*event);
    }
    return found;
  }

  Instant now = Instant::FromMilliseconds(1000);
  events::Bus bus{10'000};
  std::vector<events::Event> events;
  RecordingSink sink;
  std::unique_ptr<Lwm2mServer> server;
  std::vector<std::unique_ptr<Board>> boards;
  std::map<Peer, std::vector<Bytes>> received;  // by peers that are no boards
  std::function<void()> on_round;               // more of the server: rollouts
  std::function<Instant()> round_deadline;
  int datagrams = 0;

 private:
  static constexpr Duration kLatency = Duration::Milliseconds(5);
  struct Flight {
    bool to_server;
    Peer device;
    Bytes bytes;
  };
  void Arrive(const Flight& flight) {
    ++datagrams;
    if (flight.to_server) return server->Handle(now, flight.device, flight.bytes);
    for (const auto& board : boards) {
      if (board->peer != flight.device || !board->agent) continue;
      if (board->on && board->restart_at == Instant::Never()) board->agent->HandleDatagram(now, flight.bytes, *board);
      return;
    }
    received[flight.device].push_back(flight.bytes);
  }

  Config config_;
  uint16_t next_port_ = 40'000;
  std::multimap<Instant, Flight> air_;
};

inline void Board::Start() {
  peer = world_.NewPeer();
  agent::Config config{.endpoint = name, .model_number = "mps2-an386", .serial_number = "1", .last_update_reason = {}};
  config.lifetime = Duration::Seconds(60);
  config.last_update = last_result;
  config.last_update_reason = last_reason;
  config.random_seed = 77u + static_cast<uint32_t>(peer.port);
  agent = std::make_unique<agent::Agent>(config, *this, *this);
  agent->Start(world_.now);
}

inline void Board::Poll() {
  if (on && restart_at <= world_.now) {
    restart_at = Instant::Never();
    ++restarts;
    if (applied) {
      // Boots the other slot on trial, and what it runs says so; a board that reverts comes back as it was.
      applied = false;
      if (reverts) {
        last_result = agent::UpdateResult::kUpdateFailed;
        last_reason = "not confirmed in 3 starts";
      } else {
        image.digest = next_digest;
        image.slot = image.slot == 0 ? 1 : 0;
        image.confirmed = confirms;
        last_result = agent::UpdateResult::kSuccess;
      }
    }
    Start();
  }
  if (agent && on && restart_at == Instant::Never()) agent->Poll(world_.now, *this);
}

inline void Board::RequestReset() { restart_at = world_.now + Duration::Seconds(3); }

inline void Board::Send(ByteSpan datagram) {
  if (on) world_.FromDevice(peer, datagram);
}

}  // namespace linnet::lwm2m_server
