#include "linnet/linnetd/daemon.h"

#include <signal.h>
#include <spdlog/spdlog.h>

#include <random>
#include <utility>

#include "linnet/events/bus.h"
#include "linnet/http/api.h"
#include "linnet/http/listener.h"
#include "linnet/linnetd/device_keeper.h"
#include "linnet/linnetd/io_loop.h"
#include "linnet/rollout/rollouts.h"
#include "linnet/store/sqlite.h"

namespace linnet::linnetd {
namespace {

constexpr size_t kBusCapacity = 65'536;
// Rollouts look at all their devices when they are polled, so not after every datagram.
constexpr Duration kRolloutInterval = Duration::Milliseconds(100);

uint64_t RandomSeed() {
  std::random_device device;
  return static_cast<uint64_t>(device()) << 32 | device();
}

// Telemetry answers on its own thread; the endpoint wants to hear it on the I/O thread.
class PostedSink final : public events::SendSink {
 public:
  PostedSink(events::SendSink& sink, IoLoop& loop) : sink_(sink), loop_(loop) {}
  void Append(events::SendBatch batch, std::function<void(Status)> done) override {
    sink_.Append(std::move(batch),
                 [this, done = std::move(done)](Status status) { loop_.Post([done, status] { done(status); }); });
  }

 private:
  events::SendSink& sink_;
  IoLoop& loop_;
};

class LinnetDaemon final : public Daemon {
 public:
  LinnetDaemon(std::unique_ptr<store::Store> store, std::unique_ptr<telemetry::Telemetry> telemetry,
               std::unique_ptr<IoLoop> loop, const std::filesystem::path& data)
      : store_(std::move(store)),
        loop_(std::move(loop)),
        telemetry_(std::move(telemetry)),
        sink_(*telemetry_, *loop_),
        server_({.random_seed = RandomSeed()}, *loop_, bus_, sink_, UnixMilliseconds),
        keeper_(*store_, server_, MonotonicNow, UnixMilliseconds),
        artifacts_(data / "artifacts", *store_),
        rollouts_(*store_, artifacts_, server_, MonotonicNow, UnixMilliseconds),
        sql_(*telemetry_),
        api_({*store_, server_, artifacts_, rollouts_, sql_, *telemetry_,
              [this](auto work) { loop_->Post(std::move(work)); }, [this] { Settle(); }, MonotonicNow, UnixMilliseconds,
              "0.1"}) {
    bus_.Subscribe([this](const events::Event& e) { keeper_.OnEvent(e); });
    bus_.Subscribe([this](const events::Event& e) { rollouts_.OnEvent(e); });
  }

  // No new work, then what is under way, then what it stands on.
  ~LinnetDaemon() override {
    if (listener_) listener_->Stop();
    telemetry_.reset();  // commits and answers what it holds; the answers are posted and never run
    keeper_.Flush();
  }

  Outcome<void> Begin(const lwm2m_server::Peer& http) {
    LINNET_ASSIGN(const size_t restored, keeper_.Restore());
    if (restored > 0) spdlog::info("{} registrations are still valid", restored);
    if (auto resumed = rollouts_.Resume(); !resumed) return resumed;
    std::string host = ToString(http);
    host.resize(host.find(':'));
    LINNET_ASSIGN(listener_,
                  http::Listener::Start(host, http.port, [this](http::Request request, http::Respond respond) {
                    api_.Handle(std::move(request), std::move(respond));
                  }));
    http_ = {http.address, listener_->port()};
    return {};
  }

  lwm2m_server::Peer coap_address() const override { return loop_->address(); }
  lwm2m_server::Peer http_address() const override { return http_; }

  Outcome<void> Run() override {
    return loop_->Run({.on_datagram = [this](Instant now, const lwm2m_server::Peer& from,
                                             ByteSpan datagram) { server_.Handle(now, from, datagram); },
                       .on_round = [this](Instant now) { return Round(now); }},
                      {SIGTERM, SIGINT});
  }
  void Stop() override { loop_->Stop(); }

 private:
  Instant Round(Instant now) {
    if (server_.next_deadline() <= now) server_.Poll(now);
    bus_.Drain();
    keeper_.OnRound();
    if (rollouts_due_ <= now) {
      rollouts_.Poll();
      rollouts_due_ = now + kRolloutInterval;
    }
    bus_.Drain();
    const Instant rollouts = std::max(rollouts_.next_deadline(), rollouts_due_);
    return Earlier(Earlier(server_.next_deadline(), keeper_.next_deadline()),
                   bus_.waiting_count() > 0 ? now : rollouts);
  }
  void Settle() {
    bus_.Drain();
    keeper_.Flush();
  }

  // In the order of construction; HTTP's connections live in the listener, and callbacks hold them: it goes last.
  std::unique_ptr<http::Listener> listener_;
  lwm2m_server::Peer http_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<IoLoop> loop_;
  events::Bus bus_{kBusCapacity};
  std::unique_ptr<telemetry::Telemetry> telemetry_;
  PostedSink sink_;
  lwm2m_server::Lwm2mServer server_;
  DeviceKeeper keeper_;
  rollout::Artifacts artifacts_;
  rollout::Rollouts rollouts_;
  sql::StatementRunner sql_;
  http::Api api_;
  Instant rollouts_due_;
};

}  // namespace

Outcome<std::unique_ptr<Daemon>> Daemon::Open(const DaemonOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.data / "artifacts", error);
  if (error)
    return Fail(Status::kUnavailable, "cannot make " + (options.data / "artifacts").string() + ": " + error.message());
  LINNET_ASSIGN(auto loop, IoLoop::Open(options.coap));
  LINNET_ASSIGN(auto store, store::OpenSqlite((options.data / "state.db").string()));
  LINNET_ASSIGN(auto telemetry, telemetry::Telemetry::Open((options.data / "telemetry.duckdb").string()));
  auto daemon = std::make_unique<LinnetDaemon>(std::move(store), std::move(telemetry), std::move(loop), options.data);
  if (auto begun = daemon->Begin(options.http); !begun) return std::unexpected(begun.error());
  return daemon;
}

}  // namespace linnet::linnetd
