#include "firmware_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <sstream>
#include <thread>

#include "board.h"
#include "child_process.h"
#include "firmware.h"
#include "linnet/board_tools/qemu.h"
#include "network_study.h"
#include "output_file.h"

namespace linnet::cli {
namespace fs = std::filesystem;
namespace {

// A pass takes seconds; a machine that does much else is given its time.
constexpr std::chrono::minutes kPatience{10};

Answer<std::string> SymbolsOf(const fs::path& elf) {
  std::string text;
  ChildProcess nm{"arm-none-eabi-nm", {"-S", elf.string()}, [&](const std::string& line) { text += line + "\n"; }, ""};
  if (RunChild(nm) != 0) return Failed("arm-none-eabi-nm -S " + elf.string() + " failed; make setup installs it");
  return text;
}

// QEMU as a child that ends when this object goes.
class Board {
 public:
  explicit Board(std::vector<std::string> command, const fs::path& log) {
    std::vector<char*> argv;
    for (std::string& argument : command) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const std::string log_name = log.string();
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int file = open(log_name.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    if (getppid() == parent) execvp(argv[0], argv.data());
    _exit(127);
  }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;
  ~Board() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  bool runs() {
    if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ > 0;
  }

 private:
  pid_t pid_ = -1;
};

Answer<std::string> SerialOfFirstPass(const fs::path& folder, const fs::path& flash) {
  board_tools::QemuOptions qemu;
  qemu.flash = flash;
  qemu.serial = folder / "serial.txt";
  const auto command = board_tools::QemuCommand(qemu);
  if (!command) return std::unexpected(Failure(command.error()));
  Board board(*command, folder / "qemu.log");
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (board.runs() && std::chrono::steady_clock::now() < end && !Interrupted()) {
    const auto text = ReadWhole(qemu.serial);
    const size_t at = text ? text->find("memory: ") : std::string::npos;
    if (at != std::string::npos && text->find('\n', at) != std::string::npos) return *text;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const auto log = ReadWhole(folder / "qemu.log"), serial = ReadWhole(qemu.serial);
  return Failed("the firmware did not say what memory it takes; QEMU: " + log.value_or("") +
                "; the board: " + serial.value_or("nothing"));
}

// Signed with a key of its own, which nobody keeps, in the flash of a board that asks a server where none is.
Answer<std::string> FirstPass(const Console& console, const fs::path& image) {
  auto scratch = ScratchFolder::Make();
  if (!scratch) return std::unexpected(scratch.error());
  const fs::path& folder = scratch->path();
  const std::string stem = folder / "board";
  if (auto made = MakeKeys(console, stem); !made) return std::unexpected(made.error());
  SignOptions sign;
  sign.image = image;
  sign.key = stem + ".key";
  sign.sequence = 1;
  sign.out = folder / "firmware.suit";
  if (auto made = SignFirmware(console, sign); !made) return std::unexpected(made.error());
  NewBoardOptions board;
  board.out = folder / "flash.bin";
  board.package = sign.out;
  board.name = "measured";
  board.trust = {stem + ".pub"};
  board.server = "10.0.2.2:9";  // the discard port
  if (auto made = NewBoard(console, board); !made) return std::unexpected(made.error());
  return SerialOfFirstPass(folder, board.out);
}

}  // namespace

Answer<Json> HeapOwners(const std::string& symbols) {
  uint64_t lwip_heap = 0, lwip_pools = 0, mbedtls = 0;
  std::istringstream lines(symbols);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string address, size, type, name;
    if (!(words >> address >> size >> type >> name)) continue;
    const uint64_t bytes = std::strtoull(size.c_str(), nullptr, 16);
    // Both figures say 0 because neither is there; one that is would have to be measured.
    if (name == "malloc" || name == "_sbrk")
      return Failed("the firmware links " + name + ": its heap is not known here");
    if (name == "ram_heap") lwip_heap += bytes;
    if (name.starts_with("memp_memory_")) lwip_pools += bytes;
    // linnet::crypto::(anonymous namespace)::pool
    if (name == "_ZN6linnet6crypto12_GLOBAL__N_14poolE") mbedtls += bytes;
  }
  if (lwip_heap == 0 || lwip_pools == 0 || mbedtls == 0)
    return Failed("the firmware has no symbols ram_heap, memp_memory_* and mbedTLS's pool: is it one of ours?");
  return Json{{"heap_bytes", lwip_heap + lwip_pools + mbedtls},
              {"heap_malloc_bytes", 0},
              {"heap_mbedtls_pool_bytes", mbedtls},
              {"heap_lwip_heap_bytes", lwip_heap},
              {"heap_lwip_pools_bytes", lwip_pools},
              {"heap_rtos_bytes", 0}};
}

Answer<Json> MemoryLine(const std::string& serial) {
  const size_t at = serial.rfind("memory: ");
  unsigned used = 0, heap_peak = 0, stack_peak = 0, stack = 0, all_static = 0, arena = 0;
  const char* kForm = "memory: heap %u, at most %u; stack at most %u of %u; static %u; arena %u";
  if (at == std::string::npos ||
      std::sscanf(serial.c_str() + at, kForm, &used, &heap_peak, &stack_peak, &stack, &all_static, &arena) != 6)
    return Failed("the board's terminal has no line of its memory");
  return Json{{"heap_lwip_heap_peak_bytes", heap_peak},
              {"firmware_stack_peak_bytes", stack_peak},
              {"firmware_static_bytes", all_static}};
}

Answer<Json> FirmwareMemory(const Console& console, const std::string& model, const std::string& version,
                            const fs::path& out) {
  Console quiet = console;
  quiet.quiet = true;
  BuildOptions build;
  build.model = model;
  build.board = "mps2-an386";
  build.version = version;
  build.out = out;
  if (auto built = BuildFirmware(quiet, build); !built) return std::unexpected(built.error());
  LINNET_ASSIGN(const Json description, ReadJson(out / "firmware.json"));
  LINNET_ASSIGN(const std::string symbols, SymbolsOf(out / "firmware_a.elf"));
  LINNET_ASSIGN(Json figures, HeapOwners(symbols));
  LINNET_ASSIGN(const std::string serial, FirstPass(quiet, out));
  LINNET_ASSIGN(const Json measured, MemoryLine(serial));
  figures.update(measured);
  figures["firmware_image_bytes"] = description.value("image_bytes", Json());
  return figures;
}

}  // namespace linnet::cli
