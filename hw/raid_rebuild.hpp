/// Copies what a failed member held to a spare.
#pragma once
#include <algorithm>
#include <cstdint>

#include "hw/disk_bus.hpp"
#include "hw/raid_members.hpp"
#include "hw/raid_planner.hpp"
#include "model/core/sim.hpp"

namespace blkpath {

/// Piece by piece from the beginning: a piece is read from as many of the others as a stripe has columns (or
/// from one mirror), and written to the spare. The next piece is read while one is written; not more than
/// `rate` are begun in a second. Members are rebuilt one after the other.
///
/// A write to what is read or being written waits until that is on the spare (md's resync window); a piece
/// does not wait for writes that are under way.
/// Leaves out: a piece that cannot be read, because a second disk does not answer, counts as copied.
class RaidRebuild {
 public:
  static constexpr std::uint8_t kReading = 192, kWriting = 193;  ///< phases of its requests
  struct Options {
    ByteRate rate;
    Bytes piece;
    std::int64_t rows = 0;    ///< bytes of a member
    std::uint16_t spare = 0;  ///< the first one
    std::int64_t spares = 0;  ///< how many there are
  };

  RaidRebuild(Sim& sim, const Stage& owner, DiskBus& bus, RaidMembers& members, const RaidPlanner& planner,
              const Options& options);

  /// Begins when a member is gone, a spare is left, and nothing is being rebuilt.
  void begin();
  bool owns(Slot s) const { return s == timer_ || of_rebuild((*sim_)[s].phase); }
  static bool of_rebuild(std::uint8_t phase) { return phase == kReading || phase == kWriting; }
  void on_timer() { read_next(); }
  /// The disk I/Os of one of its requests are back. @return whether the frontier moved
  bool returned(Slot s);

  bool running() const { return members_.rebuilding() != RaidMembers::kNone; }
  /// Are rows [begin, end) being copied now?
  bool copies(std::int64_t begin, std::int64_t end) const {
    return running() && std::max(begin, members_.frontier()) < std::min(end, next_);
  }

  struct Progress {  ///< of the last rebuild
    double percent = 0;
    double seconds_left = 0;  ///< at the pace so far
    double finished_at = 0;   ///< seconds; 0 while it runs
  };
  Progress progress() const;

 private:
  void read_next();
  void write(Slot s);

  Sim* sim_;
  const Stage* owner_;
  DiskBus& bus_;
  RaidMembers& members_;
  const RaidPlanner& planner_;
  Options options_;
  Slot timer_;
  std::int64_t next_ = 0;  ///< rows before it are read, or being read
  Slot reading_ = kNoSlot, read_ = kNoSlot, writing_ = kNoSlot;
  Instant may_begin_{}, began_{}, finished_{};
  DiskPlan plan_;
};

}  // namespace blkpath
