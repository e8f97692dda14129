#include "hw/track_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

namespace blkpath {
namespace {

Angle angle_of_turns(double turns) {
  return static_cast<Angle>(static_cast<std::uint64_t>(std::llround((turns - std::floor(turns)) * 0x1p32)));
}

/// The places of one zone, in the order in which blocks fill them.
class ZonePlaces {
 public:
  ZonePlaces(const TrackLayout& layout, const TrackZone& zone)
      : layout_(layout), zone_(zone), pitch_(sector_pitch(zone.sectors_per_track)) {}

  std::int64_t tracks() const { return cylinders() * layout_.heads; }
  std::int64_t cylinders() const { return zone_.last_cylinder - zone_.first_cylinder + 1; }
  /// A run of `count` blocks from `first` on, at `position`, all on one track.
  DiskRun run(std::int64_t position, std::int64_t first, std::int64_t count) const {
    const std::int64_t track = position / zone_.sectors_per_track,
                       sector = position % zone_.sectors_per_track;
    const std::int64_t cylinder = track / layout_.heads, nth = track % layout_.heads;
    const std::int64_t counted =
        layout_.order == TrackOrder::serpentine_of_disk ? zone_.first_cylinder + cylinder : cylinder;
    const bool descends = layout_.order != TrackOrder::ascending && counted % 2 == 1;
    const double skew =
        zone_.offset +
        static_cast<double>(cylinder) * ((layout_.heads - 1) * zone_.track_skew + zone_.cylinder_skew) +
        static_cast<double>(nth) * zone_.track_skew;
    DiskRun r{.first = first,
              .sectors = static_cast<std::int32_t>(count),
              .cylinder = static_cast<std::int32_t>(zone_.first_cylinder + cylinder),
              .head = static_cast<std::int32_t>(descends ? layout_.heads - 1 - nth : nth),
              .start = angle_of_turns(skew / static_cast<double>(zone_.sectors_per_track)),
              .pitch = pitch_};
    r.start += r.arc(sector);
    return r;
  }

 private:
  const TrackLayout& layout_;
  const TrackZone& zone_;
  std::uint64_t pitch_;
};

bool slips_apart(Sparing s) {
  return s == Sparing::cylinder_apart || s == Sparing::cylinder_front_apart || s == Sparing::zone_apart ||
         s == Sparing::disk || s == Sparing::none;
}
bool spares_in_front(Sparing s) { return s == Sparing::cylinder_front || s == Sparing::cylinder_front_apart; }

class Builder {
 public:
  explicit Builder(const TrackLayout& layout) : layout_(layout) {}

  std::vector<DiskRun> runs() {
    for (std::size_t z = 0; z < layout_.zones.size(); ++z) add_zone(z);
    return std::move(runs_);
  }

 private:
  void add_zone(std::size_t z);
  void add_region(const ZonePlaces& places, std::int64_t begin, std::int64_t end, std::int64_t spares);
  std::int64_t region_sectors(const ZonePlaces& places, std::int64_t per_track) const;
  void add(const DiskRun& run) {
    runs_.push_back(run);
    next_ = run.end();
  }
  std::int64_t room() const {
    return layout_.most_blocks > 0 ? layout_.most_blocks - next_ : std::numeric_limits<std::int64_t>::max();
  }

  const TrackLayout& layout_;
  std::vector<DiskRun> runs_;
  std::int64_t next_ = 0, per_track_ = 0;
  std::set<std::int64_t> slips_;  ///< of the present zone, as positions
  std::vector<std::pair<std::int64_t, std::int64_t>> remaps_;
};

std::int64_t Builder::region_sectors(const ZonePlaces& places, std::int64_t per_track) const {
  const std::int64_t cylinder = layout_.heads * per_track;
  switch (layout_.sparing) {
    case Sparing::track:
      return per_track;
    case Sparing::cylinder:
    case Sparing::cylinder_apart:
    case Sparing::cylinder_front:
    case Sparing::cylinder_front_apart:
      return cylinder;
    case Sparing::range:
      return layout_.spare_range * cylinder;
    default:
      return places.cylinders() * cylinder;
  }
}

void Builder::add_zone(std::size_t z) {
  const TrackZone& zone = layout_.zones[z];
  per_track_ = zone.sectors_per_track;
  if (zone.last_cylinder < zone.first_cylinder || per_track_ < 2 || zone.reserved < 0 || zone.spares < 0)
    throw std::invalid_argument(
        fmt::format("zone {}: needs cylinders in ascending order and at least 2 sectors per track, "
                    "for example {}",
                    z, TrackZone::example()));
  const bool by_track = layout_.sparing == Sparing::tracks_of_zone;
  slips_.clear();
  for (const SlippedSector& slip : layout_.slips)
    if (static_cast<std::size_t>(slip.zone) == z)
      for (std::int64_t i = 0; i < (by_track ? per_track_ : 1); ++i)
        slips_.insert(by_track ? slip.position * per_track_ + i : slip.position);
  remaps_.clear();
  for (const RemappedSector& remap : layout_.remaps)
    if (static_cast<std::size_t>(remap.zone) == z) remaps_.emplace_back(remap.position, remap.replacement);
  std::sort(remaps_.begin(), remaps_.end());

  const ZonePlaces places(layout_, zone);
  const std::int64_t end = places.tracks() * per_track_, region = region_sectors(places, per_track_);
  const std::int64_t spares = layout_.sparing == Sparing::none || layout_.sparing == Sparing::disk ? 0
                              : by_track ? zone.spares * per_track_
                                         : zone.spares;
  for (std::int64_t begin = 0; begin < end; begin += region)
    add_region(places, std::max(begin, zone.reserved), std::min(begin + region, end), spares);
}

void Builder::add_region(const ZonePlaces& places, std::int64_t begin, std::int64_t end,
                         std::int64_t spares) {
  if (spares_in_front(layout_.sparing)) begin += spares;
  const auto slipped = static_cast<std::int64_t>(
      std::distance(slips_.lower_bound(begin), slips_.lower_bound(std::max(begin, end))));
  std::int64_t blocks = end - begin - slipped;
  if (!spares_in_front(layout_.sparing))
    blocks -= slips_apart(layout_.sparing) ? spares : std::max<std::int64_t>(0, spares - slipped);
  blocks = std::min(blocks, room());
  for (std::int64_t position = begin; blocks > 0 && position < end;) {
    auto slip = slips_.lower_bound(position);
    if (slip != slips_.end() && *slip == position) {
      ++position;
      continue;
    }
    std::int64_t stop = std::min(end, (position / per_track_ + 1) * per_track_);  // the track ends
    if (slip != slips_.end()) stop = std::min(stop, *slip);
    const auto remap = std::lower_bound(remaps_.begin(), remaps_.end(), std::pair{position, std::int64_t{0}});
    std::int64_t place = position;
    if (remap != remaps_.end() && remap->first == position) {
      place = remap->second;
      stop = position + 1;
    } else if (remap != remaps_.end()) {
      stop = std::min(stop, remap->first);
    }
    const std::int64_t count = std::min(blocks, stop - position);
    add(places.run(place, next_, count));
    position += count;
    blocks -= count;
  }
}

}  // namespace

RunTable TrackLayout::table() const { return RunTable(Builder(*this).runs()); }

}  // namespace blkpath
