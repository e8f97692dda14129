/// When a writer has to wait for its dirty pages to be written back.
#pragma once
#include <algorithm>
#include <cstdint>

#include "model/core/units.hpp"

namespace blkpath {

/// Where the dirty pages stand, in pages.
struct Backlog {
  std::int64_t dirty = 0;      ///< now, not under writeback
  std::int64_t writeback = 0;  ///< now
  std::int64_t dirtied = 0;    ///< since the beginning
  std::int64_t written = 0;    ///< since the beginning
  std::int64_t held() const { return dirty + writeback; }
};

/// Limits in pages: writers wait above `limit`, the flusher works above `background`.
struct DirtyLimits {
  std::int64_t limit = 0, background = 0;
  /// A background limit that is not below the limit becomes half of it (get_dirty_limits,
  /// domain_dirty_limits).
  static DirtyLimits of(std::int64_t limit, std::int64_t background) {
    return {limit, background < limit ? background : limit / 2};
  }
};

/// Linux 2.6.2x: above the limit a writer writes back a chunk itself, and may go when that is done.
/// Leaves out the shares of several devices (2.6.24 on): one device has the whole limit.
class ChunkThrottle {
 public:
  /// While the limit is exceeded, writers are checked every 8 pages.
  static constexpr std::int64_t kPagesWhenExceeded = 8;

  ChunkThrottle(DirtyLimits limits, std::int64_t ratelimit) : limits_(limits), ratelimit_(ratelimit) {}
  /// `pages` were just dirtied. @return whether the writer has to check the limits now
  bool due(std::int64_t pages) {
    since_check_ += pages;
    if (since_check_ < (exceeded_ ? std::min(kPagesWhenExceeded, ratelimit_) : ratelimit_)) return false;
    since_check_ = 0;
    return true;
  }
  /// @return whether the writer has to write back
  bool over(const Backlog& b) { return exceeded_ = b.held() > limits_.limit; }
  /// Pages that a writer writes back before it may go: half as many again as it may dirty between checks.
  std::int64_t chunk() const { return ratelimit_ + ratelimit_ / 2; }

 private:
  DirtyLimits limits_;
  std::int64_t ratelimit_, since_check_ = 0;
  bool exceeded_ = false;
};

/// Linux 6.1: a writer pauses so that pages are dirtied as fast as they are written, at a level between the
/// free-run ceiling and the limit. In integers, as the kernel, so that every machine computes the same.
/// All writers of the cache count as one task. Leaves out cgroups, shares of several devices and
/// `strictlimit`. Source: mm/page-writeback.c (the lines are in the comments of the .cpp)
class PacedThrottle {
 public:
  static constexpr std::int64_t kUnit = 1024;  ///< a position ratio of 1
  static constexpr Time kInterval = 200ms;     ///< between updates of the rates; also the longest pause

  explicit PacedThrottle(DirtyLimits limits) : limits_(limits) {}
  std::int64_t freerun() const { return (limits_.limit + limits_.background) / 2; }
  std::int64_t setpoint() const { return (freerun() + limits_.limit) / 2; }
  /// How much faster (>kUnit) or slower than the base rate a writer may go when `held` pages are dirty.
  std::int64_t position_ratio(std::int64_t held) const;

  bool due(std::int64_t pages) {
    dirtied_ += pages;
    return dirtied_ >= (exceeded_ ? std::min<std::int64_t>(8, allowed_) : allowed_);
  }
  /// How long the writer has to sleep now. After the sleep it calls again when `again()`.
  Time pause(Instant now, const Backlog& b);
  bool again() const { return again_; }
  /// Updates the estimates when 200 ms have passed. @param writer  called by a writer: also the base rate
  void update(Instant now, const Backlog& b, bool writer);
  /// Writeback starts on an idle device: what was measured more than a second ago says nothing.
  void restart(Instant now, const Backlog& b);
  /// The flusher updates the bandwidth once a chunk, which is half a second's; writers come first.
  bool stale(Instant now) const { return now - updated_ >= 500ms; }
  /// Pages that the flusher writes between two looks at the background limit.
  std::int64_t flusher_chunk() const;

  std::int64_t base_rate() const { return base_rate_; }           ///< pages/s
  std::int64_t write_rate() const { return average_bandwidth_; }  ///< pages/s

 private:
  void update_base_rate(std::int64_t dirty_rate, std::int64_t held, std::int64_t ratio);
  void update_bandwidth(std::int64_t written, Time elapsed);
  Time longest_pause(std::int64_t held) const;
  Time shortest_pause(Time longest, std::int64_t rate);

  DirtyLimits limits_;
  static constexpr std::int64_t kFirstRate = (std::int64_t{100} << 20) / 4096;  ///< 100 MiB/s, in pages/s
  std::int64_t base_rate_ = kFirstRate, balanced_rate_ = kFirstRate;
  std::int64_t bandwidth_ = kFirstRate, average_bandwidth_ = kFirstRate;
  std::int64_t dirtied_ = 0;   ///< by the task, since its last pause
  std::int64_t allowed_ = 32;  ///< pages until the next check
  std::int64_t dirtied_before_ = 0, written_before_ = 0;
  Instant updated_{}, paused_at_{};
  bool paused_before_ = false, exceeded_ = false, again_ = false;
};

}  // namespace blkpath
