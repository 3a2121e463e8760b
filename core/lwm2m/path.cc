#include "linnet/lwm2m/path.h"

#include <algorithm>

#include "linnet/base/text.h"
#include "linnet/wire/number_text.h"

namespace linnet::lwm2m {

Status Path::Append(std::string_view segment) {
  if (depth_ == ids_.size()) return Status::kInvalidArgument;
  const auto id = number_text::ParseUnsigned(segment);
  if (!id || *id >= 0xffff || segment.size() > 5) return Status::kInvalidArgument;
  ids_[depth_++] = static_cast<uint16_t>(*id);
  return Status::kOk;
}

Result<Path> Path::Parse(std::string_view text) {
  if (text.starts_with('/')) text.remove_prefix(1);
  Path path;
  while (!text.empty()) {
    const size_t end = std::min(text.find('/'), text.size());
    LINNET_TRY(path.Append(Slice(text, 0, end)));
    if (end + 1 == text.size()) return Fail(Status::kInvalidArgument);  // a slash at the end
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return path;
}

Path Path::Child(uint16_t id) const {
  LINNET_CHECK(depth_ < ids_.size());
  Path child = *this;
  child.ids_[child.depth_++] = id;
  return child;
}

Path Path::Parent() const {
  LINNET_CHECK(depth_ > 0);
  Path parent = *this;
  parent.ids_[--parent.depth_] = 0;
  return parent;
}

bool Path::Contains(const Path& other) const {
  return depth_ <= other.depth_ && std::equal(ids_.begin(), ids_.begin() + depth_, other.ids_.begin());
}

PathText Path::ToText() const {
  std::array<char, 24> chars;
  size_t size = 0;
  if (depth_ == 0) chars[size++] = '/';
  for (size_t i = 0; i < depth_; ++i) {
    chars[size++] = '/';
    const auto id = number_text::FormatUnsigned(ids_[i]);
    size = static_cast<size_t>(std::copy(id.view().begin(), id.view().end(), chars.begin() + size) - chars.begin());
  }
  PathText text;
  LINNET_CHECK(Ok(text.Assign(std::string_view(chars.data(), size))));
  return text;
}

}  // namespace linnet::lwm2m
