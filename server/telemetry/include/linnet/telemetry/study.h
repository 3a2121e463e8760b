// Figures of networks side by side (`linnet sweep`), as rows of the table `study`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace linnet::telemetry {

// A column of figures. Whole ones are BIGINT, the others DOUBLE; NULL where a row has none.
struct StudyFigure {
  const char* name;
  bool whole;
};

// Never renumber: their order is the table's; a file of an older version gets the newer columns when it is opened.
inline constexpr std::array kStudyFigures = {
    StudyFigure{"width", true},
    StudyFigure{"depth", true},
    StudyFigure{"macs", true},
    StudyFigure{"parameters", true},
    StudyFigure{"flash_weights_bytes", true},
    StudyFigure{"flash_bytes", true},
    StudyFigure{"arena_bytes", true},
    StudyFigure{"heap_bytes", true},  // malloc, mbedTLS, lwIP and RTOS of the firmware around the network
    StudyFigure{"stack_bytes_bound", true},
    StudyFigure{"sram_bytes", true},
    StudyFigure{"instructions", true},
    StudyFigure{"cycles_estimated", true},
    StudyFigure{"energy_estimated_uj", false},
    StudyFigure{"test_accuracy_float", false},  // shares of 1
    StudyFigure{"test_accuracy_int8", false},
    StudyFigure{"heap_malloc_bytes", true},  // heap_bytes by owner
    StudyFigure{"heap_mbedtls_pool_bytes", true},
    StudyFigure{"heap_lwip_heap_bytes", true},
    StudyFigure{"heap_lwip_heap_peak_bytes", true},
    StudyFigure{"heap_lwip_pools_bytes", true},
    StudyFigure{"heap_rtos_bytes", true},
};

// A network of a study. A row of the same study and name takes the place of an earlier one.
struct StudyRow {
  int64_t unix_ms = 0;  // when it arrived
  std::string study;    // the sweep's name; 1 to 64 bytes of UTF-8, as the texts below
  std::string network;  // "dnn-w64-d2"
  std::string arch;     // "dnn"
  std::string data;     // "mnist"
  // One for each of kStudyFigures, finite; REQUIRES: whole numbers below 2^53 where the figure is whole.
  std::array<std::optional<double>, kStudyFigures.size()> figures{};
};

inline constexpr size_t kStudyRowsMax = 1000;  // in one Append

}  // namespace linnet::telemetry
