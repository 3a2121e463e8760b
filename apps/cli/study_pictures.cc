#include "study_pictures.h"

#include <fmt/format.h>

#include <limits>

#include "linnet/study/chart.h"
#include "linnet/study/gallery.h"
#include "output_file.h"

namespace linnet::cli {
namespace {

double NumberOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::string Described(const std::string& name, const Json& training) {
  return fmt::format("{} on {}, classes {}", name, training.value("data", ""), training.value("classes", ""));
}

}  // namespace

std::string LearningCurves(const std::string& title, const Json& training) {
  study::Panel loss{"epoch", "loss (cross entropy)", {{"training", {}, {}}}, {}};
  study::Panel accuracy{"epoch", "validation accuracy (%)", {{"validation", {}, {}}}, {}};
  std::string stage;
  double epoch = 0, kept = 0;
  for (const Json& entry : training.value("history", Json::array())) {
    ++epoch;  // stages count their own epochs; the axis counts all
    const std::string begins = entry.value("stage", "train");
    if (begins != stage && !stage.empty()) loss.marks.push_back({epoch, "begins: " + begins});
    stage = begins;
    loss.series[0].x.push_back(epoch);
    loss.series[0].y.push_back(NumberOf(entry, "loss"));
    accuracy.series[0].x.push_back(epoch);
    accuracy.series[0].y.push_back(100 * NumberOf(entry, "validation_accuracy"));
    // Of the stages that repeat an epoch's number the last one's is meant.
    if (NumberOf(entry, "epoch") == NumberOf(training, "best_epoch")) kept = epoch;
  }
  accuracy.marks = loss.marks;
  if (kept > 0) accuracy.marks.push_back({kept, fmt::format("kept: epoch {:.0f}", kept)});
  return study::LineChart(title, {loss, accuracy});
}

Answer<Json> WritePictures(const std::filesystem::path& folder, const Pictures& pictures) {
  Json paths = Json::array();
  const auto write = [&](const char* name, const std::string& svg) -> Done {
    paths.push_back((folder / name).string());
    return WriteWhole(folder / name, svg);
  };
  const std::string described = Described(pictures.name, pictures.training);
  if (pictures.training.contains("history")) {
    if (auto done = write("learning_curves.svg", LearningCurves(described + ": learning curves", pictures.training));
        !done)
      return std::unexpected(done.error());
  }
  if (auto done = write("confusion.svg", pictures.confusion->Svg(described + ": int8, test images")); !done)
    return std::unexpected(done.error());
  std::vector<study::Picture> gallery;
  for (const Wrong& wrong : pictures.wrong)
    gallery.push_back({wrong.pixels, fmt::format("{} → {}", wrong.truth, wrong.answer),
                       fmt::format("{:.1f} % sure", 100 * wrong.confidence)});
  const std::string svg = study::GallerySvg(
      described + ": most wrong",
      fmt::format("truth → answer: the {} surest wrong answers among the test images, int8", gallery.size()),
      pictures.height, pictures.width, pictures.channels, gallery);
  if (auto done = write("most_wrong.svg", svg); !done) return std::unexpected(done.error());
  return paths;
}

}  // namespace linnet::cli
