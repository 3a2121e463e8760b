#include "child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>

#include "output_file.h"

namespace linnet::cli {
namespace {

constexpr std::array kPassedOn = {SIGINT, SIGTERM, SIGHUP};
constexpr size_t kChildrenMax = 64;

// What the signal handler reads: lock-free, and 0 where no child is.
std::array<std::atomic<pid_t>, kChildrenMax> g_children;
std::atomic<bool> g_interrupted = false;
static_assert(std::atomic<pid_t>::is_always_lock_free);

void PassOn(int signal, siginfo_t* info, void*) {
  const int saved = errno;
  g_interrupted = true;
  // A terminal sends Ctrl-C to all of its foreground processes: the children have theirs.
  const bool from_terminal = signal == SIGINT && info->si_code == SI_KERNEL;
  for (const std::atomic<pid_t>& child : g_children) {
    if (const pid_t pid = child; pid > 0 && !from_terminal) kill(pid, signal);
  }
  errno = saved;
}

// Handlers stand while at least one child runs; else signals do what they did before.
class Signals {
 public:
  void Enter() {
    const std::lock_guard lock(mutex_);
    if (users_++ > 0) return;
    struct sigaction action = {};
    action.sa_sigaction = PassOn;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < kPassedOn.size(); ++i) sigaction(kPassedOn[i], &action, &before_[i]);
  }
  void Leave() {
    const std::lock_guard lock(mutex_);
    if (--users_ > 0) return;
    for (size_t i = 0; i < kPassedOn.size(); ++i) sigaction(kPassedOn[i], &before_[i], nullptr);
  }

 private:
  std::mutex mutex_;
  int users_ = 0;
  std::array<struct sigaction, kPassedOn.size()> before_{};
};
Signals g_signals;

std::atomic<pid_t>* FreePlace() {
  for (std::atomic<pid_t>& place : g_children) {
    pid_t none = 0;
    if (place.compare_exchange_strong(none, -1)) return &place;
  }
  return nullptr;
}

// Between fork and exec only what is safe there (other threads may hold locks): system calls.
[[noreturn]] void BecomeChild(char* const* argv, int out, const char* log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  dup2(out, STDOUT_FILENO);
  if (log != nullptr) {
    const int file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) _exit(127);
    dup2(file, STDERR_FILENO);
  }
  std::signal(SIGPIPE, SIG_DFL);
  execvp(argv[0], argv);
  _exit(127);
}

void ReadLines(int fd, const std::function<void(const std::string&)>& on_line) {
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<size_t>(got));
    for (size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1))
      on_line(text.substr(0, end));
  }
  if (!text.empty()) on_line(text);
}

int ExitCode(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 127;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::string TrainProgram() { return (ProgramFolder() / "linnet-train").string(); }

bool Interrupted() { return g_interrupted; }

int RunChild(const ChildProcess& process) {
  std::vector<std::string> arguments = {process.program};
  arguments.insert(arguments.end(), process.arguments.begin(), process.arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int ends[2];
  std::atomic<pid_t>* place = FreePlace();
  if (place == nullptr || pipe2(ends, O_CLOEXEC) != 0) return 127;
  g_signals.Enter();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) BecomeChild(argv.data(), ends[1], process.log.empty() ? nullptr : process.log.c_str(), parent);
  close(ends[1]);
  *place = std::max<pid_t>(child, -1);
  if (child > 0) ReadLines(ends[0], process.on_line);
  close(ends[0]);
  const int code = child > 0 ? ExitCode(child) : 127;
  *place = 0;
  g_signals.Leave();
  return code;
}

}  // namespace linnet::cli
