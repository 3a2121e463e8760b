// Object 5's hands: the installer behind the agent's contract. What goes wrong is noted in the boot state and told on the
// serial terminal, so that it can be read after the next reset too.
#pragma once

#include "linnet/agent/agent.h"
#include "linnet/boot/boot_state.h"
#include "linnet/boot/installer.h"
#include "linnet/platform/serial.h"

namespace linnet::app {

class UpdateTarget final : public agent::FirmwareTarget {
 public:
  // Borrows all.
  UpdateTarget(boot::Installer& installer, boot::BootState& state, platform::Serial& serial)
      : installer_(installer), state_(state), serial_(serial) {}

  Status Begin() override;
  Status Write(ByteSpan bytes) override;
  Status Finish() override;
  Status Apply() override;
  std::string_view reason() const override { return installer_.reason(); }

 private:
  // Tells and notes a failure, once a package.
  Status Told(Status status);

  boot::Installer& installer_;
  boot::BootState& state_;
  platform::Serial& serial_;
  bool failed_ = false;
};

}  // namespace linnet::app
