// Parts of borrowed text without string_view::substr, which throws and so drags the C++ library's exceptions onto a board.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace linnet {

// The `size` characters from `start` on; what would lie past the end is not there.
constexpr std::string_view Slice(std::string_view text, size_t start, size_t size = std::string_view::npos) {
  const size_t from = std::min(start, text.size());
  return {text.data() + from, std::min(size, text.size() - from)};
}

}  // namespace linnet
