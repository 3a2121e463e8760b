#include "output_file.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

namespace linnet::cli {
namespace fs = std::filesystem;

Done WriteWhole(const fs::path& file, std::string_view bytes) {
  std::error_code error;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  const fs::path part = file.string() + ".part" + std::to_string(getpid());
  {
    std::ofstream out(part, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) {
      const std::string reason = std::strerror(errno);
      fs::remove(part, error);
      return Failed(file.string() + ": cannot be written: " + reason);
    }
  }
  fs::rename(part, file, error);
  if (error) {
    std::error_code ignored;
    fs::remove(part, ignored);
    return Failed(file.string() + ": cannot be written: " + error.message());
  }
  return {};
}

Answer<std::string> ReadWhole(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || fs::is_directory(file))
    return Failed(file.string() + ": cannot be read: " + (fs::exists(file) ? "not a file" : "no such file"));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Answer<ScratchFolder> ScratchFolder::Make() {
  std::string name = (fs::temp_directory_path() / "linnet-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return Failed(name + ": " + std::strerror(errno));
  return ScratchFolder(name);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

int RunProgram(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);  // stdout is for results
    execvp(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

fs::path SourceRoot() {
  if (const char* root = std::getenv("LINNET_ROOT"); root != nullptr && *root != '\0') return root;
  return LINNET_SOURCE_DIR;
}

fs::path ProgramFolder() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::current_path() : self.parent_path();
}

}  // namespace linnet::cli
