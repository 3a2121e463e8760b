#include "study.h"

#include <cmath>

#include "json.h"

namespace linnet::http {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr double kWholeMax = 9007199254740992.0;  // 2^53: every whole number below is one of a double

Outcome<std::string> NameMember(const Json& object, const char* name) {
  LINNET_ASSIGN(std::string text, TextMember(object, name));
  if (text.empty() || text.size() > kNameBytesMax)
    return Fail(Status::kInvalidArgument, std::string("\"") + name + "\" must have 1 to 64 bytes");
  return text;
}

Outcome<std::optional<double>> FigureMember(const Json& object, const telemetry::StudyFigure& figure) {
  const auto member = object.find(figure.name);
  if (member == object.end() || member->is_null()) return std::nullopt;
  const double value = member->is_number() ? member->get<double>() : std::nan("");
  const bool fits =
      std::isfinite(value) && (!figure.whole || (value == std::floor(value) && std::abs(value) < kWholeMax));
  if (!fits)
    return Fail(Status::kInvalidArgument, std::string("\"") + figure.name + "\" must be a " +
                                              (figure.whole ? "whole number" : "number") + " or null");
  return value;
}

Outcome<telemetry::StudyRow> RowFrom(const Json& object) {
  if (!object.is_object()) return Fail(Status::kInvalidArgument, "an object is expected");
  telemetry::StudyRow row;
  LINNET_ASSIGN(row.network, NameMember(object, "name"));
  LINNET_ASSIGN(row.arch, NameMember(object, "arch"));
  LINNET_ASSIGN(row.data, NameMember(object, "data"));
  for (size_t i = 0; i < telemetry::kStudyFigures.size(); ++i) {
    LINNET_ASSIGN(row.figures[i], FigureMember(object, telemetry::kStudyFigures[i]));
  }
  return row;
}

}  // namespace

Outcome<std::vector<telemetry::StudyRow>> StudyFrom(const std::string& body, int64_t unix_ms) {
  LINNET_ASSIGN(const Json json, ParseObject(body));
  LINNET_ASSIGN(const std::string study, NameMember(json, "study"));
  const auto list = json.find("rows");
  if (list == json.end() || !list->is_array() || list->empty() || list->size() > telemetry::kStudyRowsMax) {
    return Fail(Status::kInvalidArgument,
                "\"rows\" must be a list of 1 to " + std::to_string(telemetry::kStudyRowsMax) + " objects");
  }
  std::vector<telemetry::StudyRow> rows;
  for (const Json& object : *list) {
    auto row = RowFrom(object);
    if (!row) return std::unexpected(row.error().Within("row " + std::to_string(rows.size())));
    row->study = study;
    row->unix_ms = unix_ms;
    rows.push_back(*std::move(row));
  }
  return rows;
}

}  // namespace linnet::http
