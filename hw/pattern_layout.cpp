#include "hw/pattern_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

namespace blkpath {
namespace {

class Unroller {
 public:
  explicit Unroller(const PatternLayout& layout) : layout_(layout), slip_(layout.slips.begin()) {
    for (const PatternLine& line : layout.lines) {
      if (line.table < 0 || line.table > 4096) throw bad(line, "table: 0 to 4096");
      if (static_cast<std::size_t>(line.table) >= tables_.size())
        tables_.resize(static_cast<std::size_t>(line.table) + 1);
      tables_[static_cast<std::size_t>(line.table)].push_back(&line);
    }
  }
  std::vector<DiskRun> runs() {
    if (tables_.empty()) throw std::invalid_argument("a layout without tables");
    table(tables_.size() - 1, 0, 0, 0);
    return std::move(runs_);
  }

 private:
  static std::invalid_argument bad(const PatternLine& line, const char* what) {
    return std::invalid_argument(
        fmt::format("table {}, the line of sector {}: {}", line.table, line.sector, what));
  }
  void table(std::size_t t, std::int64_t sector, std::int64_t cylinder, double angle) {
    for (const PatternLine* line : tables_[t]) {
      if (line->sectors < 1 || line->all_sectors % line->sectors != 0)
        throw bad(*line, "the sectors of all repetitions are a multiple of those of one");
      const std::int64_t step = line->all_cylinders < 0 ? -std::abs(line->cylinders) : line->cylinders;
      for (std::int64_t i = 0; i < line->all_sectors / line->sectors; ++i)
        one(*line, t, sector + line->sector + i * line->sectors, cylinder + line->cylinder + i * step,
            angle + line->angle + static_cast<double>(i) * line->advance);
    }
  }
  void one(const PatternLine& line, std::size_t t, std::int64_t sector, std::int64_t cylinder, double angle) {
    if (line.of_table >= 0) {
      // A table is made of earlier ones, so that none can hold itself.
      if (static_cast<std::size_t>(line.of_table) >= t) throw bad(line, "of_table: an earlier table");
      return table(static_cast<std::size_t>(line.of_table), sector, cylinder, angle);
    }
    if (line.of_track < 0 || static_cast<std::size_t>(line.of_track) >= layout_.tracks.size())
      throw bad(line, "of_track: there is no such track pattern");
    const TrackPattern& track = layout_.tracks[static_cast<std::size_t>(line.of_track)];
    if (track.sectors_per_track < 2 || line.sectors > track.sectors_per_track)
      throw bad(line, "a track holds at least 2 sectors, and as many as the line says");
    if (cylinder < 0 || cylinder > 100'000'000) throw bad(line, "cylinder: outside the disk");
    add({.first = sector,
         .sectors = static_cast<std::int32_t>(line.sectors),
         .cylinder = static_cast<std::int32_t>(cylinder),
         .head = static_cast<std::int32_t>(line.head),
         .start = static_cast<Angle>(
             static_cast<std::uint64_t>(std::llround((angle - std::floor(angle)) * 0x1p32))),
         .pitch = sector_pitch(track.sectors_per_track)});
  }
  /// Adds what the slips leave of a track that is counted in sectors, and counts it in blocks.
  void add(DiskRun track) {
    while (track.sectors > 0) {
      while (slip_ != layout_.slips.end() && slip_->sector + slip_->count <= track.first) {
        moved_ += slip_->count;
        ++slip_;
      }
      const bool slips = slip_ != layout_.slips.end() && slip_->sector < track.end();
      const std::int64_t good =
          slips ? std::max<std::int64_t>(0, slip_->sector - track.first) : track.sectors;
      if (good > 0) {
        DiskRun run = track;
        run.first -= moved_;
        run.sectors = static_cast<std::int32_t>(
            layout_.most_blocks > 0 ? std::min(good, layout_.most_blocks - run.first) : good);
        if (run.sectors > 0) runs_.push_back(run);
      }
      if (!slips) return;
      const std::int64_t gone = std::min(track.end(), slip_->sector + slip_->count) - track.first;
      track.start += track.arc(gone);
      track.first += gone;
      track.sectors -= static_cast<std::int32_t>(gone);
    }
  }

  const PatternLayout& layout_;
  std::vector<std::vector<const PatternLine*>> tables_;
  std::vector<SlippedRun>::const_iterator slip_;
  std::int64_t moved_ = 0;  ///< sectors slipped before
  std::vector<DiskRun> runs_;
};

}  // namespace

RunTable PatternLayout::table() const {
  for (std::size_t i = 0; i < slips.size(); ++i)
    if (slips[i].count < 1 || (i > 0 && slips[i].sector < slips[i - 1].sector + slips[i - 1].count))
      throw std::invalid_argument(fmt::format("slip {}: slips are in ascending order and do not overlap", i));
  return RunTable(Unroller(*this).runs());
}

}  // namespace blkpath
