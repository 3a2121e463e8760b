// Verbs about keys, firmware and packages: everything between a compiled network and a board that runs it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "console.h"

namespace linnet::cli {

// Makes STEM.key (mode 0600) and STEM.pub. Never overwrites a key.
Done MakeKeys(const Console& console, const std::string& stem);

struct SignOptions {
  std::string image;  // what `linnet build` wrote: image_a.bin, image_b.bin, firmware.json
  std::string key;
  uint64_t sequence = 0;
  std::string board;    // empty: the one in firmware.json
  std::string version;  // empty: the one in firmware.json
  std::string out;
};
Done SignFirmware(const Console& console, const SignOptions& options);

// What a package says of itself; with a public key, whether its signature verifies (exit code 1 else).
Done ShowPackage(const Console& console, const std::string& file, const std::string& public_key);

struct BuildOptions {
  std::string model;
  std::string board;
  std::string version;
  std::string out;
  std::string images;  // a file of demo images; empty: the first two of each digit of MNIST's test set
};
Done BuildFirmware(const Console& console, const BuildOptions& options);

// Flash and RAM of what `linnet build` or `linnet compile` wrote.
Done ShowSize(const Console& console, const std::string& folder);

}  // namespace linnet::cli
