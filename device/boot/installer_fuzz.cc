#include <cstdlib>

#include "linnet/boot/installer.h"
#include "linnet/platform/fake_flash.h"

// Whatever bytes come, in whatever pieces: without the private key nothing is installed, no operation touches the flash,
// and no read leaves the buffers. The key that is trusted is the point of RFC 6979 A.2.5 under the id "fuzz-key".
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace linnet;
  using namespace linnet::boot;
  static platform::FakeFlash flash;
  static const bool provisioned = [] {
    std::array<uint8_t, package::kTrustedKeysBytes> table;
    table.fill(0xFF);
    constexpr crypto::P256PublicKey kPoint = {
        0x04, 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68,
        0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x79,
        0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1,
        0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99};
    const bool added = Ok(package::AddTrustedKey(table, AsBytes("fuzz-key"), kPoint));
    flash.Poke(platform::kTrustedKeysOffset, table);
    return added;
  }();
  if (!provisioned || size == 0) return 0;

  storage::KeyValueStore store(flash, platform::kKeyValueArea.first_sector);
  BootState state(store);
  if (!Ok(store.Open()) || !Ok(state.Load())) std::abort();
  const Identity identity = IdentityOf(flash, package::ClassIdOf("mps2-an386"));
  Installer installer(flash, state, identity, Slot::kA);
  if (!Ok(installer.Begin())) std::abort();

  const size_t piece = 1 + data[0];  // the first byte says how the rest is cut
  ByteSpan rest(data + 1, size - 1);
  while (!rest.empty()) {
    const size_t taken = rest.size() < piece ? rest.size() : piece;
    if (!Ok(installer.Write(rest.first(taken)))) break;
    rest = rest.subspan(taken);
  }
  if (Ok(installer.Finish()) || Ok(installer.Apply()) || flash.operations() != 0) std::abort();
  return 0;
}
