/// An arm over a turning platter, as a law of position and time: no zones, no tracks.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "hw/calibrated_params.hpp"
#include "model/core/sim.hpp"

namespace blkpath {

/// Serves one command at a time; picks the next one by position.
///
/// A command lies at a fraction of the stroke (its offset) and at an angle (a hash of its offset: how tracks
/// are numbered is not known). It takes base + (full - base) sqrt(distance) of seek and the wait until the
/// angle has come round. The drive decides early: while a command is in service the next one has been chosen
/// (`ahead`), so of n outstanding commands it chooses among n - 2. This is what makes reordering gain little
/// at four outstanding, and much at eight.
class CalibratedArm {
 public:
  explicit CalibratedArm(const CalibratedParams& p)
      : turn_(static_cast<double>(p.turn.count())),
        capacity_(static_cast<double>(p.capacity.n)),
        ahead_(p.ahead),
        max_age_(p.max_age) {
    const auto law = [](Time base, Time full, ArmOrder order) {
      return Law{static_cast<double>(base.count()), static_cast<double>((full - base).count()), order};
    };
    laws_[0] = law(p.seek_base, p.seek_full, p.order);
    laws_[1] = p.write_seek_full > Time{0} ? law(p.write_seek_base, p.write_seek_full, p.write_order)
                                           : law(p.seek_base, p.seek_full, p.write_order);
    queue_.reserve(static_cast<std::size_t>(p.tags));
  }

  struct Command {
    Slot slot = kNoSlot;
    Instant arrived{};
    std::int64_t offset = 0, end = 0;  ///< bytes
    double place = 0, angle = 0;
    bool write = false;
  };
  Command command(Slot slot, Instant arrived, const Request& r) const {
    const std::int64_t offset = r.offset;
    const auto x = static_cast<std::uint64_t>(offset) * 0x9e3779b97f4a7c15u;
    const std::uint64_t mixed = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9u;
    return {slot,
            arrived,
            offset,
            offset + r.length,
            static_cast<double>(offset) / capacity_,
            static_cast<double>(mixed >> 11) * 0x1p-53,
            r.op == Op::write};
  }

  bool idle() const { return !serving_; }
  /// The next command to be served, when nothing is in service. @return false when there is none
  bool take(Command& next, Instant now) {
    serving_ = false;
    if (!chosen_ && queue_.empty()) return false;
    if (!chosen_) choose(now);
    next = next_;
    chosen_ = false;
    return true;
  }
  /// `c` begins at `at`. @return how long arm and platter take until its first byte is there
  Time begin(const Command& c, Instant at) {
    const Time t = c.offset == end_ ? Time{0} : Time{static_cast<std::int64_t>(positioning(c, at))};
    serving_ = true;
    place_ = c.place;
    end_ = c.end;
    return t;
  }
  /// The command in service will end at `free`; with `ahead` its successor is chosen now.
  void plan(Instant free) {
    free_ = free;
    if (ahead_ > 0 && !queue_.empty() && !chosen_) choose(free);
  }
  /// A command that waits.
  void push(const Command& c) {
    queue_.push_back(c);
    if (ahead_ > 0 && serving_ && !chosen_) choose(free_);
  }

 private:
  struct Law {
    double base = 0, rise = 0;
    ArmOrder order = ArmOrder::fcfs;
  };
  double seek(const Command& c) const {
    const Law& law = laws_[c.write];
    return law.base + law.rise * std::sqrt(std::abs(c.place - place_));
  }
  double positioning(const Command& c, Instant at) const { return arrival(c, seek(c), at); }
  /// Seek `arm` and the wait behind it.
  double arrival(const Command& c, double arm, Instant at) const {
    const double there = (static_cast<double>(at.time_since_epoch().count()) + arm) / turn_;
    const double wait = c.angle - (there - static_cast<double>(static_cast<std::int64_t>(there)));
    return arm + (wait < 0 ? wait + 1 : wait) * turn_;
  }
  /// What the drive believes that `c` will take, ns; less than nothing when it need not move.
  /// @param least  what it has to beat: when the seek alone takes longer, the rest is not worked out
  double judged(const Command& c, Instant at, double least) const {
    if (c.offset == end_) return -1;
    const ArmOrder order = laws_[c.write].order;
    if (order == ArmOrder::fcfs) return 0;
    const double arm = seek(c);
    if (order == ArmOrder::seek) return arm + turn_ / 2;
    return arm >= least ? arm : arrival(c, arm, at);
  }
  /// queue_ is in order of arrival.
  void choose(Instant at) {
    std::size_t best = 0;
    if (at - queue_.front().arrived <= max_age_) {
      double least = HUGE_VAL;
      for (std::size_t i = 0; i < queue_.size(); ++i) {
        const double cost = judged(queue_[i], at, least);
        if (cost < least) {
          least = cost;
          best = i;
        }
      }
    }
    next_ = queue_[best];
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(best));
    chosen_ = true;
  }

  double turn_, capacity_;
  std::array<Law, 2> laws_;  ///< of reads, of writes
  int ahead_;
  Time max_age_;
  std::vector<Command> queue_;
  Command next_;
  bool chosen_ = false, serving_ = false;
  double place_ = 0.5;
  std::int64_t end_ = -1;
  Instant free_{};
};

}  // namespace blkpath
