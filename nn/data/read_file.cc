#include <zlib.h>

#include <memory>

#include "linnet/data/idx.h"

namespace linnet::data {
namespace {

struct CloseGz {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

}  // namespace

// gzread passes files that are not gzip through as they are, so one path serves both kinds.
Outcome<std::vector<uint8_t>> ReadFileUnpacked(const std::string& path, size_t limit_bytes) {
  std::unique_ptr<gzFile_s, CloseGz> file(gzopen(path.c_str(), "rb"));
  if (!file) return Fail(Status::kNotFound, path + ": cannot be opened");
  gzbuffer(file.get(), 1 << 18);

  std::vector<uint8_t> bytes;
  std::vector<uint8_t> chunk(1 << 20);
  for (;;) {
    const int count = gzread(file.get(), chunk.data(), static_cast<unsigned>(chunk.size()));
    if (count < 0) {
      int code = Z_OK;
      const char* reason = gzerror(file.get(), &code);
      return Fail(Status::kDataLoss, path + ": cannot be unpacked: " + reason);
    }
    if (count == 0) break;
    if (bytes.size() + static_cast<size_t>(count) > limit_bytes) {
      return Fail(Status::kDataLoss, path + ": larger than " + std::to_string(limit_bytes) + " bytes");
    }
    bytes.insert(bytes.end(), chunk.begin(), chunk.begin() + count);
  }
  // A stream that stops in the middle ends in a short read without an error from gzread.
  int code = Z_OK;
  const char* reason = gzerror(file.get(), &code);
  if (code != Z_OK && code != Z_STREAM_END) {
    return Fail(Status::kDataLoss, path + ": cut short: " + reason);
  }
  return bytes;
}

}  // namespace linnet::data
