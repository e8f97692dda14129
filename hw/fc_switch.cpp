#include <algorithm>
#include <stdexcept>

#include "hw/fan_out.hpp"
#include "hw/fc_frames.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// A Fibre Channel switch below the links of its hosts, with the links to its targets: each stage below
/// stands at a port of its own. It forwards a frame while the frame is still coming in, `latency` after its
/// head, and no port holds up another inside: what meets, meets at the port at which it goes out. To a target
/// that is the port's queue here; to a host it is the queue of the fc_link above.
///
/// A sequence keeps the order in which its last byte would have come: two that meet go one after the other. A
/// write crosses three times before the target has it: command, transfer-ready, data.
///
/// Leaves out: frames of two sequences taking turns, ports of different speeds, the credit that runs out when
/// a port's queue grows and then stops those that send to it, links between switches, virtual channels.
class FcSwitch final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::fabric;
  struct Params {
    int ports = 16;
    FcSpeed speed = FcSpeed::fc2;
    ByteRate rate{0};
    Time latency = 400ns;
    Bytes frame_payload = 2048_B;
    Bytes frame_overhead = 60_B;
    static auto fields() {
      return std::tuple{
          field("ports", &Params::ports, "for hosts and targets together", configured()),
          field("speed", &Params::speed, "of every port", datasheet("FC-PI 2 Gb: 2.125 GBd, 8b/10b")),
          field("rate", &Params::rate, "byte rate after line coding; 0B/s: what speed gives", configured()),
          field("latency", &Params::latency, "from a frame's head coming in to its going out",
                datasheet("McDATA 4416 installation guide, table 2-2: below 0.4 us from 2 Gb to 2 Gb")),
          field("frame_payload", &Params::frame_payload, "data in a full frame",
                datasheet("FC-FS: 2112 at most; FCP uses 2048")),
          field("frame_overhead", &Params::frame_overhead, "header, CRC, delimiters and idles of a frame",
                datasheet("FC-FS: 24 + 4 + 8 bytes, and six idle words")),
      };
    }
    void check() const {
      if (ports < 2) throw std::invalid_argument("ports: at least 2, for example 16");
      if (latency < Time{0}) throw std::invalid_argument("latency: not below 0ns, for example 700ns");
      if (frame_payload.n < 1 || frame_payload.n > 2112)
        throw std::invalid_argument("frame_payload: 1B to 2112B, for example 2048B");
    }
  };
  explicit FcSwitch(const Params& p)
      : p_(p), frames_(byte_rate(p.speed, p.rate), p.frame_payload, p.frame_overhead) {}

  void start() override { ports_.resize(next().size()); }
  void submit(Slot s) override {
    Request& r = sim()[s];
    r.phase = kDown;
    const bool data = r.op == Op::write && r.length > 0;
    const Time latency = p_.latency * (data ? 3 : 1);
    const Time work = frames_.small_frame() + (data ? frames_.data(r.length) : Time{0});
    // Now the tail is in: the head was there `work` earlier.
    FifoServer& port = ports_[way_to(*this, r.target)].to_target;
    pass(s, port.wait(sim().at(s) + latency - work, work), work, latency);
  }
  void complete(Slot s) override {
    Request& r = sim()[s];
    r.phase = kUp;
    const Time work = frames_.small_frame() + (r.op == Op::read ? frames_.data(r.length) : Time{0});
    // The head goes on when the port has begun to send; the link above knows how long it takes.
    FifoServer& port = ports_[way_to(*this, r.target)].from_target;
    pass(s, port.wait(sim().at(s), work), work, p_.latency);
  }
  void on_event(Slot s) override { pass_on(sim(), *this, s, sim()[s].phase == kDown); }
  Luns luns(std::span<const Luns> below) const override {
    if (static_cast<std::size_t>(p_.ports) <= below.size())
      throw ParameterError("ports",
                           std::to_string(below.size()) + " targets and a host do not fit to " +
                               std::to_string(p_.ports) + " ports",
                           std::to_string(below.size() + 1));
    return fanned_out(*this, below);
  }
  double max_iops(const LoadShape& load) const override {
    const double data = seconds(frames_.data(static_cast<std::int64_t>(load.block_size)));
    const double busier = std::max(load.read_fraction, 1 - load.read_fraction) * data;
    return static_cast<double>(next().size()) / (seconds(frames_.small_frame()) + busier);
  }

 private:
  enum Phase : std::uint8_t { kDown, kUp };
  struct Port {
    FifoServer to_target, from_target;
  };
  void pass(Slot s, Time wait, Time work, Time latency) {
    busy_ += work - latency;  // hold() counts what the request sees
    sim().hold(s, wait, latency);
  }

  Params p_;
  FcFrames frames_;
  std::vector<Port> ports_;  ///< by stage below
};

const Registered<FcSwitch> registered{"fc_switch",
                                      "Fibre Channel switch: cut-through, queues at output ports."};

}  // namespace
}  // namespace blkpath
