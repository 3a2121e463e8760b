// The grid of a sweep, and its figures as files and in words.
#include "sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "output_file.h"
#include "sweep_report.h"

namespace linnet::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> NamesOf(const std::vector<GridNetwork>& grid) {
  std::vector<std::string> names;
  for (const GridNetwork& network : grid) names.push_back(network.name);
  return names;
}

TEST(SweepGrid, EveryWidthWithEveryDepth_OnceEach) {
  SweepOptions options;
  options.widths = {8, 16, 8};
  options.depths = {1, 2};
  EXPECT_THAT(NamesOf(GridOf(options)), ElementsAre("dnn-w8-d1", "dnn-w8-d2", "dnn-w16-d1", "dnn-w16-d2"));
  options.archs = {"cnn", "dnn"};
  options.widths = {4};
  options.depths = {1};
  EXPECT_THAT(NamesOf(GridOf(options)), ElementsAre("cnn-w4-d1", "dnn-w4-d1"));
}

TEST(SweepGrid, LayersAsAProjectFileHasThem) {
  SweepOptions options;
  options.archs = {"dnn", "cnn"};
  options.widths = {8};
  options.depths = {2};
  const auto grid = GridOf(options);
  EXPECT_THAT(grid.at(0).layers, ElementsAre("flatten", "dense 8 relu", "dense 8 relu", "dense 10"));
  EXPECT_THAT(grid.at(1).layers,
              ElementsAre("conv 8 3x3 relu", "max-pool 2x2", "conv 8 3x3 relu", "max-pool 2x2", "flatten", "dense 10"));
  EXPECT_THAT(
      ProjectFileOf(grid),
      HasSubstr("\n[network.dnn-w8-d2]\nlayers = [\"flatten\", \"dense 8 relu\", \"dense 8 relu\", \"dense 10\"]\n"));
}

Json Row(const char* name, double macs, double energy, double accuracy) {
  return SweepRow({{"name", name},
                   {"arch", "dnn"},
                   {"data", "mnist"},
                   {"classes", "0-9"},
                   {"macs", macs},
                   {"energy_estimated_uj", energy},
                   {"test_accuracy_int8", accuracy},
                   {"flash_bytes", 1000 + macs},
                   {"confusion", {{1, 2}, {3, 4}}}});
}

TEST(SweepRow, HoldsFigures_NoLists_AndNullForWhatIsMissing) {
  const Json row = Row("a", 100, 1, 0.9);
  EXPECT_FALSE(row.contains("confusion"));
  EXPECT_TRUE(row["arena_bytes"].is_null());
  EXPECT_FALSE(row.contains("heap_bytes"));
  EXPECT_EQ(SweepRow({{"heap_bytes", 5}})["heap_bytes"], 5);
}

TEST(SweepReport, FilesAgreeWithTheRows) {
  const auto scratch = ScratchFolder::Make();
  ASSERT_TRUE(scratch);
  const std::vector<Json> rows = {Row("a", 100, 1, 0.9), Row("b", 200, 2, 0.95), Row("c", 300, 3, 0.97)};
  const auto paths = WriteSweep(scratch->path(), rows, {"d: too large"});
  ASSERT_TRUE(paths) << paths.error().message;
  EXPECT_EQ(paths->size(), 7u);
  const std::string csv = *ReadWhole(scratch->path() / "sweep.csv");
  EXPECT_THAT(csv, HasSubstr("name,arch,data,classes,width,depth,macs,"));
  EXPECT_THAT(csv, HasSubstr("\nb,dnn,mnist,0-9,,,200,"));
  EXPECT_THAT(*ReadWhole(scratch->path() / "correlations.csv"), HasSubstr("\nmacs,energy_estimated_uj,3,1,1\n"));
  EXPECT_THAT(*ReadWhole(scratch->path() / "correlations.csv"), HasSubstr("\nwidth,depth,0,,\n"));
  const Json all = Json::parse(*ReadWhole(scratch->path() / "sweep.json"));
  EXPECT_EQ(all["networks"].size(), 3u);
  EXPECT_EQ(all["failed"][0], "d: too large");
  EXPECT_THAT(*ReadWhole(scratch->path() / "energy_over_macs.svg"),
              HasSubstr("Pearson r = 1.00, Spearman ρ = 1.00, 3 networks"));
}

TEST(SweepReport, InWords_TheCorrelationsThatWereAskedFor) {
  const std::string text = SweepText({Row("a", 100, 1, 0.9), Row("b", 200, 2, 0.95), Row("c", 300, 4, 0.93)});
  EXPECT_THAT(text, HasSubstr("flash_bytes          test_accuracy_int8"));
  EXPECT_THAT(text, HasSubstr("0.500"));  // Spearman of 1 2 3 and 1 3 2
  EXPECT_THAT(text, HasSubstr("95.00 %"));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace linnet::cli
