#include "linnet/data/dataset.h"

#include <cstdio>

#include "known_sets.h"
#include "linnet/crypto/sha256.h"
#include "linnet/data/idx.h"
#include "linnet/data/split.h"
#include "own_sets.h"

namespace linnet::data {
namespace {

std::string Hex(const crypto::Sha256Digest& digest) {
  std::string text;
  char pair[3];
  for (uint8_t byte : digest) {
    std::snprintf(pair, sizeof(pair), "%02x", byte);
    text += pair;
  }
  return text;
}

// The set that is being read: a known one, whose digests are checked, or a folder of the user's own.
struct Source {
  std::string folder;
  const KnownSet* known = nullptr;
  std::string way_out;
};

Outcome<IdxArray> ReadArray(const Source& source, FileRole role, int rank) {
  const std::string path = PathOf(source.folder, role);
  if (path.empty()) {
    return Fail(Status::kNotFound,
                source.folder + "/" + std::string(kFileNames[role]) + " (or .gz): not there; " + source.way_out);
  }
  LINNET_ASSIGN(const std::vector<uint8_t> bytes, ReadFileUnpacked(path));
  LINNET_ASSIGN(IdxArray array, ParseIdx(path, bytes, rank));
  if (source.known != nullptr) {
    const std::string found = Hex(crypto::HashSha256(bytes));
    if (found != source.known->sha256_hex[role]) {
      return Fail(Status::kDataLoss, path + ": not the file it should be: SHA-256 " +
                                         std::string(source.known->sha256_hex[role]) + " was expected, found " + found);
    }
  }
  return array;
}

Outcome<Images> ReadImages(const Source& source, FileRole images_role, FileRole labels_role) {
  LINNET_ASSIGN(IdxArray images, ReadArray(source, images_role, 3));
  LINNET_ASSIGN(IdxArray labels, ReadArray(source, labels_role, 1));
  const std::string path = PathOf(source.folder, labels_role);
  if (images.shape[0] != labels.shape[0]) {
    return Fail(Status::kDataLoss, path + ": " + std::to_string(images.shape[0]) +
                                       " labels were expected, one an image, found " + std::to_string(labels.shape[0]));
  }
  // 2^15 pixels a side and 2^31 bytes a set: beyond it `int` counts would no longer do.
  if (images.values.empty() || images.shape[1] > 32768 || images.shape[2] > 32768) {
    return Fail(Status::kDataLoss,
                PathOf(source.folder, images_role) + ": no images, or images without pixels, or too wide");
  }
  return Images{static_cast<int>(images.shape[0]), static_cast<int>(images.shape[1]),
                static_cast<int>(images.shape[2]), 1,
                std::move(images.values),          std::move(labels.values)};
}

Outcome<Source> FindSource(const std::string& name) {
  constexpr std::string_view kIdxPrefix = "idx:";
  if (name.starts_with(kIdxPrefix)) {
    const std::string folder = name.substr(kIdxPrefix.size());
    return Source{folder, nullptr, "idx:DIR needs the four files under MNIST's names"};
  }
  const KnownSet* known = FindKnownSet(name);
  if (known == nullptr) {
    return Fail(Status::kNotFound, "data set `" + name + "` is not known; known are " + std::string(kSetNames));
  }
  const std::string folder = FolderOf(*known);
  if (folder.empty()) {
    return Fail(Status::kNotFound, "data set `" + name + "` is not installed; " + std::string(known->way_out));
  }
  return Source{folder, known, std::string(known->way_out)};
}

Outcome<Dataset> LoadIdx(const std::string& name) {
  LINNET_ASSIGN(const Source source, FindSource(name));
  LINNET_ASSIGN(const Images all, ReadImages(source, kTrainImages, kTrainLabels));
  LINNET_ASSIGN(Images test, ReadImages(source, kTestImages, kTestLabels));
  if (all.image_bytes() != test.image_bytes() || all.height != test.height) {
    return Fail(Status::kDataLoss, PathOf(source.folder, kTestImages) + ": images of " + std::to_string(all.height) +
                                       "x" + std::to_string(all.width) +
                                       " were expected as in the training set, found " + std::to_string(test.height) +
                                       "x" + std::to_string(test.width));
  }
  return DivideInTwo(all, std::move(test));
}

}  // namespace

Outcome<Dataset> Load(const std::string& name) {
  constexpr std::string_view kCsvPrefix = "csv:", kPngPrefix = "png:";
  auto dataset = name.starts_with(kCsvPrefix)   ? LoadCsv(name.substr(kCsvPrefix.size()))
                 : name.starts_with(kPngPrefix) ? LoadPng(name.substr(kPngPrefix.size()))
                                                : LoadIdx(name);
  if (dataset) dataset->name = name;
  return dataset;
}

std::string DigestOf(const Dataset& dataset) {
  crypto::Sha256 digest;
  for (const Images* images : {&dataset.train, &dataset.validation}) {
    digest.Update(images->pixels);
    digest.Update(images->labels);
  }
  return Hex(digest.Finish());
}

}  // namespace linnet::data
