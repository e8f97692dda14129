/// Sends disk I/Os down, and knows how many each disk has.
#pragma once
#include <cstdint>
#include <vector>

#include "hw/raid_planner.hpp"
#include "model/core/sim.hpp"

namespace blkpath {

/// The disks below an array, by their number. Disk I/Os are children of the request for which they are done.
class DiskBus {
 public:
  DiskBus(Sim& sim, const Stage& owner) : sim_(sim), owner_(owner), in_flight_(owner.next().size()) {}

  /// Splits the plan's I/Os off the parent, all of them before the first goes down: it may be back at once.
  void issue(Slot parent, const DiskPlan& plan, std::uint64_t user = 0) {
    SlotQueue children;
    for (const DiskIo& io : plan) {
      const Slot child = sim_.split(parent, owner_, io.op, io.offset, static_cast<std::uint32_t>(io.length));
      sim_[child].target = io.disk;
      sim_[child].user = user;
      ++in_flight_[io.disk];
      children.push(sim_, child);
    }
    while (!children.empty()) {
      const Slot child = children.pop(sim_);
      sim_.down(child, owner_.next()[sim_[child].target]);
    }
  }
  /// A child is back.
  void returned(Slot child) { --in_flight_[sim_[child].target]; }
  const std::vector<std::int32_t>& in_flight() const { return in_flight_; }

 private:
  Sim& sim_;
  const Stage& owner_;
  std::vector<std::int32_t> in_flight_;
};

}  // namespace blkpath
