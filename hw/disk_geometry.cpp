#include "hw/disk_geometry.hpp"

#include <algorithm>
#include <tuple>

namespace blkpath {

DiskGeometry::DiskGeometry(std::vector<DiskZone> zones, int heads, Time revolution, Time head_switch,
                           Time cylinder_switch)
    : heads_(heads),
      revolution_(revolution.count()),
      head_switch_(head_switch.count()),
      cylinder_switch_(cylinder_switch.count()) {
  std::int64_t angle = 0;
  for (const DiskZone& zone : zones) {
    Zone z{};
    z.first_sector = sectors_;
    z.per_track = static_cast<std::int32_t>(zone.sectors_per_track);
    z.cylinders = static_cast<std::int32_t>(zone.cylinders);
    z.first_cylinder = cylinders_;
    z.sector_time = (static_cast<std::uint64_t>(revolution_) << 16) / static_cast<std::uint64_t>(z.per_track);
    const auto whole_sectors = [&](std::int64_t ns) {  // the skew is rounded up to a sector
      const std::int64_t sectors = (ns * z.per_track + revolution_ - 1) / revolution_;
      return sectors * revolution_ / z.per_track;
    };
    z.skew_head = whole_sectors(head_switch_);
    z.skew_cylinder = whole_sectors(cylinder_switch_);
    z.angle0 = angle;
    sectors_ += zone.cylinders * heads_ * zone.sectors_per_track;
    z.last_sector = sectors_;
    cylinders_ += z.cylinders;
    angle = (track_angle(z, cylinders_ - 1, static_cast<std::int32_t>(heads_ - 1)) + z.skew_cylinder) %
            revolution_;
    zones_.push_back(z);
  }
}

std::int64_t DiskGeometry::track_angle(const Zone& z, std::int32_t cylinder, std::int32_t head) const {
  const std::int64_t c = cylinder - z.first_cylinder;
  return (z.angle0 + c * ((heads_ - 1) * z.skew_head + z.skew_cylinder) + head * z.skew_head) % revolution_;
}

DiskPosition DiskGeometry::locate(std::int64_t sector) const {
  std::size_t i = 0;
  while (sector >= zones_[i].last_sector) ++i;
  const Zone& z = zones_[i];
  // A zone has fewer than 2^32 sectors, so 32-bit divisions do.
  const auto inside = static_cast<std::uint32_t>(sector - z.first_sector);
  const auto per_track = static_cast<std::uint32_t>(z.per_track);
  const std::uint32_t track = inside / per_track;
  const auto heads = static_cast<std::uint32_t>(heads_);
  DiskPosition p;
  p.zone = static_cast<std::int32_t>(i);
  p.sector = static_cast<std::int32_t>(inside - track * per_track);
  p.cylinder = z.first_cylinder + static_cast<std::int32_t>(track / heads);
  p.head = static_cast<std::int32_t>(track % heads);
  p.angle = track_angle(z, p.cylinder, p.head) +
            static_cast<std::int64_t>((static_cast<std::uint64_t>(p.sector) * z.sector_time) >> 16);
  if (p.angle >= revolution_) p.angle -= revolution_;
  return p;
}

Time DiskGeometry::transfer(const DiskPosition& at, std::int64_t count, DiskPosition* end) const {
  const Zone* z = &zones_[static_cast<std::size_t>(at.zone)];
  DiskPosition p = at;
  std::int64_t time = 0;
  while (count > 0) {
    const std::int64_t here = std::min<std::int64_t>(count, z->per_track - p.sector);
    time += static_cast<std::int64_t>((static_cast<std::uint64_t>(here) * z->sector_time) >> 16);
    count -= here;
    p.sector += static_cast<std::int32_t>(here);
    if (p.sector == z->per_track && count > 0) {
      p.sector = 0;
      if (++p.head == heads_) {
        p.head = 0;
        ++p.cylinder;
        time += z->skew_cylinder;
        if (p.cylinder == z->first_cylinder + z->cylinders) {
          ++p.zone;
          z = &zones_[static_cast<std::size_t>(p.zone)];
        }
      } else {
        time += z->skew_head;
      }
    }
  }
  *end = p;
  return Time{time};
}

}  // namespace blkpath
