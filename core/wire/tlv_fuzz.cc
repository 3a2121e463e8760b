// Leaves of any document, in an order the writer takes, must come back the same.
#include <vector>

#include "linnet/wire/link_format.h"
#include "linnet/wire/number_text.h"
#include "linnet/wire/tlv.h"

using namespace linnet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<uint8_t> buffer(size * 8 + 64);
  tlv::TreeReader reader({data, size});
  tlv::TreeWriter writer(buffer);
  std::vector<tlv::Leaf> leaves;
  for (auto leaf = reader.Next(); leaf; leaf = reader.Next()) {
    leaves.push_back(*leaf);
    writer.Add(*leaf);
  }
  const auto written = writer.Finish();
  if (!written) __builtin_trap();
  tlv::TreeReader again(*written);
  for (const tlv::Leaf& leaf : leaves) {
    const auto back = again.Next();
    if (!back || back->instance != leaf.instance || back->resource != leaf.resource ||
        back->resource_instance != leaf.resource_instance || !Equal(back->value, leaf.value)) {
      __builtin_trap();
    }
  }
  const std::string_view text = AsText({data, size});
  link_format::Reader links(text);
  while (const auto link = links.Next()) (void)link->Attribute("ct");
  if (const auto number = number_text::ParseDouble(text)) (void)number_text::FormatDouble(*number);
  return 0;
}
