#include "linnet/wire/number_text.h"

#include <cmath>

#include "linnet/base/text.h"

namespace linnet::number_text {
namespace {

// Powers of ten that a double holds exactly.
constexpr int kExactPowers = 22;
constexpr double kPowers[kExactPowers + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr uint64_t kMantissaMax = uint64_t{1} << 53;
constexpr int kExponentMax = 308;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// value * 10^exponent. One rounding for |exponent| <= 22, some for more.
double Scale(double value, int exponent) {
  for (; exponent > kExactPowers; exponent -= kExactPowers) value *= kPowers[kExactPowers];
  for (; exponent < -kExactPowers; exponent += kExactPowers) value /= kPowers[kExactPowers];
  return exponent >= 0 ? value * kPowers[exponent] : value / kPowers[-exponent];
}

void AppendDigits(Text& text, uint64_t value) {
  char digits[20];
  size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count > 0) text.Append(digits[--count]);
}

// mantissa * 10^exponent as plain decimal where that is short, else with an exponent: 1.5, 0.001, 1.2e-7.
Text Layout(bool negative, uint64_t mantissa, int exponent) {
  while (mantissa != 0 && mantissa % 10 == 0) {
    mantissa /= 10;
    ++exponent;
  }
  Text text;
  if (negative) text.Append('-');
  Text digits;
  AppendDigits(digits, mantissa);
  const std::string_view all = digits.view();
  const int point = static_cast<int>(all.size()) + exponent;  // digits before the decimal point
  if (exponent >= 0 && point <= 17) {
    for (const char c : all) text.Append(c);
    for (int i = 0; i < exponent; ++i) text.Append('0');
  } else if (exponent < 0 && point > 0) {
    for (int i = 0; i < static_cast<int>(all.size()); ++i) {
      if (i == point) text.Append('.');
      text.Append(all[static_cast<size_t>(i)]);
    }
  } else if (exponent < 0 && point > -5) {
    text.Append('0');
    text.Append('.');
    for (int i = point; i < 0; ++i) text.Append('0');
    for (const char c : all) text.Append(c);
  } else {
    text.Append(all[0]);
    if (all.size() > 1) text.Append('.');
    for (const char c : Slice(all, 1)) text.Append(c);
    text.Append('e');
    int e = point - 1;
    if (e < 0) {
      text.Append('-');
      e = -e;
    }
    AppendDigits(text, static_cast<uint64_t>(e));
  }
  return text;
}

}  // namespace

Text FormatUnsigned(uint64_t value) {
  Text text;
  AppendDigits(text, value);
  return text;
}

Text FormatInteger(int64_t value) {
  Text text;
  if (value < 0) text.Append('-');
  AppendDigits(text, value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value));
  return text;
}

Text FormatDouble(double value) {
  Text text;
  if (!std::isfinite(value)) {
    for (const char c : std::string_view("null")) text.Append(c);
    return text;
  }
  const bool negative = std::signbit(value);
  const double magnitude = negative ? -value : value;
  if (magnitude == 0) {
    text.Append('0');
    return text;
  }
  // The fewest decimals m * 10^-k that read back as the very value: a division of two exact doubles rounds once, so this test
  // is the reader's own arithmetic (Clinger's fast path).
  for (int k = 0; k <= kExactPowers; ++k) {
    const double scaled = magnitude * kPowers[k];
    if (scaled >= 1e15) break;
    const auto mantissa = static_cast<uint64_t>(scaled + 0.5);
    if (static_cast<double>(mantissa) / kPowers[k] == magnitude) return Layout(negative, mantissa, -k);
  }
  for (int k = 1; k <= kExactPowers && magnitude >= 1e15; ++k) {
    const double scaled = magnitude / kPowers[k];
    if (scaled >= 1e15) continue;
    const auto mantissa = static_cast<uint64_t>(scaled + 0.5);
    if (static_cast<double>(mantissa) * kPowers[k] == magnitude) return Layout(negative, mantissa, k);
  }
  // 17 digits: scale to [1e16, 1e17).
  int exponent = 0;
  double scaled = magnitude;
  while (scaled < 1e16 && exponent > -kExponentMax - 40) {
    const int step = scaled < 1e-6 ? kExactPowers : 1;
    scaled *= kPowers[step];
    exponent -= step;
  }
  while (scaled >= 1e17) {
    const int step = scaled >= 1e39 ? kExactPowers : 1;
    scaled /= kPowers[step];
    exponent += step;
  }
  return Layout(negative, static_cast<uint64_t>(scaled + 0.5), exponent);
}

Result<uint64_t> ParseUnsigned(std::string_view text) {
  if (text.empty()) return Fail(Status::kInvalidArgument);
  uint64_t value = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return Fail(Status::kInvalidArgument);
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return Fail(Status::kOutOfRange);
    value = value * 10 + digit;
  }
  return value;
}

Result<int64_t> ParseInteger(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  LINNET_ASSIGN(const uint64_t magnitude, ParseUnsigned(text));
  const uint64_t limit = static_cast<uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  if (magnitude > limit) return Fail(Status::kOutOfRange);
  return static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
}

Result<double> ParseDouble(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  uint64_t mantissa = 0;
  int exponent = 0;
  bool any = false, fraction = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (!IsDigit(text[i])) break;
    any = true;
    // Digits beyond the 19th no longer fit: they only move the point.
    if (mantissa < kMantissaMax * 100) {
      mantissa = mantissa * 10 + static_cast<uint64_t>(text[i] - '0');
      if (fraction) --exponent;
    } else if (!fraction) {
      ++exponent;
    }
  }
  if (!any) return Fail(Status::kInvalidArgument);
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    LINNET_ASSIGN(const int64_t e, ParseInteger(Slice(text, i + 1)));
    if (e > 10'000 || e < -10'000) return Fail(Status::kOutOfRange);
    exponent += static_cast<int>(e);
    i = text.size();
  }
  if (i != text.size()) return Fail(Status::kInvalidArgument);
  double value = mantissa == 0 ? 0 : Scale(static_cast<double>(mantissa), exponent);
  if (!std::isfinite(value)) return Fail(Status::kOutOfRange);
  return negative ? -value : value;
}

}  // namespace linnet::number_text
