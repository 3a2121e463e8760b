#include <regex>

#include "files.h"
#include "linnet/tidy/tidy.h"

namespace linnet::tidy {
namespace fs = std::filesystem;
namespace {

bool IsIdentifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Whether `line` has `word` where no letter, digit or underscore touches it.
bool HasWord(const std::string& line, const std::string& word) {
  for (size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
    const bool left = at == 0 || !IsIdentifier(line[at - 1]) || !IsIdentifier(word.front());
    const size_t end = at + word.size();
    if (left && (end == line.size() || !IsIdentifier(line[end]) || !IsIdentifier(word.back()))) return true;
  }
  return false;
}

// In halves, so that this file does not hold what it forbids.
const std::vector<std::string>& ForbiddenWords() {
  static const std::vector<std::string> words = {
      "/wo"
      "rk/",
      "/ro"
      "ot/",
      "/ho"
      "me/",
      "registry.npm"
      "js",
      "deb.deb"
      "ian.org",
      "archive.ubu"
      "ntu",
      "TO"
      "DO",
      "FIX"
      "ME",
      "X"
      "XX",
      "HA"
      "CK",
      "st"
      "ub",
      "not imple"
      "mented",
      "lorem ip"
      "sum",
  };
  return words;
}

}  // namespace

std::vector<std::string> TrackedFiles(const fs::path& root) {
  return Lines(Run("git -C " + Quoted(root) + " ls-files --cached --others --exclude-standard").output);
}

Findings CheckWords(const fs::path& root, const std::vector<std::string>& files) {
  Findings findings;
  for (const std::string& file : files) {
    const std::string text = ReadText(root / file);
    if (text.find('\0') != std::string::npos) continue;  // a binary file
    int number = 0;
    for (const std::string& line : Lines(text)) {
      ++number;
      for (const std::string& word : ForbiddenWords()) {
        if (HasWord(line, word)) findings.push_back({file + ":" + std::to_string(number), "holds \"" + word + "\""});
      }
    }
  }
  return findings;
}

Findings CheckDocuments(const fs::path& root, const std::vector<std::string>& files) {
  // A path in backquotes or as a link's target that starts with a folder of this repository.
  static const std::regex path(
      R"((?:`|\]\()((?:core|nn|device|server|apps|tools|tests|bench|sim|docs|cmake)/[A-Za-z0-9_./-]+))");
  Findings findings;
  for (const std::string& file : files) {
    if (!file.ends_with(".md")) continue;
    int number = 0;
    for (const std::string& line : Lines(ReadText(root / file))) {
      ++number;
      for (std::sregex_iterator it(line.begin(), line.end(), path), end; it != end; ++it) {
        std::string named = (*it)[1];
        const char after = it->suffix().str().empty() ? '\0' : it->suffix().str().front();
        if (after == '*' || after == '{' || after == '<') named = fs::path(named).parent_path();  // a pattern
        while (named.ends_with('.')) named.pop_back();
        if (!fs::exists(root / named))
          findings.push_back({file + ":" + std::to_string(number), "names " + named + ", which does not exist"});
      }
    }
  }
  return findings;
}

}  // namespace linnet::tidy
