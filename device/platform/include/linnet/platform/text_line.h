// One line of text for a person, put together without heap or printf. What does not fit is cut off.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "linnet/base/bytes.h"

namespace linnet::platform {

class TextLine {
 public:
  TextLine& operator<<(std::string_view text) {
    for (char c : text) {
      if (size_ < text_.size()) text_[size_++] = c;
    }
    return *this;
  }
  TextLine& operator<<(char c) { return *this << std::string_view(&c, 1); }
  template <std::unsigned_integral T>
  TextLine& operator<<(T value) {
    if (value >= 10) *this << static_cast<T>(value / 10);
    return *this << static_cast<char>('0' + value % 10);
  }
  // Lower case, two digits a byte, no prefix.
  TextLine& Hex(ByteSpan bytes) {
    for (uint8_t byte : bytes) *this << "0123456789abcdef"[byte >> 4] << "0123456789abcdef"[byte & 15];
    return *this;
  }
  TextLine& Hex(uint32_t value) {
    std::array<uint8_t, 4> bytes;
    StoreBe32(bytes.data(), value);
    return *this << "0x", Hex(ByteSpan(bytes));
  }
  // Blanks up to this column; none when the line is longer already.
  TextLine& Pad(size_t column) {
    while (size_ < column && size_ < text_.size()) text_[size_++] = ' ';
    return *this;
  }

  std::string_view text() const { return {text_.data(), size_}; }
  size_t size() const { return size_; }

 private:
  std::array<char, 200> text_;
  size_t size_ = 0;
};

}  // namespace linnet::platform
