// lwm2m-load: what a registration and an update cost the server, in CPU time of its process.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "linnet/lwm2m_load/fleet.h"

namespace linnet::lwm2m_load {
namespace {

// Nanoseconds all threads of a process have run, user and system (Documentation/scheduler/sched-stats.rst).
// Threads that ended are not in it; a server keeps its own.
int64_t CpuNanoseconds(int pid) {
  int64_t sum = 0;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    int64_t on_cpu = 0;
    std::ifstream(task.path() / "schedstat") >> on_cpu;
    sum += on_cpu;
  }
  return sum;
}

int64_t ResidentBytes(int pid) {
  int64_t total = 0, resident = 0;
  std::ifstream("/proc/" + std::to_string(pid) + "/statm") >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

nlohmann::ordered_json ToJson(const Phase& phase, int64_t cpu_ns) {
  const int handled = std::max(1, phase.answered + phase.refused);
  return {{"answered", phase.answered},
          {"refused", phase.refused},
          {"lost", phase.lost},
          {"retransmissions", phase.retransmissions},
          {"seconds", phase.seconds},
          {"per_second", phase.seconds > 0 ? handled / phase.seconds : 0},
          {"server_cpu_us", static_cast<double>(cpu_ns) / 1000 / handled}};
}

int Execute(const Options& options, int pid, int rounds) {
  Fleet fleet(options);
  if (auto opened = fleet.Open(); !opened) {
    std::cerr << "lwm2m-load: " << opened.error().message << "\n";
    return 1;
  }
  const int64_t resident = ResidentBytes(pid);
  int64_t cpu = CpuNanoseconds(pid);
  if (cpu == 0) {
    std::cerr << "lwm2m-load: no process " << pid << " whose CPU time could be read\n";
    return 1;
  }
  const auto measure = [&](Phase phase) {
    // What the server still writes after its last answer belongs to the phase too.
    usleep(500'000);
    const int64_t before = cpu;
    cpu = CpuNanoseconds(pid);
    return ToJson(phase, cpu - before);
  };
  nlohmann::ordered_json report = {{"clients", options.clients}, {"register", measure(fleet.Register())}};
  report["resident_bytes_per_client"] = static_cast<double>(ResidentBytes(pid) - resident) / options.clients;
  Phase updates;
  for (int i = 0; i < rounds; ++i) {
    const Phase round = fleet.Update();
    updates.answered += round.answered;
    updates.refused += round.refused;
    updates.lost += round.lost;
    updates.retransmissions += round.retransmissions;
    updates.seconds += round.seconds;
  }
  if (rounds > 0) report["update"] = measure(updates);
  std::cout << report.dump() << std::endl;
  const bool all = report["register"]["answered"] == options.clients && updates.answered == options.clients * rounds;
  if (!all) std::cerr << "lwm2m-load: not every request was answered as it should be\n";
  return all ? 0 : 1;
}

}  // namespace
}  // namespace linnet::lwm2m_load

int main(int argc, char** argv) {
  linnet::lwm2m_load::Options options;
  int pid = 0, rounds = 3;
  CLI::App app(
      "Registers and updates many LwM2M clients at a server on 127.0.0.1 and prints what it cost the server's "
      "process.\n"
      "Example: lwm2m-load --port 5683 --pid $(pidof linnetd) --clients 10000",
      "lwm2m-load");
  app.add_option("--port", options.server_port, "UDP port of the server")->capture_default_str();
  app.add_option("--pid", pid, "process whose CPU time is read")->required();
  app.add_option("--clients", options.clients)->check(CLI::Range(1, 1 << 23))->capture_default_str();
  app.add_option("--window", options.window, "requests under way at a time")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--rounds", rounds, "updates of each client; 0: only register")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  return linnet::lwm2m_load::Execute(options, pid, rounds);
}
