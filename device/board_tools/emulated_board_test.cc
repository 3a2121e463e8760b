// Boot and firmware in QEMU, from a flash made as `linnet board new` makes it: what the serial terminal says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "linnet/board_tools/flash_image.h"
#include "linnet/board_tools/qemu.h"
#include "linnet/boot/boot_state.h"
#include "linnet/boot/installer.h"
#include "linnet/crypto/key_file.h"
#include "linnet/host/file_flash.h"
#include "linnet/package/build.h"
#include "linnet/platform/flash_map.h"
#include "linnet/storage/key_value_store.h"

namespace linnet::board_tools {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::vector<uint8_t> ReadBytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fs::path PartsFolder() {
  const char* build = std::getenv("LINNET_M4_BUILD");
  return (build != nullptr ? fs::path(build) : fs::path(LINNET_SOURCE_DIR) / "build/m4") / "firmware";
}

// QEMU with a flash; ends with the object.
class Emulator {
 public:
  explicit Emulator(const fs::path& flash) : serial_(flash.string() + ".log") {
    fs::remove(serial_);
    auto command = QemuCommand({.flash = flash, .serial = serial_, .capture = {}, .mac = {}});
    EXPECT_TRUE(command) << command.error().message;
    std::vector<char*> arguments;
    for (std::string& argument : *command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    EXPECT_EQ(posix_spawnp(&pid_, arguments[0], nullptr, nullptr, arguments.data(), environ), 0);
  }
  ~Emulator() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  std::string text() const {
    std::stringstream text;
    text << std::ifstream(serial_).rdbuf();
    return text.str();
  }
  // Waits until the serial terminal has shown `line`.
  bool Shows(const std::string& line, int seconds = 60) const {
    for (int i = 0; i < 20 * seconds; ++i) {
      if (text().find(line) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

 private:
  fs::path serial_;
  pid_t pid_ = 0;
};

class EmulatedBoardTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!fs::exists(PartsFolder() / "boot.bin")) return;
    folder_ = fs::temp_directory_path() / ("emulated_board_test." + std::to_string(getpid()));
    fs::create_directories(folder_);
    std::ofstream images(folder_ / "images.bin", std::ios::binary);
    for (char digit = 0; digit < 10; ++digit) {
      std::string record(786, '\0');
      record[0] = record[1] = digit;
      for (int i = 0; i < 56; ++i) record[static_cast<size_t>(2 + (2 * digit + 4) * 28 + i)] = '\x7F';
      images << record;
    }
    images.close();
    BuildFirmware(fs::path(LINNET_SOURCE_DIR) / "device/board_tools/testdata/model", folder_ / "firmware");
    built_ = true;
  }
  static void BuildFirmware(const fs::path& model, const fs::path& out) {
    std::string command = std::string(LINNET_SOURCE_DIR) + "/tools/build_firmware.sh " + model.string() + ' ' +
                          out.string() + " rows-1 " + (folder_ / "images.bin").string();
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  static void TearDownTestSuite() {
    std::error_code error;
    if (!folder_.empty()) fs::remove_all(folder_, error);
  }
  void SetUp() override {
    if (!built_) GTEST_SKIP() << PartsFolder() << ": the board's libraries are not built";
    auto key = crypto::PrivateKey::Generate();
    ASSERT_TRUE(key);
    key_ = std::make_unique<crypto::PrivateKey>(std::move(*key));
    flash_ = folder_ / "flash.bin";
    fs::remove(flash_);
  }

  std::vector<uint8_t> Package(const std::string& version, uint64_t sequence,
                               const fs::path& firmware = "firmware") const {
    auto image_a = ReadBytes(folder_ / firmware / "image_a.bin");
    auto image_b = ReadBytes(folder_ / firmware / "image_b.bin");
    auto package = package::Build({image_a, image_b, "mps2-an386", version, sequence}, *key_);
    EXPECT_TRUE(package) << package.error().message;
    return *package;
  }

  void MakeFlash() const {
    auto boot = ReadBytes(PartsFolder() / "boot.bin");
    auto package = Package("rows-1", 1);
    FlashImageRequest request;
    request.boot = boot;
    request.trusted = {key_->public_key()};
    request.package = package;
    request.endpoint = "test-board";
    request.server = "10.0.2.2:9";  // nobody answers
    auto made = MakeFlashImage(flash_, request);
    ASSERT_TRUE(made) << made.error().message;
  }

  // What the running firmware of slot A would do with an update.
  void InstallInSlotB(const std::vector<uint8_t>& package) const {
    auto flash = host::FileFlash::Open(flash_);
    ASSERT_TRUE(flash);
    storage::KeyValueStore store(**flash, platform::kKeyValueArea.first_sector);
    ASSERT_EQ(store.Open(), Status::kOk);
    boot::BootState state(store);
    ASSERT_EQ(state.Load(), Status::kOk);
    const boot::Identity identity = boot::IdentityOf(**flash, package::ClassIdOf("mps2-an386"));
    boot::Installer installer(**flash, state, identity, platform::Slot::kA);
    ASSERT_EQ(installer.Begin(), Status::kOk);
    ASSERT_EQ(installer.Write(package), Status::kOk) << installer.reason();
    ASSERT_EQ(installer.Finish(), Status::kOk) << installer.reason();
    ASSERT_EQ(installer.Apply(), Status::kOk);
  }

  static inline fs::path folder_;
  static inline bool built_ = false;
  std::unique_ptr<crypto::PrivateKey> key_;
  fs::path flash_;
};

TEST_F(EmulatedBoardTest, BootsTheConfirmedSlotAndRunsAPassWithoutAServer) {
  MakeFlash();
  Emulator board(flash_);
  ASSERT_TRUE(board.Shows("pass 1: ")) << board.text();
  ASSERT_TRUE(board.Shows("network: address 10.0.2.15\n")) << board.text();
  EXPECT_THAT(board.text(), HasSubstr("boot: slot A version rows-1 digest "));
  EXPECT_THAT(board.text(), HasSubstr(".. confirmed\n"));
  EXPECT_THAT(board.text(), HasSubstr("model rows-1: golden vectors 2/2 equal\n"));
  EXPECT_THAT(board.text(), HasSubstr("pass 1: rows-1 10/10 correct\n"));
}

TEST_F(EmulatedBoardTest, AnUpdateInSlotBRunsOnTrialAndRevertsAfterThreeStarts) {
  MakeFlash();
  InstallInSlotB(Package("rows-2", 2));
  for (int start = 1; start <= 3; ++start) {
    Emulator board(flash_);
    ASSERT_TRUE(board.Shows("pass 1: rows-1 10/10 correct\n")) << board.text();
    EXPECT_THAT(board.text(), HasSubstr("boot: slot B version rows-2"));
    EXPECT_THAT(board.text(), HasSubstr("trial " + std::to_string(start) + "/3\n"));
    EXPECT_THAT(board.text(), HasSubstr("golden vectors 2/2 equal\n"));
  }
  Emulator board(flash_);
  ASSERT_TRUE(board.Shows("pass 1: ")) << board.text();
  EXPECT_THAT(board.text(), HasSubstr("boot: slot A version rows-1"));
  EXPECT_THAT(board.text(), HasSubstr("boot: last update: "));
}

TEST_F(EmulatedBoardTest, BootStartsNothingThatItsKeysDidNotSign) {
  MakeFlash();
  {
    std::fstream file(flash_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(platform::kFirmwareAreaA.offset_bytes + platform::kSlotImageOffset + 0x400);
    char byte = 0;
    file.read(&byte, 1);
    byte = static_cast<char>(byte ^ 1);
    file.seekp(platform::kFirmwareAreaA.offset_bytes + platform::kSlotImageOffset + 0x400);
    file.write(&byte, 1);
  }
  Emulator board(flash_);
  EXPECT_TRUE(board.Shows("boot: no slot holds a signed firmware")) << board.text();
}

// Its golden vectors pass, but the first demo image never ends: the watchdog's NMI names the place and resets.
TEST_F(EmulatedBoardTest, AFirmwareThatHangsComesBackByTheWatchdog) {
  MakeFlash();
  const fs::path model = folder_ / "hanging";
  fs::copy(fs::path(LINNET_SOURCE_DIR) / "device/board_tools/testdata/model", model, fs::copy_options::recursive);
  std::string code(AsText(ReadBytes(model / "model.cc")));
  const std::string pixels = "const int8_t* pixels = output + 16;";
  ASSERT_NE(code.find(pixels), std::string::npos);
  code.insert(code.find(pixels) + pixels.size(), "  while (pixels[4 * 28] == -1) asm volatile(\"\");");  // 0x7F - 128
  std::ofstream(model / "model.cc") << code;
  BuildFirmware(model, folder_ / "firmware_hanging");
  InstallInSlotB(Package("rows-2", 2, "firmware_hanging"));

  Emulator board(flash_);
  ASSERT_TRUE(board.Shows("last reset: watchdog expired at 0x2108")) << board.text();
  EXPECT_THAT(board.text(), HasSubstr("trial 1/3\n"));
  EXPECT_THAT(board.text(), HasSubstr("trial 2/3\n"));
}

// The images differ in addresses alone: each word of slot B that differs does so by the distance of the slots (a pointer), or
// is half of a MOVW/MOVT pair that loads one; nothing else may depend on where the firmware stands.
TEST_F(EmulatedBoardTest, TheTwoLinksDifferOnlyInAddresses) {
  auto a = ReadBytes(folder_ / "firmware/image_a.bin");
  auto b = ReadBytes(folder_ / "firmware/image_b.bin");
  ASSERT_EQ(a.size(), b.size());
  constexpr uint32_t kDistance = platform::kFirmwareAreaB.offset_bytes - platform::kFirmwareAreaA.offset_bytes;
  size_t pointers = 0, others = 0;
  for (size_t i = 0; i + 4 <= a.size(); i += 4) {
    const uint32_t word_a = LoadLe32(&a[i]), word_b = LoadLe32(&b[i]);
    if (word_a == word_b) continue;
    if (word_b - word_a == kDistance && word_a >> 20 == 0x210) {
      ++pointers;
    } else {
      ++others;
    }
  }
  EXPECT_GT(pointers, 48u);
  // MOVT with 0x2102 against 0x2108 differs in one bit field of one or two words; far fewer than pointers.
  EXPECT_LT(others, pointers);
  RecordProperty("pointers", static_cast<int>(pointers));
  RecordProperty("others", static_cast<int>(others));
}

}  // namespace
}  // namespace linnet::board_tools
