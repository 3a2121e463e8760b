#include "linnet/sql/statement.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace linnet::sql {

std::string Sentence(const std::string& database_error) {
  std::string_view text = database_error;
  // "Parser Error: ", "Catalog Error: ": the class says nothing that the sentence doesn't.
  const size_t colon = text.find(" Error: ");
  if (colon != std::string_view::npos && text.substr(0, colon).find(' ') == std::string_view::npos) {
    text.remove_prefix(colon + 8);
  }
  std::string sentence;
  size_t lines = 0;
  while (!text.empty() && lines < 2) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    // "LINE 1: SELEC 1" and the caret below it point into text that the reader has before his eyes.
    if (line.starts_with("LINE ") || line.find_first_not_of(" ^") == std::string_view::npos) continue;
    if (!sentence.empty()) sentence += "; ";
    sentence += line;
    ++lines;
  }
  return sentence.empty() ? "the statement failed" : sentence;
}

void StatementRunner::Run(std::string statement, std::function<void(Outcome<telemetry::Table>)> done) {
  if (std::all_of(statement.begin(), statement.end(), [](unsigned char c) { return std::isspace(c) || c == ';'; })) {
    return done(Fail(Status::kInvalidArgument, "there is no statement"));
  }
  if (statement.size() > limits_.statement_bytes_max) {
    return done(Fail(Status::kInvalidArgument,
                     "a statement may have " + std::to_string(limits_.statement_bytes_max / 1024) + " KiB at most"));
  }
  const auto seconds = limits_.query.timeout.count() / 1000;
  telemetry_.Query(std::move(statement), limits_.query,
                   [done = std::move(done), seconds](Outcome<telemetry::Table> table) {
                     if (table) return done(std::move(table));
                     Error& error = table.error();
                     if (error.status == Status::kDeadlineExceeded) {
                       return done(Fail(error.status, "the statement was stopped after " + std::to_string(seconds) +
                                                          " seconds; ask for fewer rows or a shorter time"));
                     }
                     done(Fail(error.status, Sentence(error.message)));
                   });
}

}  // namespace linnet::sql
