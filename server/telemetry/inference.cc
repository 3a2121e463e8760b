#include "linnet/telemetry/inference.h"

#include <charconv>
#include <limits>
#include <string_view>
#include <unordered_map>

namespace linnet::telemetry {
namespace {

struct InstancePath {
  int instance;
  int resource;
};

// "/26241/3/2" -> {3, 2}; nullopt for anything else.
std::optional<InstancePath> ParsePath(std::string_view path) {
  int part[3];
  const char* at = path.data();
  const char* end = at + path.size();
  for (int& value : part) {
    if (at == end || *at != '/') return std::nullopt;
    const auto [next, error] = std::from_chars(at + 1, end, value);
    if (error != std::errc() || value < 0) return std::nullopt;
    at = next;
  }
  if (at != end || part[0] != kInferenceObject) return std::nullopt;
  return InstancePath{part[1], part[2]};
}

std::optional<int32_t> AsInt(const events::Value& value) {
  const auto fits = [](auto v) {
    return v >= std::numeric_limits<int32_t>::min() && v <= std::numeric_limits<int32_t>::max();
  };
  if (const auto* i = std::get_if<int64_t>(&value); i && fits(*i)) return static_cast<int32_t>(*i);
  // SenML knows one number type: an integer may arrive as a float.
  if (const auto* d = std::get_if<double>(&value); d && fits(*d) && *d == static_cast<int32_t>(*d)) {
    return static_cast<int32_t>(*d);
  }
  return std::nullopt;
}

// SenML times below 2^28 are relative to now (RFC 8428 4.5.3). A device's clock is not believed beyond a day either way.
int64_t TimeOf(const events::SendBatch& batch, const events::Record& record) {
  constexpr double kRelativeBelow = 268435456.0;
  constexpr double kDayMs = 86'400'000.0;
  if (!record.time_s) return batch.received_unix_ms;
  const double ms = *record.time_s * 1000;
  const double age_ms = *record.time_s < kRelativeBelow ? ms : ms - static_cast<double>(batch.received_unix_ms);
  if (!(age_ms > -kDayMs && age_ms < kDayMs)) return batch.received_unix_ms;
  return batch.received_unix_ms + static_cast<int64_t>(age_ms);
}

struct Partial {
  int instance = 0;
  int64_t unix_ms = 0;
  std::string version;
  std::optional<int32_t> label, answer, margin_milli, runs;
};

void Take(Partial& row, int resource, const events::Value& value) {
  switch (resource) {
    case 0:
      if (const auto* text = std::get_if<std::string>(&value)) row.version = CleanText(*text, 64);
      break;
    case 1: row.label = AsInt(value); break;
    case 2: row.answer = AsInt(value); break;
    case 3: row.margin_milli = AsInt(value); break;
    case 4: row.runs = AsInt(value); break;
    default: break;
  }
}

// Length of the UTF-8 character at the head of `text`, 0 when there is none (RFC 3629: no overlong forms, no surrogates).
size_t CharacterBytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t head = byte(0);
  const size_t bytes = head < 0x80                   ? 1
                       : head >= 0xc2 && head < 0xe0 ? 2
                       : head >= 0xe0 && head < 0xf0 ? 3
                       : head >= 0xf0 && head < 0xf5 ? 4
                                                     : 0;
  if (bytes == 0 || bytes > text.size()) return 0;
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if ((head == 0xe0 && byte(1) < 0xa0) || (head == 0xed && byte(1) > 0x9f)) return 0;
  if ((head == 0xf0 && byte(1) < 0x90) || (head == 0xf4 && byte(1) > 0x8f)) return 0;
  return bytes;
}

}  // namespace

std::vector<InferenceRow> InferencesOf(const events::SendBatch& batch) {
  std::vector<Partial> partial;
  std::unordered_map<int, size_t> index_of;
  for (const events::Record& record : batch.records) {
    const auto path = ParsePath(record.path);
    if (!path) continue;
    const auto [entry, is_new] = index_of.try_emplace(path->instance, partial.size());
    if (is_new) {
      Partial& row = partial.emplace_back();
      row.instance = path->instance;
      row.unix_ms = TimeOf(batch, record);
    }
    Take(partial[entry->second], path->resource, record.value);
  }
  std::vector<InferenceRow> rows;
  std::string model;
  for (const Partial& p : partial) {
    if (model.empty()) model = p.version;
  }
  for (Partial& p : partial) {
    if (!p.label || !p.answer) continue;
    if (p.version.empty()) p.version = model;
    rows.push_back({p.unix_ms, std::move(p.version), p.instance, *p.label, *p.answer, p.margin_milli, p.runs});
  }
  return rows;
}

std::string CleanText(std::string_view text, size_t bytes_max) {
  std::string clean;
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    const size_t take = bytes == 0 ? 1 : bytes;
    if (clean.size() + take > bytes_max) break;
    if (bytes == 0 || text[0] == '\0') {
      clean += '?';
    } else {
      clean += text.substr(0, bytes);
    }
    text.remove_prefix(take);
  }
  return clean;
}

}  // namespace linnet::telemetry
