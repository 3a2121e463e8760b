// LINNET_CHECK: we are wrong. Stops the program with the reason; never for bytes from outside or a world that says no.
#pragma once

namespace linnet {

// Called when a check fails; must not return. Hosts print and abort, boards store the reason and reset.
// The default handler traps. Set once, before anything else runs; not thread-safe.
using CheckHandler = void (*)(const char* file, int line, const char* condition);
void SetCheckHandler(CheckHandler handler);

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace linnet

#define LINNET_CHECK(condition)                                   \
  do {                                                            \
    if (!(condition)) [[unlikely]] {                              \
      ::linnet::CheckFailed(__FILE_NAME__, __LINE__, #condition); \
    }                                                             \
  } while (false)
