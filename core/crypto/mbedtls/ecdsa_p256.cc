#include "linnet/crypto/ecdsa_p256.h"

#include "mbedtls/ecdsa.h"
#include "mbedtls/memory_buffer_alloc.h"

namespace linnet::crypto {
namespace {

// mbedTLS computes with heap numbers. They live here while a signature is verified and nowhere else. How much a
// verification takes depends on its numbers: on the emulated Cortex-M4, with ECP_WINDOW_SIZE 2, 115 of 1,000 keys fail
// with a pool of 3,072 bytes and none with 3,328. A pool too small refuses a good firmware, so half as much again is
// given. Not thread-safe, as the contract of device code has it: one caller at a time.
#if UINTPTR_MAX > 0xFFFFFFFF
constexpr size_t kPoolBytes = 12 * 1024;
#else
constexpr size_t kPoolBytes = 5 * 1024;
#endif
alignas(8) uint8_t pool[kPoolBytes];

class Pool {
 public:
  Pool() { mbedtls_memory_buffer_alloc_init(pool, sizeof pool); }
  ~Pool() { mbedtls_memory_buffer_alloc_free(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
};

struct Numbers {
  mbedtls_ecp_group group;
  mbedtls_ecp_point point;
  mbedtls_mpi r, s;

  Numbers() {
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&point);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
  }
  ~Numbers() {
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_ecp_point_free(&point);
    mbedtls_ecp_group_free(&group);
  }
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;
};

}  // namespace

Status VerifyEs256(const P256PublicKey& key, const Sha256Digest& digest, ByteSpan signature) {
  if (signature.size() != kP256SignatureBytes) return Status::kUnauthenticated;
  if (key[0] != 0x04) return Status::kInvalidArgument;  // SEC 1 2.3.3: uncompressed
  const Pool heap;
  Numbers n;
  if (mbedtls_ecp_group_load(&n.group, MBEDTLS_ECP_DP_SECP256R1) != 0) return Status::kInternal;
  if (mbedtls_ecp_point_read_binary(&n.group, &n.point, key.data(), key.size()) != 0) return Status::kInvalidArgument;
  if (mbedtls_ecp_check_pubkey(&n.group, &n.point) != 0) return Status::kInvalidArgument;
  if (mbedtls_mpi_read_binary(&n.r, signature.data(), 32) != 0) return Status::kInternal;
  if (mbedtls_mpi_read_binary(&n.s, signature.data() + 32, 32) != 0) return Status::kInternal;
  const int rc = mbedtls_ecdsa_verify(&n.group, digest.data(), digest.size(), &n.point, &n.r, &n.s);
  if (rc == 0) return Status::kOk;
  return rc == MBEDTLS_ERR_ECP_ALLOC_FAILED || rc == MBEDTLS_ERR_MPI_ALLOC_FAILED ? Status::kInternal
                                                                                  : Status::kUnauthenticated;
}

}  // namespace linnet::crypto
