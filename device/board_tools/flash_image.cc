#include "linnet/board_tools/flash_image.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "linnet/boot/boot_state.h"
#include "linnet/boot/installer.h"
#include "linnet/boot/verify_slot.h"
#include "linnet/crypto/key_file.h"
#include "linnet/host/file_flash.h"
#include "linnet/package/board.h"
#include "linnet/package/trusted_keys.h"
#include "linnet/platform/flash_map.h"
#include "linnet/storage/key_value_store.h"

namespace linnet::board_tools {
namespace {

Outcome<void> Check(const FlashImageRequest& request) {
  if (request.boot.empty() || request.boot.size() > platform::kTrustedKeysOffset) {
    return Fail(Status::kInvalidArgument, "boot has " + std::to_string(request.boot.size()) + " bytes; 1 to " +
                                              std::to_string(platform::kTrustedKeysOffset) + " fit the boot area");
  }
  if (package::FindBoard(request.board) == nullptr) {
    return Fail(Status::kInvalidArgument, "no board is called " + request.board);
  }
  if (request.trusted.empty())
    return Fail(Status::kInvalidArgument, "a board that trusts no key starts nothing; name one");
  if (request.endpoint.empty() || request.endpoint.size() > 64) {
    return Fail(Status::kInvalidArgument, "the board's name must have 1 to 64 bytes");
  }
  if (request.server.empty() || request.server.size() > 64) {
    return Fail(Status::kInvalidArgument, "the server must be given as address:port");
  }
  return {};
}

Outcome<void> Program(platform::Flash& flash, uint32_t offset_bytes, ByteSpan bytes) {
  std::vector<uint8_t> padded(bytes.begin(), bytes.end());
  padded.resize((padded.size() + 3) / 4 * 4, 0xFF);
  Status status = flash.Program(offset_bytes, padded);
  if (!Ok(status)) return Fail(status, "the flash file could not be written");
  return {};
}

Outcome<void> ProgramKeys(platform::Flash& flash, const std::vector<crypto::P256PublicKey>& keys) {
  std::array<uint8_t, package::kTrustedKeysBytes> table;
  table.fill(0xFF);
  for (const crypto::P256PublicKey& key : keys) {
    Status status = package::AddTrustedKey(table, crypto::KeyIdOf(key), key);
    if (status == Status::kAlreadyExists) continue;
    if (!Ok(status)) return Fail(status, "a board holds at most four trusted keys");
  }
  return Program(flash, platform::kTrustedKeysOffset, table);
}

// A board that runs slot B puts a package into slot A; so the new board's state says B for as long as this takes.
Outcome<void> Install(platform::Flash& flash, boot::BootState& state, const FlashImageRequest& request) {
  const boot::Identity identity = boot::IdentityOf(flash, package::ClassIdOf(request.board));
  Status status = state.FallBack(platform::Slot::kB, "");
  boot::Installer installer(flash, state, identity, platform::Slot::kB);
  if (Ok(status)) status = installer.Begin();
  if (Ok(status)) status = installer.Write(request.package);
  if (Ok(status)) status = installer.Finish();
  if (!Ok(status)) return Fail(status, "the package can't be installed: " + std::string(installer.reason()));
  status = state.FallBack(platform::Slot::kA, "");
  if (Ok(status)) status = state.Note(boot::UpdateResult::kInitial, "");  // nothing was updated yet
  if (!Ok(status)) return Fail(status, "the boot state could not be written");
  return {};
}

Outcome<void> Fill(const std::filesystem::path& file, const FlashImageRequest& request) {
  LINNET_ASSIGN(auto flash, host::FileFlash::Create(file));
  if (auto done = Program(*flash, platform::kBootArea.offset_bytes, request.boot); !done) return done;
  if (auto done = ProgramKeys(*flash, request.trusted); !done) return done;

  storage::KeyValueStore store(*flash, platform::kKeyValueArea.first_sector);
  Status status = store.Open();
  if (Ok(status)) status = store.Put("endpoint", request.endpoint);
  if (Ok(status)) status = store.Put("server", request.server);
  boot::BootState state(store);
  if (Ok(status)) status = state.Load();
  if (!Ok(status)) return Fail(status, "the key-value store could not be written");
  return Install(*flash, state, request);
}

}  // namespace

Outcome<void> MakeFlashImage(const std::filesystem::path& out, const FlashImageRequest& request) {
  if (auto checked = Check(request); !checked) return checked;
  if (std::filesystem::exists(out)) {
    return Fail(Status::kAlreadyExists,
                out.string() + ": is there already and may hold a board's state; remove it first");
  }
  std::filesystem::path draft = out;
  draft += ".new";
  std::error_code error;
  std::filesystem::remove(draft, error);
  auto filled = Fill(draft, request);
  if (!filled) {
    std::filesystem::remove(draft, error);
    return std::unexpected(filled.error().Within(out.string()));
  }
  std::filesystem::rename(draft, out, error);
  if (error) return Fail(Status::kUnavailable, out.string() + ": " + error.message());
  return {};
}

}  // namespace linnet::board_tools
