#include "code_facts.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <set>

namespace linnet::profile {
namespace {

// Splits off what stands before `separator`.
std::string_view Take(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

std::optional<uint64_t> Number(std::string_view text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return value;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// b, bl, their conditions and widths, cbz and cbnz; not bic, bfi, bkpt, bx ...
bool IsDirectBranch(std::string_view mnemonic) {
  static const std::set<std::string_view, std::less<>> kBranches = {"b",   "bl",  "beq", "bne", "bcs", "bcc", "bhs",
                                                                    "blo", "bmi", "bpl", "bvs", "bvc", "bhi", "bls",
                                                                    "bge", "blt", "bgt", "ble", "cbz", "cbnz"};
  return kBranches.contains(mnemonic.substr(0, mnemonic.find('.')));
}
bool IsCall(std::string_view mnemonic) { return mnemonic == "bl"; }

// "    8006:\t460b      \tmov\tr3, r1"
std::optional<CodeInstruction> ParseInstruction(std::string_view line) {
  std::string_view head = Take(line, ':');
  const auto address = Number(Trimmed(head), 16);
  if (!address || line.empty() || line.front() != '\t') return std::nullopt;
  line.remove_prefix(1);
  const std::string_view code = Trimmed(Take(line, '\t'));
  CodeInstruction instruction;
  instruction.address = *address;
  for (const char c : code) instruction.bytes += c == ' ' ? 0 : 1;
  instruction.bytes /= 2;
  instruction.mnemonic = Trimmed(Take(line, '\t'));
  instruction.operands = Trimmed(line);
  if (IsDirectBranch(instruction.mnemonic)) {
    std::string_view operands = instruction.operands;
    if (instruction.mnemonic.starts_with("cb")) Take(operands, ',');
    instruction.target = Number(Trimmed(operands), 16);
  }
  return instruction;
}

// Bytes that an instruction takes from the stack pointer.
uint32_t Pushed(const CodeInstruction& i) {
  const std::string_view operands = i.operands;
  const auto immediate = [&]() -> uint32_t {
    const size_t at = operands.find('#');
    if (at == std::string_view::npos) return 0;
    std::string_view digits = operands.substr(at + 1);
    if (digits.starts_with('-')) digits.remove_prefix(1);
    return static_cast<uint32_t>(Number(digits, 10).value_or(0));
  };
  const std::string_view plain = std::string_view(i.mnemonic).substr(0, i.mnemonic.find('.'));
  const bool lists =
      plain == "push" || plain == "vpush" || plain == "vstmdb" || (plain == "stmdb" && operands.starts_with("sp!"));
  if (lists) {
    const std::string_view list = operands.substr(std::min(operands.find('{'), operands.size()));
    const auto registers = 1 + static_cast<uint32_t>(std::ranges::count(list, ','));
    if (list.find('-') == std::string_view::npos) return registers * (list.find('d') != std::string_view::npos ? 8 : 4);
    // A range such as {d8-d15}: what it holds at most.
    return 64;
  }
  const bool subtracts =
      (plain == "sub" || plain == "subw") && (operands.starts_with("sp, #") || operands.starts_with("sp, sp, #"));
  if (subtracts) return immediate();
  const bool stores = (plain == "str" || plain == "strd") && operands.find("[sp, #-") != std::string_view::npos &&
                      operands.ends_with("]!");
  return stores ? immediate() : 0;
}

// Reads of the program counter's next value from a register: where they lead can't be read from the code.
bool IsIndirect(const CodeInstruction& i) {
  const std::string_view plain = std::string_view(i.mnemonic).substr(0, i.mnemonic.find('.'));
  if (plain == "blx") return true;
  if (plain == "bx") return i.operands != "lr";
  if (plain == "mov") return i.operands.starts_with("pc,") && i.operands != "pc, lr";
  // ldr pc, [sp], #4 returns; ldr pc, [pc, ...] is a table of the function's own.
  return plain == "ldr" && i.operands.starts_with("pc, [") && !i.operands.starts_with("pc, [pc") &&
         !i.operands.starts_with("pc, [sp]");
}

class StackWalk {
 public:
  StackWalk(const std::vector<CodeFunction>& functions, const std::map<std::string, uint32_t>& frames)
      : frames_(frames) {
    for (const CodeFunction& function : functions) by_address_[function.address] = &function;
  }

  Outcome<uint32_t> Depth(const CodeFunction& function) {
    if (const auto known = depths_.find(&function); known != depths_.end()) return known->second;
    if (!at_work_.insert(&function).second) {
      return Fail(Status::kFailedPrecondition, function.name + " calls itself: its stack has no bound");
    }
    const uint32_t frame = Frame(function);
    uint32_t deepest = frame;
    for (const CodeInstruction& i : function.instructions) {
      if (IsIndirect(i)) {
        return Fail(Status::kFailedPrecondition,
                    fmt::format("{} calls through a register at {:x} ({} {}): its stack has no bound", function.name,
                                i.address, i.mnemonic, i.operands));
      }
      if (!i.target) continue;
      const auto callee = by_address_.find(*i.target);
      if (callee == by_address_.end()) continue;  // within the function
      if (callee->second == &function && !IsCall(i.mnemonic)) continue;
      LINNET_ASSIGN(const uint32_t below, Depth(*callee->second));
      // A jump to another function has given the frame back, but not to the function's own unlikely part.
      const bool keeps_frame = IsCall(i.mnemonic) || callee->second->name.find(".cold") != std::string::npos;
      deepest = std::max(deepest, (keeps_frame ? frame : 0) + below);
    }
    at_work_.erase(&function);
    depths_[&function] = deepest;
    return deepest;
  }

 private:
  uint32_t Frame(const CodeFunction& function) const {
    if (const auto known = frames_.find(function.name); known != frames_.end()) return known->second;
    if (function.name.find(".cold") != std::string::npos) return 0;  // its function's frame holds it
    uint32_t bytes = 0;
    for (const CodeInstruction& i : function.instructions) bytes += Pushed(i);
    return bytes;
  }

  const std::map<std::string, uint32_t>& frames_;
  std::map<uint64_t, const CodeFunction*> by_address_;
  std::map<const CodeFunction*, uint32_t> depths_;
  std::set<const CodeFunction*> at_work_;
};

}  // namespace

std::vector<CodeFunction> ParseListing(std::string_view listing) {
  std::vector<CodeFunction> functions;
  while (!listing.empty()) {
    std::string_view line = Take(listing, '\n');
    if (line.ends_with(">:")) {  // "00008000 <model_run>:"
      CodeFunction function;
      function.address = Number(line, 16).value_or(0);
      Take(line, '<');
      function.name = line.substr(0, line.size() - 2);
      functions.push_back(std::move(function));
    } else if (!functions.empty()) {
      if (auto instruction = ParseInstruction(line)) functions.back().instructions.push_back(*std::move(instruction));
    }
  }
  return functions;
}

Outcome<std::map<std::string, uint32_t>> ParseStackUsage(std::string_view callgraph_info) {
  // node: { title: "FILE:NAME" label: "...\n...\n104 bytes (static)" }, its \n two characters
  std::map<std::string, uint32_t> frames;
  while (!callgraph_info.empty()) {
    std::string_view line = Take(callgraph_info, '\n');
    constexpr std::string_view kNode = "node: { title: \"";
    if (!line.starts_with(kNode)) continue;
    line.remove_prefix(kNode.size());
    std::string_view title = Take(line, '"');
    title.remove_prefix(title.rfind(':') + 1);  // npos + 1 is 0
    const size_t bytes_at = line.rfind(" bytes (");
    if (bytes_at == std::string_view::npos) continue;  // declared, not compiled here
    const size_t number_at = line.rfind("\\n", bytes_at);
    const auto bytes = number_at == std::string_view::npos
                           ? std::nullopt
                           : Number(line.substr(number_at + 2, bytes_at - number_at - 2), 10);
    const std::string_view kind = line.substr(bytes_at);
    const bool bounded = kind.starts_with(" bytes (static") || kind.find("bounded") != std::string_view::npos;
    if (!bytes || !bounded) {
      return Fail(Status::kFailedPrecondition, std::string(title) + " takes stack without a bound");
    }
    frames[std::string(title)] = static_cast<uint32_t>(*bytes);
  }
  return frames;
}

Outcome<uint32_t> StackBound(const std::vector<CodeFunction>& functions, const std::map<std::string, uint32_t>& frames,
                             std::string_view entry) {
  const auto start = std::ranges::find(functions, entry, &CodeFunction::name);
  if (start == functions.end()) return Fail(Status::kInternal, std::string(entry) + " is not in the listing");
  return StackWalk(functions, frames).Depth(*start);
}

Loops FindLoops(const std::vector<CodeFunction>& functions) {
  Loops loops;
  const auto raise = [](LongestLoop& longest, uint64_t bytes, const std::string& function) {
    if (bytes > longest.bytes) longest = {static_cast<uint32_t>(bytes), function};
  };
  for (const CodeFunction& function : functions) {
    struct Span {
      uint64_t from, to;
    };
    std::vector<Span> spans;
    for (const CodeInstruction& i : function.instructions) {
      const bool backward = i.target && !IsCall(i.mnemonic) && *i.target <= i.address && *i.target >= function.address;
      if (backward) spans.push_back({*i.target, i.address + i.bytes});
    }
    for (const Span& loop : spans) {
      raise(loops.longest, loop.to - loop.from, function.name);
      const bool inner = std::ranges::none_of(spans, [&](const Span& other) {
        return other.from >= loop.from && other.to <= loop.to && (other.from != loop.from || other.to != loop.to);
      });
      if (inner) raise(loops.longest_inner, loop.to - loop.from, function.name);
    }
  }
  return loops;
}

}  // namespace linnet::profile
