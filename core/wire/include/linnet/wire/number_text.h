// Numbers as text and back, without locale, heap or printf: what text/plain and SenML JSON need.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "linnet/base/status.h"

namespace linnet::number_text {

// The text of one number; converts to a view that lives as long as the object.
class Text {
 public:
  std::string_view view() const { return {chars_.data(), size_}; }
  void Append(char c) { chars_[size_++] = c; }

 private:
  std::array<char, 28> chars_{};
  uint8_t size_ = 0;
};

Text FormatInteger(int64_t value);
Text FormatUnsigned(uint64_t value);
// The shortest decimal that reads back exactly where it has at most 15 digits and an exponent within 10^22; else 17 digits,
// which may be off by some units in the 17th. Not finite: "null", JSON's word for no number.
Text FormatDouble(double value);

// The whole text must be the number. kInvalidArgument: it is none | kOutOfRange: beyond the type.
Result<int64_t> ParseInteger(std::string_view text);
Result<uint64_t> ParseUnsigned(std::string_view text);
// Exact where the digits fit 53 bits and the exponent is within 10^22; else off by some units in the last place.
Result<double> ParseDouble(std::string_view text);

}  // namespace linnet::number_text
