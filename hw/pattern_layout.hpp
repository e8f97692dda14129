/// A disk's map as nested repetitions of patterns, as measured track by track: DiskSim's dm_layout_g4.
#pragma once
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "hw/run_table.hpp"

namespace blkpath {

/// What a track holds.
struct TrackPattern {
  std::int64_t first = 0, last = 0;    ///< sectors that hold blocks
  std::int64_t sectors_per_track = 0;  ///< that fit on the circle
  static auto fields() {
    return std::tuple{&TrackPattern::first, &TrackPattern::last, &TrackPattern::sectors_per_track};
  }
  static std::string example() { return "[0, 1199, 1200]"; }
};
/// A line of a table: something that is repeated. Positions are relative to where the table stands.
struct PatternLine {
  std::int64_t table = 0;  ///< the table that it belongs to; the last one is the disk
  std::int64_t sector = 0, cylinder = 0;
  double angle = 0;                         ///< turns from the index mark
  std::int64_t sectors = 0, cylinders = 0;  ///< of one repetition
  double advance = 0;                       ///< turns by which each repetition starts later
  std::int64_t all_sectors = 0,
               all_cylinders = 0;        ///< of all repetitions; cylinders < 0: towards the outer edge
  std::int64_t of_table = -1;            ///< the table that is repeated, or
  std::int64_t of_track = -1, head = 0;  ///< the track pattern, and under which head
  static auto fields() {
    return std::tuple{&PatternLine::table,    &PatternLine::sector,      &PatternLine::cylinder,
                      &PatternLine::angle,    &PatternLine::sectors,     &PatternLine::cylinders,
                      &PatternLine::advance,  &PatternLine::all_sectors, &PatternLine::all_cylinders,
                      &PatternLine::of_table, &PatternLine::of_track,    &PatternLine::head};
  }
  static std::string example() { return "[0, 0, 0, 0, 1200, 1, 0.1417, 78000, 65, -1, 5, 0]"; }
};
/// Sectors that were skipped when the drive was formatted.
struct SlippedRun {
  std::int64_t sector = 0;  ///< the first of them, counted as in the last table
  std::int64_t count = 0;
  static auto fields() { return std::tuple{&SlippedRun::sector, &SlippedRun::count}; }
  static std::string example() { return "[1874137, 1]"; }
};

struct PatternLayout {
  std::vector<TrackPattern> tracks;
  std::vector<PatternLine> lines;
  std::vector<SlippedRun> slips;  ///< in ascending order
  std::int64_t most_blocks = 0;   ///< 0: all that fit

  /// @throws std::invalid_argument
  RunTable table() const;
};

}  // namespace blkpath
