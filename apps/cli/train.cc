#include "train.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "child_process.h"
#include "linnet/study/confusion.h"
#include "network_study.h"
#include "poster.h"

namespace linnet::cli {
namespace {

constexpr const char* kNoCompile = "--no-compile";

bool Has(const std::vector<std::string>& arguments, const char* option) {
  return std::ranges::find(arguments, option) != arguments.end();
}

void Print(const std::string& line) {
  std::fprintf(stdout, "%s\n", line.c_str());
  std::fflush(stdout);
}

// linnet-train's last object, told from those of the epochs by what only it has.
bool IsReport(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  return json.is_object() && json.contains("test_accuracy_float");
}

std::string ConfusionText(const Json& study) {
  const Json& rows = study["confusion"];
  const int classes = static_cast<int>(rows.size());
  study::ConfusionMatrix matrix(classes);
  for (int truth = 0; truth < classes; ++truth) {
    for (int answer = 0; answer < classes; ++answer) {
      const int count = rows[static_cast<size_t>(truth)][static_cast<size_t>(answer)].get<int>();
      for (int i = 0; i < count; ++i) matrix.Add(truth, answer);
    }
  }
  return matrix.Text();
}

std::string ForPeople(const Json& study) {
  std::string text = "\n" + PosterTable({study});
  if (study["train_images_int8"].get<int>() < study.value("train_images", 0))
    text +=
        fmt::format("int8 on train: the first {} of {} images\n", Grouped(study["train_images_int8"].get<uint64_t>()),
                    Grouped(study["train_images"].get<uint64_t>()));
  text += "flash: code, weights and constants of the network; SRAM: arena and stack at most; KB of 1,024 bytes\n";
  text += "\nint8 on the test images, a row what they show, a column what is answered:\n" + ConfusionText(study) + "\n";
  for (const Json& path : study["pictures"]) text += "picture: " + path.get<std::string>() + "\n";
  return text;
}

int Ended(const Failure& failure) {
  std::fprintf(stderr, "linnet: %s\n", failure.message.c_str());
  return failure.exit_code;
}

int ShowTrained(const Console& console, const std::string& out, Json report) {
  console.Say(fmt::format("compiling {}/graph.pb, measuring it on the emulated board and on all images", out));
  Console quiet = console;
  quiet.quiet = true;
  StudyOptions options;
  options.folder = out;
  const auto study = StudyNetwork(quiet, options);
  if (!study) return Ended(study.error());
  report.update(*study);
  console.Result(report, ForPeople(report));
  console.Next(fmt::format("linnet build --model {0}/model --board mps2-an386 --version {1} --out {0}/firmware", out,
                           report.value("name", "")));
  return kExitOk;
}

}  // namespace

std::string OptionValue(const std::vector<std::string>& arguments, const std::string& option) {
  std::string value;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == option && i + 1 < arguments.size()) value = arguments[i + 1];
    if (arguments[i].starts_with(option + "=")) value = arguments[i].substr(option.size() + 1);
  }
  return value;
}

int Train(Console console, const std::vector<std::string>& arguments) {
  ChildProcess process;
  process.program = TrainProgram();
  process.arguments = arguments;
  const bool compile = std::erase(process.arguments, kNoCompile) == 0;
  const bool help = Has(arguments, "--help") || Has(arguments, "-h");
  const bool trains = !help && !Has(arguments, "--dry-run");
  console.json = Has(arguments, "--json");
  std::string report_line;
  process.on_line = [&](const std::string& line) {
    if (compile && console.json && IsReport(line)) {
      report_line = line;
    } else if (!compile || !line.starts_with("next: ")) {
      Print(line);
    }
  };
  const int code = RunChild(process);
  if (help) {
    Print(fmt::format("  {:<28}leave out what follows training: C++ for the board, its size, int8 accuracy, pictures",
                      kNoCompile));
  }
  const std::string out = OptionValue(arguments, "--out");
  if (code != 0 || !compile || !trains || out.empty()) {
    if (code != 127) return code;
    return Ended({kExitCheckFailed, process.program + ": cannot be started; make build makes it"});
  }
  Json report = Json::parse(report_line, nullptr, false);
  if (!report.is_object()) {
    const auto file = ReadJson(out + "/train.json");
    if (!file) return Ended(file.error());
    report = *file;
  }
  report.erase("history");  // a line an epoch has said it
  return ShowTrained(console, out, std::move(report));
}

}  // namespace linnet::cli
