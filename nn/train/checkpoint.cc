#include "linnet/train/checkpoint.h"

#include <bit>
#include <cstring>
#include <fstream>
#include <iterator>

#include "linnet/crypto/sha256.h"

namespace linnet::train {
namespace {

static_assert(std::endian::native == std::endian::little, "floats are copied as they lie in memory");

// Written to disk: never renumber. docs/formats/checkpoint.md
constexpr std::string_view kMagic = "LNCK";
constexpr uint32_t kVersion = 1;

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
    count *= size;
    if (size > reader.left() || count > reader.left()) return false;  // a float is more than a byte
    parameter->shape.push_back(static_cast<int>(size));
  }
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
  if (const uint32_t version = reader.Number(); version != kVersion) {
    return Fail(Status::kUnimplemented, name + ": a checkpoint of version " + std::to_string(version) +
                                            "; this program reads version " + std::to_string(kVersion));
  }
  if (!Equal(crypto::HashSha256(body), bytes.last(crypto::kSha256Bytes))) {
    return Fail(Status::kDataLoss, name + ": cut short or changed: its SHA-256 does not match");
  }
  Checkpoint checkpoint{reader.Text(), {}};
  for (uint32_t left = reader.Number(); left > 0; --left) {
    Parameter parameter;
    if (!ReadParameter(reader, &parameter))
      return Fail(Status::kDataLoss, name + ": a tensor's sizes are beyond the file");
    checkpoint.parameters.push_back(std::move(parameter));
  }
  if (reader.cut_short() || !reader.at_end()) return Fail(Status::kDataLoss, name + ": bytes missing or left over");
  return checkpoint;
}

Outcome<Checkpoint> ReadCheckpoint(const std::string& path, const Architecture& architecture) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(Status::kNotFound, path + ": cannot be opened");
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  LINNET_ASSIGN(Checkpoint checkpoint, ParseCheckpoint(path, AsBytes(bytes)));

  const std::vector<Parameter> expected = ParametersOf(architecture);
  bool same = checkpoint.architecture == architecture.name && checkpoint.parameters.size() == expected.size();
  for (size_t i = 0; same && i < expected.size(); ++i) {
    same = checkpoint.parameters[i].name == expected[i].name && checkpoint.parameters[i].shape == expected[i].shape;
  }
  if (!same) {
    return Fail(Status::kFailedPrecondition, path + ": a checkpoint of `" + checkpoint.architecture +
                                                 "` whose tensors are not those of `" + architecture.name +
                                                 "` for images of " + std::to_string(architecture.height) + "x" +
                                                 std::to_string(architecture.width));
  }
  return checkpoint;
}

}  // namespace linnet::train
