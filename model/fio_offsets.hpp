/// Where a fio job's next I/O goes, and how long it is.
#pragma once
#include <cstdint>
#include <optional>

#include "model/core/random.hpp"
#include "model/fio_block_map.hpp"
#include "model/fio_distribution.hpp"
#include "model/job_spec.hpp"

namespace blkpath {

/// The part of the device that one job works on.
struct FioRegion {
  Bytes start, size;
};

/// Chooses direction, offset and length of one I/O after another as fio 3.33 does: its rules, not its random
/// numbers. A pass ends when the region (or the random map) has no more to give; a time_based job starts
/// over. Leaves out verify, zone modes, rw_sequencer=identical, negative gaps, and that fio wraps round to
/// the start when a gap passes the end of the device.
class FioOffsets {
 public:
  /// @param spec    one job; numjobs is not looked at
  /// @param random  a stream of its own
  FioOffsets(const JobSpec& spec, FioRegion region, Random random);

  /// Whether the next I/O reads, writes or trims.
  Dir direction() {
    if (!mixed_) return only_;
    return mix();
  }
  /// @return false when the pass is over; then nothing was chosen
  bool next(Dir dir, std::int64_t& offset, std::uint32_t& length) {
    if (!plain_) return choose(dir, offset, length);
    const Direction& d = dirs_[static_cast<std::size_t>(dir)];
    offset =
        start_ + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(d.blocks))) * d.align;
    length = static_cast<std::uint32_t>(d.min);
    return true;
  }
  /// Begins another pass; with randrepeat the same one again, as fio does.
  void restart();
  /// For what else a job draws, e.g. its arrivals.
  Random& random() { return random_; }

 private:
  struct Direction {
    std::int64_t min = 0, max = 0, step = 0;  ///< block sizes
    std::int64_t align = 0, blocks = 0;       ///< random offsets are `align` apart
    std::vector<BlockSizeShare> split;
    int percent_random = 100;
    std::int64_t position = 0;  ///< where the last one ended
    std::optional<FioDistribution> distribution;
  };
  Dir mix();
  bool choose(Dir dir, std::int64_t& offset, std::uint32_t& length);
  bool sequential(Direction& d, std::int64_t& offset) const;
  bool random_block(Direction& d, std::int64_t& offset);
  std::int64_t pick_length(const Direction& d, std::int64_t room);

  Random random_, first_random_;
  PerDir<Direction> dirs_;
  std::int64_t start_, end_, gap_;
  bool plain_ = false;  ///< random, uniform, no map, one block size: nothing to look up
  bool mixed_ = false, trim_write_ = false, random_io_, wrap_, repeat_;
  Dir only_ = Dir::read;
  int read_percent_, sequence_, sequence_left_;
  std::int64_t map_unit_ = 0;
  std::int64_t trimmed_ = -1;  ///< the block that trimwrite has trimmed and will write
  std::uint32_t trimmed_length_ = 0;
  std::optional<BlockMap> map_;
  std::optional<BlockLfsr> lfsr_;
};

}  // namespace blkpath
