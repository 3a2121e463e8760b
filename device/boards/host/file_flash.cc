#include "linnet/host/file_flash.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "linnet/platform/flash_map.h"

namespace linnet::host {
namespace {

std::string Reason(const std::filesystem::path& path) { return path.string() + ": " + std::strerror(errno); }

}  // namespace

Outcome<std::unique_ptr<FileFlash>> FileFlash::Create(const std::filesystem::path& path) {
  int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return Fail(errno == EEXIST ? Status::kAlreadyExists : Status::kUnavailable, Reason(path));
  if (ftruncate(file, kFileBytes) != 0) {
    auto error = Fail(Status::kUnavailable, Reason(path));
    close(file);
    unlink(path.c_str());
    return error;
  }
  auto flash = Map(path, file);
  if (flash) std::memset((*flash)->memory_, 0xFF, platform::kFlashBytes);
  return flash;
}

Outcome<std::unique_ptr<FileFlash>> FileFlash::Open(const std::filesystem::path& path) {
  int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return Fail(errno == ENOENT ? Status::kNotFound : Status::kUnavailable, Reason(path));
  struct stat information {};
  if (fstat(file, &information) != 0 || information.st_size != static_cast<off_t>(kFileBytes)) {
    close(file);
    return Fail(Status::kInvalidArgument, path.string() + ": not a flash image: it is not 16 MB long");
  }
  return Map(path, file);
}

Outcome<std::unique_ptr<FileFlash>> FileFlash::Map(const std::filesystem::path& path, int file) {
  void* memory = mmap(nullptr, platform::kFlashBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) return Fail(Status::kUnavailable, Reason(path));
  return std::unique_ptr<FileFlash>(new FileFlash(static_cast<uint8_t*>(memory)));
}

FileFlash::~FileFlash() { munmap(memory_, platform::kFlashBytes); }

uint32_t FileFlash::size_bytes() const { return platform::kFlashBytes; }

uint32_t FileFlash::sector_count() const { return platform::kFlashSectorCount; }

platform::Sector FileFlash::sector(uint32_t index) const { return platform::FlashSector(index); }

ByteSpan FileFlash::memory() const { return {memory_, platform::kFlashBytes}; }

Status FileFlash::DoProgram(uint32_t offset_bytes, ByteSpan data) {
  uint8_t* to = memory_ + offset_bytes;
  for (size_t i = 0; i < data.size(); ++i) {
    if ((data[i] & ~to[i]) != 0) return Status::kFailedPrecondition;
  }
  std::memcpy(to, data.data(), data.size());
  return Status::kOk;
}

Status FileFlash::DoEraseSector(uint32_t index) {
  platform::Sector sector = platform::FlashSector(index);
  std::memset(memory_ + sector.offset_bytes, 0xFF, sector.size_bytes);
  return Status::kOk;
}

}  // namespace linnet::host
