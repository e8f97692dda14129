#include "hw/zoned_layout.hpp"

#include <algorithm>

namespace blkpath {

ZonedLayout::ZonedLayout(const std::vector<DiskZone>& zones, int heads, Time revolution, Time head_switch,
                         Time cylinder_switch, std::int64_t most_blocks)
    : heads_(static_cast<std::uint32_t>(heads)) {
  Angle start = 0;
  for (const DiskZone& zone : zones) {
    Zone z{};
    z.first_sector = sectors_;
    z.first_cylinder = cylinders_;
    z.per_track = static_cast<std::int32_t>(zone.sectors_per_track);
    z.pitch = sector_pitch(z.per_track);
    const auto skew = [&](Time t) {  // rounded up to a whole sector
      const std::int64_t sectors = (t.count() * z.per_track + revolution.count() - 1) / revolution.count();
      return static_cast<Angle>((static_cast<std::uint64_t>(sectors % z.per_track) * z.pitch) >> 32);
    };
    z.skew_head = skew(head_switch);
    z.skew_cylinder = skew(cylinder_switch);
    z.start = start;
    sectors_ += zone.cylinders * heads * zone.sectors_per_track;
    z.last_sector = sectors_;
    cylinders_ += static_cast<std::int32_t>(zone.cylinders);
    zones_.push_back(z);
    start = find(sectors_ - 1).start + z.skew_cylinder;
  }
  if (most_blocks > 0) sectors_ = std::min(sectors_, most_blocks);
}

DiskRun ZonedLayout::find(std::int64_t lbn) const {
  const Zone* z = zones_.data();
  while (lbn >= z->last_sector) ++z;
  // A zone has fewer than 2^32 sectors, so 32-bit divisions do.
  const auto inside = static_cast<std::uint32_t>(lbn - z->first_sector);
  const auto per_track = static_cast<std::uint32_t>(z->per_track);
  const std::uint32_t track = inside / per_track, cylinder = track / heads_, head = track % heads_;
  return {
      .first = z->first_sector + static_cast<std::int64_t>(track) * per_track,
      .sectors = z->per_track,
      .cylinder = z->first_cylinder + static_cast<std::int32_t>(cylinder),
      .head = static_cast<std::int32_t>(head),
      .start = z->start + cylinder * ((heads_ - 1) * z->skew_head + z->skew_cylinder) + head * z->skew_head,
      .pitch = z->pitch};
}

}  // namespace blkpath
