#include "output_directory.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <utility>

namespace linnet::emit {

namespace fs = std::filesystem;

namespace {

std::unexpected<Error> SystemSaysNo(const fs::path& path, const std::string& reason) {
  return Fail(Status::kUnavailable, path.string() + ": " + reason);
}

}  // namespace

OutputDirectory::OutputDirectory(fs::path target, fs::path staging)
    : target_(std::move(target)), staging_(std::move(staging)) {}
OutputDirectory::OutputDirectory(OutputDirectory&& other) noexcept
    : target_(std::move(other.target_)), staging_(std::exchange(other.staging_, {})) {}

OutputDirectory::~OutputDirectory() {
  std::error_code ignored;
  if (!staging_.empty()) fs::remove_all(staging_, ignored);
}

Outcome<OutputDirectory> OutputDirectory::Create(const fs::path& wanted) {
  std::error_code error;
  fs::path target = fs::absolute(wanted, error).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();  // "out/"
  const fs::file_status status = fs::status(target, error);
  if (fs::exists(status)) {
    const bool ours =
        fs::is_directory(status) && (fs::is_empty(target, error) || fs::exists(target / "report.json", error));
    if (!ours) {
      return Fail(Status::kAlreadyExists,
                  target.string() + " exists and is not a compiled model; choose another place or remove it");
    }
  }
  fs::create_directories(target.parent_path(), error);
  if (error) return SystemSaysNo(target.parent_path(), error.message());
  std::string pattern = (target.parent_path() / ("." + target.filename().string() + ".XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) return SystemSaysNo(pattern, std::strerror(errno));
  ::chmod(pattern.c_str(), 0755);
  return OutputDirectory(target, pattern);
}

Outcome<void> OutputDirectory::Write(const std::string& name, const std::string& content) {
  std::ofstream file(staging_ / name, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) return SystemSaysNo(target_ / name, "writing failed; is the disk full?");
  return {};
}

Outcome<void> OutputDirectory::Publish() {
  if (::rename(staging_.c_str(), target_.c_str()) == 0) {  // nothing there, or an empty directory
    staging_.clear();
    return {};
  }
  // The old model and the new one change places; the destructor removes the old.
  if (::renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) != 0) {
    return SystemSaysNo(target_, std::strerror(errno));
  }
  return {};
}

}  // namespace linnet::emit
