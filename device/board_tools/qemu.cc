#include "linnet/board_tools/qemu.h"

#include <array>
#include <cstdio>
#include <fstream>

#include "linnet/crypto/sha256.h"
#include "linnet/host/file_flash.h"
#include "linnet/platform/flash_map.h"
#include "linnet/storage/key_value_store.h"

namespace linnet::board_tools {
namespace {

// 52:54:00 is what QEMU itself gives; the rest tells boards apart.
std::string MacOf(ByteSpan name) {
  auto digest = crypto::HashSha256(name);
  std::array<char, 18> text;
  std::snprintf(text.data(), text.size(), "52:54:00:%02x:%02x:%02x", digest[0], digest[1], digest[2]);
  return text.data();
}

// QEMU's option syntax: a comma in a value is doubled.
std::string Quoted(const std::filesystem::path& path) {
  std::string out;
  for (char c : path.string()) {
    out += c;
    if (c == ',') out += c;
  }
  return out;
}

}  // namespace

Outcome<std::vector<std::string>> QemuCommand(const QemuOptions& options) {
  LINNET_ASSIGN(auto flash, host::FileFlash::Open(options.flash));
  std::filesystem::path reset = options.flash;
  reset += ".reset";
  std::ofstream file(reset, std::ios::binary);
  file.write(reinterpret_cast<const char*>(flash->memory().data()), 8);
  file.close();
  if (!file) return Fail(Status::kUnavailable, reset.string() + ": can't be written");

  std::string mac = options.mac;
  if (mac.empty()) {
    storage::KeyValueStore store(*flash, platform::kKeyValueArea.first_sector);
    auto name = Ok(store.Open()) ? store.Get("endpoint") : Result<ByteSpan>(linnet::Fail(Status::kNotFound));
    mac = MacOf(name ? *name : AsBytes(options.flash.string()));
  }
  std::vector<std::string> command = {
      "qemu-system-arm",
      "-M",
      "mps2-an386,memory-backend=flash",
      "-object",
      "memory-backend-file,id=flash,size=16M,share=on,mem-path=" + Quoted(options.flash),
      "-device",
      "loader,addr=0,force-raw=on,file=" + Quoted(reset),
      "-nic",
      "user,id=net,model=lan9118,mac=" + mac,
      "-display",
      "none",
      "-monitor",
      "none",
      "-serial",
      options.serial.empty() ? "stdio" : "file:" + Quoted(options.serial)};
  if (!options.capture.empty()) {
    command.insert(command.end(), {"-object", "filter-dump,id=capture,netdev=net,file=" + Quoted(options.capture)});
  }
  return command;
}

}  // namespace linnet::board_tools
