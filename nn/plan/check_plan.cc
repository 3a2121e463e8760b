// Plays a plan through on a memory that knows of each byte which tensor's it is. Shares nothing with the planner.
#include <algorithm>
#include <map>

#include "linnet/plan/plan.h"

namespace linnet::plan {
namespace {

using graph::Graph;
using graph::TensorId;

// `bytes` bytes that `source` held from `offset` on. Copies keep the source of what they copied.
struct Run {
  TensorId source = graph::kNoTensor;
  size_t offset = 0;
  size_t bytes = 0;
};

std::vector<Run> Cut(const std::vector<Run>& runs, size_t offset, size_t bytes) {
  std::vector<Run> cut;
  size_t at = 0;
  for (const Run& r : runs) {
    const size_t from = std::max(at, offset), to = std::min(at + r.bytes, offset + bytes);
    if (from < to) cut.push_back({r.source, r.offset + (from - at), to - from});
    at += r.bytes;
  }
  return cut;
}

class Memory {
 public:
  void Write(size_t address, const std::vector<Run>& runs) {
    size_t bytes = 0;
    for (const Run& r : runs) bytes += r.bytes;
    Split(address);
    Split(address + bytes);
    runs_.erase(runs_.lower_bound(address), runs_.lower_bound(address + bytes));
    for (const Run& r : runs) {
      runs_[address] = r;
      address += r.bytes;
    }
  }
  void Destroy(size_t address, size_t bytes) { Write(address, {{graph::kNoTensor, 0, bytes}}); }

  bool Holds(size_t address, const std::vector<Run>& wanted) const {
    for (Run want : wanted) {
      while (want.bytes > 0) {
        auto it = runs_.upper_bound(address);
        if (it == runs_.begin()) return false;
        --it;
        const size_t into = address - it->first;
        if (into >= it->second.bytes || it->second.source != want.source || it->second.offset + into != want.offset) {
          return false;
        }
        const size_t step = std::min(want.bytes, it->second.bytes - into);
        address += step, want.offset += step, want.bytes -= step;
      }
    }
    return true;
  }

 private:
  // Afterwards no run crosses `address`.
  void Split(size_t address) {
    auto it = runs_.lower_bound(address);
    if (it == runs_.begin()) return;
    --it;
    Run& r = it->second;
    if (it->first + r.bytes <= address) return;
    const size_t left = address - it->first;
    const Run right = {r.source, r.offset + left, r.bytes - left};
    r.bytes = left;
    runs_[address] = right;
  }
  std::map<size_t, Run> runs_;
};

class Player {
 public:
  Player(const Graph& graph, std::span<const LayerUse> layers, const Plan& plan)
      : graph_(graph), layers_(layers), plan_(plan), contents_(graph.tensors.size()) {}

  Outcome<void> Play() {
    for (const TensorId id : graph_.inputs) {
      if (auto good = Make(id, {{id, 0, Bytes(id)}}, "the caller"); !good) return good;
    }
    for (const TensorId id : graph_.inputs) {
      if (auto good = Expect(id, "the caller"); !good) return good;
    }
    for (size_t step = 0; step < plan_.order.size(); ++step) {
      if (auto good = RunLayer(step); !good) return good;
    }
    for (const TensorId id : graph_.outputs) {
      if (auto good = Expect(id, "the caller"); !good) return good;
    }
    return {};
  }

 private:
  size_t Bytes(TensorId id) const {
    const graph::Tensor& t = graph_.tensor(id);
    return static_cast<size_t>(graph::ElementCount(t.shape)) * static_cast<size_t>(graph::SizeBytes(t.type));
  }
  size_t Address(TensorId id) const { return plan_.tensors[static_cast<size_t>(id)].offset_bytes; }
  const std::vector<Run>& Contents(TensorId id) {
    auto& contents = contents_[static_cast<size_t>(id)];
    if (graph_.tensor(id).constant) contents = {{id, 0, Bytes(id)}};
    return contents;
  }
  std::unexpected<Error> Bad(const std::string& who, TensorId id, const std::string& what) const {
    return Fail(Status::kInternal, "the memory plan is wrong: " + who + ": '" + graph_.tensor(id).name + "' " + what);
  }
  Outcome<void> Inside(const std::string& who, TensorId id, size_t address, size_t bytes) const {
    const size_t element = static_cast<size_t>(graph::SizeBytes(graph_.tensor(id).type));
    if (address % std::max(element, kAlignmentBytes) != 0) return Bad(who, id, "is not aligned");
    if (address < plan_.state_bytes) return Bad(who, id, "lies in the state");
    if (address + bytes > plan_.arena_bytes) return Bad(who, id, "ends outside the arena");
    return {};
  }
  Outcome<void> Make(TensorId id, std::vector<Run> contents, const std::string& who) {
    if (auto good = Inside(who, id, Address(id), Bytes(id)); !good) return good;
    memory_.Write(Address(id), contents);
    contents_[static_cast<size_t>(id)] = std::move(contents);
    return {};
  }
  Outcome<void> Expect(TensorId id, const std::string& who) {
    if (graph_.tensor(id).constant || memory_.Holds(Address(id), Contents(id))) return {};
    return Bad(who, id, "was overwritten before it is read");
  }
  bool Overlap(TensorId a, TensorId b) const {
    return !graph_.tensor(a).constant && Address(a) < Address(b) + Bytes(b) && Address(b) < Address(a) + Bytes(a);
  }

  Outcome<void> RunLayer(size_t step) {
    const LayerUse& layer = layers_[plan_.order[step]];
    const size_t scratch = plan_.wide[step] ? layer.wide_scratch_bytes : layer.scratch_bytes;
    if (scratch > 0) {
      if (auto good = Inside(layer.name, layer.output, plan_.scratch[step].offset_bytes, scratch); !good) return good;
      memory_.Destroy(plan_.scratch[step].offset_bytes, scratch);
    }
    for (const TensorId id : layer.operands) {
      if (auto good = Expect(id, layer.name); !good) return good;
    }
    if (layer.view) return RunView(layer);
    if (!layer.part_offsets_bytes.empty()) return RunParts(layer);
    for (size_t i = 0; i < layer.operands.size(); ++i) {
      const TensorId id = layer.operands[i];
      if (!Overlap(id, layer.output)) continue;
      const bool allowed = std::ranges::any_of(layer.in_place, [&](const InPlace& over) {
        return over.operand == i && Address(id) == Address(layer.output) + over.lead_bytes;
      });
      if (!allowed) return Bad(layer.name, id, "is overwritten while it is read");
    }
    return Finish(step, layer, {{layer.output, 0, Bytes(layer.output)}});
  }

  Outcome<void> RunView(const LayerUse& layer) {
    const TensorId from = layer.operands[0];
    std::vector<Run> contents = Cut(Contents(from), layer.view_offset_bytes, Bytes(layer.output));
    const bool shared =
        !graph_.tensor(from).constant && Address(from) + layer.view_offset_bytes == Address(layer.output);
    if (!shared && Overlap(from, layer.output)) return Bad(layer.name, from, "overlaps the copy made of it");
    return Make(layer.output, std::move(contents), layer.name);
  }

  // Parts that are not in their places are copied there one after the other.
  Outcome<void> RunParts(const LayerUse& layer) {
    std::vector<Run> contents;
    for (size_t i = 0; i < layer.operands.size(); ++i) {
      const TensorId id = layer.operands[i];
      const size_t to = Address(layer.output) + layer.part_offsets_bytes[i];
      const std::vector<Run> part = Contents(id);
      contents.insert(contents.end(), part.begin(), part.end());
      if (auto good = Expect(id, layer.name); !good) return good;
      if (Address(id) == to && !graph_.tensor(id).constant) continue;
      if (!graph_.tensor(id).constant && Address(id) < to + Bytes(id) && to < Address(id) + Bytes(id))
        return Bad(layer.name, id, "overlaps the copy made of it");
      memory_.Write(to, part);
    }
    if (!memory_.Holds(Address(layer.output), contents))
      return Bad(layer.name, layer.output, "has a part that was overwritten by another");
    return Make(layer.output, std::move(contents), layer.name);
  }

  // Working memory is in use until the output is written.
  Outcome<void> Finish(size_t step, const LayerUse& layer, std::vector<Run> contents) {
    const size_t scratch = plan_.wide[step] ? layer.wide_scratch_bytes : layer.scratch_bytes;
    const size_t from = plan_.scratch[step].offset_bytes;
    if (scratch > 0 && from < Address(layer.output) + Bytes(layer.output) && Address(layer.output) < from + scratch)
      return Bad(layer.name, layer.output, "overlaps the layer's working memory");
    return Make(layer.output, std::move(contents), layer.name);
  }

  const Graph& graph_;
  std::span<const LayerUse> layers_;
  const Plan& plan_;
  std::vector<std::vector<Run>> contents_;
  Memory memory_;
};

}  // namespace

Outcome<void> CheckPlan(const Graph& graph, std::span<const LayerUse> layers, const Plan& plan) {
  return Player(graph, layers, plan).Play();
}

}  // namespace linnet::plan
