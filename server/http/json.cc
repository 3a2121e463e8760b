#include "json.h"

#include <charconv>
#include <cmath>
#include <ctime>

#include "linnet/http/api.h"
#include "linnet/lwm2m/response_code.h"

namespace linnet::http {
namespace {

std::string Hex(const events::Opaque& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t b : bytes) {
    hex += kDigits[b >> 4];
    hex += kDigits[b & 15];
  }
  return hex;
}

std::string StatusName(Status status) {
  std::string name(ToString(status));
  for (char& c : name) {
    if (c == ' ') c = '_';
  }
  return name;
}

// RFC 3339 in UTC: "2026-01-31T08:05:00.250Z".
std::string TimeText(int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return std::string(text, size) + "." + std::to_string(1000 + unix_ms % 1000).substr(1) + "Z";
}

Json Or(bool known, Json value) { return known ? value : Json(nullptr); }

}  // namespace

Response JsonResponse(int code, const Json& body) {
  return {code, body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"};
}

Response ErrorResponse(const Error& error) {
  return JsonResponse(HttpCodeOf(error.status),
                      {{"error", {{"status", StatusName(error.status)}, {"message", error.message}}}});
}

Json ToJson(const store::DeviceRow& row) {
  const store::Device& d = row.device;
  const store::DeviceFacts& f = row.facts;
  return {{"endpoint", d.endpoint},
          {"address", d.address},
          {"lwm2m", d.lwm2m_version},
          {"binding", d.binding},
          {"lifetime_s", d.lifetime_s},
          {"online", d.online},
          {"registered", TimeText(d.registered_at_ms)},
          {"last_seen", TimeText(d.last_seen_ms)},
          {"objects", d.links},
          {"firmware_version", Or(!f.firmware_version.empty(), f.firmware_version)},
          {"digest", Or(!f.digest.empty(), f.digest)},
          {"sequence", Or(f.sequence >= 0, f.sequence)},
          {"confirmed", Or(f.confirmed >= 0, f.confirmed == 1)},
          {"slot", Or(f.slot >= 0, f.slot)},
          {"version", Or(!f.image_version.empty(), f.image_version)}};
}

Json ToJson(const store::Artifact& a) {
  return {{"id", a.id},
          {"version", a.version},
          {"sequence", a.sequence},
          {"size_bytes", a.size_bytes},
          {"digest_a", a.digest_a},
          {"digest_b", a.digest_b},
          {"board", Or(!a.board.empty(), a.board)},
          {"class_id", a.class_id},
          {"key_id", a.key_id},
          {"created", TimeText(a.created_at_ms)}};
}

Json ToJson(const rollout::RolloutView& view) {
  Json devices = Json::array();
  for (const store::RolloutDevice& d : view.devices) {
    devices.push_back({{"endpoint", d.endpoint},
                       {"state", store::ToString(d.state)},
                       {"progress", std::round(d.progress * 1000) / 1000},
                       {"reason", d.reason},
                       {"digest", d.digest},
                       {"since", TimeText(d.since_ms)}});
  }
  return {{"id", view.rollout.id},
          {"artifact", view.rollout.artifact},
          {"state", store::ToString(view.rollout.state)},
          {"created", TimeText(view.rollout.created_at_ms)},
          {"devices", std::move(devices)}};
}

Json ToJson(const telemetry::Table& table) {
  Json columns = Json::array(), rows = Json::array();
  for (const telemetry::Column& c : table.columns) columns.push_back({{"name", c.name}, {"type", c.type}});
  for (const auto& cells : table.rows) {
    Json& row = rows.emplace_back(Json::array());
    for (const telemetry::Cell& cell : cells) {
      std::visit(
          [&](const auto& v) {
            if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) {
              row.push_back(nullptr);
            } else {
              row.push_back(v);
            }
          },
          cell);
    }
  }
  return {{"columns", std::move(columns)}, {"rows", std::move(rows)}, {"truncated", table.truncated}};
}

Json ToJson(const events::Value& value) {
  if (const auto* b = std::get_if<bool>(&value)) return *b;
  if (const auto* i = std::get_if<int64_t>(&value)) return *i;
  if (const auto* d = std::get_if<double>(&value)) return *d;
  if (const auto* s = std::get_if<std::string>(&value)) return *s;
  if (const auto* o = std::get_if<events::Opaque>(&value)) return Hex(*o);
  return nullptr;
}

Json ToJson(const std::string& path, const lwm2m_server::Answer& answer) {
  Json value = nullptr;
  if (answer.records.size() == 1 && answer.records.front().path == path) {
    value = ToJson(answer.records.front().value);
  } else if (!answer.records.empty()) {
    value = Json::object();
    for (const events::Record& r : answer.records) value[r.path] = ToJson(r.value);
  }
  const auto code = lwm2m::Format(answer.code);
  return {{"path", path}, {"value", std::move(value)}, {"code", std::string(code.data(), code.size())}};
}

Outcome<events::Value> ValueFrom(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
    return Fail(Status::kInvalidArgument, "the number is beyond 63 bits");
  }
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_object() && json.size() == 1 && json.contains("hex") && json["hex"].is_string()) {
    const auto& hex = json["hex"].get_ref<const std::string&>();
    events::Opaque bytes(hex.size() / 2);
    bool good = hex.size() % 2 == 0;
    for (size_t i = 0; good && i < bytes.size(); ++i) {
      const char* at = hex.data() + 2 * i;
      const auto [end, error] = std::from_chars(at, at + 2, bytes[i], 16);
      good = error == std::errc() && end == at + 2;
    }
    if (good) return bytes;
  }
  return Fail(Status::kInvalidArgument, "\"value\" must be a number, a text, true, false or {\"hex\":\"00ff\"}");
}

Outcome<Json> ParseObject(const std::string& body) {
  try {
    Json json = Json::parse(body);
    if (json.is_object()) return json;
  } catch (const Json::parse_error& e) {
    return Fail(Status::kInvalidArgument, "the body is not JSON: mistake at byte " + std::to_string(e.byte));
  }
  return Fail(Status::kInvalidArgument, "the body must be a JSON object");
}

Outcome<std::string> TextMember(const Json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) {
    return Fail(Status::kInvalidArgument, std::string("\"") + name + "\" must be given as text");
  }
  return member->get<std::string>();
}

}  // namespace linnet::http
