// table: the poster's four networks, trained and compiled, and its table with ours beside it.
#pragma once

#include "console.h"
#include "network_jobs.h"

namespace linnet::cli {

struct TableOptions {
  TrainingChoice training;
  std::string out = "table";
  int parallel = 2;
};
// Leaves dnn-1, dnn-2, cnn-1 and cnn-2 in `out`, as linnet train leaves a network, and table.csv, table.json.
Done MakeTable(const Console& console, const TableOptions& options);

}  // namespace linnet::cli
