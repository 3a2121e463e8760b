#include <cstdlib>

#include "linnet/wire/cbor.h"

// Whatever the bytes are: Skip ends, stays inside, and what it skipped is read again with the same size.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace linnet;
  const ByteSpan bytes(data, size);
  cbor::Reader reader(bytes);
  while (!reader.done()) {
    const size_t before = reader.offset();
    const Result<ByteSpan> item = reader.Item();
    if (!item) {
      if (reader.offset() != before) std::abort();
      break;
    }
    if (item->empty() || reader.offset() != before + item->size()) std::abort();
    cbor::Reader again(*item);
    if (!Ok(again.Skip()) || !again.done()) std::abort();
  }
  cbor::Reader pull(bytes);
  while (!pull.done()) {
    const size_t before = pull.offset();
    const bool moved = pull.Number().has_value() || pull.Bytes().has_value() || pull.Text().has_value() ||
                       pull.Array().has_value() || pull.Map().has_value() || pull.Tag().has_value() ||
                       pull.Bool().has_value() || Ok(pull.Null()) || Ok(pull.Break()) || Ok(pull.Skip());
    if (moved != (pull.offset() > before)) std::abort();
    if (!moved) break;
  }
  return 0;
}
