// checkpoint.bin: the weights of a network, to train on from. Format: docs/formats/checkpoint.md.
#pragma once

#include <string>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/train/architecture.h"

namespace linnet::train {

struct Checkpoint {
  std::string architecture;
  std::vector<Parameter> parameters;
};

// The same checkpoint gives the same bytes.
std::string SerializeCheckpoint(const Checkpoint& checkpoint);

// `name` is for the message.
//   kDataLoss: no checkpoint, cut short, or its digest does not match | kUnimplemented: of a later version
// Nothing is allocated beyond the size of `bytes`.
Outcome<Checkpoint> ParseCheckpoint(const std::string& name, ByteSpan bytes);

// Reads the file and checks that it is of this architecture.
//   kNotFound | as ParseCheckpoint | kFailedPrecondition: of another architecture, or its tensors have other shapes
Outcome<Checkpoint> ReadCheckpoint(const std::string& path, const Architecture& architecture);

}  // namespace linnet::train
