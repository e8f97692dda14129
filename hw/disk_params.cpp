#include "hw/disk_params.hpp"

#include <algorithm>
#include <stdexcept>

namespace blkpath {

void DiskParams::check() const {
  if (rpm < 1000 || rpm > 30000) throw std::invalid_argument("rpm: 1000 to 30000, for example 15000");
  if (rpm_tolerance < 0 || rpm_tolerance > 5)
    throw std::invalid_argument("rpm_tolerance: 0 to 5, for example 0.1");
  if (heads < 1) throw std::invalid_argument("heads: at least 1");
  if (tags < 1) throw std::invalid_argument("tags: at least 1, for example 64");
  if (pattern_lines.empty() && measured_zones.empty()) {
    if (zones.empty()) throw std::invalid_argument("zones: at least one, for example [[2400, 625]]");
    for (const DiskZone& z : zones)
      if (z.cylinders < 1 || z.sectors_per_track < 2 ||
          z.cylinders * heads * z.sectors_per_track >= (1ll << 32))
        throw std::invalid_argument(
            "zones: a zone needs cylinders, at least 2 sectors per track, and fewer than 2^32 sectors in "
            "all");
  }
  if (spare_range < 1) throw std::invalid_argument("spare_range: at least 1");
  if (blocks < 0) throw std::invalid_argument("blocks: 0 or more, for example 286749487");
  if (seek_points.empty() && !(seek_next <= seek_average && seek_average <= seek_full))
    throw std::invalid_argument("seek_next <= seek_average <= seek_full must hold");
  if (segments < 0 || segments > 1024) throw std::invalid_argument("segments: 0 to 1024, for example 16");
  if (segments > 0 && segment_size.n < 512)
    throw std::invalid_argument("segment_size: at least 512B, for example 256KiB");
  if (write_cache && (write_segments < 1 || write_segments > segments))
    throw std::invalid_argument(
        "write_cache needs segments, and write_segments of them at most, for example "
        "'segments: 16, write_segments: 4'");
  if (read_watermark < 0 || read_watermark > 1)
    throw std::invalid_argument("read_watermark: 0 to 1, for example 0.75");
  if (write_watermark < 0 || write_watermark > 1)
    throw std::invalid_argument("write_watermark: 0 to 1, for example 0.75");
  for (std::size_t i = 0; i < write_fill.size(); ++i)
    if (write_fill[i].length < 1 || write_fill[i].blocks < 1 ||
        (i > 0 && write_fill[i].length <= write_fill[i - 1].length))
      throw std::invalid_argument(
          "write_fill: lengths and blocks of at least 1, lengths in ascending order, for example "
          "[[1, 10], [45, 15]]");
  if (extra_command > Time{0} && extra_data == Time{0})
    throw std::invalid_argument("extra_command: goes with extra_data, for example 0.9ms and 1.3ms");
  if (age_weight < 0) throw std::invalid_argument("age_weight: 0 or more, for example 0.01");
}

std::shared_ptr<const DiskLayout> DiskParams::layout() const {
  if (!pattern_lines.empty())
    return std::make_shared<RunTable>(
        PatternLayout{track_patterns, pattern_lines, slipped_runs, blocks}.table());
  if (!measured_zones.empty())
    return std::make_shared<RunTable>(
        TrackLayout{measured_zones, slips, remaps, heads, track_order, sparing, spare_range, blocks}.table());
  return std::make_shared<ZonedLayout>(zones, heads, from_seconds(60 / rpm), head_switch,
                                       std::max(head_switch, seek_next + write_settle), blocks);
}

std::shared_ptr<const SeekCurve> DiskParams::seek_curve(std::int32_t cylinders) const {
  if (!seek_points.empty()) return std::make_shared<SeekCurve>(seek_points, cylinders);
  return std::make_shared<SeekCurve>(seek_next, seek_average, seek_full, cylinders);
}

DiskMechanics::Times DiskParams::times(double turns_per_minute, std::int64_t phase) const {
  return {from_seconds(60 / turns_per_minute).count(),
          phase,
          head_switch.count(),
          seek_bias.count(),
          write_settle.count(),
          write_seek_min.count(),
          zero_latency_read,
          zero_latency_write};
}

DiskBuffer DiskParams::buffer() const {
  return {
      segments,     segment_size.n / 512, write_segments,         write_cache,       order != TagOrder::fcfs,
      read_written, read_ahead,           read_ahead_max.n / 512, read_ahead_on_hit, read_ahead_over,
      read_before,  read_watermark,       write_watermark,        write_fill};
}

DiskOverheads DiskParams::overheads() const {
  const auto pair = [&](Time after_read, Time after_write) {
    return std::array{(overhead + after_read).count(), (overhead + after_write).count()};
  };
  const auto to_media = [&](Time after) {
    const Time command = overhead + after;
    return MediaWrite{command.count(), command.count(), write_disconnect.count(), write_reselect.count()};
  };
  return {.read_hit = pair(read_hit_after_read, read_hit_after_write),
          .read_miss = pair(read_miss_after_read, read_miss_after_write),
          .write_hit = pair(write_hit_after_read, write_hit_after_write),
          .write_miss = {to_media(write_miss_after_read), to_media(write_miss_after_write)},
          .extra_disconnect = {(overhead + extra_command).count(),
                               extra_data > Time{0} ? (overhead + extra_data).count() : 0,
                               extra_disconnect.count(), extra_reselect.count()},
          .read_completion = read_completion.count(),
          .write_completion = write_completion.count(),
          .data = data_overhead.count(),
          .read_reselect = read_reselect.count(),
          .bus_read = bus_read.count(),
          .bus_write = bus_write.count(),
          .write_start = write_start.count()};
}

std::int64_t DiskParams::longest_track() const {
  std::int64_t longest = 1;
  if (!pattern_lines.empty())
    for (const TrackPattern& t : track_patterns) longest = std::max(longest, t.sectors_per_track);
  else if (!measured_zones.empty())
    for (const TrackZone& z : measured_zones) longest = std::max(longest, z.sectors_per_track);
  else
    for (const DiskZone& z : zones) longest = std::max(longest, z.sectors_per_track);
  return longest;
}

}  // namespace blkpath
