// Against a real socket that plays one canned answer.
#include "http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace linnet::cli {
namespace {

class CannedServer {
 public:
  explicit CannedServer(std::string answer) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::jthread([this, answer = std::move(answer)] {
      const int peer = accept(listener_, nullptr, nullptr);
      char buffer[4096];
      while (request_.find("\r\n\r\n") == std::string::npos) {
        const ssize_t n = read(peer, buffer, sizeof buffer);
        if (n <= 0) break;
        request_.append(buffer, static_cast<size_t>(n));
      }
      EXPECT_EQ(write(peer, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
      close(peer);
    });
  }
  ~CannedServer() {
    thread_.join();
    close(listener_);
  }
  const std::string& url() const { return url_; }
  const std::string& request() {  // whole once the client has its answer
    return request_;
  }

 private:
  int listener_;
  std::string url_, request_;
  std::jthread thread_;
};

std::string Response(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

TEST(HttpClient, GivesTheAnswersJson) {
  CannedServer server(Response("200 OK", R"({"value":7})"));
  const auto answer = HttpClient(server.url()).Get("/devices/a/resources/3/0/9");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->at("value"), 7);
  EXPECT_TRUE(server.request().starts_with("GET /api/v1/devices/a/resources/3/0/9 HTTP/1.1\r\n")) << server.request();
}

TEST(HttpClient, RefusedRequest_IsExitCode1WithTheServersSentence) {
  CannedServer server(Response("404 Not Found", R"({"error":{"status":"not found","message":"no device x"}})"));
  const auto answer = HttpClient(server.url()).Get("/devices/x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().exit_code, kExitCheckFailed);
  EXPECT_EQ(answer.error().message, "no device x");
}

TEST(HttpClient, DeviceThatDoesNotAnswer_IsExitCode3) {
  CannedServer server(
      Response("504 Gateway Timeout", R"({"error":{"status":"deadline exceeded","message":"x is silent"}})"));
  EXPECT_EQ(HttpClient(server.url()).Get("/devices/x/resources/3/0/3").error().exit_code, kExitUnreachable);
}

TEST(HttpClient, NobodyListening_IsExitCode3) {
  // A port that was just free: bound, never listened on.
  const int held = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(held, reinterpret_cast<sockaddr*>(&address), size), 0);
  getsockname(held, reinterpret_cast<sockaddr*>(&address), &size);
  const auto answer = HttpClient("127.0.0.1:" + std::to_string(ntohs(address.sin_port))).Get("/status");
  close(held);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().exit_code, kExitUnreachable);
}

TEST(HttpClient, ServerWithoutAPort_IsAUsageError) {
  EXPECT_EQ(HttpClient("localhost").Get("/status").error().exit_code, kExitUsage);
}

TEST(EscapeSegment, KeepsAnEndpointInItsSegment) {
  EXPECT_EQ(EscapeSegment("board-1"), "board-1");
  EXPECT_EQ(EscapeSegment("a/../b c?"), "a%2F..%2Fb%20c%3F");
}

}  // namespace
}  // namespace linnet::cli
