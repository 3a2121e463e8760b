// What the C++ runtime asks for and a board without heap and without an end of main does not have.
#include <cstddef>

#include "linnet/base/check.h"

// Virtual destructors refer to it, nothing calls it. No heap means malloc is not linked: its _sbrk does not exist here.
void operator delete(void*) noexcept { LINNET_CHECK(!"operator delete on a board"); }
void operator delete(void*, size_t) noexcept { LINNET_CHECK(!"operator delete on a board"); }

extern "C" {
// libstdc++'s way out where it would throw.
void abort() {
  LINNET_CHECK(!"abort");
  __builtin_unreachable();
}
// mbedTLS' way out when its pool is corrupt.
void exit(int) {
  LINNET_CHECK(!"exit");
  __builtin_unreachable();
}
void __cxa_pure_virtual() { LINNET_CHECK(!"pure virtual call"); }
// main does not return, so nothing is destroyed.
int atexit(void (*)()) { return 0; }
int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }
void* __dso_handle = nullptr;
}
