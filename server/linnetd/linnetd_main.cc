// linnetd --data DIR --coap 127.0.0.1:5683 --http 127.0.0.1:8080 --nosec
// One JSON line on stdout when it is ready; talk on stderr. Exit: 0 after SIGTERM or SIGINT, 1 an error, 2 usage.
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "linnet/linnetd/daemon.h"

namespace {

using linnet::lwm2m_server::ParsePeer;
using linnet::lwm2m_server::Peer;

// "127.0.0.1:5683", "localhost:5683". Only loopback: neither plain CoAP nor the API asks who is there.
std::optional<Peer> LoopbackAddress(std::string text, const char* option) {
  if (text.starts_with("localhost:")) text.replace(0, 9, "127.0.0.1");
  const auto peer = ParsePeer(text);
  if (!peer) {
    std::fprintf(stderr, "linnetd: %s %s is not of the form 127.0.0.1:PORT\n", option, text.c_str());
  } else if (peer->address >> 24 != 127) {
    std::fprintf(stderr, "linnetd: %s %s: without security it listens on loopback (127.0.0.1) only\n", option,
                 text.c_str());
  } else {
    return peer;
  }
  return std::nullopt;
}

void BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  std::string data, coap = "127.0.0.1:5683", http = "127.0.0.1:8080";
  bool nosec = false, verbose = false;
  CLI::App app(
      "linnetd: the LwM2M server of Linnet\n  linnetd --data state --coap 127.0.0.1:5683 --http 127.0.0.1:8080 "
      "--nosec");
  app.add_option("--data", data, "Folder for devices, rollouts, artifacts and telemetry; created when missing")
      ->required();
  app.add_option("--coap", coap, "Address for plain CoAP over UDP, port 0: any free one")->capture_default_str();
  app.add_option("--http", http, "Address for the HTTP API, port 0: any free one")->capture_default_str();
  app.add_flag("--nosec", nosec, "Speak plain CoAP, without DTLS: only on loopback");
  app.add_flag("--verbose", verbose, "Log more");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (!nosec) {
    std::fprintf(stderr, "linnetd: DTLS is not available in this version, start with --nosec on loopback\n");
    return 2;
  }
  const auto coap_address = LoopbackAddress(coap, "--coap");
  const auto http_address = LoopbackAddress(http, "--http");
  if (!coap_address || !http_address) return 2;

  spdlog::set_default_logger(spdlog::stderr_logger_mt("linnetd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  spdlog::set_level(verbose ? spdlog::level::debug : spdlog::level::info);
  BlockSignals();

  auto daemon = linnet::linnetd::Daemon::Open({data, *coap_address, *http_address});
  if (!daemon) {
    std::fprintf(stderr, "linnetd: %s\n", daemon.error().message.c_str());
    return 1;
  }
  const nlohmann::ordered_json ready{
      {"ready", true}, {"coap", ToString((*daemon)->coap_address())}, {"http", ToString((*daemon)->http_address())}};
  std::printf("%s\n", ready.dump().c_str());
  std::fflush(stdout);
  const auto ran = (*daemon)->Run();
  if (!ran) {
    std::fprintf(stderr, "linnetd: %s\n", ran.error().message.c_str());
    return 1;
  }
  spdlog::info("stopping");
  return 0;
}
