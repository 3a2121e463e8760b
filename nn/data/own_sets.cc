#include "own_sets.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "linnet/data/csv.h"
#include "linnet/data/idx.h"
#include "linnet/data/png.h"
#include "linnet/data/split.h"

namespace linnet::data {
namespace {

namespace fs = std::filesystem;

struct CsvSource {
  std::string file;
  std::string test_file;
  unsigned width = 0;
  unsigned height = 0;
};

// "28x28": true for two numbers with an x between; those beyond any size come out as 0.
bool ParseSize(std::string_view text, unsigned* width, unsigned* height) {
  const size_t x = text.find('x');
  if (x == text.npos || x == 0 || x + 1 == text.size()) return false;
  if (text.find_first_not_of("0123456789x") != text.npos || text.find('x', x + 1) != text.npos) return false;
  *width = *height = 0;
  std::from_chars(text.data(), text.data() + x, *width);
  std::from_chars(text.data() + x + 1, text.data() + text.size(), *height);
  return true;
}

// Options are taken from the end, so that a file's name may hold commas.
Outcome<CsvSource> ParseCsvSource(const std::string& text) {
  constexpr std::string_view kTest = "test=";
  CsvSource source{text, "", 0, 0};
  for (size_t comma; (comma = source.file.rfind(',')) != std::string::npos; source.file.resize(comma)) {
    const std::string option = source.file.substr(comma + 1);
    if (option.starts_with(kTest)) {
      source.test_file = option.substr(kTest.size());
    } else if (!ParseSize(option, &source.width, &source.height)) {
      break;
    } else if (source.width == 0 || source.height == 0 || source.width > kSideMax || source.height > kSideMax) {
      return Fail(Status::kInvalidArgument, "csv:" + text + ": a size of 1x1 to " + std::to_string(kSideMax) + "x" +
                                                std::to_string(kSideMax) + " was expected, found " + option);
    }
  }
  return source;
}

Outcome<Images> ReadCsv(const std::string& path, int width, int height) {
  LINNET_ASSIGN(const std::vector<uint8_t> bytes, ReadFileUnpacked(path));
  return ParseCsv(path, bytes, width, height);
}

Outcome<Dataset> DivideChecked(const std::string& name, const Images& all, const Images* test) {
  const int least = test != nullptr ? kLeastToDivideInTwo : kLeastToDivideInThree;
  if (all.count < least) {
    return Fail(Status::kFailedPrecondition,
                name + ": at least " + std::to_string(least) + " images were expected, so that some are left for " +
                    (test != nullptr ? "validation" : "validation and test") + ", found " + std::to_string(all.count));
  }
  return test != nullptr ? DivideInTwo(all, *test) : DivideInThree(all);
}

}  // namespace

bool IsFolder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

Outcome<Dataset> LoadCsv(const std::string& text) {
  LINNET_ASSIGN(const CsvSource source, ParseCsvSource(text));
  LINNET_ASSIGN(const Images all,
                ReadCsv(source.file, static_cast<int>(source.width), static_cast<int>(source.height)));
  if (source.test_file.empty()) return DivideChecked(source.file, all, nullptr);
  LINNET_ASSIGN(const Images test, ReadCsv(source.test_file, all.width, all.height));
  return DivideChecked(source.file, all, &test);
}

Outcome<Dataset> LoadPng(const std::string& folder) {
  const bool divided = IsFolder(folder + "/train") && IsFolder(folder + "/test");
  const std::string train_folder = divided ? folder + "/train" : folder;
  LINNET_ASSIGN(std::vector<std::string> classes, PngClasses(train_folder));
  LINNET_ASSIGN(const Images all, ReadPngFolder(train_folder, classes));
  Images test;
  if (divided) {
    LINNET_ASSIGN(test, ReadPngFolder(folder + "/test", classes));
    if (test.width != all.width || test.height != all.height) {
      return Fail(Status::kDataLoss, folder + "/test: images of " + std::to_string(all.width) + "x" +
                                         std::to_string(all.height) + " were expected as in train/, found " +
                                         std::to_string(test.width) + "x" + std::to_string(test.height));
    }
  }
  LINNET_ASSIGN(Dataset dataset, DivideChecked(train_folder, all, divided ? &test : nullptr));
  dataset.class_count = static_cast<int>(classes.size());
  dataset.class_names = std::move(classes);
  return dataset;
}

}  // namespace linnet::data
