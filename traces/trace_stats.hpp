/// What a trace holds, found out in one pass and in bounded memory (at most about 60 MiB, whatever its
/// length).
#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string_view>

#include "model/core/histogram.hpp"
#include "traces/arrivals.hpp"
#include "traces/device_stats.hpp"
#include "traces/record.hpp"
#include "traces/size_counts.hpp"
#include "traces/working_set.hpp"

namespace blkpath {

inline constexpr std::size_t kOps = 4;

/// Sizes and latencies of the I/Os of one kind.
struct OpStats {
  std::int64_t count = 0, bytes = 0;
  std::uint32_t min_size = std::numeric_limits<std::uint32_t>::max(), max_size = 0;
  SizeCounts sizes;
  LatencyStat slat, clat, total;  ///< as record.hpp defines them; total is issued to end()
};

/// The steps of a block trace, under the names of blktrace's btt.
struct Phases {
  LatencyStat q2g, g2i, i2d, d2c, q2c;
};

/// What was asked to happen earlier or later than it did.
struct Lateness {
  LatencyStat late;        ///< issued - intended, where not negative
  std::int64_t early = 0;  ///< issued before intended
};

class TraceStats {
 public:
  explicit TraceStats(std::size_t working_set_slots = WorkingSet::kDefaultSlots)
      : working_set_(working_set_slots) {}

  void add(std::span<const IoRecord> records);
  /// After the last record.
  void finish() { arrivals_.finish(); }

  std::int64_t count() const;
  /// From the first arrival to the last arrival or completion.
  Time duration() const { return count() > 0 ? arrivals_.last() - arrivals_.first() : Time{0}; }
  const OpStats& op(Op op) const { return ops_[static_cast<std::size_t>(op)]; }
  const Phases& phases() const { return phases_; }
  const Lateness& lateness() const { return lateness_; }
  const Arrivals& arrivals() const { return arrivals_; }
  const DeviceTable& devices() const { return devices_; }
  const WorkingSet& working_set() const { return working_set_; }

  std::int64_t addressed() const {
    return addressed_;
  }  ///< reads and writes with an offset; what follows is of these
  std::int64_t aligned() const { return aligned_; }  ///< begin and end on 4 KiB
  std::int64_t sequential() const;                   ///< summed over devices, as DeviceStats has it
  std::int64_t in_streams() const;

  std::size_t jobs() const { return jobs_.count(); }
  std::int64_t completed() const { return completed_; }
  std::int64_t merged() const { return merged_; }
  std::int64_t negative() const { return negative_; }  ///< times that would be negative; in no distribution
  std::int64_t short_ios() const { return short_; }    ///< succeeded with fewer bytes than asked
  const std::map<int, std::int64_t>& failures() const { return failures_; }  ///< by errno; the first kErrnos
  std::int64_t other_failures() const { return other_failures_; }

 private:
  static constexpr std::size_t kErrnos = 256;
  void add(const IoRecord& r);
  void add_latencies(const IoRecord& r, OpStats& op);
  void add_span(LatencyStat& to, Time from, Time until);
  void add_result(const IoRecord& r);

  std::array<OpStats, kOps> ops_;
  Phases phases_;
  Lateness lateness_;
  Arrivals arrivals_;
  DeviceTable devices_;
  WorkingSet working_set_;
  std::bitset<1 << 16> jobs_;
  std::int64_t addressed_ = 0, aligned_ = 0, completed_ = 0, merged_ = 0, negative_ = 0, short_ = 0;
  std::map<int, std::int64_t> failures_;
  std::int64_t other_failures_ = 0;
};

}  // namespace blkpath
