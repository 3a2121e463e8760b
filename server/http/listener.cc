// The one translation unit that includes Boost.Beast: it takes most of a minute to compile.
#include "linnet/http/listener.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace linnet::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

constexpr std::chrono::seconds kReadTimeout{30};  // a request, idle keep-alive included
constexpr std::chrono::seconds kWriteTimeout{30};
constexpr size_t kHeaderBytesMax = 16 * 1024;

std::string ErrorJson(const char* status, const char* message) {
  return std::string("{\"error\":{\"status\":\"") + status + "\",\"message\":\"" + message + "\"}}";
}

// One connection: read a request, hand it over, write its response, read the next. Keeps itself alive through the pending
// operation. While the handler has the request nothing is pending, so its Respond holds the session.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const Handler& handler, const ListenerOptions& options,
          std::shared_ptr<std::atomic<size_t>> open)
      : stream_(std::move(socket)), handler_(handler), options_(options), open_(std::move(open)) {
    ++*open_;
  }
  ~Session() { --*open_; }

  void Read() {
    parser_.emplace();
    parser_->body_limit(options_.body_bytes_max);
    parser_->header_limit(kHeaderBytesMax);
    stream_.expires_after(kReadTimeout);
    beast::http::async_read(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code error, size_t) { self->OnRead(error); });
  }

 private:
  void OnRead(beast::error_code error) {
    if (error == beast::http::error::body_limit) {
      return Write({413, ErrorJson("out of range", "the body is too large")}, false);
    }
    if (error == beast::http::error::end_of_stream) return Close();
    if (error.category() == beast::http::make_error_code(beast::http::error::bad_method).category()) {
      return Write({400, ErrorJson("invalid argument", "this is not an HTTP request that can be read")}, false);
    }
    if (error) return;  // closed, or too slow
    auto message = parser_->release();
    const bool keep_alive = message.keep_alive();
    version_ = message.version();
    Request request{std::string(message.method_string()), std::string(message.target()), std::move(message.body())};
    stream_.expires_never();
    handler_(std::move(request), [self = shared_from_this(), keep_alive](Response response) {
      asio::post(self->stream_.get_executor(), [self, keep_alive, response = std::move(response)]() mutable {
        self->Write(std::move(response), keep_alive);
      });
    });
  }

  void Write(Response response, bool keep_alive) {
    response_ = {};
    response_.version(version_);
    response_.result(static_cast<unsigned>(response.code));
    response_.set(beast::http::field::content_type, "application/json");
    response_.set(beast::http::field::cache_control, "no-store");
    response_.keep_alive(keep_alive);
    response_.body() = std::move(response.body);
    response_.prepare_payload();
    stream_.expires_after(kWriteTimeout);
    beast::http::async_write(stream_, response_,
                             [self = shared_from_this(), keep_alive](beast::error_code error, size_t) {
                               if (error) return;
                               if (keep_alive) {
                                 self->Read();
                               } else {
                                 self->Close();
                               }
                             });
  }

  void Close() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  beast::tcp_stream stream_;
  const Handler& handler_;
  const ListenerOptions& options_;
  std::shared_ptr<std::atomic<size_t>> open_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  beast::http::response<beast::http::string_body> response_;
  unsigned version_ = 11;
};

class BeastListener final : public Listener {
 public:
  BeastListener(Handler handler, const ListenerOptions& options)
      : handler_(std::move(handler)), options_(options), acceptor_(context_) {}

  ~BeastListener() override { BeastListener::Stop(); }

  void Stop() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  beast::error_code Bind(const tcp::endpoint& endpoint) {
    beast::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    return error;
  }

  void Run() {
    Accept();
    thread_ = std::thread([this] { context_.run(); });
  }

  uint16_t port() const override { return port_; }

 private:
  void Accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error && *open_ < options_.connections_max) {
        socket.set_option(tcp::no_delay(true), error);
        std::make_shared<Session>(std::move(socket), handler_, options_, open_)->Read();
      }
      Accept();
    });
  }

  const Handler handler_;
  const ListenerOptions options_;
  std::shared_ptr<std::atomic<size_t>> open_ = std::make_shared<std::atomic<size_t>>(0);
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace

Outcome<std::unique_ptr<Listener>> Listener::Start(const std::string& address, uint16_t port, Handler handler,
                                                   const ListenerOptions& options) {
  beast::error_code error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) return Fail(Status::kInvalidArgument, "http: " + address + " is not an IP address");
  auto listener = std::make_unique<BeastListener>(std::move(handler), options);
  error = listener->Bind({ip, port});
  if (error) {
    return Fail(Status::kUnavailable,
                "http: cannot listen on " + address + ":" + std::to_string(port) + ": " + error.message());
  }
  listener->Run();
  return listener;
}

}  // namespace linnet::http
