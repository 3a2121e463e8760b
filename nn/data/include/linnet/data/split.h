// How the training files are divided into what is learned from and what an epoch is chosen by.
#pragma once

#include <cstdint>
#include <span>
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

// The training and validation images of `all`, and `test` as it is. class_count is the largest label and one.
Dataset DivideInTwo(const Images& all, Images test);

// For a set that brings no test images: the first sixth of the permutation is the test, then a twelfth of the rest the
// validation. So a user's 70,000 images become 53,473 to learn from, 4,861 to choose by and 11,666 to test.
Dataset DivideInThree(const Images& all);

// With fewer, a part would be empty.
inline constexpr int kLeastToDivideInTwo = 12;
inline constexpr int kLeastToDivideInThree = 14;

// The images at `indices`, in that order.
Images Pick(const Images& images, std::span<const int> indices);

}  // namespace linnet::data
