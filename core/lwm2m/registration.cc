#include "linnet/lwm2m/registration.h"

#include <algorithm>

#include "linnet/base/text.h"
#include "linnet/wire/number_text.h"

namespace linnet::lwm2m {

Duration RegistrationQuery::lifetime_or_default() const { return lifetime ? *lifetime : Duration::Seconds(86400); }

Status RegistrationQuery::Take(std::string_view segment) {
  const size_t equals = std::min(segment.find('='), segment.size());
  const std::string_view name = Slice(segment, 0, equals);
  const std::string_view value = Slice(segment, std::min(equals + 1, segment.size()));
  if (name == "ep") {
    if (value.empty()) return Status::kInvalidArgument;
    endpoint = value;
  } else if (name == "lt") {
    const auto seconds = number_text::ParseUnsigned(value);
    if (!seconds || *seconds > 0xffff'ffff) return Status::kInvalidArgument;  // 32 bits: Core 1.1, table 6.2.1
    lifetime = Duration::Seconds(static_cast<int64_t>(*seconds));
  } else if (name == "lwm2m") {
    version = value;
  } else if (name == "b") {
    binding = value;
    queue_mode = queue_mode || value.find('Q') != std::string_view::npos;  // "UQ" as in LwM2M 1.0
  } else if (name == "Q") {
    queue_mode = true;
  } else if (name == "sms") {
    sms_number = value;
  }
  return Status::kOk;
}

Result<ObjectLinkEntry> ObjectListReader::Next() {
  for (;;) {
    LINNET_ASSIGN(const link_format::Link link, links_.Next());
    if (const auto type = link.Attribute("rt"); link.target == "/" || (type && *type == "oma.lwm2m")) {
      root_ = link.target.empty() ? std::string_view("/") : link.target;
      formats_ = link.Attribute("ct").value_or(std::string_view());
      continue;
    }
    std::string_view target = link.target;
    if (root_ != "/" && target.starts_with(root_)) target.remove_prefix(root_.size());
    const auto path = Path::Parse(target);
    if (!path || path->depth() < 1 || path->depth() > 2) continue;
    return ObjectLinkEntry{*path, link.Attribute("ver").value_or(std::string_view())};
  }
}

bool ObjectListReader::prefers(uint16_t content_format) const {
  std::string_view rest = formats_;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(' '), rest.size());
    if (number_text::ParseUnsigned(Slice(rest, 0, end)) == content_format) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

void ObjectListWriter::Put(std::string_view text) {
  if (!Ok(status_) || text.size() > buffer_.size() - size_) {
    status_ = Status::kResourceExhausted;
    return;
  }
  std::copy(text.begin(), text.end(), buffer_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += text.size();
}

void ObjectListWriter::AddRoot(uint16_t content_format) {
  if (size_ > 0) Put(",");
  Put("</>;ct=");
  Put(number_text::FormatUnsigned(content_format).view());
}

void ObjectListWriter::Add(const Path& path, std::string_view version) {
  if (size_ > 0) Put(",");
  Put("<");
  Put(path.ToText().text());
  Put(">");
  if (version.empty()) return;
  Put(";ver=");
  Put(version);
}

std::string_view FormatLifetime(Duration lifetime, MutableByteSpan buffer) {
  const auto number = number_text::FormatInteger(lifetime.seconds());
  const std::string_view digits = number.view();
  if (buffer.size() < 3 + digits.size()) return {};
  std::copy_n("lt=", 3, buffer.begin());
  std::copy(digits.begin(), digits.end(), buffer.begin() + 3);
  return AsText(buffer.first(3 + digits.size()));
}

}  // namespace linnet::lwm2m
