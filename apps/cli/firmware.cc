#include "firmware.h"

#include <fmt/format.h>

#include <filesystem>

#include "demo_images.h"
#include "linnet/crypto/key_file.h"
#include "linnet/package/build.h"
#include "linnet/package/describe.h"
#include "output_file.h"

namespace linnet::cli {
namespace fs = std::filesystem;

Done MakeKeys(const Console& console, const std::string& stem) {
  const fs::path key_file = stem + ".key", public_file = stem + ".pub";
  if (fs::exists(key_file))
    return Failed(key_file.string() + ": there is a key already, and keys are never overwritten");
  std::error_code error;
  if (key_file.has_parent_path()) fs::create_directories(key_file.parent_path(), error);
  auto key = crypto::PrivateKey::Generate();
  if (!key) return std::unexpected(Failure(key.error()));
  if (auto saved = key->Save(key_file); !saved) return std::unexpected(Failure(saved.error()));
  if (auto saved = crypto::SavePublicKey(key->public_key(), public_file); !saved)
    return std::unexpected(Failure(saved.error()));
  const std::string id = crypto::ToHex(key->id());
  console.Result(
      {{"key", key_file.string()}, {"public_key", public_file.string()}, {"key_id", id}},
      fmt::format("key {}: {} signs, {} is for boards to trust", id, key_file.string(), public_file.string()));
  console.Next(fmt::format("linnet sign --image FOLDER --key {} --sequence N --out FILE", key_file.string()));
  return {};
}

namespace {

Json InfoJson(const package::PackageInfo& info) {
  return {{"version", info.version},
          {"sequence", info.sequence_number},
          {"board", info.board},
          {"size_bytes", info.size_bytes},
          {"image_size_bytes", info.image_size_bytes},
          {"changed_words", info.changed_words},
          {"digest_a", package::ToHex(info.digest_a)},
          {"digest_b", package::ToHex(info.digest_b)},
          {"key_id", info.key_id}};
}

std::string InfoText(const package::PackageInfo& info) {
  return fmt::format(
      "{} for {}, sequence {}: {} bytes, image {} bytes, {} words differ in slot B, signed by {}\n"
      "image digest in slot A {}\nimage digest in slot B {}\n",
      info.version, info.board.empty() ? "a board unknown here" : info.board, info.sequence_number,
      Grouped(info.size_bytes), Grouped(info.image_size_bytes), Grouped(info.changed_words), info.key_id,
      package::ToHex(info.digest_a), package::ToHex(info.digest_b));
}

}  // namespace

Done SignFirmware(const Console& console, const SignOptions& options) {
  const fs::path folder = options.image;
  const auto description = ReadWhole(folder / "firmware.json");
  if (!description) return std::unexpected(description.error());
  const Json json = Json::parse(*description, nullptr, false);
  if (!json.is_object())
    return Failed((folder / "firmware.json").string() + ": is no JSON object; run linnet build again");
  const auto image_a = ReadWhole(folder / "image_a.bin"), image_b = ReadWhole(folder / "image_b.bin");
  if (!image_a) return std::unexpected(image_a.error());
  if (!image_b) return std::unexpected(image_b.error());
  auto key = crypto::PrivateKey::Load(options.key);
  if (!key) return std::unexpected(Failure(key.error()));

  package::BuildRequest request;
  request.image_a = AsBytes(*image_a);
  request.image_b = AsBytes(*image_b);
  request.board = options.board.empty() ? json.value("board", "mps2-an386") : options.board;
  request.version = options.version.empty() ? json.value("version", "") : options.version;
  request.sequence_number = options.sequence;
  const auto bytes = package::Build(request, *key);
  if (!bytes) return std::unexpected(Failure(bytes.error()));
  const auto info = package::Describe(*bytes);
  if (!info) return std::unexpected(Failure(info.error()));
  if (auto written = WriteWhole(options.out, AsText(*bytes)); !written) return written;

  Json result = {{"package", options.out}};
  result.update(InfoJson(*info));
  console.Result(result, options.out + ": " + InfoText(*info));
  console.Next("linnet publish " + options.out);
  return {};
}

Done ShowPackage(const Console& console, const std::string& file, const std::string& public_key) {
  const auto bytes = ReadWhole(file);
  if (!bytes) return std::unexpected(bytes.error());
  const auto info = package::Describe(AsBytes(*bytes));
  if (!info) return std::unexpected(Failure(info.error().Within(file)));
  Json result = {{"package", file}};
  result.update(InfoJson(*info));
  std::string text = file + ": " + InfoText(*info);
  if (public_key.empty()) {
    console.Result(result, text);
    return {};
  }
  const auto key = crypto::LoadPublicKey(public_key);
  if (!key) return std::unexpected(Failure(key.error()));
  const auto verified = package::CheckSignature(AsBytes(*bytes), *key);
  result["signature"] = verified ? "verified" : "refused";
  console.Result(
      result, text + (verified ? "signature verifies with " : "signature does not verify with ") + public_key + "\n");
  if (!verified) return std::unexpected(Failure(verified.error().Within(file)));
  return {};
}

Done BuildFirmware(const Console& console, const BuildOptions& options) {
  if (package::FindBoard(options.board) == nullptr) {
    std::string known;
    for (const package::Board& board : package::kBoards) known += " " + std::string(board.name);
    return std::unexpected(
        Failure(kExitUsage, "--board " + options.board + ": there is no such board; known:" + known));
  }
  const fs::path recipe = SourceRoot() / "tools/build_firmware.sh";
  if (!fs::exists(recipe))
    return Failed(recipe.string() + ": missing; LINNET_ROOT must name the repository that linnet was built from");
  auto scratch = ScratchFolder::Make();
  if (!scratch) return std::unexpected(scratch.error());
  std::string images = options.images;
  if (images.empty()) {
    images = (scratch->path() / "images.bin").string();
    const auto records = DemoImages("mnist", 2);
    if (!records) return std::unexpected(Failure(records.error()));
    if (auto written = WriteWhole(images, AsText(*records)); !written) return written;
  }
  const int code = RunProgram({recipe.string(), fs::absolute(options.model).string(),
                               fs::absolute(options.out).string(), options.version, fs::absolute(images).string()});
  if (code != 0)
    return Failed(fmt::format("building the firmware failed (exit code {}); the reason stands above", code));

  const auto description = ReadWhole(fs::path(options.out) / "firmware.json");
  if (!description) return std::unexpected(description.error());
  Json json = Json::parse(*description, nullptr, false);
  if (!json.is_object()) return Failed(options.out + "/firmware.json: is no JSON object");
  Json result = {{"out", options.out}};
  result.update(json);
  console.Result(
      result, fmt::format("{}: {} for {}", options.out, json.value("version", ""), json.value("board", options.board)));
  console.Next(fmt::format("linnet sign --image {} --key build/keys/dev.key --sequence N --out {}/firmware.suit",
                           options.out, options.out));
  return {};
}

Done ShowSize(const Console& console, const std::string& folder) {
  for (const char* name : {"firmware.json", "report.json"}) {
    const fs::path file = fs::path(folder) / name;
    if (!fs::exists(file)) continue;
    const auto text = ReadWhole(file);
    if (!text) return std::unexpected(text.error());
    const Json json = Json::parse(*text, nullptr, false);
    if (!json.is_object()) return Failed(file.string() + ": is no JSON object");
    Json result = {{"folder", folder}};
    std::vector<std::vector<std::string>> rows;
    for (const auto& [key, value] : json.items()) {
      if (!key.ends_with("_bytes") || !value.is_number_unsigned()) continue;
      result[key] = value;
      rows.push_back({key.substr(0, key.size() - 6), Grouped(value.get<uint64_t>())});
    }
    if (rows.empty()) return Failed(file.string() + ": holds no sizes");
    console.Result(result, Table({"part", "bytes"}, rows));
    return {};
  }
  return Failed(
      folder +
      ": holds neither firmware.json nor report.json; name a folder that linnet build or linnet compile wrote");
}

}  // namespace linnet::cli
