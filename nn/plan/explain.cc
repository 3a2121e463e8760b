#include "linnet/plan/explain.h"

#include <algorithm>

#include <fmt/format.h>

namespace linnet::plan {
namespace {

// 12544 becomes "12,544".
std::string Grouped(size_t value) {
  std::string text = std::to_string(value);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string NameOf(const Holding& h) {
  switch (h.role) {
    case Role::kState: return "state of " + h.name;
    case Role::kScratch: return "working memory";
    case Role::kInput: return "input " + h.name;
    case Role::kOutput: return "output " + h.name;
    case Role::kTensor: break;
  }
  return h.name;
}

std::vector<const Holding*> HeldAt(const Plan& plan, int step) {
  std::vector<const Holding*> held;
  for (const Holding& h : plan.holdings) {
    if (h.first <= step && step <= h.last) held.push_back(&h);
  }
  return held;
}

constexpr size_t kColumns = 48;

// The arena in `kColumns` characters: the letter of who holds most of what a column stands for, '.' where nobody does.
std::string Picture(const std::vector<const Holding*>& held, size_t arena_bytes) {
  std::string picture(kColumns, '.');
  for (size_t i = 0; i < held.size(); ++i) {
    const size_t from = held[i]->offset_bytes * kColumns / arena_bytes;
    const size_t to = (held[i]->offset_bytes + held[i]->bytes) * kColumns / arena_bytes;
    for (size_t c = from; c < std::max(to, from + 1) && c < kColumns; ++c) picture[c] = static_cast<char>('a' + i % 26);
  }
  return picture;
}

std::string LayerName(const Plan& plan, int step) {
  if (step < 0) return "the start";
  if (step >= static_cast<int>(plan.layer_names.size())) return "the end";
  return "'" + plan.layer_names[static_cast<size_t>(step)] + "'";
}

// The largest that only waits while `step` runs: neither made by it nor read by it for the last time.
const Holding* LargestWaiting(const Plan& plan, int step) {
  const Holding* largest = nullptr;
  for (const Holding* h : HeldAt(plan, step)) {
    const bool waits = h->role != Role::kState && h->role != Role::kScratch && h->first < step && h->last > step;
    if (waits && (largest == nullptr || h->bytes > largest->bytes)) largest = h;
  }
  return largest;
}

std::string WayOut(const Plan& plan, int step, size_t excess) {
  if (const Holding* waiting = LargestWaiting(plan, step); waiting != nullptr && waiting->bytes >= excess) {
    return fmt::format("{} ({} bytes) only waits there, from {} to {}: read it earlier, or not at all",
                       NameOf(*waiting), Grouped(waiting->bytes), LayerName(plan, waiting->first),
                       LayerName(plan, waiting->last));
  }
  const Holding* largest = nullptr;
  for (const Holding* h : HeldAt(plan, step)) {
    if (h->role != Role::kState && (largest == nullptr || h->bytes > largest->bytes)) largest = h;
  }
  if (largest == nullptr || largest->bytes <= excess)
    return "fewer channels or a stride of 2 in the layers before it; no single tensor is large enough to make the "
           "difference";
  if (largest->role == Role::kScratch)
    return "a smaller window or fewer channels into it make its working memory smaller";
  const size_t wanted = largest->bytes - excess;
  if (largest->role == Role::kInput) {
    return fmt::format("{} would have to shrink from {} to {} bytes: feed the network a smaller input",
                       NameOf(*largest), Grouped(largest->bytes), Grouped(wanted));
  }
  const std::string maker = LayerName(plan, largest->first);
  return fmt::format(
      "{} would have to shrink from {} to {} bytes: {} channels of layer {} for every 16 it has, or a stride or pool "
      "of 2 "
      "there, which makes it a quarter",
      NameOf(*largest), Grouped(largest->bytes), Grouped(wanted), std::max<size_t>(1, 16 * wanted / largest->bytes),
      maker);
}

}  // namespace

std::string TimelineText(const Plan& plan) {
  if (plan.arena_bytes == 0) return "the network needs no memory\n";
  std::string text = fmt::format("memory of {} bytes in all; {} is the least that this order of layers can do with\n",
                                 Grouped(plan.arena_bytes), Grouped(plan.lower_bound_bytes));
  size_t name_width = 5;
  for (const std::string& name : plan.layer_names) name_width = std::max(name_width, std::min<size_t>(name.size(), 28));
  for (size_t step = 0; step < plan.layer_names.size(); ++step) {
    const auto held = HeldAt(plan, static_cast<int>(step));
    std::string holders;
    for (size_t i = 0; i < held.size(); ++i) {
      holders += fmt::format("{}{} {} {}", i == 0 ? "" : ", ", static_cast<char>('a' + i % 26), NameOf(*held[i]),
                             Grouped(held[i]->bytes));
    }
    text += fmt::format("{:<{}.{}} {:>9} |{}| {}\n", plan.layer_names[step], name_width, name_width,
                        Grouped(plan.live_bytes[step]), Picture(held, plan.arena_bytes), holders);
  }
  return text;
}

std::string ExplainExcess(const Plan& plan, size_t ram_bytes) {
  std::string text = fmt::format("the network needs {} bytes of RAM, {} more than the {} allowed",
                                 Grouped(plan.arena_bytes), Grouped(plan.arena_bytes - ram_bytes), Grouped(ram_bytes));
  std::vector<size_t> over;
  for (size_t step = 0; step < plan.live_bytes.size(); ++step) {
    if (plan.live_bytes[step] > ram_bytes) over.push_back(step);
  }
  if (over.empty()) {
    return text + fmt::format(
                      "; no layer alone needs more, {} bytes are lost between tensors of different lifetimes: allow {}",
                      Grouped(plan.arena_bytes - plan.lower_bound_bytes), Grouped(plan.arena_bytes));
  }
  std::ranges::stable_sort(over, [&](size_t a, size_t b) { return plan.live_bytes[a] > plan.live_bytes[b]; });
  text += ". Layers that exceed it:";
  constexpr size_t kNamedMax = 5;
  for (size_t i = 0; i < std::min(over.size(), kNamedMax); ++i) {
    const size_t step = over[i];
    text += fmt::format("\n  layer '{}': {} bytes, {} over", plan.layer_names[step], Grouped(plan.live_bytes[step]),
                        Grouped(plan.live_bytes[step] - ram_bytes));
    if (i > 0) continue;
    for (const Holding* h : HeldAt(plan, static_cast<int>(step)))
      text += fmt::format("\n    {:>9} {}", Grouped(h->bytes), NameOf(*h));
  }
  if (over.size() > kNamedMax) text += fmt::format("\n  and {} more", over.size() - kNamedMax);
  const size_t worst = over.front();
  return text + "\nThe cheapest way out: " + WayOut(plan, static_cast<int>(worst), plan.live_bytes[worst] - ram_bytes);
}

}  // namespace linnet::plan
