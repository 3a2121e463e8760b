// Whatever Parse takes must survive a walk over all options and come back from the writer as the same message.
#include <vector>

#include "linnet/coap/message.h"

using namespace linnet;
using namespace linnet::coap;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto message = Parse({data, size});
  if (!message) return 0;
  std::vector<uint8_t> buffer(size + 16);
  MessageWriter writer(buffer);
  writer.Begin(message->type, message->code, message->message_id, message->token);
  OptionReader options = message->ReadOptions();
  while (const auto option = options.Next()) writer.AddOption(option->number, option->value);
  writer.AddPayload(message->payload);
  const auto again = Parse(writer.written());
  if (!again || again->code != message->code || !Equal(again->payload, message->payload) ||
      !Equal(again->token, message->token)) {
    __builtin_trap();
  }
  (void)message->FindBlock(option::kBlock1);
  (void)message->FindBlock(option::kBlock2);
  return 0;
}
