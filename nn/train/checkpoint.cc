#include "linnet/train/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "linnet/crypto/sha256.h"
#include "linnet/train/fold.h"

namespace linnet::train {
namespace {

static_assert(std::endian::native == std::endian::little, "floats are copied as they lie in memory");

// Written to disk: never renumber. docs/formats/checkpoint.md
constexpr std::string_view kMagic = "LNCK";
constexpr uint32_t kVersion = 2;

void PutNumber(std::string& out, uint32_t value) {
  uint8_t bytes[4];
  StoreLe32(bytes, value);
  out.append(AsText(bytes));
}

void PutText(std::string& out, std::string_view text) {
  PutNumber(out, static_cast<uint32_t>(text.size()));
  out.append(text);
}

// Takes numbers and runs of bytes from the front; once something is missing, all that follows is empty.
class Reader {
 public:
  explicit Reader(ByteSpan bytes) : rest_(bytes) {}

  ByteSpan Bytes(size_t count) {
    if (rest_.size() < count) {
      short_ = true;
      return {};
    }
    const ByteSpan taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  uint32_t Number() {
    const ByteSpan bytes = Bytes(4);
    return bytes.empty() ? 0 : static_cast<uint32_t>(LoadLe16(bytes.data()) | LoadLe16(bytes.data() + 2) << 16);
  }
  std::string Text() { return std::string(AsText(Bytes(Number()))); }

  bool cut_short() const { return short_; }
  bool at_end() const { return rest_.empty(); }
  size_t left() const { return rest_.size(); }

 private:
  ByteSpan rest_;
  bool short_ = false;
};

bool ReadParameter(Reader& reader, Parameter* parameter) {
  parameter->name = reader.Text();
  const uint32_t rank = reader.Number();
  if (rank > 8) return false;
  uint64_t count = 1;
  for (uint32_t i = 0; i < rank; ++i) {
    const uint32_t size = reader.Number();
    if (size > INT32_MAX || (size != 0 && count > UINT32_MAX / size)) return false;
    count *= size;
    parameter->shape.push_back(static_cast<int>(size));
  }
  if (count > reader.left() / sizeof(float)) return false;
  const ByteSpan values = reader.Bytes(count * sizeof(float));
  if (reader.cut_short()) return false;
  parameter->values.resize(count);
  if (count != 0) std::memcpy(parameter->values.data(), values.data(), values.size());
  return true;
}

}  // namespace

std::string SerializeCheckpoint(const Checkpoint& checkpoint) {
  std::string out(kMagic);
  PutNumber(out, kVersion);
  PutText(out, checkpoint.architecture);
  PutText(out, checkpoint.notes);
  PutNumber(out, static_cast<uint32_t>(checkpoint.parameters.size()));
  for (const Parameter& parameter : checkpoint.parameters) {
    PutText(out, parameter.name);
    PutNumber(out, static_cast<uint32_t>(parameter.shape.size()));
    for (int size : parameter.shape) PutNumber(out, static_cast<uint32_t>(size));
    out.append(reinterpret_cast<const char*>(parameter.values.data()), parameter.values.size() * sizeof(float));
  }
  return out.append(AsText(crypto::HashSha256(AsBytes(out))));
}

Outcome<Checkpoint> ParseCheckpoint(const std::string& name, ByteSpan bytes) {
  if (bytes.size() < kMagic.size() || AsText(bytes.first(kMagic.size())) != kMagic) {
    return Fail(Status::kDataLoss, name + ": not a checkpoint: it does not begin with LNCK");
  }
  if (bytes.size() < 8 + crypto::kSha256Bytes) return Fail(Status::kDataLoss, name + ": cut short");
  const ByteSpan body = bytes.first(bytes.size() - crypto::kSha256Bytes);
  Reader reader(body.subspan(kMagic.size()));
  const uint32_t version = reader.Number();
  if (version == 0 || version > kVersion) {
    return Fail(Status::kUnimplemented, name + ": a checkpoint of version " + std::to_string(version) +
                                            "; this program reads versions 1 to " + std::to_string(kVersion));
  }
  if (!Equal(crypto::HashSha256(body), bytes.last(crypto::kSha256Bytes))) {
    return Fail(Status::kDataLoss, name + ": cut short or changed: its SHA-256 does not match");
  }
  Checkpoint checkpoint{reader.Text(), {}, {}};
  if (version >= 2) checkpoint.notes = reader.Text();
  for (uint32_t left = reader.Number(); left > 0; --left) {
    Parameter parameter;
    if (!ReadParameter(reader, &parameter))
      return Fail(Status::kDataLoss, name + ": a tensor's sizes are beyond the file");
    checkpoint.parameters.push_back(std::move(parameter));
  }
  if (reader.cut_short() || !reader.at_end()) return Fail(Status::kDataLoss, name + ": bytes missing or left over");
  return checkpoint;
}

Outcome<Checkpoint> ReadWholeCheckpoint(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(Status::kNotFound, path + ": cannot be opened");
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  return ParseCheckpoint(path, AsBytes(bytes));
}

Outcome<Start> ReadCheckpoint(const std::string& path, const Architecture& architecture) {
  LINNET_ASSIGN(Checkpoint checkpoint, ReadWholeCheckpoint(path));
  // checkpoint.bin is folded already; one from the midst of a run says its normalisation in tensors of its own.
  const bool normalised =
      std::ranges::any_of(checkpoint.parameters, [](const Parameter& p) { return p.name.ends_with("/gamma"); });
  std::vector<Parameter> folded;
  if (checkpoint.architecture != architecture.name ||
      !FoldBatchNorm(normalised ? architecture : Folded(architecture), checkpoint.parameters, &folded)) {
    return Fail(Status::kFailedPrecondition, path + ": a checkpoint of `" + checkpoint.architecture +
                                                 "` whose tensors are not those of `" + architecture.name +
                                                 "` for images of " + std::to_string(architecture.height) + "x" +
                                                 std::to_string(architecture.width));
  }
  const bool masked =
      std::ranges::any_of(checkpoint.parameters, [](const Parameter& p) { return p.name.ends_with(":mask"); });
  return Start{std::move(folded), masked || checkpoint.notes == kPrunedNotes};
}

Outcome<void> ReplaceFile(const std::string& path, const std::string& bytes) {
  const std::string next = path + ".next";
  const auto failed = [&] {
    const int code = errno;
    unlink(next.c_str());
    return Fail(
        code == EACCES || code == EPERM || code == EROFS ? Status::kPermissionDenied : Status::kResourceExhausted,
        path + ": cannot be written: " + std::strerror(code));
  };
  const int file = open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return failed();
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = write(file, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    written += static_cast<size_t>(count);
  }
  // On the disk before it gets its name: else a power cut could leave the name with nothing behind it.
  const bool whole = written == bytes.size() && fsync(file) == 0;
  if (close(file) != 0 || !whole) return failed();
  if (rename(next.c_str(), path.c_str()) != 0) return failed();
  return {};
}

}  // namespace linnet::train
