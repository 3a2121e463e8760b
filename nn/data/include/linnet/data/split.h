// How the training files are divided into what is learned from and what an epoch is chosen by.
#pragma once

#include <cstdint>
#include <vector>

#include "linnet/data/dataset.h"

namespace linnet::data {

// The split of every data set everywhere: the validation images are the first twelfth (5,000 of MNIST's 60,000) of the
// permutation that this seed gives, the training images the rest in the permutation's order. Never change: accuracies
// of different versions compare only on the same split.
inline constexpr uint64_t kSplitSeed = 20181;

// A permutation of 0..count-1: Fisher-Yates from the last element down, each index drawn as Mt19937_64() % (i + 1).
// The generator is the C++ standard's std::mt19937_64, whose numbers are the same with every library.
std::vector<int> Permutation(int count, uint64_t seed);

// The images at `indices`, in that order.
Images Pick(const Images& images, const std::vector<int>& indices);

}  // namespace linnet::data
