// A network where it runs: its firmware built, started on the emulated board, and its memory by owner. Private to apps/cli.
#pragma once

#include <filesystem>
#include <string>

#include "console.h"

namespace linnet::cli {

// Builds `model` (a compiled model's folder) into a firmware in `out`, starts it on a board of its own without a server, and
// waits for its first pass over the demo images. The figures, in bytes:
//   firmware_image_bytes, firmware_static_bytes (.data and .bss; the arena lies behind them), firmware_stack_peak_bytes: of the run
//   heap_malloc_bytes, heap_rtos_bytes: 0, since malloc does not link and there is no operating system
//   heap_mbedtls_pool_bytes: the pool that mbedTLS computes in while a signature is verified
//   heap_lwip_heap_bytes, heap_lwip_heap_peak_bytes: lwIP's heap and the most that was in use of it
//   heap_lwip_pools_bytes: lwIP's pools of fixed pieces, packet buffers above all
//   heap_bytes: mbedTLS's pool, lwIP's heap and pools together, as they are reserved
// What they hold at a moment is known of lwIP's heap alone: neither mbedTLS nor lwIP's pools count here.
Answer<Json> FirmwareMemory(const Console& console, const std::string& model, const std::string& version,
                            const std::filesystem::path& out);

// Sizes of the owners, from the text that `arm-none-eabi-nm -S` prints of the firmware.
Answer<Json> HeapOwners(const std::string& symbols);

// Figures of the firmware's own line, "memory: heap 0, at most 428; stack at most 3104 of 15360; static 61234; arena 912".
Answer<Json> MemoryLine(const std::string& serial);

}  // namespace linnet::cli
