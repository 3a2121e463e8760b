#include "linnet/base/check.h"

namespace linnet {
namespace {
CheckHandler check_handler = nullptr;
}  // namespace

void SetCheckHandler(CheckHandler handler) { check_handler = handler; }

void CheckFailed(const char* file, int line, const char* condition) {
  if (check_handler != nullptr) check_handler(file, line, condition);
  __builtin_trap();
}

}  // namespace linnet
