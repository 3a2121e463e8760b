// checkpoint.bin: the weights of a network, to train on from. Format: docs/formats/checkpoint.md.
#pragma once

#include <string>
#include <vector>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/train/architecture.h"
#include "linnet/train/trainer.h"

namespace linnet::train {

struct Checkpoint {
  std::string architecture;
  std::vector<Parameter> parameters;
  std::string notes;  // JSON of whoever wrote it; may be empty
};

// The notes of a network whose zero weights were pruned: whoever trains it on keeps them at zero.
inline constexpr const char* kPrunedNotes = R"({"pruned":true})";

// The same checkpoint gives the same bytes.
std::string SerializeCheckpoint(const Checkpoint& checkpoint);

// `name` is for the message.
//   kDataLoss: no checkpoint, cut short, or its digest does not match | kUnimplemented: of a later version
// Nothing is allocated beyond the size of `bytes`.
Outcome<Checkpoint> ParseCheckpoint(const std::string& name, ByteSpan bytes);

// Reads the file and gives the weights for this architecture, batch normalisation folded; further tensors are ignored, so that a
// run's checkpoints/best.bin serves as well as its checkpoint.bin.
//   kNotFound | as ParseCheckpoint | kFailedPrecondition: of another architecture, or its tensors have other shapes
Outcome<Start> ReadCheckpoint(const std::string& path, const Architecture& architecture);

// The file as it is. kNotFound | as ParseCheckpoint
Outcome<Checkpoint> ReadWholeCheckpoint(const std::string& path);

// Replaces the file in one step: whoever is stopped in between, by kill or power cut, finds the old one or the new one.
//   kResourceExhausted, kPermissionDenied
Outcome<void> ReplaceFile(const std::string& path, const std::string& bytes);

}  // namespace linnet::train
