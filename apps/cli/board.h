// Verbs about emulated boards.
#pragma once

#include <string>
#include <vector>

#include "console.h"

namespace linnet::cli {

struct NewBoardOptions {
  std::string out;
  std::string package;
  std::string name;
  std::vector<std::string> trust;        // public keys, one to four
  std::string server = "10.0.2.2:5683";  // as the board sees it: 10.0.2.2 is this machine's loopback
  std::string boot;                      // boot.bin; empty: the one make build made
};
Done NewBoard(const Console& console, const NewBoardOptions& options);

struct RunBoardOptions {
  std::string flash;
  std::string serial;   // a file for the serial terminal; empty: our own stdout
  std::string capture;  // network traffic as pcap
};
// Becomes QEMU: returns only where it can't be started.
Done RunBoard(const Console& console, const RunBoardOptions& options);

}  // namespace linnet::cli
