/// The RAID set below the cache: requests become disk I/Os, stripe by stripe.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "hw/disk_bus.hpp"
#include "hw/enclosure_params.hpp"
#include "hw/raid_layout.hpp"
#include "hw/raid_members.hpp"
#include "hw/raid_planner.hpp"
#include "hw/raid_rebuild.hpp"
#include "hw/stripe_locks.hpp"
#include "model/core/sim.hpp"

namespace blkpath {

/// Takes requests of its owner and gives each back when its disk I/Os are done.
///
/// A read, and a write of a level without parity, is its disk I/Os. A write of a level with parity is a job
/// for each stripe: it locks the stripe, reads what the new parity needs, writes, and unlocks; a second write
/// to the stripe waits meanwhile. A read does not wait for it. A disk that answers a read with an error is
/// left out of that read, which is done again from the others.
///
/// Leaves out: locks on less than a stripe (md locks rows of 4 KiB); commands to one disk that could be
/// merged are not; a disk that answers a write with an error is not failed, the request is; commands that a
/// disk holds when it fails are answered.
class RaidBackend {
 public:
  /// Phases of requests from this one on are the backend's own.
  static constexpr std::uint8_t kFirstPhase = 128;
  struct Counts {
    std::int64_t full = 0, rmw = 0, reconstruct = 0;  ///< writes of a stripe, by what was read before
    std::int64_t lock_waits = 0;                      ///< writes that found their stripe locked
    std::int64_t disk_errors = 0;                     ///< reads that a disk answered with an error
    std::int64_t read_again = 0;                      ///< of these: from other disks
  };

  /// @param rows  bytes of a member
  RaidBackend(Sim& sim, const Stage& owner, const EnclosureParams& p, const RaidLayout& layout, Bytes rows);

  const RaidLayout& layout() const { return layout_; }
  bool offline() const { return members_.offline(); }
  // Of a set that more members left than its level bears, all fail with EIO.
  void read(Slot s);
  void write(Slot s);
  void trim(Slot s);  ///< of a level without parity
  void flush(Slot s);

  /// A disk I/O is back. @return the owner's request that is done with it; kNoSlot when none is
  Slot complete(Slot child);
  bool owns(Slot s) const;
  /// The event of a slot that it owns. @return as complete()
  Slot on_event(Slot s);

  const Counts& counts() const { return counts_; }
  RaidRebuild::Progress rebuild() const { return rebuild_.progress(); }

 private:
  enum Phase : std::uint8_t { kReadOld = kFirstPhase, kWriteNew, kRefusal };

  StripeExtent extent(const Request& job) const {
    const std::int64_t stripe = job.offset / layout_.stripe_bytes();
    const std::int64_t begin = job.offset - stripe * layout_.stripe_bytes();
    return {stripe, begin, begin + job.length};
  }
  bool refuses(Slot s);
  void direct_write(Slot s);
  bool waits_for_rebuild(Slot s);
  void lock(Slot job);
  void read_old(Slot job);
  void write_new(Slot job);
  Slot end_job(Slot job);
  Slot joined(Slot s);
  bool read_elsewhere(Slot child);
  void fail_next();
  void release_window();

  Sim& sim_;
  const Stage& owner_;
  RaidLayout layout_;
  std::vector<DiskFailure> failures_;  ///< by time
  std::size_t failed_ = 0;             ///< of these
  Slot failure_timer_;
  DiskBus bus_;
  RaidMembers members_;
  RaidPlanner planner_;
  RaidRebuild rebuild_;
  StripeLocks locks_;
  SlotQueue window_;  ///< writes that wait for the rebuild to pass
  DiskPlan plan_;
  Counts counts_;
};

}  // namespace blkpath
