// The whole daemon over real sockets: a device that runs the firmware's agent, people who use HTTP, libcoap's own client.
#include "linnet/linnetd/daemon.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "linnet/agent/agent.h"
#include "linnet/crypto/key_file.h"
#include "linnet/linnetd/io_loop.h"
#include "linnet/package/build.h"
#include "linnet/package/describe.h"
#include "nlohmann/json.hpp"

namespace linnet::linnetd {
namespace {

using Json = nlohmann::json;
using lwm2m_server::Peer;

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A board on a UDP socket of its own, on a thread of its own. Restarts from a new port, as boards do.
class UdpBoard : public agent::Host, public agent::FirmwareTarget, public agent::Outbox {
 public:
  UdpBoard(std::string name, uint16_t server_port) : name_(std::move(name)), server_port_(server_port) {
    image_.digest[0] = 0x11;
    image_.confirmed = true;
    image_.version = "dnn-1";
    thread_ = std::thread([this] { Run(); });
  }
  ~UdpBoard() override {
    stopping_ = true;
    thread_.join();
  }
  void Report(const agent::Inference& inference) {
    const std::lock_guard lock(mutex_);
    ASSERT_EQ(agent_->ReportInference(MonotonicNow(), inference), Status::kOk);
  }
  size_t waiting() {
    const std::lock_guard lock(mutex_);
    return agent_ ? agent_->inferences_waiting() : 1;
  }
  void ComesBackWith(const std::array<uint8_t, 32>& digest) { next_digest_ = digest; }

  agent::RunningImage running_image() const override { return image_; }
  agent::MemoryFigures memory() const override { return {}; }
  std::string_view model_name() const override { return "dnn-1"; }
  void OnRegistered() override { image_.confirmed = true; }
  void RequestReset() override { reset_ = true; }
  Status Begin() override { return Status::kOk; }
  Status Write(ByteSpan) override { return Status::kOk; }
  Status Finish() override { return Status::kOk; }
  Status Apply() override {
    image_.digest = next_digest_;
    image_.slot = 1;
    image_.confirmed = false;
    image_.version = "dnn-2";
    return Status::kOk;
  }
  void Send(ByteSpan datagram) override {
    const sockaddr_in to = Loopback(server_port_);
    sendto(socket_, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }

 private:
  void Boot() {
    if (socket_ >= 0) close(socket_);
    socket_ = socket(AF_INET, SOCK_DGRAM, 0);
    agent::Config config{
        .endpoint = name_, .model_number = "mps2-an386", .serial_number = "1", .last_update_reason = {}};
    config.random_seed = static_cast<uint32_t>(MonotonicNow().milliseconds());
    agent_ = std::make_unique<agent::Agent>(config, *this, *this);
    agent_->Start(MonotonicNow());
    reset_ = false;
  }
  void Run() {
    while (!stopping_) {
      {
        const std::lock_guard lock(mutex_);
        if (!agent_ || reset_) Boot();
        agent_->Poll(MonotonicNow(), *this);
      }
      pollfd waits{socket_, POLLIN, 0};
      if (poll(&waits, 1, 10) != 1) continue;
      uint8_t datagram[2048];
      const ssize_t size = recv(socket_, datagram, sizeof datagram, MSG_DONTWAIT);
      const std::lock_guard lock(mutex_);
      if (size > 0) agent_->HandleDatagram(MonotonicNow(), ByteSpan(datagram, static_cast<size_t>(size)), *this);
    }
    close(socket_);
  }

  const std::string name_;
  const uint16_t server_port_;
  agent::RunningImage image_;
  std::array<uint8_t, 32> next_digest_{};
  std::unique_ptr<agent::Agent> agent_;
  std::mutex mutex_;
  int socket_ = -1;
  bool reset_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

class DaemonTest : public ::testing::Test {
 protected:
  DaemonTest() : folder_(std::filesystem::temp_directory_path() / ("linnet-daemon-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    Start({0x7f000001, 0});
  }
  ~DaemonTest() override {
    Stop();
    std::filesystem::remove_all(folder_);
  }
  void Start(const Peer& coap) {
    auto opened = Daemon::Open({folder_, coap, {0x7f000001, 0}});
    ASSERT_TRUE(opened) << opened.error().message;
    daemon_ = std::move(*opened);
    thread_ = std::thread([this] { EXPECT_TRUE(daemon_->Run()); });
  }
  void Stop() {
    daemon_->Stop();
    thread_.join();
    daemon_.reset();
  }
  uint16_t coap_port() const { return daemon_->coap_address().port; }

  // {"code": 200, "body": {...}}
  Json Http(const std::string& method, const std::string& path, const std::string& body = {}) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in to = Loopback(daemon_->http_address().port);
    const timeval limit{20, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::string answer;
    if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
      const std::string request =
          method + " /api/v1" + path +
          " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
          body;
      for (size_t sent = 0; sent < request.size();) {
        const ssize_t n = send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<size_t>(n);
      }
      char part[4096];
      for (ssize_t n; (n = recv(fd, part, sizeof part, 0)) > 0;) answer.append(part, static_cast<size_t>(n));
    }
    close(fd);
    const size_t head = answer.find("\r\n\r\n");
    if (head == std::string::npos) return {{"code", 0}, {"body", answer}};
    return {{"code", std::stoi(answer.substr(9, 3))}, {"body", Json::parse(answer.substr(head + 4), nullptr, false)}};
  }
  template <typename Done>
  static bool Within(std::chrono::seconds limit, Done done) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < end) {
      if (done()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }
  bool IsListed(const std::string& endpoint) {
    const Json answer = Http("GET", "/devices");
    for (const Json& device : answer["body"]["devices"]) {
      if (device["endpoint"] == endpoint && device["online"] == true) return true;
    }
    return false;
  }

  std::filesystem::path folder_;
  std::unique_ptr<Daemon> daemon_;
  std::thread thread_;
};

TEST_F(DaemonTest, LibcoapsClientRegistersAndIsListed) {
  if (std::system("command -v coap-client-notls >/dev/null 2>&1") != 0) GTEST_SKIP() << "libcoap3-bin is not installed";
  const std::string command =
      "coap-client-notls -m post -e '</1/0>,</3/0>' 'coap://127.0.0.1:" + std::to_string(coap_port()) +
      "/rd?ep=test&lt=60&lwm2m=1.1&b=U' 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0);
  ASSERT_TRUE(IsListed("test"));
  const Json device = Http("GET", "/devices")["body"]["devices"][0];
  EXPECT_EQ(device["lwm2m"], "1.1");
  EXPECT_EQ(device["lifetime_s"], 60);
}

TEST_F(DaemonTest, DeviceIsReadWrittenAndExecutedOverHttp) {
  UdpBoard board("board 1", coap_port());
  ASSERT_TRUE(Within(std::chrono::seconds(10), [&] { return IsListed("board 1"); }));
  const std::string resources = "/devices/board%201/resources";
  EXPECT_EQ(Http("GET", resources + "/3/0/0")["body"],
            (Json{{"path", "/3/0/0"}, {"value", "Linnet"}, {"code", "2.05"}}));
  EXPECT_EQ(Http("PUT", resources + "/1/0/1", R"({"value":90})")["body"]["code"], "2.04");
  EXPECT_EQ(Http("GET", resources + "/1/0/1")["body"]["value"], 90);
  EXPECT_EQ(Http("GET", resources + "/3/0/99")["body"]["code"], "4.04");
  EXPECT_EQ(Http("POST", "/devices/board%201/observations", R"({"path":"/26243/0/2"})")["body"]["value"], true);
  EXPECT_EQ(Http("POST", resources + "/3/0/4")["body"]["code"], "2.04");
  // What it says of itself arrives without being asked for.
  EXPECT_TRUE(Within(std::chrono::seconds(10), [&] {
    const Json device = Http("GET", "/devices")["body"]["devices"][0];
    return device["firmware_version"] == "dnn-1" && device["confirmed"] == true && device["slot"] == 0;
  }));
}

TEST_F(DaemonTest, InferencesAreRowsOnceTheyAreAcknowledged) {
  UdpBoard board("board-1", coap_port());
  ASSERT_TRUE(Within(std::chrono::seconds(10), [&] { return IsListed("board-1"); }));
  for (uint8_t i = 0; i < 20; ++i)
    board.Report({.image_index = i, .label = i, .answer = i < 15 ? i : uint8_t{0}, .margin_milli = 500});
  ASSERT_TRUE(Within(std::chrono::seconds(20), [&] { return board.waiting() == 0; }));
  const Json answer = Http(
      "POST", "/sql", R"({"sql":"SELECT version, count(*) n, avg(correct::INT) a FROM inference GROUP BY version"})");
  EXPECT_EQ(answer["body"]["rows"], Json::parse(R"([["dnn-1",20,0.75]])")) << answer.dump();
}

TEST_F(DaemonTest, RolloutEndsWithTheDigestOfThePackage) {
  std::vector<uint8_t> image(60'000, 0x42), other = image;
  other[100] = 0x43;
  const auto key = crypto::PrivateKey::Generate();
  const auto package = package::Build(
      {.image_a = image, .image_b = other, .board = "mps2-an386", .version = "dnn-2", .sequence_number = 2}, *key);
  ASSERT_TRUE(package) << package.error().message;
  UdpBoard board("board-1", coap_port());
  board.ComesBackWith(package::Describe(*package)->digest_b);
  ASSERT_TRUE(Within(std::chrono::seconds(10), [&] { return IsListed("board-1"); }));

  const Json artifact = Http("POST", "/artifacts", {package->begin(), package->end()});
  ASSERT_EQ(artifact["code"], 201) << artifact.dump();
  EXPECT_EQ(artifact["body"]["board"], "mps2-an386");
  const Json started =
      Http("POST", "/rollouts", Json{{"artifact", artifact["body"]["id"]}, {"endpoints", {"*"}}}.dump());
  ASSERT_EQ(started["code"], 201) << started.dump();
  const std::string path = "/rollouts/" + started["body"]["id"].get<std::string>();
  EXPECT_TRUE(Within(std::chrono::seconds(60), [&] { return Http("GET", path)["body"]["state"] != "running"; }));
  const Json rollout = Http("GET", path)["body"];
  EXPECT_EQ(rollout["state"], "succeeded") << rollout.dump();
  EXPECT_EQ(rollout["devices"][0]["digest"], artifact["body"]["digest_b"]);
}

TEST_F(DaemonTest, RestartedDaemonKnowsItsDevices) {
  UdpBoard board("board-1", coap_port());
  ASSERT_TRUE(Within(std::chrono::seconds(10), [&] { return IsListed("board-1"); }));
  const Peer coap = daemon_->coap_address();
  Stop();
  Start(coap);
  EXPECT_TRUE(IsListed("board-1"));
  EXPECT_EQ(Http("GET", "/status")["body"]["registrations"], 1);
  EXPECT_EQ(Http("GET", "/devices/board-1/resources/3/0/0")["body"]["value"], "Linnet");
}

TEST_F(DaemonTest, BadRequestsAreAnsweredWithSentences) {
  const struct {
    const char *method, *path, *body;
    int code;
  } kBad[] = {
      {"GET", "/nothing", "", 404},
      {"DELETE", "/devices", "", 405},
      {"GET", "/devices/nobody/resources/3/0/0", "", 404},
      {"GET", "/devices/nobody/resources/x", "", 400},
      {"GET", "/devices/nobody/resources/1/2/3/4/5", "", 400},
      {"PUT", "/devices/nobody/resources/3/0/0", "{}", 400},
      {"PUT", "/devices/nobody/resources/3/0/0", "not json", 400},
      {"GET", "/devices/%zz/resources/3", "", 400},
      {"POST", "/devices/nobody/observations", R"({"path":"x"})", 400},
      {"POST", "/artifacts", "", 400},
      {"POST", "/artifacts", "not a package", 400},
      {"POST", "/rollouts", R"({"artifact":"00","endpoints":["*"]})", 404},
      {"POST", "/rollouts", R"({"artifact":"00","endpoints":"*"})", 400},
      {"GET", "/rollouts/r9", "", 404},
      {"POST", "/sql", R"({"sql":"DROP TABLE inference"})", 403},
      {"POST", "/sql", R"({"sql":"SELECT nothing"})", 400},
      {"POST", "/sql", R"({"query":"SELECT 1"})", 400},
  };
  for (const auto& bad : kBad) {
    const Json answer = Http(bad.method, bad.path, bad.body);
    EXPECT_EQ(answer["code"], bad.code) << bad.method << " " << bad.path << " " << bad.body << ": " << answer.dump();
    ASSERT_TRUE(answer["body"].contains("error")) << answer.dump();
    EXPECT_GT(answer["body"]["error"]["message"].get<std::string>().size(), 8u);
  }
}

TEST_F(DaemonTest, AddressesInUse_SayWhich) {
  const auto other = folder_.string() + "-2";
  const auto coap_taken = Daemon::Open({other, daemon_->coap_address(), {0x7f000001, 0}});
  ASSERT_FALSE(coap_taken);
  EXPECT_NE(coap_taken.error().message.find("coap: cannot listen on 127.0.0.1:"), std::string::npos);
  const auto http_taken = Daemon::Open({other, {0x7f000001, 0}, daemon_->http_address()});
  ASSERT_FALSE(http_taken);
  EXPECT_NE(http_taken.error().message.find("http: cannot listen on 127.0.0.1:"), std::string::npos);
  std::filesystem::remove_all(other);
}

}  // namespace
}  // namespace linnet::linnetd
