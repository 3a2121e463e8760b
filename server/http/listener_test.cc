// HTTP as it comes through a socket.
#include "linnet/http/listener.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <thread>

namespace linnet::http {
namespace {

// Sends bytes, closes its half, reads what comes until the end.
std::string Exchange(uint16_t port, const std::string& bytes) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{10, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return "no connection";
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t n = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) break;
    sent += static_cast<size_t>(n);
  }
  shutdown(fd, SHUT_WR);
  std::string answer;
  char part[4096];
  for (ssize_t n; (n = recv(fd, part, sizeof part, 0)) > 0;) answer.append(part, static_cast<size_t>(n));
  close(fd);
  return answer;
}

class Http : public ::testing::Test {
 protected:
  Http() {
    auto started = Listener::Start("127.0.0.1", 0,
                                   [](Request request, Respond respond) {
                                     std::thread([request = std::move(request), respond = std::move(respond)] {
                                       respond({200, request.method + " " + request.target + " " + request.body});
                                     }).detach();
                                   },
                                   {.body_bytes_max = 1000, .connections_max = 8});
    EXPECT_TRUE(started) << started.error().message;
    listener_ = std::move(*started);
  }
  std::string Ask(const std::string& bytes) { return Exchange(listener_->port(), bytes); }
  std::unique_ptr<Listener> listener_;
};

TEST_F(Http, RequestReachesTheHandlerAndItsAnswerComesBack) {
  const std::string answer = Ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nPOST /x hi")) << answer;
  EXPECT_NE(answer.find("Content-Type: application/json"), std::string::npos);
}

TEST_F(Http, TwoRequestsOnOneConnection) {
  const std::string get = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string answer = Ask(get + "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("GET /1 "), std::string::npos) << answer;
  EXPECT_NE(answer.find("GET /2 "), std::string::npos) << answer;
}

TEST_F(Http, BodyTooLarge_Is413) {
  const std::string answer =
      Ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x'));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
}

TEST_F(Http, NoHttpAtAll_Is400) { EXPECT_TRUE(Ask("\x16\x03\x01 hello\r\n\r\n").starts_with("HTTP/1.1 400")); }

TEST_F(Http, AddressInUse_SaysSo) {
  auto second = Listener::Start("127.0.0.1", listener_->port(), [](Request, Respond) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().status, Status::kUnavailable);
  EXPECT_NE(second.error().message.find("cannot listen on 127.0.0.1:"), std::string::npos);
}

}  // namespace
}  // namespace linnet::http
