// First byte: the format and the base path. Whatever reads must write again in both SenML formats, unless it has no value.
#include <vector>

#include "linnet/lwm2m/body.h"
#include "linnet/lwm2m/registration.h"

using namespace linnet;
using namespace linnet::lwm2m;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static constexpr ContentFormat kFormats[] = {ContentFormat::kText, ContentFormat::kOpaque, ContentFormat::kSenmlJson,
                                               ContentFormat::kSenmlCbor, ContentFormat::kTlv};
  static constexpr Path kBases[] = {Path(), Path{3}, Path{3, 0}, Path{3, 0, 0}, Path{3, 0, 6, 1}};
  const ByteSpan body(data + 1, size - 1);
  std::vector<uint8_t> scratch(size), out(size * 8 + 256);
  BodyReader reader(kFormats[data[0] % 5], kBases[data[0] / 5 % 5], body, scratch);
  for (int i = 0; i < 64; ++i) {
    const auto resource = reader.Next();
    if (!resource) break;
    for (const auto type : {ValueType::kInteger, ValueType::kFloat, ValueType::kBoolean, ValueType::kText}) {
      (void)resource->value.As(type);
    }
    if (resource->path.depth() < 3 || resource->value.type() == ValueType::kNone) continue;
    BodyWriter writer(ContentFormat::kSenmlCbor, {}, out);
    if (!Ok(writer.Add(*resource)) || !Ok(writer.Finish())) __builtin_trap();
  }
  RegistrationQuery query;
  (void)query.Take(AsText(body));
  ObjectListReader list(AsText(body));
  while (list.Next()) {
  }
  (void)list.prefers(110);
  return 0;
}
