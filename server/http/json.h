// The shapes of the API: rows of the store, values and tables as JSON. Text that is not UTF-8 is written with U+FFFD.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "linnet/base/error.h"
#include "linnet/events/events.h"
#include "linnet/http/message.h"
#include "linnet/lwm2m_server/request.h"
#include "linnet/rollout/rollouts.h"
#include "linnet/store/store.h"
#include "linnet/telemetry/table.h"

namespace linnet::http {

using Json = nlohmann::ordered_json;

Response JsonResponse(int code, const Json& body);
Response ErrorResponse(const Error& error);

Json ToJson(const store::DeviceRow& row);
Json ToJson(const store::Artifact& artifact);
Json ToJson(const rollout::RolloutView& view);
Json ToJson(const telemetry::Table& table);
Json ToJson(const events::Value& value);  // opaque as hex text
// {"path","value","code"}; a path above a resource has {"/3/0/0": ...} as its value.
Json ToJson(const std::string& path, const lwm2m_server::Answer& answer);

// A JSON value for a resource: number, text, true or false; {"hex":"00ff"} for opaque ones.
Outcome<events::Value> ValueFrom(const Json& json);

// A body that must be a JSON object. kInvalidArgument with the place of the mistake.
Outcome<Json> ParseObject(const std::string& body);
// A text member of it. kInvalidArgument: missing or not text
Outcome<std::string> TextMember(const Json& object, const char* name);

}  // namespace linnet::http
