/// A disk's map from its zones alone, by arithmetic: for drives of which only the data sheet is known.
#pragma once
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "hw/disk_layout.hpp"
#include "model/core/units.hpp"

namespace blkpath {

/// A run of cylinders with one number of sectors per track.
struct DiskZone {
  std::int64_t cylinders = 0;
  std::int64_t sectors_per_track = 0;
  static auto fields() { return std::tuple{&DiskZone::cylinders, &DiskZone::sectors_per_track}; }
  static std::string example() { return "[1200, 600]"; }
};

/// Tracks fill head by head, then cylinder by cylinder; each next track starts later on its circle by the
/// skew, in whole sectors, that covers the head switch or the one-cylinder seek.
class ZonedLayout final : public DiskLayout {
 public:
  /// @param most_blocks  0: all that fit
  ZonedLayout(const std::vector<DiskZone>& zones, int heads, Time revolution, Time head_switch,
              Time cylinder_switch, std::int64_t most_blocks = 0);
  DiskRun find(std::int64_t lbn) const override;

 private:
  struct Zone {
    std::int64_t first_sector, last_sector;
    std::int32_t first_cylinder, per_track;
    std::uint64_t pitch;
    Angle start, skew_head, skew_cylinder;
  };

  std::vector<Zone> zones_;
  std::uint32_t heads_;
};

}  // namespace blkpath
