// The figures of a sweep as files and in words. Private to apps/cli.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "console.h"
#include "linnet/study/correlation.h"

namespace linnet::cli {

// What a study says of a network, plus width and depth, without its lists: one row of sweep.csv and of the table `study`.
// Figures that are not there are null.
Json SweepRow(const Json& study);

// The figures that are correlated, a column each; NaN where a row has none.
std::vector<study::Column> ColumnsOf(const std::vector<Json>& rows);

// sweep.csv, sweep.json, correlations.csv and scatter plots in `folder`; their paths.
Answer<std::vector<std::string>> WriteSweep(const std::filesystem::path& folder, const std::vector<Json>& rows,
                                            const std::vector<std::string>& failures);

// Networks, and the correlations that the poster asks for.
std::string SweepText(const std::vector<Json>& rows);

}  // namespace linnet::cli
