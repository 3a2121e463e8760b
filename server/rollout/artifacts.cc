#include "linnet/rollout/artifacts.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "linnet/crypto/sha256.h"
#include "linnet/package/describe.h"

namespace linnet::rollout {
namespace {

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// Reads blocks from the file as they are pushed: no image is held in memory, however many devices take it.
class FileBody final : public lwm2m_server::BodySource {
 public:
  FileBody(int descriptor, uint32_t size_bytes) : file_(descriptor), size_bytes_(size_bytes) {}
  uint32_t size_bytes() const override { return size_bytes_; }
  bool Read(uint32_t offset_bytes, MutableByteSpan out) override {
    return pread(file_.get(), out.data(), out.size(), offset_bytes) == static_cast<ssize_t>(out.size());
  }

 private:
  File file_;
  uint32_t size_bytes_;
};

// Under a name of its own first: a file with the artifact's name is always complete.
Outcome<void> WriteFile(const std::filesystem::path& path, ByteSpan bytes) {
  const std::filesystem::path part = path.string() + ".part";
  const auto failed = [&](const char* what) {
    const std::string reason = std::strerror(errno);
    unlink(part.c_str());
    return Fail(Status::kUnavailable, std::string("artifact: cannot ") + what + " " + path.string() + ": " + reason);
  };
  {
    const File file(open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) return failed("create");
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t wrote = write(file.get(), bytes.data() + done, bytes.size() - done);
      if (wrote <= 0) return failed("write");
      done += static_cast<size_t>(wrote);
    }
    if (fsync(file.get()) != 0) return failed("write");
  }
  if (rename(part.c_str(), path.c_str()) != 0) return failed("rename");
  return {};
}

}  // namespace

Outcome<store::Artifact> Artifacts::Add(ByteSpan package, int64_t created_at_ms) {
  LINNET_ASSIGN(const package::PackageInfo info, package::Describe(package));
  store::Artifact artifact;
  artifact.id = package::ToHex(crypto::HashSha256(package));
  if (auto known = store_.GetArtifact(artifact.id)) return known;
  artifact.version = info.version;
  artifact.sequence = info.sequence_number;
  artifact.size_bytes = package.size();
  artifact.digest_a = package::ToHex(info.digest_a);
  artifact.digest_b = package::ToHex(info.digest_b);
  artifact.class_id = package::ToHex(info.class_id);
  artifact.board = info.board;
  artifact.key_id = info.key_id;
  artifact.created_at_ms = created_at_ms;
  if (auto written = WriteFile(folder_ / artifact.id, package); !written) return std::unexpected(written.error());
  if (auto stored = store_.AddArtifact(artifact); !stored) return std::unexpected(stored.error());
  return artifact;
}

Outcome<std::shared_ptr<lwm2m_server::BodySource>> Artifacts::Open(const store::Artifact& artifact) {
  const std::filesystem::path path = folder_ / artifact.id;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return Fail(Status::kDataLoss, "artifact: " + path.string() + " is gone: " + std::strerror(errno));
  }
  auto body = std::make_shared<FileBody>(descriptor, static_cast<uint32_t>(artifact.size_bytes));
  if (lseek(descriptor, 0, SEEK_END) != static_cast<off_t>(artifact.size_bytes)) {
    return Fail(Status::kDataLoss, "artifact: " + path.string() + " has changed in size");
  }
  return body;
}

}  // namespace linnet::rollout
