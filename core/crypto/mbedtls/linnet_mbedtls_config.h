// mbedTLS 2.28 cut down to what a board verifies with: SHA-256 and ECDSA on P-256. No key of ours is ever on a board,
// so nothing here signs, and the constant-time measures against leaking private keys buy nothing.
#ifndef LINNET_MBEDTLS_CONFIG_H
#define LINNET_MBEDTLS_CONFIG_H

#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_SMALLER

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_MAX_BITS 256
#define MBEDTLS_MPI_MAX_SIZE 64
// Window 2 and no precomputed comb: 2 KB of heap less than the default for 1.6 times the instructions.
#define MBEDTLS_ECP_WINDOW_SIZE 2
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0
// Blinding needs a random source and protects secret scalars; verification has none.
#define MBEDTLS_ECP_NO_INTERNAL_RNG

// ECDSA_C asks for the ASN.1 files; nothing calls them, so the linker drops them.
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C

// All memory comes from a pool of this backend's own (see ecdsa_p256.cc); calloc is never linked.
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_MEMORY_ALIGN_MULTIPLE 8

#include "mbedtls/check_config.h"

#endif
