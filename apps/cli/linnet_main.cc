// linnet: one command, a verb a job. Exit codes: 0 ok, 1 a check failed, 2 usage, 3 unreachable.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstring>
#include <functional>
#include <optional>

#include "board.h"
#include "compile.h"
#include "firmware.h"
#include "fleet.h"
#include "linnet/passes/passes.h"
#include "model.h"
#include "sweep.h"
#include "table.h"
#include "train.h"

namespace linnet::cli {
namespace {

// What the parsed verb does; exactly one is set by the time parsing is over.
using Verb = std::function<Done()>;

struct Program {
  CLI::App app{"Linnet: from training to a fleet of microcontrollers.", "linnet"};
  Console console;
  std::string server = "http://127.0.0.1:8080";
  Verb verb;

  HttpClient client() const { return HttpClient(server); }

  CLI::App* Add(CLI::App& parent, const char* name, const char* description, std::function<Done()> what) {
    CLI::App* sub = parent.add_subcommand(name, description);
    sub->fallthrough();  // --json and --server may stand behind the verb
    if (what) sub->callback([this, what = std::move(what)] { verb = what; });
    return sub;
  }
};

// Options live as long as the program: a verb's lambda refers to them.
template <typename T>
T& Keep() {
  static T options;
  return options;
}

constexpr const char* kWeights =
    "int8, int4 (half the flash), or int4:LAYER,LAYER; what training learned stays as it is";

void AddGraphOptions(CLI::App& sub, CompileOptions& compile) {
  sub.add_option("--output", compile.outputs, "the layer whose answer is wanted; default: as the file says");
  sub.add_option("--input-shape", compile.input_shape, "1,28,28,1: for a file that doesn't say");
  sub.add_option_function<std::string>(
         "--answer",
         [&](const std::string& value) {
           compile.answer = value == "index" ? AnswerKind::kIndex : AnswerKind::kScores;
         },
         "of a last ArgMax: scores or index; default: scores of a float file, the index of an int8 file")
      ->check(CLI::IsMember({"scores", "index"}));
  std::vector<std::string> passes;
  for (const passes::Pass& pass : passes::AllPasses()) passes.emplace_back(pass.name);
  sub.add_option("--without-pass", compile.without, "leave this pass over the graph out")->check(CLI::IsMember(passes));
  sub.add_flag("--passes", compile.passes, "show what each pass over the graph changed and how long it took");
  sub.add_flag("--int8-io", compile.int8_io, "int8 ends of a network that begins with Quantize and ends in Dequantize");
}

void AddNumberOptions(CLI::App& sub, CompileOptions& compile) {
  sub.add_flag("--float", compile.keep_float, "keep float arithmetic; default: float networks become int8");
  sub.add_option("--calibrate", compile.data,
                 "what gives the ranges: training images of mnist, fashion-mnist, idx:DIR, csv:FILE, png:DIR, or rows "
                 "of FILE.npy; default: "
                 "random inputs");
  sub.add_option("--range", compile.range, "how: minmax, percentile=99.99, mse")->capture_default_str();
  sub.add_option("--weights", compile.weights, kWeights)->capture_default_str();
  sub.add_option("--rounding", compile.rounding, "single (fewer instructions), or double as TensorFlow Lite")
      ->check(CLI::IsMember({"single", "double"}));
  sub.add_option("--images", compile.calibration_inputs, "images, rows or random inputs to calibrate with, at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 55000));
  sub.add_option("--seed", compile.seed, "of random inputs")->capture_default_str();
}

// Sets `prefer`, emit::Prefer or an optional one.
template <typename T>
void AddPrefer(CLI::App& sub, T& prefer) {
  sub.add_option_function<std::string>(
         "--prefer",
         [&](const std::string& value) {
           prefer = value == "flash" ? emit::Prefer::kFlash : emit::Prefer::kInstructions;
         },
         "pruned layers without their zeros: instructions (where that costs none; the default), or flash (wherever "
         "that is smaller)")
      ->check(CLI::IsMember({"instructions", "flash"}));
}

void AddTrainAndCompile(Program& p) {
  p.Add(p.app, "train", "data -> network; linnet train --help shows its options (runs linnet-train)", nullptr)
      ->prefix_command();

  auto& compile = Keep<CompileOptions>();
  CLI::App* sub = p.Add(p.app, "compile", "network -> C++ with golden vectors and a report",
                        [&] { return Compile(p.console, compile); });
  sub->add_option("model", compile.model, "the network's file: .pb (frozen TensorFlow GraphDef), .tflite, .onnx")
      ->required();
  sub->add_option("--out", compile.out, "folder for model.cc, model_vectors.cc, report.json")->required();
  sub->add_option("--name", compile.name, "what a fleet reports; default: the name of the output folder's parent");
  AddGraphOptions(*sub, compile);
  AddNumberOptions(*sub, compile);
  sub->add_option("--ram", compile.ram_bytes,
                  "bytes of arena at most, as 20000 or 20K: else the layers beyond are named")
      ->transform(CLI::AsSizeValue(false));
  AddPrefer(*sub, compile.prefer);
  sub->add_option("--vectors", compile.vectors, "golden vectors that travel with the model; default: up to 8 in 32 KB")
      ->check(CLI::Range(1, 64));
  // A flag bound to an optional would be set to false where it isn't given.
  sub->add_flag_function(
      "--try-on-board,!--no-try-on-board", [&](int64_t count) { compile.try_on_board = count > 0; },
      "run the golden vectors on the emulated Cortex-M4; default: only where a data set is given");
}

void AddTrainingChoice(CLI::App& sub, TrainingChoice& choice, int& parallel) {
  sub.add_option("--data", choice.data, "as linnet train takes it")->capture_default_str();
  sub.add_option("--preset", choice.preset, "linnet train's recipe; default: its own");
  sub.add_option("--epochs", choice.epochs, "instead of the preset's")->check(CLI::Range(1, 10000));
  sub.add_option("--limit", choice.limit, "only the first so many training images")->check(CLI::Range(1, 1 << 30));
  sub.add_option("--seed", choice.seed, "of every training")->capture_default_str();
  sub.add_option("--jobs", parallel, "trainings side by side, a core each")
      ->capture_default_str()
      ->check(CLI::Range(1, 32));
}

void AddTable(Program& p) {
  auto& table = Keep<TableOptions>();
  CLI::App* sub = p.Add(p.app, "table", "trains and compiles the poster's four networks; its table with ours beside it",
                        [&] { return MakeTable(p.console, table); });
  AddTrainingChoice(*sub, table.training, table.parallel);
  sub->add_option("--out", table.out, "folder for the networks, table.csv and table.json; finished ones are kept")
      ->capture_default_str();
}

void AddSweep(Program& p) {
  auto& sweep = Keep<SweepOptions>();
  CLI::App* sub =
      p.Add(p.app, "sweep", "a grid of networks, trained, compiled, measured; how their figures go together",
            [&] { return Sweep(p.console, sweep); });
  AddTrainingChoice(*sub, sweep.training, sweep.parallel);
  sub->add_option("--arch", sweep.archs, "dnn, cnn or both: dnn,cnn")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::IsMember({"dnn", "cnn"}));
  sub->add_option("--widths", sweep.widths, "of every hidden layer; default: 16,32,64,128, of cnn 4,8,16,32")
      ->delimiter(',')
      ->check(CLI::Range(1, 4096));
  sub->add_option("--depths", sweep.depths, "hidden layers")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::Range(1, 4));
  sub->add_flag("--firmware", sweep.firmware, "build each into a firmware and start it: its memory by owner");
  sub->add_option("--out", sweep.out, "folder for networks, tables and scatter plots; finished networks are kept")
      ->required();
  // Only where it stands behind this verb: without it no server is asked.
  sub->add_option("--server", sweep.server, "linnetd's address: the rows become its table `study`");
}

void AddModelVerbs(Program& p) {
  constexpr const char* kModel = "folder that linnet compile wrote, or a .pb, .tflite or .onnx file";
  auto& run = Keep<RunOptions>();
  CLI::App* sub = p.Add(p.app, "run", "output tensors of a model, on this machine or the emulated board",
                        [&] { return Run(p.console, run); });
  sub->add_option("model", run.model, kModel)->required();
  auto* input =
      sub->add_option("--input", run.inputs, "an .npy file, an input a row; once for each input of the network");
  sub->add_option("--data", run.data, "test images of mnist, fashion-mnist, idx:DIR, csv:FILE or png:DIR")
      ->excludes(input);
  sub->add_option("--images", run.images, "the first so many of --data")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  sub->add_option("--target", run.target, "where it runs")
      ->capture_default_str()
      ->check(CLI::IsMember({"host", "mps2-an386"}));
  sub->add_flag("--reset-state", run.reset_state, "LSTM and SVDF forget before each input instead of before the first");

  auto& profile = Keep<ProfileOptions>();
  sub = p.Add(p.app, "profile",
              "instructions, estimated cycles, stack, flash and RAM on the emulated Cortex-M4, by layer",
              [&] { return Profile(p.console, profile); });
  sub->add_option("model", profile.model, kModel)->required();
  sub->add_option("--weights", profile.weights, kWeights)->capture_default_str();
  sub->add_option("--inputs", profile.inputs, "random inputs; the figures are the most over them")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  AddPrefer(*sub, profile.prefer);

  auto& prove = Keep<ProveOptions>();
  sub = p.Add(p.app, "prove", "float network, int8 reference, host and emulated board: the same bits, layer by layer",
              [&] { return Prove(p.console, prove); });
  sub->add_option("model", prove.model, kModel)->required();
  sub->add_option("--data", prove.data, "test images: mnist, fashion-mnist, idx:DIR, csv:FILE, png:DIR")
      ->capture_default_str();
  auto* images =
      sub->add_option("--images", prove.images, "the first so many test images")->check(CLI::Range(1, 10000));
  sub->add_option("--per-class", prove.images_per_class, "test images of each class")
      ->capture_default_str()
      ->check(CLI::Range(0, 100))
      ->excludes(images);
  sub->add_option("--random", prove.random_inputs, "random inputs")
      ->capture_default_str()
      ->check(CLI::Range(0, 100000));
  sub->add_option("--seed", prove.seed, "of the random inputs")->capture_default_str();
}

void AddFirmwareVerbs(Program& p) {
  auto& build = Keep<BuildOptions>();
  CLI::App* sub = p.Add(p.app, "build", "compiled model -> firmware image, linked for slots A and B",
                        [&] { return BuildFirmware(p.console, build); });
  sub->add_option("--model", build.model, "folder that linnet compile wrote")->required();
  sub->add_option("--board", build.board, "mps2-an386")->required();
  sub->add_option("--version", build.version, "what the device reports")->required();
  sub->add_option("--out", build.out, "folder for image_a.bin, image_b.bin, firmware.json")->required();
  sub->add_option("--images", build.images, "demo images; default: the first two of each digit of MNIST's test set");

  static std::string key_stem;
  sub = p.Add(p.app, "keygen", "an ES256 key pair: NAME.key (mode 0600) and NAME.pub",
              [&] { return MakeKeys(p.console, key_stem); });
  sub->add_option("--out", key_stem, "NAME, for example build/keys/dev")->required();

  auto& sign = Keep<SignOptions>();
  sub = p.Add(p.app, "sign", "firmware images -> signed SUIT package", [&] { return SignFirmware(p.console, sign); });
  sub->add_option("--image", sign.image, "folder that linnet build wrote")->required();
  sub->add_option("--key", sign.key, "private key (PEM)")->required();
  sub->add_option("--sequence", sign.sequence, "grows with every release")->required();
  sub->add_option("--board", sign.board, "default: the board it was built for");
  sub->add_option("--version", sign.version, "default: the version it was built as");
  sub->add_option("--out", sign.out, "the package")->required();

  static std::string package, key;
  sub = p.Add(p.app, "show", "what a package says of itself", [&] { return ShowPackage(p.console, package, key); });
  sub->add_option("package", package, "a .suit file")->required();
  sub->add_option("--key", key, "a public key: exit code 1 unless the signature verifies");

  static std::string sized;
  sub = p.Add(p.app, "size", "flash and RAM of a firmware or a compiled model",
              [&] { return ShowSize(p.console, sized); });
  sub->add_option("folder", sized, "what linnet build or linnet compile wrote")->required();
}

void AddBoardVerbs(Program& p) {
  CLI::App* board = p.Add(p.app, "board", "emulated boards", nullptr);
  board->require_subcommand(1);

  auto& made = Keep<NewBoardOptions>();
  CLI::App* sub = p.Add(*board, "new", "the flash of a new board, with a firmware in it",
                        [&] { return NewBoard(p.console, made); });
  sub->add_option("--out", made.out, "the flash, a file")->required();
  sub->add_option("--package", made.package, "signed firmware it starts with")->required();
  sub->add_option("--name", made.name, "the name it registers with")->required();
  sub->add_option("--trust", made.trust, "public keys whose packages it takes, one to four")->required();
  // Here --server is CoAP's and not HTTP's: this verb speaks to no server itself.
  sub->add_option("--server", made.server, "linnetd's CoAP address as the board sees it")->capture_default_str();
  sub->add_option("--boot", made.boot, "boot.bin; default: the one make build made");

  auto& run = Keep<RunBoardOptions>();
  sub = p.Add(*board, "run", "start QEMU on that flash; becomes QEMU", [&] { return RunBoard(p.console, run); });
  sub->add_option("--flash", run.flash, "what linnet board new made")->required();
  sub->add_option("--serial", run.serial, "the serial terminal goes to this file instead of stdout");
  sub->add_option("--capture", run.capture, "network traffic as pcap");
}

void AddDeviceVerbs(Program& p) {
  static std::string endpoint, path, value;
  CLI::App* device = p.Add(p.app, "device", "devices of the fleet", nullptr);
  device->require_subcommand(1);
  p.Add(*device, "ls", "registered devices", [&] { return ListDevices(p.client(), p.console); });
  const auto add = [&](const char* name, const char* description, std::function<Done()> what) {
    CLI::App* sub = p.Add(*device, name, description, std::move(what));
    sub->add_option("endpoint", endpoint, "the device's name")->required();
    sub->add_option("path", path, "OBJECT/INSTANCE/RESOURCE, such as /3/0/3")->required();
    return sub;
  };
  add("read", "a resource's value", [&] { return ReadResource(p.client(), p.console, endpoint, path); });
  add("observe", "have the device report changes",
      [&] { return ObserveResource(p.client(), p.console, endpoint, path); });
  add("write", "a new value", [&] { return WriteResource(p.client(), p.console, endpoint, path, value); })
      ->add_option("value", value, "number, true, false or text")
      ->required();
  add("exec", "have the device do it", [&] {
    return ExecuteResource(p.client(), p.console, endpoint, path, value);
  })->add_option("arguments", value, "as OMA's text form has them: 0='text'");
}

void AddRolloutVerbs(Program& p) {
  static std::string file, id, sql;
  auto& options = Keep<RolloutOptions>();
  CLI::App* sub =
      p.Add(p.app, "publish", "give a package to the server", [&] { return Publish(p.client(), p.console, file); });
  sub->add_option("package", file, "a .suit file")->required();

  const auto start = [&] { return StartRollout(p.client(), p.console, options); };
  const auto start_options = [&](CLI::App* app, bool required) {
    app->add_option("package", options.artifact, "a .suit file, or the id that publish printed")->required(required);
    app->add_option("--to", options.endpoints, "device names, or '*' for all")->required(required);
    app->add_flag("--wait", options.wait, "until every device is updated or has failed");
    app->add_option("--timeout", options.timeout_s, "seconds to wait at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000000));
  };
  CLI::App* rollout = p.app.add_subcommand("rollout", "send a package to devices: linnet rollout FILE --to '*' --wait");
  rollout->fallthrough();
  rollout->require_subcommand(0, 1);
  start_options(rollout, false);
  CLI::App* started = p.Add(*rollout, "start", "the same as rollout FILE", start);
  started->fallthrough(false);
  started->add_flag("--json", p.console.json, "JSON on stdout");
  started->add_option("--server", p.server, "linnetd's address");
  start_options(started, true);
  p.Add(*rollout, "status", "how a rollout stands", [&] { return ShowRollout(p.client(), p.console, id); })
      ->add_option("id", id, "as rollout printed it")
      ->required();
  p.Add(*rollout, "ls", "all rollouts", [&] { return ListRollouts(p.client(), p.console); });
  rollout->callback([&, rollout, start] {
    if (!rollout->get_subcommands().empty()) return;
    if (options.artifact.empty() || options.endpoints.empty()) throw CLI::RequiredError("a package and --to");
    p.verb = start;
  });

  sub = p.Add(p.app, "sql", "a query over what devices reported", [&] { return Query(p.client(), p.console, sql); });
  sub->add_option("query", sql, "SQL as DuckDB speaks it")->required();
}

// Training lives in a program of its own, which alone links LibTorch and reads its own options: what stands behind the verb is
// passed on as it is, and --json before it as well.
std::optional<std::vector<std::string>> TrainArguments(int argc, char** argv) {
  int verb = 1;
  while (verb < argc && std::strcmp(argv[verb], "--json") == 0) ++verb;
  if (verb >= argc || std::strcmp(argv[verb], "train") != 0) return std::nullopt;
  std::vector<std::string> arguments(argv + verb + 1, argv + argc);
  if (verb > 1) arguments.emplace_back("--json");
  return arguments;
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  static Program p;
  if (const auto arguments = TrainArguments(argc, argv)) return Train(p.console, *arguments);
  p.app.require_subcommand(1);
  p.app.add_flag("--json", p.console.json, "JSON on stdout, one object a line, and nothing else");
  p.app.add_option("--server", p.server, "linnetd's address")->envname("LINNET_SERVER")->capture_default_str();
  p.app.footer(
      "Exit codes: 0 ok, 1 a check failed, 2 usage, 3 unreachable.\nExample: linnet rollout dnn-2.suit --to '*' "
      "--wait");
  AddTrainAndCompile(p);
  AddTable(p);
  AddSweep(p);
  AddModelVerbs(p);
  AddFirmwareVerbs(p);
  AddBoardVerbs(p);
  AddDeviceVerbs(p);
  AddRolloutVerbs(p);
  try {
    p.app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return p.app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "linnet: %s\n", error.what());
    std::fprintf(stderr, "linnet --help shows the verbs, linnet VERB --help its options\n");
    return kExitUsage;
  }
  const Done done = p.verb();
  if (done) return kExitOk;
  std::fprintf(stderr, "linnet: %s\n", done.error().message.c_str());
  return done.error().exit_code;
}

}  // namespace
}  // namespace linnet::cli

int main(int argc, char** argv) { return linnet::cli::Main(argc, argv); }
