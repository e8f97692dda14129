#include <algorithm>
#include <stdexcept>
#include <vector>

#include "hw/fan_out.hpp"
#include "hw/framing.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// Serial Attached SCSI: a wide port of the initiator, expanders, and targets with a port of their own each.
///
/// SAS switches connections, not frames. Each transfer (a command; transfer-ready; write data; read data with
/// the response) opens one from port to port; it occupies a lane of the wide port and one of the target's
/// until it is closed. The connection that has waited longest is opened first; where its target's port is
/// busy, it lets others pass. A connection runs at the rate of its slowest link, unless the expander buffers
/// frames: then the fast lane is free when it has carried its share.
///
/// Leaves out: data both ways in one connection, several commands in one, others between the connections of
/// one write, limits of connect time and inactivity, OPEN_REJECT with its retries, credits, SATA targets
/// (STP) and their affiliations, a second port of the target.
class SasLink final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::fabric;
  struct Params {
    int lanes = 4;
    ByteRate rate = 600_MBps;
    int target_lanes = 1;
    ByteRate target_rate = 600_MBps;
    bool buffered = false;
    int expanders = 1;
    Time expander_latency = 250ns;
    Time turnaround = 500ns;
    Bytes burst{0};
    static auto fields() {
      return std::tuple{
          field("lanes", &Params::lanes, "of the initiator's wide port", configured()),
          field("rate", &Params::rate, "byte rate of its lanes after line coding: 150, 300, 600, 1200MB/s",
                datasheet("SPL: 6 Gb/s, 8b/10b; 22.5 Gb/s with 128b/150b is 2400MB/s")),
          field("target_lanes", &Params::target_lanes, "of a target's port: 1 for a drive", configured()),
          field("target_rate", &Params::target_rate, "byte rate of its lanes",
                datasheet("SPL: 6 Gb/s, 8b/10b")),
          field("buffered", &Params::buffered,
                "the expander buffers frames of slower targets (DataBolt and the like)", configured()),
          field("expanders", &Params::expanders, "between initiator and target; 0: attached directly",
                configured()),
          field("expander_latency", &Params::expander_latency, "through one expander",
                assumed("a few dozen dwords of elasticity buffer and crossbar at 6 Gb/s")),
          field("turnaround", &Params::turnaround,
                "of a connection: of both ports' logic, to accept it and to close it",
                assumed("about 75 dwords at 6 Gb/s")),
          field("burst", &Params::burst,
                "write data that a target asks for with one transfer-ready; 0B: all at once",
                assumed("SPL's disconnect-reconnect page: a maximum burst size of 0 is no limit")),
      };
    }
    void check() const {
      if (lanes < 1 || lanes > 128) throw std::invalid_argument("lanes: 1 to 128, for example 4");
      if (target_lanes < 1 || target_lanes > lanes)
        throw std::invalid_argument("target_lanes: 1 to lanes, for example 1");
      if (expanders < 0) throw std::invalid_argument("expanders: not below 0, for example 1");
      if (burst.n < 0) throw std::invalid_argument("burst: not below 0B, for example 64KiB");
    }
  };
  explicit SasLink(const Params& p)
      : p_(p),
        fast_(p.buffered ? p.rate : std::min(p.rate, p.target_rate)),
        slow_(std::min(p.rate, p.target_rate)),
        free_lanes_(p.lanes) {
    // Out and back through the expanders to open, and again for the last acknowledgement and the close.
    handshake_ = p.expander_latency * (4 * p.expanders) + p.turnaround + kOpenFrame / slow_;
  }

  void start() override {
    if (fast_ == slow_) return;
    for (int i = 0; i < p_.lanes; ++i) idle_timers_.push_back(sim().timer(*this));
  }
  void submit(Slot s) override { ask(s, kAskDown); }
  void complete(Slot s) override { ask(s, kAskUp); }
  void on_event(Slot s) override {
    Request& r = sim()[s];
    if (r.depth == 1) {  // no request: the timer of a lane
      idle_timers_.push_back(s);
      ++free_lanes_;
      return connect();
    }
    if (r.phase == kAskDown || r.phase == kAskUp) return queue(s);
    --connections_[r.target];
    if (fast_ == slow_) ++free_lanes_;
    connect();
    pass_on(sim(), *this, s, r.phase == kDown);
  }
  Luns luns(std::span<const Luns> below) const override { return fanned_out(*this, below); }
  double max_iops(const LoadShape& load) const override {
    const Bytes length{static_cast<std::int64_t>(load.block_size)};
    const auto whole = [&](Op op) {
      return seconds(time(down(op, length), fast_)) + seconds(time(up(op, length), fast_));
    };
    return p_.lanes / (load.read_fraction * whole(Op::read) + (1 - load.read_fraction) * whole(Op::write));
  }
  std::vector<StatValue> stats() const override {
    return {{"connections", "", "opened", static_cast<double>(opened_)},
            {"passed", "", "of them, before one that had waited longer, but whose target was busy",
             static_cast<double>(passed_)}};
  }

 private:
  enum Phase : std::uint8_t { kAskDown, kDown, kAskUp, kUp };
  /// An OPEN address frame with its CRC, between SOAF and EOAF.
  static constexpr Bytes kOpenFrame = 40_B;
  /// Header, CRC, SOF and EOF of an SSP frame.
  static constexpr Bytes kFrameOverhead = 36_B;
  static constexpr Framing kData{1024_B, kFrameOverhead};
  static constexpr Bytes kCommand = 28_B + kFrameOverhead, kTransferReady = 12_B + kFrameOverhead,
                         kResponse = 24_B + kFrameOverhead;

  /// What a request needs of the link on one of its two ways.
  struct Leg {
    std::int64_t connections;
    Bytes bytes;
  };
  Leg down(Op op, Bytes length) const {
    if (op != Op::write || length.n == 0) return {1, kCommand};
    const std::int64_t bursts = p_.burst.n == 0 ? 1 : Framing{p_.burst, 0_B}.frames(length);
    return {1 + 2 * bursts, kCommand + kTransferReady * bursts + kData.on_wire(length)};
  }
  static Leg up(Op op, Bytes length) {
    return {1, kResponse + (op == Op::read ? kData.on_wire(length) : 0_B)};
  }
  Time time(const Leg& leg, ByteRate rate) const { return handshake_ * leg.connections + leg.bytes / rate; }

  void ask(Slot s, Phase phase) {
    sim()[s].phase = phase;
    if (!sim().catch_up(s)) queue(s);
  }
  void queue(Slot s) {
    const Request& r = sim()[s];
    if (r.target >= connections_.size()) connections_.resize(r.target + 1u);
    sim().mark_queued(s);
    waiting_.push(sim(), s);
    connect();
  }
  void connect() {
    Slot before = kNoSlot;
    for (Slot s = waiting_.front(); s != kNoSlot && free_lanes_ > 0;) {
      const Slot next = sim()[s].next;
      if (connections_[sim()[s].target] < p_.target_lanes) {
        waiting_.remove_after(sim(), before);
        passed_ += before != kNoSlot;
        open(s);
      } else {
        before = s;
      }
      s = next;
    }
  }
  void open(Slot s) {
    Request& r = sim()[s];
    const bool is_down = r.phase == kAskDown;
    r.phase = is_down ? kDown : kUp;
    const Leg leg = is_down ? down(r.op, Bytes{r.length}) : up(r.op, Bytes{r.length});
    ++connections_[r.target];
    opened_ += leg.connections;
    --free_lanes_;
    sim().hold(s, Time{0}, time(leg, slow_));
    if (fast_ == slow_) return;
    sim().schedule(idle_timers_.back(), sim().now() + time(leg, fast_));
    idle_timers_.pop_back();
  }

  Params p_;
  ByteRate fast_, slow_;  ///< of a lane of the wide port while it carries data, and of the whole connection
  Time handshake_{0};
  int free_lanes_;
  std::vector<int> connections_;   ///< by target
  std::vector<Slot> idle_timers_;  ///< of lanes, where they are free before the connection ends
  SlotQueue waiting_;
  std::int64_t opened_ = 0, passed_ = 0;
};

const Registered<SasLink> registered{"sas_link", "Serial Attached SCSI: wide port, expanders, targets."};

}  // namespace
}  // namespace blkpath
