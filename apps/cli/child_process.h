// A program as a child of this one: what it prints, line by line, and signals that reach it. Private to apps/cli.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace linnet::cli {

struct ChildProcess {
  std::string program;                                   // a path, or a name that is looked up in PATH
  std::vector<std::string> arguments;                    // behind the program's name
  std::function<void(const std::string& line)> on_line;  // each line of its stdout, as it comes, without its end
  std::string log;                                       // its stderr goes to this file; empty: to our own stderr
};

// linnet-train, which lies beside this program.
std::string TrainProgram();

// Starts it and waits for its end. While children run, SIGTERM, SIGHUP and SIGINT are
// passed on to them instead of ending this program (a terminal's Ctrl-C has reached them by itself); a child ends with us
// even where we are killed. Several threads may run one each.
// Its exit code; 128 + signal where one ended it; 127 where it can't be started.
int RunChild(const ChildProcess& process);

// Whether such a signal came: whoever runs one child after another stops then.
bool Interrupted();

}  // namespace linnet::cli
