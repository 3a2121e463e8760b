// Rows of a study from the body of a request.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/telemetry/study.h"

namespace linnet::http {

// {"study": "widths", "rows": [{"name": "dnn-w64-d2", "arch": "dnn", "data": "mnist", FIGURE: number or null, ...}, ...]}:
// figures as telemetry::kStudyFigures names them, what is left out is NULL, other members are not looked at.
//   kInvalidArgument: the message names the row and the member, and what is expected
Outcome<std::vector<telemetry::StudyRow>> StudyFrom(const std::string& body, int64_t unix_ms);

}  // namespace linnet::http
