// A trained network as pictures: how it learned, what it confuses, what it gets most wrong. Private to apps/cli.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "console.h"
#include "linnet/study/confusion.h"

namespace linnet::cli {

struct Wrong {
  std::span<const uint8_t> pixels;
  int truth = 0, answer = 0;
  float confidence = 0;
};

struct Pictures {
  std::string name;
  const Json& training;  // train.json; its history gives the curves
  const study::ConfusionMatrix* confusion = nullptr;
  const std::vector<Wrong>& wrong;  // the surest first
  int height = 0, width = 0, channels = 1;
};

// learning_curves.svg (where there is a history), confusion.svg and most_wrong.svg in `folder`; their paths.
Answer<Json> WritePictures(const std::filesystem::path& folder, const Pictures& pictures);

// The curves alone: history is train.json's list of epochs, in order.
std::string LearningCurves(const std::string& title, const Json& training);

}  // namespace linnet::cli
