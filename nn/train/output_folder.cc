#include "linnet/train/output_folder.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace linnet::train {
namespace {

namespace fs = std::filesystem;

fs::path Parent(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).parent_path();
}

// The folder the files wait in until all are written; gone with its contents when the run ends.
class Staging {
 public:
  explicit Staging(const fs::path& folder) {
    const fs::path whole = fs::absolute(folder).lexically_normal();
    path_ = (whole.has_filename() ? whole : whole.parent_path()).string() + ".partial-" + std::to_string(getpid());
  }
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Error Cannot(const fs::path& path, const std::error_code& code) {
  return {code == std::errc::permission_denied ? Status::kPermissionDenied : Status::kResourceExhausted,
          path.string() + ": cannot be written: " + code.message()};
}

Outcome<void> WriteFile(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  if (!file) return std::unexpected(Cannot(path, {errno, std::generic_category()}));
  return {};
}

}  // namespace

Outcome<void> CheckOutputFolder(const std::string& folder) {
  std::error_code code;
  if (!fs::exists(folder, code)) {
    fs::path parent = Parent(folder);
    while (!fs::exists(parent, code) && parent.has_relative_path()) parent = parent.parent_path();
    if (access(parent.c_str(), W_OK | X_OK) != 0)
      return std::unexpected(Cannot(folder, {errno, std::generic_category()}));
    return {};
  }
  if (!fs::is_directory(folder, code)) return Fail(Status::kAlreadyExists, folder + ": there is a file of this name");
  if (access(folder.c_str(), W_OK | X_OK) != 0)
    return std::unexpected(Cannot(folder, {errno, std::generic_category()}));
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
    if (entry.path().extension() == ".pb" && entry.path().filename() != kGraphFile) {
      return Fail(Status::kAlreadyExists,
                  entry.path().string() + ": in the way: the folder must hold one .pb only; name another folder");
    }
  }
  return {};
}

Outcome<void> WriteOutputFolder(const std::string& folder, const std::map<std::string, std::string>& files) {
  std::error_code code;
  const Staging staging(folder);
  fs::create_directories(staging.path(), code);
  if (code) return std::unexpected(Cannot(folder, code));
  for (const auto& [name, bytes] : files) {
    if (auto written = WriteFile(staging.path() / name, bytes); !written) return written;
  }
  if (!fs::exists(folder, code)) {
    fs::rename(staging.path(), folder, code);
    if (code) return std::unexpected(Cannot(folder, code));
    return {};
  }
  // The old graph goes first and the new one comes last: in between the folder has none, never one that is not its own.
  fs::remove(fs::path(folder) / kGraphFile, code);
  for (bool graph : {false, true}) {
    for (const auto& [name, bytes] : files) {
      if ((name == kGraphFile) != graph) continue;
      fs::rename(staging.path() / name, fs::path(folder) / name, code);
      if (code) return std::unexpected(Cannot(fs::path(folder) / name, code));
    }
  }
  return {};
}

}  // namespace linnet::train
