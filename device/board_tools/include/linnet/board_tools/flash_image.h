// Makes the flash of a new board on a host: boot, trusted keys, a name, and a package installed by the very code that a
// board installs an update with.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/crypto/ecdsa_p256.h"

namespace linnet::board_tools {

struct FlashImageRequest {
  ByteSpan boot;                               // boot.bin
  std::vector<crypto::P256PublicKey> trusted;  // 1 to 4
  ByteSpan package;                            // a signed package, goes to slot A and is confirmed
  std::string board = "mps2-an386";
  std::string endpoint;                  // the name it registers with, 1 to 64 bytes
  std::string server = "10.0.2.2:5683";  // address:port as the board sees it
};

// Writes the file at `out` (16 MB, mostly a hole); it appears whole or not at all.
//   kAlreadyExists: `out` is there, and may hold a board's state | kInvalidArgument: boot, names, keys or package are
//   not what they should be | kUnauthenticated: none of the keys signed the package | kDataLoss: the package is damaged
//   | kFailedPrecondition: made for another board | kUnavailable: the file system says no
Outcome<void> MakeFlashImage(const std::filesystem::path& out, const FlashImageRequest& request);

}  // namespace linnet::board_tools
