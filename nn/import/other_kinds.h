// Files of machine learning that are no network to compile, and what turns them into one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace linnet::import {

// "this is a Keras file (HDF5); convert it with ...", or "" if neither bytes nor name tell such a kind.
std::string OtherKind(const std::filesystem::path& file, std::span<const uint8_t> bytes);

// The same for a folder, never "".
std::string OtherKindOfFolder(const std::filesystem::path& folder);

}  // namespace linnet::import
