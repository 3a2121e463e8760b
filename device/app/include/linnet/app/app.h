// The application: runs the demo images through the network one inference between polls, pass after pass, tells a person on
// the serial terminal and the server through the agent, takes updates, and confirms a firmware on trial once it has proved
// itself. Portable: all it touches comes by constructor. No globals, no heap. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "linnet/agent/agent.h"
#include "linnet/app/board.h"
#include "linnet/app/classifier.h"
#include "linnet/app/image_set.h"
#include "linnet/app/update_target.h"
#include "linnet/boot/boot_record.h"
#include "linnet/boot/boot_state.h"
#include "linnet/boot/installer.h"
#include "linnet/platform/datagram.h"
#include "linnet/platform/serial.h"

namespace linnet::app {

struct Config {
  std::string_view endpoint;                       // 1 to 64 bytes
  std::string_view board_name;                     // "mps2-an386"
  uint32_t random_seed = 0;                        // different at each start
  Duration pass_interval = Duration::Seconds(30);  // from the start of a pass to the start of the next
  // A firmware on trial that has not proved itself by then reverts.
  Duration confirm_limit = Duration::Seconds(300);
};

// What the application works with; all outlive it.
struct Parts {
  platform::Datagram& socket;  // to the server
  platform::Serial& serial;
  Board& board;
  boot::BootState& state;  // loaded
  boot::Installer& installer;
  const boot::BootRecord& record;  // of this start, valid
  const ImageSet& images;
  Model model;
  MutableByteSpan arena;  // 8-byte aligned
};

class App final : private agent::Host, private agent::Outbox {
 public:
  App(const Config& config, const Parts& parts);
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Checks the network against its golden vectors, tells the result, begins to register. A firmware on trial whose network
  // can't run or answers otherwise reverts and resets here.
  void Start(Instant now);
  // One turn of the main loop: at most one inference and what arrived. Call when a datagram waits, and at next_turn().
  void Poll(Instant now);
  Instant next_turn(Instant now) const;

  bool confirmed() const { return !on_trial_; }

 private:
  static constexpr size_t kDatagramBytesMax = 1280;

  // agent::Host
  agent::RunningImage running_image() const override;
  agent::MemoryFigures memory() const override;
  std::string_view model_name() const override;
  void OnRegistered() override;
  void RequestReset() override;
  // agent::Outbox
  void Send(ByteSpan datagram) override;

  void TakeDatagrams(Instant now);
  void ClassifyNext(Instant now);
  void EndPass();
  void TellMemory();
  void Prove(Instant now);
  void RevertAndReset(std::string_view reason);

  const Config config_;
  const Parts parts_;
  UpdateTarget target_;
  agent::Agent agent_;
  Classifier classifier_;

  bool runs_ = false;  // the network can run
  bool vectors_passed_ = false;
  bool on_trial_ = false;
  bool registered_once_ = false;
  bool reset_wanted_ = false;
  Instant reset_at_ = Instant::Never();
  Instant confirm_by_ = Instant::Never();

  uint32_t pass_ = 0;      // counts from 1
  size_t next_image_ = 0;  // of the current pass; images.size() between passes
  Instant next_pass_ = Instant::Never();
  std::array<Answer, ImageSet::kImagesMax> answers_{};
  std::array<uint8_t, kDatagramBytesMax> datagram_;
};

}  // namespace linnet::app
