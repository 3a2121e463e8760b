#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <tuple>

#include "linnet/data/png.h"
#include "own_sets.h"

namespace linnet::data {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kFileBytesMax = 64 << 20;
constexpr uint64_t kPixelsMax = uint64_t{1} << 30;
constexpr size_t kClassesMax = 256;

bool IsPng(const std::string& name) {
  if (name.size() < 4) return false;
  std::string ending = name.substr(name.size() - 4);
  for (char& c : ending) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  return ending == ".png";
}

// Numbers by their value (leading zeros off, then the shorter is the smaller), before all other names.
auto SortKey(const std::string& name) {
  const bool number = name.find_first_not_of("0123456789") == name.npos;
  const size_t zeros = number ? std::min(name.find_first_not_of('0'), name.size() - 1) : 0;
  const std::string digits = name.substr(zeros);
  return std::tuple(!number, number ? digits.size() : 0, digits, name);
}

// The names in a folder but the hidden ones, sorted.
Outcome<std::vector<std::string>> NamesIn(const std::string& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error) return Fail(Status::kNotFound, folder + ": cannot be read: " + error.message());
  std::vector<std::string> names;
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    if (error) break;
    const std::string name = entry->path().filename().string();
    if (name[0] != '.') names.push_back(name);
  }
  if (error) return Fail(Status::kNotFound, folder + ": cannot be read: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

Outcome<std::vector<uint8_t>> ReadBytes(const std::string& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  if (error) return Fail(Status::kFailedPrecondition, path + ": not a file that can be read: " + error.message());
  if (size > kFileBytesMax) {
    return Fail(Status::kResourceExhausted, path + ": a PNG of at most " + std::to_string(kFileBytesMax) +
                                                " bytes is read, found " + std::to_string(size));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(Status::kNotFound, path + ": cannot be opened");
  return std::vector<uint8_t>(std::istreambuf_iterator<char>(file), {});
}

Outcome<void> Append(const std::string& path, uint8_t label, Images* images) {
  LINNET_ASSIGN(const std::vector<uint8_t> bytes, ReadBytes(path));
  LINNET_ASSIGN(const GrayImage image, DecodePng(path, bytes));
  if (images->count == 0) {
    images->width = image.width;
    images->height = image.height;
  }
  if (image.width != images->width || image.height != images->height) {
    return Fail(Status::kDataLoss, path + ": " + std::to_string(images->width) + "x" + std::to_string(images->height) +
                                       " pixels were expected as in the first image, found " +
                                       std::to_string(image.width) + "x" + std::to_string(image.height));
  }
  if (images->count == kImagesMax || images->pixels.size() + image.pixels.size() > kPixelsMax) {
    return Fail(Status::kResourceExhausted, path + ": more than " + std::to_string(kImagesMax) + " images or " +
                                                std::to_string(kPixelsMax) + " pixels in all");
  }
  images->pixels.insert(images->pixels.end(), image.pixels.begin(), image.pixels.end());
  images->labels.push_back(label);
  ++images->count;
  return {};
}

Outcome<void> AppendClass(const std::string& folder, uint8_t label, Images* images) {
  LINNET_ASSIGN(const std::vector<std::string> names, NamesIn(folder));
  if (names.empty()) return Fail(Status::kNotFound, folder + ": a class without images; put .png files there");
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (!IsPng(name) || IsFolder(path)) {
      return Fail(Status::kFailedPrecondition,
                  path +
                      ": only .png files were expected in the folder of a class; png:DIR is DIR/CLASS/*.png, or "
                      "DIR/train/CLASS/*.png and DIR/test/CLASS/*.png");
    }
    if (auto done = Append(path, label, images); !done) return done;
  }
  return {};
}

}  // namespace

Outcome<std::vector<std::string>> PngClasses(const std::string& folder) {
  LINNET_ASSIGN(const std::vector<std::string> names, NamesIn(folder));
  std::vector<std::string> classes;
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (IsFolder(path)) {
      classes.push_back(name);
    } else if (IsPng(name)) {
      return Fail(Status::kFailedPrecondition, path + ": an image outside of a class; each class needs a folder");
    }
  }
  if (classes.empty()) return Fail(Status::kNotFound, folder + ": a folder for each class was expected, found none");
  if (classes.size() > kClassesMax) {
    return Fail(Status::kFailedPrecondition, folder + ": at most " + std::to_string(kClassesMax) +
                                                 " classes were expected, found " + std::to_string(classes.size()));
  }
  std::sort(classes.begin(), classes.end(),
            [](const std::string& a, const std::string& b) { return SortKey(a) < SortKey(b); });
  return classes;
}

Outcome<Images> ReadPngFolder(const std::string& folder, const std::vector<std::string>& classes) {
  LINNET_ASSIGN(const std::vector<std::string> found, PngClasses(folder));
  Images images;
  for (const std::string& name : found) {
    const auto place = std::find(classes.begin(), classes.end(), name);
    if (place == classes.end()) {
      return Fail(Status::kFailedPrecondition, folder + "/" + name + ": a class that the training images don't have");
    }
    const auto label = static_cast<uint8_t>(place - classes.begin());
    if (auto done = AppendClass(folder + "/" + name, label, &images); !done) return std::unexpected(done.error());
  }
  return images;
}

}  // namespace linnet::data
