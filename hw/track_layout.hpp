/// A disk's map from zones whose skews, spares, slipped and remapped sectors are known: DiskSim's
/// dm_layout_g1.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "hw/run_table.hpp"
#include "model/core/params.hpp"

namespace blkpath {

/// How blocks go on at the end of a cylinder.
enum class TrackOrder : std::uint8_t {
  ascending,   ///< each cylinder from its first head on
  serpentine,  ///< every second cylinder of a zone from its last head on: no head switch between cylinders
  serpentine_of_disk,  ///< the same, counted over the whole disk: odd cylinders descend
};
template <>
struct EnumNames<TrackOrder> {
  static constexpr std::array<std::pair<std::string_view, TrackOrder>, 3> names{
      {{"ascending", TrackOrder::ascending},
       {"serpentine", TrackOrder::serpentine},
       {"serpentine_of_disk", TrackOrder::serpentine_of_disk}}};
};

/// Where the spare sectors are. With `apart`, a slipped sector shortens its region instead of using up one of
/// its spares.
enum class Sparing : std::uint8_t {
  none,
  tracks_of_zone,  ///< whole tracks at the end of each zone; what slips is a track, too
  cylinder,
  track,
  cylinder_apart,
  cylinder_front,
  cylinder_front_apart,
  disk,
  range,  ///< a number of cylinders
  zone,
  zone_apart,
};
template <>
struct EnumNames<Sparing> {
  static constexpr std::array<std::pair<std::string_view, Sparing>, 11> names{
      {{"none", Sparing::none},
       {"tracks_of_zone", Sparing::tracks_of_zone},
       {"cylinder", Sparing::cylinder},
       {"track", Sparing::track},
       {"cylinder_apart", Sparing::cylinder_apart},
       {"cylinder_front", Sparing::cylinder_front},
       {"cylinder_front_apart", Sparing::cylinder_front_apart},
       {"disk", Sparing::disk},
       {"range", Sparing::range},
       {"zone", Sparing::zone},
       {"zone_apart", Sparing::zone_apart}}};
};

/// One zone. Offsets and skews are in sectors of its own.
struct TrackZone {
  std::int64_t first_cylinder = 0, last_cylinder = 0, sectors_per_track = 0;
  double offset = 0;          ///< of the first track from the index mark
  std::int64_t reserved = 0;  ///< sectors at the front that hold no blocks
  double track_skew = 0, cylinder_skew = 0;
  std::int64_t spares = 0;  ///< of each region: sectors, or tracks with Sparing::tracks_of_zone
  static auto fields() {
    return std::tuple{&TrackZone::first_cylinder, &TrackZone::last_cylinder, &TrackZone::sectors_per_track,
                      &TrackZone::offset,         &TrackZone::reserved,      &TrackZone::track_skew,
                      &TrackZone::cylinder_skew,  &TrackZone::spares};
  }
  static std::string example() { return "[0, 432, 334, 0, 0, 63, 113, 89]"; }
};
/// A place of a zone that was skipped when the drive was formatted.
struct SlippedSector {
  std::int64_t zone = 0;      ///< counted from 0
  std::int64_t position = 0;  ///< sectors (tracks, with Sparing::tracks_of_zone) from the zone's first
  static auto fields() { return std::tuple{&SlippedSector::zone, &SlippedSector::position}; }
  static std::string example() { return "[0, 55017]"; }
};
/// A place of a zone whose block is kept elsewhere in it.
struct RemappedSector {
  std::int64_t zone = 0, position = 0, replacement = 0;
  static auto fields() {
    return std::tuple{&RemappedSector::zone, &RemappedSector::position, &RemappedSector::replacement};
  }
  static std::string example() { return "[0, 55017, 867700]"; }
};

struct TrackLayout {
  std::vector<TrackZone> zones;
  std::vector<SlippedSector> slips;
  std::vector<RemappedSector> remaps;
  int heads = 1;
  TrackOrder order = TrackOrder::ascending;
  Sparing sparing = Sparing::none;
  int spare_range = 1;           ///< cylinders that share spares, with Sparing::range
  std::int64_t most_blocks = 0;  ///< 0: all that fit

  /// @throws std::invalid_argument
  RunTable table() const;
};

}  // namespace blkpath
