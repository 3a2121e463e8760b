#include "board.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>

#include "linnet/board_tools/flash_image.h"
#include "linnet/board_tools/qemu.h"
#include "linnet/crypto/key_file.h"
#include "output_file.h"

namespace linnet::cli {

Done NewBoard(const Console& console, const NewBoardOptions& options) {
  const std::string boot_file =
      options.boot.empty() ? (SourceRoot() / "build/m4/firmware/boot.bin").string() : options.boot;
  const auto boot = ReadWhole(boot_file);
  if (!boot) return std::unexpected(boot.error());
  const auto package = ReadWhole(options.package);
  if (!package) return std::unexpected(package.error());
  board_tools::FlashImageRequest request;
  request.boot = AsBytes(*boot);
  request.package = AsBytes(*package);
  request.endpoint = options.name;
  request.server = options.server;
  for (const std::string& file : options.trust) {
    const auto key = crypto::LoadPublicKey(file);
    if (!key) return std::unexpected(Failure(key.error()));
    request.trusted.push_back(*key);
  }
  if (auto made = board_tools::MakeFlashImage(options.out, request); !made)
    return std::unexpected(Failure(made.error()));
  console.Result({{"flash", options.out}, {"name", options.name}, {"board", request.board}, {"server", options.server}},
                 fmt::format("{}: the flash of {}, a {}", options.out, options.name, request.board));
  console.Next("linnet board run --flash " + options.out);
  return {};
}

Done RunBoard(const Console& console, const RunBoardOptions& options) {
  board_tools::QemuOptions qemu;
  qemu.flash = options.flash;
  qemu.serial = options.serial;
  qemu.capture = options.capture;
  auto command = board_tools::QemuCommand(qemu);
  if (!command) return std::unexpected(Failure(command.error()));
  if (console.json) console.Result({{"command", *command}, {"pid", getpid()}}, "");
  std::vector<char*> argv;
  for (std::string& argument : *command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  return Failed(fmt::format("{} cannot be started: {}; make setup installs it", argv[0], std::strerror(errno)));
}

}  // namespace linnet::cli
