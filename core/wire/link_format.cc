#include "linnet/wire/link_format.h"

#include "linnet/base/text.h"

namespace linnet::link_format {
namespace {

// Takes one ";name[=value]" from the front of `text`. nullopt: none stands here, or it is malformed.
struct Parameter {
  std::string_view name;
  std::string_view value;
  size_t size;  // of the whole, ';' included
};
std::optional<Parameter> TakeParameter(std::string_view text) {
  if (!text.starts_with(';')) return std::nullopt;
  size_t i = 1;
  while (i < text.size() && text[i] != '=' && text[i] != ';' && text[i] != ',') ++i;
  Parameter parameter{Slice(text, 1, i - 1), {}, i};
  if (parameter.name.empty()) return std::nullopt;
  if (i == text.size() || text[i] != '=') return parameter;
  ++i;
  if (i < text.size() && text[i] == '"') {
    const size_t start = ++i;
    while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
    if (i >= text.size()) return std::nullopt;  // the quote never closes
    parameter.value = Slice(text, start, i - start);
    ++i;
  } else {
    const size_t start = i;
    while (i < text.size() && text[i] != ';' && text[i] != ',') ++i;
    parameter.value = Slice(text, start, i - start);
  }
  parameter.size = i;
  return parameter;
}

}  // namespace

std::optional<std::string_view> Link::Attribute(std::string_view name) const {
  std::string_view rest = attributes;
  while (const auto parameter = TakeParameter(rest)) {
    if (parameter->name == name) return parameter->value;
    rest.remove_prefix(parameter->size);
  }
  return std::nullopt;
}

Result<Link> Reader::Next() {
  std::string_view rest = rest_;
  if (rest.empty()) return Fail(Status::kOutOfRange);
  if (!first_) {
    if (!rest.starts_with(',')) return Fail(Status::kDataLoss);
    rest.remove_prefix(1);
  }
  if (!rest.starts_with('<')) return Fail(Status::kDataLoss);
  const size_t end = rest.find('>');
  if (end == std::string_view::npos) return Fail(Status::kDataLoss);
  Link link{Slice(rest, 1, end - 1), {}};
  rest.remove_prefix(end + 1);
  const std::string_view start = rest;
  while (const auto parameter = TakeParameter(rest)) rest.remove_prefix(parameter->size);
  if (!rest.empty() && !rest.starts_with(',')) return Fail(Status::kDataLoss);
  link.attributes = Slice(start, 0, start.size() - rest.size());
  rest_ = rest;
  first_ = false;
  return link;
}

}  // namespace linnet::link_format
