#include <algorithm>
#include <utility>

#include "hw/fan_out.hpp"
#include "hw/fc_arbitration.hpp"
#include "hw/fc_link_params.hpp"
#include "hw/link_recovery.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// A Fibre Channel link carrying FCP: command, transfer-ready, data in frames, response.
///
/// On a loop each of these sequences needs a tenancy of its own: arbitration and open travel round the ring
/// of `ports`, and one tenancy holds the whole loop. Port 0 is the HBA, of the highest priority, port n + 1
/// has LUN n. With `access: arrival` the sequences of a command up to its data, and those from its data on,
/// follow one another; with `fair` or `priority` they compete one by one, and a port that others wait for
/// gives up the loop after `frames_per_tenancy` frames.
///
/// Point to point both directions run at once and nothing is arbitrated. A sender that waits for credit
/// begins a frame every (frame + round trip) / `credits`.
///
/// Leaves out: several exchanges in one tenancy, LIPs; of credit, that the first frames after a pause find
/// all buffers free, and commands and responses, which are not held up by it; that frames which waited for a
/// link when it went down have not been sent and need not be lost.
class FcLink final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::fabric;
  using Params = FcLinkParams;

  explicit FcLink(const Params& p)
      : p_(p),
        rate_(byte_rate(p.speed, p.rate)),
        flight_(from_seconds(p.length_km * 5e-6)),
        frames_(rate_, p.frame_payload, p.frame_overhead, credit_interval()),
        bandwidth_(p.bandwidth_profile.fractions_of(rate_)),
        recovery_(p.state_profile, p.timeout, p.fast_io_fail, p.retries),
        shared_(p.topology == FcTopology::loop),
        arbitrated_(shared_ && p.access != LoopAccess::arrival),
        arbitration_(p.access == LoopAccess::fair) {
    // ARB comes back when the loop is won, OPN reaches its target, and R_RDY comes back: about two rounds.
    if (shared_) tenancy_ = p.port_delay * (2 * p.ports) + p.turnaround;
    if (arbitrated_) ports_.resize(static_cast<std::size_t>(p.ports));
  }

  void submit(Slot s) override {
    if (recovery_.active()) recovery_.enter(s, sim().slots());
    send(s);
  }
  void complete(Slot s) override {
    if (lost(s)) return;
    Request& r = sim()[s];
    if (arbitrated_) {
      r.op == Op::read&& r.length > 0 ? want(s, kReadData, r.length) : want(s, kResponse, 0);
      return;
    }
    r.phase = kUp;
    Time work = tenancy_ + frames_.small_frame();
    if (r.op == Op::read) work += tenancy_ + frames_.data(r.length);
    transfer(s, shared_ ? out_ : in_, work, flight_);
  }
  void on_event(Slot s) override {
    switch (sim()[s].phase) {
      case kWaiting:
        send(s);
        break;
      case kDown:
        deliver(s);
        break;
      case kUp:
        if (!lost(s)) sim().up(s);
        break;
      case kFailing:
        sim().up(s);
        break;
      default:
        end_of_tenancy(s);
    }
  }
  Luns luns(std::span<const Luns> below) const override { return fanned_out(*this, below); }
  double max_iops(const LoadShape& load) const override {
    const auto length = static_cast<std::uint32_t>(load.block_size);
    const double writes = 1 - load.read_fraction, bytes = seconds(frames_.data(length)),
                 frame = seconds(frames_.small_frame());
    const double asked = writes * static_cast<double>(bursts(length));
    const double out = frame + asked * frame + writes * bytes, in = frame + load.read_fraction * bytes;
    if (!shared_) return 1 / std::max(out, in);
    return 1 / (out + in + (2 + load.read_fraction + 2 * asked) * seconds(tenancy_));
  }
  std::vector<StatValue> stats() const override {
    if (!recovery_.active()) return {};
    return {{"lost", "commands", "that the link went down under", static_cast<double>(recovery_.lost())}};
  }

 private:
  enum Phase : std::uint8_t {
    kWaiting,  ///< to be sent
    kFailing,
    kDown,
    kUp,
    kCommand,  ///< and what follows: sequences of their own, on a loop that is arbitrated
    kReady,
    kWriteData,
    kReadData,
    kResponse
  };
  struct Port {
    SlotQueue queue;       ///< each with a sequence to send
    Slot first = kNoSlot;  ///< goes before the queue: the rest of a sequence, the response to data
  };
  struct Progress {
    std::int64_t sequence = 0;  ///< bytes of it that are not sent
    std::int64_t unasked = 0;   ///< bytes of a write that no transfer-ready has asked for
  };

  Time credit_interval() const {
    if (p_.credits == 0) return Time{0};
    const Time round = (p_.frame_payload + p_.frame_overhead) / rate_ + 2 * flight_;
    return (round + Time{p_.credits - 1}) / p_.credits;
  }
  /// Each burst of write data is asked for and sent in tenancies of its own.
  std::int64_t bursts(std::uint32_t length) const {
    return p_.burst.n == 0 ? length > 0 : (length + p_.burst.n - 1) / p_.burst.n;
  }

  // ---- the link's state ----
  void send(Slot s) {
    Request& r = sim()[s];
    if (arbitrated_ || recovery_.active()) {
      r.phase = kWaiting;
      if (sim().catch_up(s)) return;
    }
    if (recovery_.active()) {
      r.error = 0;
      if (const auto verdict = recovery_.send(s, sim().now())) return postpone(s, *verdict);
    }
    if (arbitrated_) return want(s, kCommand, 0);
    r.phase = kDown;
    Time work = tenancy_ + frames_.small_frame(), flight = flight_;
    if (r.op == Op::write) {
      const std::int64_t n = bursts(r.length);
      work += n * (2 * tenancy_ + frames_.small_frame()) + frames_.data(r.length);
      flight += 2 * n * flight_;
    }
    transfer(s, out_, work, flight);
  }
  bool lost(Slot s) {
    if (!recovery_.active()) return false;
    const auto verdict = recovery_.receive(s, sim().now());
    if (verdict) postpone(s, *verdict);
    return verdict.has_value();
  }
  void postpone(Slot s, const LinkRecovery::Verdict& verdict) {
    Request& r = sim()[s];
    r.error = verdict.error;
    r.phase = verdict.error == 0 ? kWaiting : kFailing;
    sim().mark_queued(s);
    sim().schedule(s, verdict.at);
  }
  void deliver(Slot s) {
    if (!lost(s)) sim().down(s, below(way_to(*this, sim()[s].target)));
  }
  /// How long `work` takes that begins at `start`.
  Time paced(Instant start, Time work) const {
    return bandwidth_.empty() ? work : bandwidth_.finish(start, work) - start;
  }
  /// @param flight  time that the request spends on the cable while others are sent
  void transfer(Slot s, FifoServer& medium, Time work, Time flight) {
    const Instant at = sim().at(s);
    const Time length = paced(std::max(at, medium.free_at()), work);
    busy_ -= flight;
    sim().hold(s, medium.wait(at, length), length + flight);
  }

  // ---- the loop, sequence by sequence ----
  int port_of(const Request& r) const {
    if (r.phase == kCommand || r.phase == kWriteData) return 0;
    return 1 + r.target % (p_.ports - 1);
  }
  void want(Slot s, Phase phase, std::int64_t bytes) {
    if (progress_.size() < sim().slots()) progress_.resize(sim().slots());
    progress_[s].sequence = bytes;
    Request& r = sim()[s];
    r.phase = phase;
    sim().mark_queued(s);
    const int port = port_of(r);
    ports_[static_cast<std::size_t>(port)].queue.push(sim(), s);
    arbitration_.want(port);
    if (tenant_ == kNoSlot) grant();
  }
  /// As want(), before all else that the port has to send.
  void want_first(Slot s) {
    sim().mark_queued(s);
    const int port = port_of(sim()[s]);
    ports_[static_cast<std::size_t>(port)].first = s;
    arbitration_.want(port);
  }
  void grant() {
    const int winner = arbitration_.win();
    Port& port = ports_[static_cast<std::size_t>(winner)];
    const Slot s = port.first != kNoSlot ? std::exchange(port.first, kNoSlot) : port.queue.pop(sim());
    if (port.queue.empty()) arbitration_.drop(winner);
    occupy(s, tenancy_);
  }
  void occupy(Slot s, Time entry) {
    tenant_ = s;
    std::int64_t& left = progress_[s].sequence;
    const std::int64_t most = p_.frames_per_tenancy * frames_.payload().n;
    const std::int64_t sent = most > 0 ? std::min(left, most) : left;
    left -= sent;
    sim().hold(s, Time{0},
               paced(sim().now(), entry + (sent > 0 ? frames_.data(sent) : frames_.small_frame())));
  }
  void end_of_tenancy(Slot s) {
    if (progress_[s].sequence > 0 && arbitration_.idle()) return occupy(s, Time{0});  // it stays open
    tenant_ = kNoSlot;
    if (progress_[s].sequence > 0)
      want_first(s);
    else
      go_on(s);
    if (tenant_ == kNoSlot && !arbitration_.idle()) grant();
  }
  /// A sequence has reached the other end.
  void go_on(Slot s) {
    Request& r = sim()[s];
    Progress& progress = progress_[s];
    switch (r.phase) {
      case kCommand:
        progress.unasked = r.op == Op::write ? r.length : 0;
        return progress.unasked > 0 ? want(s, kReady, 0) : deliver(s);
      case kReady: {
        const std::int64_t asked = p_.burst.n > 0 ? std::min(progress.unasked, p_.burst.n) : progress.unasked;
        progress.unasked -= asked;
        return want(s, kWriteData, asked);
      }
      case kWriteData:
        return progress.unasked > 0 ? want(s, kReady, 0) : deliver(s);
      case kReadData:
        r.phase = kResponse;
        return want_first(s);
      default:
        if (!lost(s)) sim().up(s);
    }
  }

  Params p_;
  ByteRate rate_;
  Time flight_;  ///< through the cable, one way
  FcFrames frames_;
  LinkProfile bandwidth_;
  LinkRecovery recovery_;
  bool shared_, arbitrated_;
  Time tenancy_{0};
  FifoServer out_, in_;  ///< of a loop only the first

  FcArbitration arbitration_;
  std::vector<Port> ports_;
  std::vector<Progress> progress_;  ///< by slot
  Slot tenant_ = kNoSlot;
};

const Registered<FcLink> registered{"fc_link", "Fibre Channel link or arbitrated loop carrying FCP."};

}  // namespace
}  // namespace blkpath
