// The data sets that have a name: where their files lie and what they must contain.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/data/idx.h"

namespace linnet::data {

enum FileRole { kTrainImages, kTrainLabels, kTestImages, kTestLabels, kFileRoles };

// MNIST's own file names; a folder may hold each plain or with .gz after it.
inline constexpr std::array<std::string_view, kFileRoles> kFileNames = {
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

struct KnownSet {
  std::string_view name;
  std::string_view way_out;                             // what a person does when it is not there
  std::array<std::string_view, kFileRoles> sha256_hex;  // of each file's content, unpacked
};

const KnownSet* FindKnownSet(std::string_view name);

// The first folder that holds the set: $LINNET_DATA/<name>, then where it is installed. Empty: none.
std::string FolderOf(const KnownSet& set);

// The path of one of the four files in `folder`, plain or .gz; empty when neither is there.
std::string PathOf(const std::string& folder, FileRole role);

}  // namespace linnet::data
