#include "model/fio_offsets.hpp"

#include <algorithm>
#include <limits>

namespace blkpath {

FioOffsets::FioOffsets(const JobSpec& spec, FioRegion region, Random random)
    : random_(random),
      start_(region.start.n),
      end_(region.start.n + region.size.n),
      gap_(spec.sequence_gap.n),
      random_io_(spec.random),
      wrap_(spec.time_based),
      repeat_(spec.rand_repeat),
      read_percent_(spec.read_percent),
      sequence_(spec.sequence),
      sequence_left_(1) {
  using Kind = RandomDistribution::Kind;
  const bool uniform = spec.distribution.kind == Kind::uniform;
  plain_ = random_io_ && uniform && !spec.random_map && !spec.random_lfsr && sequence_ <= 1;
  map_unit_ = std::numeric_limits<std::int64_t>::max();
  int directions = 0;
  bool aligned = false;  // as in fio, blockalign turns the map off
  for (std::size_t i = 0; i < kDirs; ++i) {
    if (!spec.does[i]) continue;
    ++directions;
    only_ = static_cast<Dir>(i);
    Direction& d = dirs_[i];
    const BlockSizes& bs = spec.bs[i];
    d.min = bs.min.n;
    d.max = bs.max.n;
    d.split = bs.split;
    for (const BlockSizeShare& share : d.split) {
      d.min = std::min(&share == d.split.data() ? share.size.n : d.min, share.size.n);
      d.max = std::max(&share == d.split.data() ? share.size.n : d.max, share.size.n);
    }
    d.step = spec.bs_unaligned ? 1 : d.min;
    d.align = spec.block_align[i].n > 0 ? spec.block_align[i].n : d.min;
    d.blocks = region.size.n < d.min ? 0 : (region.size.n - d.min) / d.align + 1;
    d.percent_random = spec.percent_random[i];
    if (random_io_ && !uniform) d.distribution.emplace(spec.distribution, d.blocks, random_);
    map_unit_ = std::min(map_unit_, d.min);
    aligned = aligned || spec.block_align[i].n > 0;
    plain_ = plain_ && d.min == d.max && d.percent_random == 100;
  }
  mixed_ = directions > 1;
  trim_write_ = mixed_ && spec.does[static_cast<std::size_t>(Dir::trim)];
  plain_ = plain_ && !trim_write_;
  if (random_io_ && spec.random_lfsr && uniform)
    lfsr_.emplace(dirs_[static_cast<std::size_t>(only_)].blocks, random_.bits());
  else if (random_io_ && spec.random_map && uniform && !aligned)
    map_.emplace(region.size.n / map_unit_);
  first_random_ = random_;
  restart();
}

void FioOffsets::restart() {
  if (repeat_) random_ = first_random_;
  sequence_left_ = 1;
  for (Direction& d : dirs_) d.position = start_;
  if (map_) map_->clear();
  if (lfsr_) lfsr_->restart();
}

Dir FioOffsets::mix() {
  if (trim_write_) return trimmed_ < 0 ? Dir::trim : Dir::write;
  return static_cast<int>(random_.below(100)) < read_percent_ ? Dir::read : Dir::write;
}

bool FioOffsets::sequential(Direction& d, std::int64_t& offset) const {
  if (d.position >= end_ && wrap_) d.position = start_;
  offset = d.position;
  if (offset > start_) offset += gap_;
  return offset < end_;
}

bool FioOffsets::random_block(Direction& d, std::int64_t& offset) {
  if (d.blocks == 0) return false;
  std::int64_t block;
  if (lfsr_) {
    if ((block = lfsr_->next()) < 0 && wrap_) {
      lfsr_->restart();
      block = lfsr_->next();
    }
    if (block < 0) return false;
  } else {
    block = d.distribution ? d.distribution->next(random_)
                           : static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(d.blocks)));
  }
  offset = start_ + block * d.align;
  if (!map_) return true;
  std::int64_t free = map_->next_free((offset - start_) / map_unit_);
  if (free < 0 && wrap_) {
    map_->clear();
    free = (offset - start_) / map_unit_;
  }
  if (free != (offset - start_) / map_unit_) offset = start_ + free * map_unit_;
  return free >= 0;
}

std::int64_t FioOffsets::pick_length(const Direction& d, std::int64_t room) {
  if (room < d.min) return 0;
  if (d.min == d.max) return d.min;
  // fio draws until it fits; the smallest always does.
  for (int tries = 0; tries < 100; ++tries) {
    std::int64_t length = d.min;
    if (d.split.empty()) {
      const auto steps = static_cast<std::uint64_t>((d.max - d.min) / d.step + 1);
      length += static_cast<std::int64_t>(random_.below(steps)) * d.step;
    } else {
      int percent = static_cast<int>(random_.below(100));
      for (const BlockSizeShare& share : d.split) {
        length = share.size.n;
        if ((percent -= share.percent) < 0) break;
      }
    }
    if (length <= room) return length;
  }
  return d.min;
}

bool FioOffsets::choose(Dir dir, std::int64_t& offset, std::uint32_t& length) {
  Direction& d = dirs_[static_cast<std::size_t>(dir)];
  if (trim_write_ && dir == Dir::write && trimmed_ >= 0) {
    offset = trimmed_;
    length = trimmed_length_;
    trimmed_ = -1;
    return true;
  }
  bool here = false;
  bool jump = random_io_;
  if (sequence_ > 1) {
    if (--sequence_left_ > 0)
      jump = false;
    else
      sequence_left_ = sequence_;
  }
  if (jump && d.percent_random < 100) jump = static_cast<int>(random_.below(100)) < d.percent_random;
  if (!jump) {
    here = sequential(d, offset);
    if (!here && !random_io_) return false;
  }
  if (!here && !random_block(d, offset)) return false;
  std::int64_t size = pick_length(d, end_ - offset);
  if (size == 0) return false;
  // Only random I/Os are entered in the map, and cut short where they would visit a block again.
  if (map_ && !here)
    size = std::min(
        size, map_->mark((offset - start_) / map_unit_, (size + map_unit_ - 1) / map_unit_) * map_unit_);
  d.position = offset + size;
  length = static_cast<std::uint32_t>(size);
  if (trim_write_ && dir == Dir::trim) {
    trimmed_ = offset;
    trimmed_length_ = length;
  }
  return true;
}

}  // namespace blkpath
