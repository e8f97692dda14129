#include <algorithm>
#include <vector>

#include "hw/ethernet_link.hpp"
#include "hw/ethernet_params.hpp"
#include "hw/fan_out.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// Block storage over TCP on Ethernet: initiator, NICs, switch and target, for iSCSI, NBD or NVMe/TCP.
///
/// A request is a row of messages: its command, with a write's first data; for each further burst of a write
/// the target's grant (R2T) and the data; below this stage the target's storage; and the answer, with a
/// read's data. `storage_pdus.hpp` has their bytes, `ethernet_link.hpp` their times. A request stays on its
/// connection, and waits for one of the `queue_depth` tags before that.
///
/// Leaves out: pure acknowledgements, congestion, lost segments, other traffic on the ports and in the
/// switch, several target hosts (give each an `ethernet` of its own), the target's own limit on commands,
/// login.
class Ethernet final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::fabric;
  using Params = EthernetParams;
  explicit Ethernet(const Params& p)
      : p_(p), pdus_(p.pdus()), link_(p), free_tags_(std::int64_t{p.connections} * p.queue_depth) {}

  void submit(Slot s) override {
    sim()[s].phase = kArrival;
    if (!sim().catch_up(s)) arrive(s);
  }
  void complete(Slot s) override {
    const Request& r = sim()[s];
    send(s, kAnswer, pdus_.answer(r.op == Op::read ? Bytes{r.length} : 0_B));
  }
  void on_event(Slot s) override {
    switch (sim()[s].phase) {
      case kArrival:
        return arrive(s);
      case kData:
        return data_arrived(s);
      case kGrant:
        return send_asked(s);
      default:
        return leave(s);
    }
  }
  Luns luns(std::span<const Luns> below) const override { return fanned_out(*this, below); }
  double max_iops(const LoadShape& load) const override;
  std::vector<StatValue> stats() const override {
    const double elapsed = seconds(sim().now().time_since_epoch());
    const auto share = [&](Time busy) { return elapsed > 0 ? 100 * seconds(busy) / elapsed : 0; };
    return {{"wire_out", "%", "of the time the wire to the target is busy",
             share(wire_[EthernetLink::kToTarget])},
            {"wire_in", "%", "of the time the wire to the host is busy",
             share(wire_[EthernetLink::kToInitiator])},
            {"grants", "", "times that a target asked for data", static_cast<double>(grants_)}};
  }

 private:
  enum Phase : std::uint8_t { kArrival, kData, kGrant, kAnswer };
  /// A request under way.
  struct Exchange {
    std::uint32_t connection = 0;
    Bytes sent;  ///< of a write's data
  };

  void arrive(Slot s) {
    if (free_tags_ > 0) return take(s);
    sim().mark_queued(s);
    outside_.push(sim(), s);
  }
  void take(Slot s) {
    const Request& r = sim()[s];
    --free_tags_;
    if (exchanges_.size() < sim().slots()) exchanges_.resize(sim().slots());
    Exchange& x = exchanges_[s];
    x.connection = next_connection_;
    next_connection_ = (next_connection_ + 1) % static_cast<std::uint32_t>(p_.connections);
    x.sent = r.op == Op::write ? pdus_.unasked(Bytes{r.length}) : 0_B;
    send(s, kData, pdus_.command(x.sent));
  }
  void data_arrived(Slot s) {
    const Request& r = sim()[s];
    if (r.op != Op::write || exchanges_[s].sent == Bytes{r.length})
      return sim().down(s, below(way_to(*this, r.target)));
    ++grants_;
    send(s, kGrant, pdus_.grant());
  }
  void send_asked(Slot s) {
    Exchange& x = exchanges_[s];
    const Bytes burst = pdus_.asked(Bytes{sim()[s].length} - x.sent);
    x.sent += burst;
    send(s, kData, pdus_.data(burst));
  }
  void leave(Slot s) {
    ++free_tags_;
    if (!outside_.empty()) take(outside_.pop(sim()));
    sim().up(s);
  }
  /// @param then  the phase in which the message arrives; also says which way it goes
  void send(Slot s, Phase then, Bytes message) {
    const EthernetLink::Direction direction =
        then == kData ? EthernetLink::kToTarget : EthernetLink::kToInitiator;
    const EthernetLink::Work work = link_.work(direction, message);
    const Instant now = sim().at(s);
    const EthernetLink::Arrival arrival = link_.send(direction, exchanges_[s].connection, now, work);
    cpu_ += then == kData ? work.sender : work.receiver;
    wire_[direction] += work.wire;
    busy_ += work.wire - arrival.lone;  // hold() counts what the request sees
    sim()[s].phase = then;
    sim().hold(s, arrival.at - now - arrival.lone, arrival.lone);
  }

  Params p_;
  StoragePdus pdus_;
  EthernetLink link_;
  std::int64_t free_tags_, grants_ = 0;
  SlotQueue outside_;
  std::vector<Exchange> exchanges_;  ///< by slot
  std::uint32_t next_connection_ = 0;
  std::array<Time, 2> wire_{};
};

/// What is busiest: a direction of the wire, or a processor at one of its ends.
double Ethernet::max_iops(const LoadShape& load) const {
  std::array<double, 6> busy{};  // seconds per request; in each direction wire, sender, receiver
  const auto add = [&](double weight, EthernetLink::Direction direction, Bytes message) {
    const EthernetLink::Work w = link_.work(direction, message);
    double* const of = &busy[3u * direction];
    of[0] += weight * seconds(w.wire);
    of[1] += weight * seconds(w.sender) / p_.connections;
    of[2] += weight * seconds(w.receiver) / p_.connections;
  };
  const Bytes length{static_cast<std::int64_t>(load.block_size)};
  const double reads = load.read_fraction, writes = 1 - reads;
  add(reads, EthernetLink::kToTarget, pdus_.command(0_B));
  add(reads, EthernetLink::kToInitiator, pdus_.answer(length));
  Bytes sent = pdus_.unasked(length);
  add(writes, EthernetLink::kToTarget, pdus_.command(sent));
  for (Bytes burst; sent < length; sent += burst) {
    burst = pdus_.asked(length - sent);
    add(writes, EthernetLink::kToInitiator, pdus_.grant());
    add(writes, EthernetLink::kToTarget, pdus_.data(burst));
  }
  add(writes, EthernetLink::kToInitiator, pdus_.answer(0_B));
  return 1 / *std::max_element(busy.begin(), busy.end());
}

const Registered<Ethernet> registered{"ethernet", "Storage over TCP on Ethernet: iSCSI, NBD or NVMe/TCP."};

}  // namespace
}  // namespace blkpath
