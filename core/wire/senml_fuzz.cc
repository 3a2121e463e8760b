// Packs from outside, in both encodings; what is read must be writable again.
#include <vector>

#include "linnet/wire/senml.h"

using namespace linnet;

namespace {
template <typename Reader>
void Read(Reader reader, size_t size) {
  std::vector<uint8_t> cbor(size * 8 + 64), json(size * 64 + 256);
  senml::CborWriter cbor_writer(cbor);
  senml::JsonWriter json_writer(json);
  for (int i = 0; i < 16; ++i) {  // names may repeat a long base: bound the output
    const auto record = reader.Next();
    if (!record) break;
    cbor_writer.Add(*record);
    json_writer.Add(*record);
  }
  (void)cbor_writer.Finish();
  (void)json_writer.Finish();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<uint8_t> scratch(size);
  Read(senml::CborReader({data, size}), size);
  Read(senml::JsonReader({data, size}, scratch), size);
  return 0;
}
