/// Arm and spindle of a disk: arithmetic on positions and dates, without a state of its own.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "hw/disk_layout.hpp"
#include "hw/seek_curve.hpp"

namespace blkpath {

/// Where the arm is.
struct HeadPosition {
  std::int32_t cylinder = 0, head = 0;
};

/// What reading or writing a stretch of blocks takes. Dates are nanoseconds of simulated time.
struct MediaPass {
  std::int64_t seek = 0;     ///< of the arm, before the first block
  std::int64_t begin = 0;    ///< the first block comes under the head
  std::int64_t marked = 0;   ///< as many blocks as were asked for have passed
  std::int64_t end = 0;      ///< the last one has passed
  std::int64_t bus_end = 0;  ///< the last one has crossed the bus, if that has begun as early as it can
  HeadPosition at;           ///< where the arm is at the end
};
/// How far reading ahead has come: `lbn` is the next block, which the head can reach from `at` from `date`
/// on.
struct MediaCursor {
  std::int64_t lbn = 0, date = 0;
  HeadPosition at;
};

class DiskMechanics {
 public:
  struct Times {
    std::int64_t revolution = 4'000'000;  ///< ns
    std::int64_t phase = 0;               ///< ns of rotation at date 0
    std::int64_t head_switch = 0;
    std::int64_t seek_bias = 0;     ///< what a seek inwards takes longer, and one outwards shorter
    std::int64_t write_settle = 0;  ///< what reaching a cylinder takes longer for a write
    std::int64_t write_seek_min =
        0;  ///< a write that does not follow the one before at once takes so long at least
    bool zero_latency_read = false;   ///< takes a track's blocks in the order in which they pass
    bool zero_latency_write = false;  ///< the same
  };
  DiskMechanics(std::shared_ptr<const DiskLayout> layout, std::shared_ptr<const SeekCurve> seek, Times times)
      : layout_(std::move(layout)), seek_(std::move(seek)), times_(times) {}

  const DiskLayout& layout() const { return *layout_; }
  std::int64_t revolution() const { return times_.revolution; }

  /// Place under the heads at a date, in ns of rotation.
  std::int64_t turned(std::int64_t date) const { return (date + times_.phase) % times_.revolution; }
  std::int64_t ns(Angle a) const {
    return static_cast<std::int64_t>(
        (static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(times_.revolution) + (1u << 31)) >> 32);
  }
  /// Time of `count` sectors of one run under the head.
  std::int64_t transfer(const DiskRun& run, std::int64_t count) const {
    // The arc of a whole track wraps to nothing, so the pitch is multiplied out in 96 bits.
    const auto pitch = static_cast<std::uint64_t>(run.pitch >> 20);  // 2^-44 turns
    return static_cast<std::int64_t>(
        (static_cast<unsigned __int128>(pitch) * static_cast<std::uint64_t>(count * times_.revolution) +
         (std::uint64_t{1} << 43)) >>
        44);
  }

  std::int64_t seek(HeadPosition from, HeadPosition to, bool write) const {
    const std::int32_t distance = std::abs(to.cylinder - from.cylinder);
    std::int64_t t = 0;
    if (distance > 0) {  // settles on whatever surface
      t = seek_->ns(distance) + (write ? times_.write_settle : 0);
      // The skew between cylinders has room for a step, in either direction.
      if (distance > 1)
        t = std::max<std::int64_t>(0,
                                   t + (to.cylinder > from.cylinder ? times_.seek_bias : -times_.seek_bias));
    } else if (to.head != from.head)
      t = times_.head_switch;
    return write ? std::max(t, times_.write_seek_min) : t;
  }
  /// From the date on which `turned` is true until sector `lbn` of the run begins to pass.
  std::int64_t rotation(const DiskRun& run, std::int64_t lbn, std::int64_t turned) const {
    std::int64_t wait = ns(run.angle(lbn)) - turned;
    // Rounding puts the sector that follows at most a few ns behind; it has not been missed.
    if (wait < -kRounding) wait += times_.revolution;
    if (wait >= times_.revolution - kRounding) wait -= times_.revolution;
    return std::max<std::int64_t>(0, wait);
  }

  struct Access {
    std::int64_t seek, rotation;
  };
  /// Arm and rotation to the first sector, if they begin when the platter stands at `turned`.
  Access access(const DiskRun& run, std::int64_t lbn, bool write, HeadPosition from,
                std::int64_t turned) const {
    const std::int64_t s = seek(from, {run.cylinder, run.head}, write);
    return {s, rotation(run, lbn, (turned + s) % times_.revolution)};
  }

  /// Reads or writes [from.lbn, end), the arm starting at from.date.
  /// @param mark  blocks after which MediaPass::marked is taken; at least 1
  /// @param bus   ns that a block takes on the bus
  MediaPass pass(const MediaCursor& from, std::int64_t end, bool write, std::int64_t mark = 1,
                 std::int64_t bus = 0) const;
  /// Blocks that pass before `lbn` on its own track in the last `wait` ns.
  std::int64_t passed(std::int64_t lbn, std::int64_t wait) const {
    const DiskRun run = layout_->find(lbn);
    return std::min(lbn - run.first, wait / transfer(run, 1));
  }
  /// Reads on from a cursor until `end` or the date, whatever comes first. Whole sectors only.
  MediaCursor read_on(MediaCursor cursor, std::int64_t end, std::int64_t date) const;

 private:
  static constexpr std::int64_t kRounding = 8;

  std::shared_ptr<const DiskLayout> layout_;
  std::shared_ptr<const SeekCurve> seek_;
  Times times_;
};

}  // namespace blkpath
