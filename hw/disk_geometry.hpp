/// Where a sector lies on the platters, and how long the arm and the spindle take to get there.
#pragma once
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "model/core/units.hpp"

namespace blkpath {

/// A run of cylinders with one number of sectors per track.
struct DiskZone {
  std::int64_t cylinders = 0;
  std::int64_t sectors_per_track = 0;
  static auto fields() { return std::tuple{&DiskZone::cylinders, &DiskZone::sectors_per_track}; }
  static std::string example() { return "[1200, 600]"; }
};

/// Position of a request's first sector.
struct DiskPosition {
  std::int32_t cylinder = 0;
  std::int32_t head = 0;
  std::int32_t sector = 0;
  std::int32_t zone = 0;
  std::int64_t angle = 0;  ///< ns of rotation from the index mark to the start of the sector
};

/// Maps sectors to cylinder, head and angle. Tracks fill head by head, then cylinder by cylinder; each next
/// track starts later on its circle by the skew that covers the head switch or the one-cylinder seek.
class DiskGeometry {
 public:
  DiskGeometry(std::vector<DiskZone> zones, int heads, Time revolution, Time head_switch,
               Time cylinder_switch);

  std::int64_t sectors() const { return sectors_; }
  std::int32_t cylinders() const { return cylinders_; }
  /// @param sector in [0, sectors())
  DiskPosition locate(std::int64_t sector) const;
  /// Time under the head for `count` sectors from `at` on, track and cylinder switches included.
  /// @param end  where the head is afterwards
  Time transfer(const DiskPosition& at, std::int64_t count, DiskPosition* end) const;
  Time revolution() const { return Time{revolution_}; }

 private:
  struct Zone {
    std::int64_t first_sector, last_sector;
    std::int32_t first_cylinder, cylinders, per_track;
    std::int64_t first_track;
    std::int64_t skew_head, skew_cylinder;  ///< ns of rotation, in whole sectors
    std::int64_t angle0;                    ///< of the zone's first track
    std::uint64_t sector_time;              ///< ns << 16
  };
  std::int64_t track_angle(const Zone& z, std::int32_t cylinder, std::int32_t head) const;

  std::vector<Zone> zones_;
  std::int64_t heads_, revolution_, sectors_ = 0;
  std::int64_t head_switch_, cylinder_switch_;
  std::int32_t cylinders_ = 0;
};

}  // namespace blkpath
