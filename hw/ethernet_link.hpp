/// Messages over TCP on Ethernet: what each costs both hosts and the wire, and when it arrives.
#pragma once
#include <algorithm>
#include <array>
#include <vector>

#include "hw/ethernet_params.hpp"
#include "hw/framing.hpp"
#include "model/core/sim.hpp"

namespace blkpath {

/// Full duplex. In each direction a message passes the sender's processor (one for each connection), the
/// wire, and the receiver's processor, each in order of arrival. They overlap: what a NIC takes at once, a
/// frame or 64 KiB, is on the wire while the sender works on the next.
///
/// A frame has 38 bytes of preamble, header, FCS and gap, 20 of IP and 32 of TCP with timestamps.
class EthernetLink {
 public:
  enum Direction : std::uint8_t { kToTarget, kToInitiator };
  /// Time that a message keeps each of the three busy.
  struct Work {
    std::int64_t units;
    Time sender, wire, receiver;
  };
  struct Arrival {
    Instant at;
    Time lone;  ///< that it would take when nothing else is under way
  };

  explicit EthernetLink(const EthernetParams& p)
      : p_(p), frames_{p.mtu - kIpTcp, kFrame + kIpTcp}, unit_(p.offload ? 65536_B : frames_.payload) {
    for (Way& way : ways_)
      way.sender.resize(static_cast<std::size_t>(p.connections)), way.receiver = way.sender;
  }
  Work work(Direction direction, Bytes message) const {
    const bool out = direction == kToTarget;
    const std::int64_t units = Framing{unit_, 0_B}.frames(message);
    const Time stack = p_.segment_cost * units;
    return {units, (out ? p_.initiator_cost : p_.target_cost) + stack, frames_.on_wire(message) / p_.rate,
            (out ? p_.target_cost : p_.initiator_cost) + stack + message / p_.copy_rate};
  }
  Arrival send(Direction direction, std::size_t connection, Instant from, const Work& work) {
    Way& way = ways_[direction];
    Instant none[3] = {from, from, from};
    const Instant lone = travel(work, from, none[0], none[1], none[2]);
    return {travel(work, from, way.sender[connection], way.wire, way.receiver[connection]), lone - from};
  }

 private:
  static constexpr Bytes kFrame = 38_B, kIpTcp = 52_B;
  /// In each of these the dates from which on it is free.
  struct Way {
    Instant wire{};
    std::vector<Instant> sender, receiver;
  };
  /// When the first unit of a message is there, and the last one.
  struct Span {
    Instant first, last;
  };
  static Span through(Span in, Instant& free, Time work, std::int64_t units) {
    const Instant begin = std::max(free, in.first);
    free = std::max(begin + work, in.last + work / units);
    return {begin + work / units, free};
  }
  Instant travel(const Work& w, Instant from, Instant& sender, Instant& wire, Instant& receiver) const {
    Span span = through({from, from}, sender, w.sender, w.units);
    span = through(span, wire, w.wire, w.units);
    span = {span.first + p_.latency, span.last + p_.latency};
    return through(span, receiver, w.receiver, w.units).last;
  }

  EthernetParams p_;
  Framing frames_;
  Bytes unit_;
  std::array<Way, 2> ways_;
};

}  // namespace blkpath
