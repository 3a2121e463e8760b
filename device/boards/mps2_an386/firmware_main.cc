// The firmware: the board's parts put together around the application, one loop.
#include <cstring>

#include "linnet/app/app.h"
#include "linnet/base/check.h"
#include "linnet/crypto/sha256.h"
#include "linnet/mps2_an386/fault.h"
#include "linnet/mps2_an386/network.h"
#include "linnet/mps2_an386/psram_flash.h"
#include "linnet/mps2_an386/ram_map.h"
#include "linnet/mps2_an386/ram_use.h"
#include "linnet/mps2_an386/system_clock.h"
#include "linnet/mps2_an386/uart.h"
#include "linnet/mps2_an386/watchdog.h"
#include "linnet/package/board.h"
#include "linnet/platform/flash_map.h"
#include "linnet/platform/text_line.h"
#include "linnet/storage/key_value_store.h"

using namespace linnet;
using namespace linnet::mps2_an386;

extern "C" {
extern const uint8_t demo_images[], demo_images_end[];  // demo_images.S
extern uint8_t __arena_start[], __arena_end[];          // sections.ld
}

namespace {

constexpr std::string_view kBoardName = "mps2-an386";
constexpr package::Uuid kClassId = package::ClassIdOf(kBoardName);
constexpr std::string_view kDefaultServer = "10.0.2.2:5683";  // QEMU's user network: the host's loopback
// A registration sent before DHCP is done is lost and costs a retransmission; without any network the board runs all the same.
constexpr Duration kNetworkPatience = Duration::Seconds(3);

class Mps2Board final : public app::Board {
 public:
  void KickWatchdog() override { watchdog_.Kick(); }
  agent::MemoryFigures memory() const override {
    RamUse ram = MeasureRam();
    Network::HeapUse heap = Network::heap();
    return {.heap_used = heap.used_bytes,
            .heap_peak = heap.peak_bytes,
            .stack_peak = ram.stack_peak,
            .stack_size = ram.stack_size,
            .static_ram = ram.static_ram};
  }
  [[noreturn]] void Reset() override { mps2_an386::Reset(); }

 private:
  Watchdog watchdog_;
};

using Text = FixedBytes<64>;

// The stored text, or `fallback` where nothing fitting is stored. A copy: stored values move when the store compacts.
Text Setting(const storage::KeyValueStore& store, std::string_view key, std::string_view fallback) {
  Text text;
  Result<ByteSpan> value = store.Get(key);
  if (value && !value->empty() && Ok(text.Assign(*value))) return text;
  LINNET_CHECK(Ok(text.Assign(fallback)));
  return text;
}

// What the last reset was about, when it was a fault: told, and kept in the store as "fault".
void TellFault(platform::Serial& serial, storage::KeyValueStore& store) {
  platform::TextLine fault;
  if (!TakeFault(fault)) return;
  serial.Write("last reset: ");
  serial.Write(fault.text());
  serial.Write("\n");
  if (!Ok(store.Put("fault", fault.text()))) serial.Write("last reset: not stored\n");
}

// Different at each start and on each board; not secret, since the board has no source of randomness. A start counter in the
// flash makes it so even when everything else is equal.
uint32_t Seed(storage::KeyValueStore& store, std::string_view endpoint) {
  uint8_t count[4] = {};
  if (Result<ByteSpan> value = store.Get("starts"); value && value->size() == sizeof(count)) {
    StoreLe32(count, LoadLe32(value->data()) + 1);
  }
  Status stored = store.Put("starts", ByteSpan(count));
  (void)stored;  // a store that can't be written costs freshness, not service
  crypto::Sha256 hash;
  hash.Update(AsBytes(endpoint));
  hash.Update(count);
  return LoadLe32(hash.Finish().data());
}

void TellAddress(platform::Serial& serial, const Network& network) {
  platform::TextLine line;
  line << "network: address ";
  auto address = network.address();
  for (size_t i = 0; i < address.size(); ++i) line << (i == 0 ? "" : ".") << address[i];
  line << '\n';
  serial.Write(line.text());
}

}  // namespace

int main() {
  InstallFaultHandlers();
  static Uart uart;
  static SystemClock clock;
  static PsramFlash flash;
  static const boot::BootRecord record = *reinterpret_cast<const boot::BootRecord*>(kBootRecordAddress);
  LINNET_CHECK(boot::IsValid(record));

  static storage::KeyValueStore store(flash, platform::kKeyValueArea.first_sector);
  (void)Ok(store.Open());
  TellFault(uart, store);
  static const Text endpoint = Setting(store, "endpoint", kBoardName);
  static const Text server = Setting(store, "server", kDefaultServer);
  uint32_t seed = Seed(store, endpoint.text());

  static boot::BootState state(store);
  if (!Ok(state.Load())) uart.Write("boot state: not readable, defaults hold\n");
  static const boot::Identity identity = boot::IdentityOf(flash, kClassId);
  static boot::Installer installer(flash, state, identity, static_cast<platform::Slot>(record.slot));

  static Lan9118 ethernet;
  static Network network(ethernet, clock, seed);
  static UdpSocket socket;
  if (!Ok(network.Start())) uart.Write("network: no controller answers\n");
  if (!Ok(socket.Open(server.text()))) uart.Write("network: the stored server is not an address:port\n");

  static Mps2Board board;
  static const Result<app::ImageSet> images =
      app::ImageSet::Parse(ByteSpan(demo_images, static_cast<size_t>(demo_images_end - demo_images)));
  LINNET_CHECK(images.has_value());
  static app::App application({.endpoint = endpoint.text(), .board_name = kBoardName, .random_seed = seed},
                              {.socket = socket,
                               .serial = uart,
                               .board = board,
                               .state = state,
                               .installer = installer,
                               .record = record,
                               .images = *images,
                               .model = app::Model::Linked(),
                               .arena = MutableByteSpan(__arena_start, __arena_end)});

  while (!network.has_address() && clock.now() < Instant() + kNetworkPatience) {
    network.Poll();
    board.KickWatchdog();
    WaitForInterrupt();
  }
  bool told_address = false;
  application.Start(clock.now());
  while (true) {
    network.Poll();
    if (!told_address && network.has_address()) {
      TellAddress(uart, network);
      told_address = true;
    }
    application.Poll(clock.now());
    if (application.next_turn(clock.now()) > clock.now()) WaitForInterrupt();
  }
}
