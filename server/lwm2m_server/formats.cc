#include "formats.h"

#include "linnet/lwm2m/registration.h"

namespace linnet::lwm2m_server {

FormatChoice FormatsOf(const events::Registration& registration) {
  FormatChoice choice;
  lwm2m::ObjectListReader reader(registration.links);
  while (reader.Next()) {
  }
  if (reader.has_formats()) {
    for (const lwm2m::ContentFormat format : kFormatsToTry) {
      if (!choice.preferred && reader.prefers(static_cast<uint16_t>(format))) choice.preferred = format;
    }
  }
  if (!choice.preferred && registration.lwm2m_version == "1.0") choice.preferred = lwm2m::ContentFormat::kTlv;
  return choice;
}

}  // namespace linnet::lwm2m_server
