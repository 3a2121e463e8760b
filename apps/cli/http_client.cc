#include "http_client.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace linnet::cli {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = boost::asio::ip::tcp;

// An execute on a device waits for CoAP's whole retransmission (93 s, RFC 7252 4.8.2); the server answers before this.
constexpr int kAnswerTimeoutSeconds = 300;

struct Address {
  std::string host;
  std::string port;
};

Answer<Address> ParseServer(std::string server) {
  const std::string given = server;
  if (server.starts_with("http://")) server = server.substr(7);
  while (server.ends_with('/')) server.pop_back();
  const size_t colon = server.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == server.size()) {
    return std::unexpected(Failure(kExitUsage, "--server " + given + ": expected http://HOST:PORT"));
  }
  Address address{server.substr(0, colon), server.substr(colon + 1)};
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  return address;
}

std::string MessageOf(const Json& json, const std::string& body) {
  if (json.is_object() && json.contains("error") && json["error"].is_object()) {
    const Json& message = json["error"].value("message", Json());
    if (message.is_string()) return message.get<std::string>();
  }
  return body.substr(0, 300);
}

}  // namespace

Answer<Json> HttpClient::Send(const std::string& method, const std::string& target, const std::string& body,
                              const std::string& content_type) const {
  const Answer<Address> address = ParseServer(server_);
  if (!address) return std::unexpected(address.error());
  const auto unreachable = [&](const boost::system::error_code& error) {
    return std::unexpected(
        Failure(kExitUnreachable, "no answer from the server at " + server_ + ": " + error.message() +
                                      "; is linnetd running? --server or LINNET_SERVER names another"));
  };

  boost::asio::io_context context;
  boost::system::error_code error;
  Tcp::resolver resolver(context);
  const auto endpoints = resolver.resolve(address->host, address->port, error);
  if (error) return unreachable(error);
  Tcp::socket socket(context);
  boost::asio::connect(socket, endpoints, error);
  if (error) return unreachable(error);
  const timeval timeout{kAnswerTimeoutSeconds, 0};
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);

  http::request<http::string_body> request(http::string_to_verb(method), "/api/v1" + target, 11);
  request.set(http::field::host, address->host + ":" + address->port);
  request.set(http::field::accept, "application/json");
  request.keep_alive(false);
  if (!content_type.empty()) request.set(http::field::content_type, content_type);
  request.body() = body;
  request.prepare_payload();
  http::write(socket, request, error);
  if (error) return unreachable(error);

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(256 * 1024 * 1024);
  http::read(socket, buffer, parser, error);
  if (error) return unreachable(error);
  const auto& response = parser.get();
  const Json json = Json::parse(response.body(), nullptr, false);
  const unsigned code = response.result_int();
  if (code >= 200 && code < 300) return json.is_discarded() ? Json() : json;
  const int exit_code = code == 504 || code == 503 ? kExitUnreachable : kExitCheckFailed;
  return std::unexpected(Failure(exit_code, MessageOf(json, response.body())));
}

std::string EscapeSegment(const std::string& segment) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string escaped;
  for (const unsigned char c : segment) {
    if (std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      escaped += static_cast<char>(c);
    } else {
      escaped += '%';
      escaped += kHex[c >> 4];
      escaped += kHex[c & 15];
    }
  }
  return escaped;
}

}  // namespace linnet::cli
