#include "linnet/app/app.h"

#include "linnet/lwm2m/objects.h"
#include "linnet/platform/text_line.h"

namespace linnet::app {
namespace {

using platform::TextLine;

// Long enough for the last answer to leave the board.
constexpr Duration kResetDelay = Duration::Milliseconds(200);
// A burst is taken in turns, so that inference and timers go on.
constexpr int kDatagramsATurn = 8;

agent::Config AgentConfig(const Config& config, const Parts& parts) {
  return {.endpoint = config.endpoint,
          .model_number = config.board_name,
          .serial_number = config.endpoint,
          .last_update = static_cast<agent::UpdateResult>(parts.record.last_result),
          .last_update_reason = parts.record.reason(),
          .random_seed = config.random_seed};
}

// 87 becomes "0.087".
TextLine Thousandths(uint32_t milli) {
  TextLine text;
  text << milli / 1000 << '.' << milli / 100 % 10 << milli / 10 % 10 << milli % 10;
  return text;
}

}  // namespace

App::App(const Config& config, const Parts& parts)
    : config_(config),
      parts_(parts),
      target_(parts.installer, parts.state, parts.serial),
      agent_(AgentConfig(config, parts), *this, target_),
      on_trial_(parts.record.trial != 0) {}

void App::Start(Instant now) {
  if (on_trial_) confirm_by_ = now + config_.confirm_limit;
  TextLine line, reason;
  runs_ = Ok(classifier_.Init(parts_.model, parts_.arena, reason));
  line << "model " << parts_.model.name();
  if (runs_) {
    VectorCheck check = classifier_.CheckGoldenVectors();
    vectors_passed_ = check.passed();
    line << ": golden vectors " << check.equal << '/' << check.count << " equal\n";
  } else {
    line << ": can't run here: " << reason.text() << '\n';
  }
  parts_.serial.Write(line.text());
  if (!vectors_passed_ && on_trial_) {
    RevertAndReset(runs_ ? "the network's answers differ from its golden vectors"
                         : "the network can't run on this board");
    return;
  }
  next_image_ = parts_.images.size();
  if (runs_) next_pass_ = now;
  agent_.Start(now);
}

void App::Poll(Instant now) {
  parts_.board.KickWatchdog();
  TakeDatagrams(now);
  agent_.Poll(now, *this);
  ClassifyNext(now);
  Prove(now);
  if (reset_wanted_ && reset_at_ == Instant::Never()) reset_at_ = now + kResetDelay;
  if (now >= reset_at_) parts_.board.Reset();
}

Instant App::next_turn(Instant now) const {
  if (next_image_ < parts_.images.size() || reset_wanted_) return now;
  return Earlier(Earlier(agent_.next_deadline(), next_pass_), Earlier(confirm_by_, reset_at_));
}

void App::TakeDatagrams(Instant now) {
  for (int i = 0; i < kDatagramsATurn; ++i) {
    Result<size_t> bytes = parts_.socket.Receive(datagram_);
    if (!bytes) {
      if (bytes.error() == Status::kUnavailable) return;
      continue;  // longer than any datagram of ours: dropped
    }
    agent_.HandleDatagram(now, ByteSpan(datagram_.data(), *bytes), *this);
  }
}

void App::ClassifyNext(Instant now) {
  const size_t count = parts_.images.size();
  if (next_image_ == count) {
    if (now < next_pass_) return;
    next_pass_ = now + config_.pass_interval;
    next_image_ = 0;
    ++pass_;
  }
  Image image = parts_.images.image(next_image_);
  Answer answer = classifier_.Classify(image.pixels);
  answers_[next_image_] = answer;
  // Full when the server has been away for long: the oldest answers are kept, this one is run again in the next pass.
  Status reported = agent_.ReportInference(
      now,
      {.image_index = image.index, .label = image.label, .answer = answer.digit, .margin_milli = answer.margin_milli});
  (void)reported;
  if (++next_image_ == count) EndPass();
}

void App::EndPass() {
  uint32_t correct = 0;
  parts_.serial.Write("image  label  answer  margin\n");
  for (size_t i = 0; i < parts_.images.size(); ++i) {
    Image image = parts_.images.image(i);
    bool right = answers_[i].digit == image.label;
    if (right) ++correct;
    TextLine line;
    line.Pad(image.index < 10 ? 4 : 3) << image.index;
    line.Pad(11) << image.label;
    line.Pad(19) << answers_[i].digit;
    line.Pad(25) << Thousandths(answers_[i].margin_milli).text() << (right ? "" : "  wrong") << '\n';
    parts_.serial.Write(line.text());
  }
  TextLine line;
  line << "pass " << pass_ << ": " << parts_.model.name() << ' ' << correct << '/' << parts_.images.size()
       << " correct\n";
  parts_.serial.Write(line.text());
  if (pass_ == 1) TellMemory();
}

// Once, after all layers have run and the server has been spoken to; object 26242 has the same figures at any time.
void App::TellMemory() {
  const agent::MemoryFigures figures = memory();
  TextLine line;
  line << "memory: heap " << figures.heap_used << ", at most " << figures.heap_peak << "; stack at most "
       << figures.stack_peak << " of " << figures.stack_size << "; static " << figures.static_ram << "; arena "
       << figures.arena << '\n';
  parts_.serial.Write(line.text());
}

void App::Prove(Instant now) {
  if (!on_trial_ || reset_wanted_) return;
  if (vectors_passed_ && registered_once_) {
    if (!Ok(parts_.state.Confirm())) {
      if (now >= confirm_by_) RevertAndReset("the confirmation could not be stored");
      return;  // tried again at the next turn
    }
    on_trial_ = false;
    confirm_by_ = Instant::Never();
    parts_.serial.Write("confirmed: golden vectors equal, the server acknowledged the registration\n");
    agent_.ResourceChanged(now, lwm2m::Path{lwm2m::object::kAttestation, 0});
    agent_.ResourceChanged(now, lwm2m::path::kUpdateResult);
    return;
  }
  if (now >= confirm_by_) RevertAndReset("not confirmed in time: no server acknowledged a registration");
}

void App::RevertAndReset(std::string_view reason) {
  TextLine line;
  line << "reverting: " << reason << '\n';
  parts_.serial.Write(line.text());
  // Should the store refuse, boot reverts when the trial has no starts left.
  if (!Ok(parts_.state.Revert(boot::UpdateResult::kUpdateFailed, reason)))
    parts_.serial.Write("reverting: not stored\n");
  reset_wanted_ = true;
  confirm_by_ = Instant::Never();
  parts_.board.Reset();
}

agent::RunningImage App::running_image() const {
  return {.digest = parts_.record.digest,
          .sequence_number = parts_.record.sequence_number,
          .slot = parts_.record.slot,
          .confirmed = !on_trial_,
          .version = parts_.record.version()};
}

agent::MemoryFigures App::memory() const {
  agent::MemoryFigures figures = parts_.board.memory();
  figures.arena = parts_.model.description->arena_bytes;
  return figures;
}

std::string_view App::model_name() const { return parts_.model.name(); }

void App::OnRegistered() {
  if (!registered_once_) parts_.serial.Write("registered\n");
  registered_once_ = true;
}

void App::RequestReset() { reset_wanted_ = true; }

void App::Send(ByteSpan datagram) {
  // Lost here is lost on the wire: CoAP sends it again.
  Status sent = parts_.socket.Send(datagram);
  (void)sent;
}

}  // namespace linnet::app
