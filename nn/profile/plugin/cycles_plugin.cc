// Counts instructions and estimated Cortex-M4 cycles of each model_run, by layer, inside QEMU.
//   qemu-system-arm ... -plugin liblinnet_cycles.so,map=MAP,out=LOG
// MAP, a line each:  `model START END`          model_run, addresses in hexadecimal
//                    `layer INDEX START END`    a layer's function; several layers may share one
// LOG, a line a run: instructions and cycles of the whole, of model_run itself, then of each layer of MAP in order of INDEX,
//                    all decimal, separated by blanks.
// What a layer's function calls counts as the layer's. A run goes from the call of model_run to its return.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "cortex_m4.h"
#include "qemu_plugin.h"

int qemu_plugin_version = 1;

namespace linnet::profile {
namespace {

constexpr int kNothing = -1;  // code of no layer: what a layer or model_run called
constexpr int kGlue = 0;      // model_run; layer i is i + 1

struct Range {
  uint64_t start = 0, end = 0;
  bool Holds(uint64_t address) const { return address >= start && address < end; }
};
struct Layer {
  int index = 0;
  Range range;
};
struct Cost {
  uint64_t instructions = 0, cycles = 0;
};

// A block as far as counting goes.
struct Block {
  uint64_t start = 0, next = 0;  // `next`: the address behind it
  uint32_t instructions = 0, cycles = 0;
  Instruction first, last;
  int owner = kNothing;             // kGlue, or the first of the layers whose function this is
  std::vector<int> entered_owners;  // all of them, ascending, where the function starts here
};

class Counter {
 public:
  bool Open(const std::string& map, const char* log) {
    std::FILE* file = std::fopen(map.c_str(), "r");
    if (file == nullptr) return false;
    char line[128];
    int layer_count = 0;
    while (std::fgets(line, sizeof line, file) != nullptr) {
      Layer layer;
      if (std::sscanf(line, "model %" SCNx64 " %" SCNx64, &model_.start, &model_.end) == 2) continue;
      if (std::sscanf(line, "layer %d %" SCNx64 " %" SCNx64, &layer.index, &layer.range.start, &layer.range.end) == 3) {
        layers_.push_back(layer);
        layer_count = std::max(layer_count, layer.index + 1);
      }
    }
    std::fclose(file);
    costs_.resize(static_cast<size_t>(layer_count) + 1);
    first_of_.resize(costs_.size());
    std::ranges::sort(layers_, {}, &Layer::index);
    for (const Layer& layer : layers_) {
      const auto first =
          std::ranges::find_if(layers_, [&](const Layer& l) { return l.range.start == layer.range.start; });
      first_of_[static_cast<size_t>(layer.index) + 1] = first->index + 1;
    }
    log_ = std::fopen(log, "w");
    return log_ != nullptr && model_.end > model_.start;
  }

  Block* Describe(const qemu_plugin_tb* tb) {
    Block& block = blocks_.emplace_back();
    block.start = block.next = qemu_plugin_tb_vaddr(tb);
    block.instructions = static_cast<uint32_t>(qemu_plugin_tb_n_insns(tb));
    Instruction before;
    for (size_t i = 0; i < block.instructions; ++i) {
      const qemu_plugin_insn* insn = qemu_plugin_tb_get_insn(tb, i);
      uint16_t halves[2] = {0, 0};
      std::memcpy(halves, qemu_plugin_insn_data(insn), std::min(sizeof halves, qemu_plugin_insn_size(insn)));
      const Instruction instruction = Decode(halves[0], halves[1]);
      block.cycles += Cycles(instruction, before);
      if (i == 0) block.first = instruction;
      before = instruction;
      block.next += qemu_plugin_insn_size(insn);
    }
    block.last = before;
    if (model_.Holds(block.start)) block.owner = kGlue;
    for (const Layer& layer : layers_) {
      if (block.start == layer.range.start) block.entered_owners.push_back(layer.index + 1);
      if (layer.range.Holds(block.start)) block.owner = first_of_[static_cast<size_t>(layer.index) + 1];
    }
    return &block;
  }

  void Execute(const Block& block) {
    if (block.start == model_.start && !running_) Begin();
    if (running_ && block.start == return_address_) End();
    if (running_) Count(block);
    expected_ = block.next;
    last_ = block.last;
  }

 private:
  void Begin() {
    running_ = true;
    return_address_ = expected_;  // behind the call
    expected_ = model_.start;     // the jump to here belongs to the caller
    last_ = {};
    owner_ = furthest_ = kGlue;
    std::ranges::fill(costs_, Cost{});
  }

  void End() {
    running_ = false;
    costs_[static_cast<size_t>(owner_)].cycles += kCyclesOfTakenBranch;
    Cost sum;
    for (const Cost& cost : costs_) sum = {sum.instructions + cost.instructions, sum.cycles + cost.cycles};
    std::fprintf(log_, "%" PRIu64 " %" PRIu64, sum.instructions, sum.cycles);
    for (const Cost& cost : costs_) std::fprintf(log_, " %" PRIu64 " %" PRIu64, cost.instructions, cost.cycles);
    std::fputc('\n', log_);
    std::fflush(log_);
  }

  void Count(const Block& block) {
    uint32_t cycles = block.cycles;
    // A taken branch is paid by whoever took it, before the owner changes.
    if (block.start != expected_) costs_[static_cast<size_t>(owner_)].cycles += kCyclesOfTakenBranch;
    if (block.start == expected_) cycles -= Cycles(block.first, {}) - Cycles(block.first, last_);
    if (block.owner != kNothing && block.owner != first_of_[static_cast<size_t>(owner_)]) Enter(block);
    Cost& cost = costs_[static_cast<size_t>(owner_)];
    cost.instructions += block.instructions;
    cost.cycles += cycles;
  }

  // Of the layers that share a function the next one that has not run yet.
  void Enter(const Block& block) {
    const auto next = std::ranges::upper_bound(block.entered_owners, furthest_);
    owner_ = next != block.entered_owners.end() ? *next : block.owner;
    furthest_ = std::max(furthest_, owner_);
  }

  Range model_;
  std::vector<Layer> layers_;  // by index
  std::vector<int> first_of_;  // of each owner: the first one with the same function
  std::deque<Block> blocks_;   // addresses stay: QEMU holds them
  std::vector<Cost> costs_;    // of this run: kGlue, then the layers
  std::FILE* log_ = nullptr;

  bool running_ = false;
  uint64_t return_address_ = 0;
  uint64_t expected_ = 0;  // where the core goes on unless it jumps
  Instruction last_;
  int owner_ = kGlue;
  int furthest_ = kGlue;
};

Counter& TheCounter() {
  static Counter counter;
  return counter;
}

void Executed(unsigned, void* block) { TheCounter().Execute(*static_cast<const Block*>(block)); }

void Translated(qemu_plugin_id_t, qemu_plugin_tb* tb) {
  qemu_plugin_register_vcpu_tb_exec_cb(tb, &Executed, QEMU_PLUGIN_CB_NO_REGS, TheCounter().Describe(tb));
}

}  // namespace
}  // namespace linnet::profile

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t*, int argc, char** argv) {
  std::string map, log;
  for (int i = 0; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.starts_with("map=")) map = argument.substr(4);
    if (argument.starts_with("out=")) log = argument.substr(4);
  }
  if (!linnet::profile::TheCounter().Open(map, log.c_str())) {
    std::fprintf(stderr, "linnet_cycles: map=%s can't be read, holds no model, or out=%s can't be written\n",
                 map.c_str(), log.c_str());
    return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, &linnet::profile::Translated);
  return 0;
}
