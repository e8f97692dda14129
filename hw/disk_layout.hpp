/// Where a disk keeps its sectors: logical block numbers to cylinder, head and place on the circle.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

namespace blkpath {

/// A place on the circle, in 2^-32 turns from the index mark; sums wrap as the platter does.
using Angle = std::uint32_t;

/// Consecutive blocks that pass under one head without a gap: a track, or what a slipped or remapped sector
/// leaves of it.
struct DiskRun {
  std::int64_t first = 0;     ///< LBN of its first sector
  std::int32_t sectors = 0;   ///< how many
  std::int32_t cylinder = 0;  ///< from the outer edge
  std::int32_t head = 0;
  Angle start = 0;          ///< where its first sector begins
  std::uint64_t pitch = 0;  ///< one sector, in 2^-64 turns

  std::int64_t end() const { return first + sectors; }
  /// Where sector `lbn` of this run begins, or for end() where the last one ends.
  Angle angle(std::int64_t lbn) const { return start + arc(lbn - first); }
  Angle arc(std::int64_t count) const {
    return static_cast<Angle>((static_cast<std::uint64_t>(count) * pitch) >> 32);
  }
};
/// The pitch of a track of that many sectors; at least 2.
inline std::uint64_t sector_pitch(std::int64_t per_track) {
  return ~std::uint64_t{0} / static_cast<std::uint64_t>(per_track);
}

/// The map of one kind of drive; shared by drives, and the same whatever their spindles do.
class DiskLayout {
 public:
  virtual ~DiskLayout() = default;
  /// The run that holds a sector.
  /// @param lbn  in [0, sectors())
  virtual DiskRun find(std::int64_t lbn) const = 0;
  std::int64_t sectors() const { return sectors_; }
  std::int32_t cylinders() const { return cylinders_; }

 protected:
  std::int64_t sectors_ = 0;
  std::int32_t cylinders_ = 0;
};

}  // namespace blkpath
