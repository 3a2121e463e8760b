#include "subprocess.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace linnet::profile {

namespace fs = std::filesystem;

namespace {

// posix_spawn's list of what happens in the child before the program starts.
class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// True when the process ended in time.
bool WaitFor(pid_t pid, std::chrono::milliseconds limit) {
  const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return true;  // waitpid will do the waiting
  pollfd entry{fd, POLLIN, 0};
  const auto end = std::chrono::steady_clock::now() + limit;
  int ready = 0;
  do {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    ready = ::poll(&entry, 1, static_cast<int>(std::max<int64_t>(0, left.count())));
  } while (ready < 0 && errno == EINTR);
  ::close(fd);
  return ready > 0;
}

}  // namespace

Outcome<Finished> RunProgram(const std::vector<std::string>& arguments, const fs::path& working_directory,
                             std::chrono::milliseconds limit) {
  const fs::path log = working_directory / "program.log";
  FileActions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(actions.get(), 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_adddup2(actions.get(), 1, 2);
  ::posix_spawn_file_actions_addchdir_np(actions.get(), working_directory.c_str());
  std::vector<char*> argv;
  for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (const int error = ::posix_spawnp(&pid, argv[0], actions.get(), nullptr, argv.data(), environ); error != 0) {
    if (error == ENOENT)
      return Fail(Status::kFailedPrecondition, arguments[0] + " is not installed; `make setup` installs it");
    return Fail(Status::kUnavailable, arguments[0] + ": " + std::strerror(error));
  }
  const bool in_time = WaitFor(pid, limit);
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) {
    return Fail(Status::kDeadlineExceeded,
                arguments[0] + " did not finish within " + std::to_string(limit.count() / 1000) + " s");
  }
  LINNET_ASSIGN(const std::vector<uint8_t> output, ReadWholeFile(log));
  Finished finished{.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                    .output = std::string(output.begin(), output.end())};
  if (finished.exit_code == 127 && finished.output.empty()) {
    return Fail(Status::kFailedPrecondition, arguments[0] + " is not installed; `make setup` installs it");
  }
  return finished;
}

Outcome<TemporaryDirectory> TemporaryDirectory::Create() {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "linnet-profile.XXXXXX").string();
  if (error || ::mkdtemp(pattern.data()) == nullptr)
    return Fail(Status::kUnavailable, "no temporary directory: " + pattern);
  return TemporaryDirectory(pattern);
}
TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Outcome<std::vector<uint8_t>> ReadWholeFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(Status::kNotFound, path.string() + ": can't be read");
  return std::vector<uint8_t>(std::istreambuf_iterator<char>(file), {});
}

Outcome<void> WriteWholeFile(const fs::path& path, const std::vector<uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return Fail(Status::kUnavailable, path.string() + ": writing failed; is the disk full?");
  return {};
}

}  // namespace linnet::profile
