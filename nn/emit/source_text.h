// Pieces of C++ source. Private to nn/emit.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace linnet::emit {

// "  alignas(4) static constexpr int8_t weights[] = {...};", lines of at most 120 characters.
std::string Constant(std::string_view name, std::span<const int8_t> values);
std::string Constant(std::string_view name, std::span<const uint8_t> values);
std::string Constant(std::string_view name, std::span<const uint16_t> values);
std::string Constant(std::string_view name, std::span<const int32_t> values);
std::string Constant(std::string_view name, std::span<const uint32_t> values);

// The values alone, each line indented.
std::string ValueLines(std::span<const uint8_t> values, std::string_view indent);

// "0.00392156886F": reads back to the same bits.
std::string FloatLiteral(float value);

// A layer's name as part of an identifier: "conv1/BiasAdd" -> "conv1_BiasAdd".
std::string IdentifierPart(std::string_view name);

// Any text inside a one-line comment: no line break, no trailing backslash.
std::string CommentText(std::string_view text);

}  // namespace linnet::emit
