/* lwIP's view of the compiler and of the board. */
#ifndef LINNET_LWIP_ARCH_CC_H
#define LINNET_LWIP_ARCH_CC_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
uint32_t LinnetLwipRandom(void);
void LinnetLwipAssertFailed(const char* file, int line);
#ifdef __cplusplus
}
#endif

#define LWIP_NO_STDDEF_H 0
#define LWIP_NO_CTYPE_H 1
#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(x) LinnetLwipAssertFailed(__FILE_NAME__, __LINE__)
#define LWIP_RAND() LinnetLwipRandom()

#endif
