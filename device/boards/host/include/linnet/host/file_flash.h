// The board's flash as a file of a host: the first 1.5 MB of it, mapped, with NOR rules. QEMU maps the same file, so what is
// programmed here is what the emulated board sees, and the other way round. Not thread-safe.
#pragma once

#include <filesystem>
#include <memory>

#include "linnet/base/error.h"
#include "linnet/platform/flash.h"

namespace linnet::host {

class FileFlash final : public platform::Flash {
 public:
  // The size of the file: the emulated part is 16 MB, of which the flash map uses the first 1.5 MB.
  static constexpr uint64_t kFileBytes = 16 * 1024 * 1024;

  // Makes `path` anew with every byte of the flash map erased; the rest of the file is a hole.
  // kAlreadyExists: `path` is there | kUnavailable: the file system says no
  static Outcome<std::unique_ptr<FileFlash>> Create(const std::filesystem::path& path);
  // kNotFound | kInvalidArgument: not kFileBytes long | kUnavailable
  static Outcome<std::unique_ptr<FileFlash>> Open(const std::filesystem::path& path);

  ~FileFlash() override;
  FileFlash(const FileFlash&) = delete;
  FileFlash& operator=(const FileFlash&) = delete;

  uint32_t size_bytes() const override;
  uint32_t sector_count() const override;
  platform::Sector sector(uint32_t index) const override;
  ByteSpan memory() const override;

 private:
  explicit FileFlash(uint8_t* memory) : memory_(memory) {}
  static Outcome<std::unique_ptr<FileFlash>> Map(const std::filesystem::path& path, int file);
  Status DoProgram(uint32_t offset_bytes, ByteSpan data) override;
  Status DoEraseSector(uint32_t index) override;

  uint8_t* memory_;
};

}  // namespace linnet::host
