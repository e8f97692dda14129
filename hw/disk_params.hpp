/// What a disk drive is described by.
#pragma once
#include <memory>
#include <vector>

#include "hw/disk_drive.hpp"
#include "hw/pattern_layout.hpp"
#include "hw/track_layout.hpp"
#include "hw/zoned_layout.hpp"
#include "model/core/params.hpp"

namespace blkpath {

/// Which queued command is served next.
enum class TagOrder : std::uint8_t { fcfs, look, sptf, aged_sptf };
template <>
struct EnumNames<TagOrder> {
  static constexpr std::array<std::pair<std::string_view, TagOrder>, 4> names{
      {{"fcfs", TagOrder::fcfs},
       {"look", TagOrder::look},
       {"sptf", TagOrder::sptf},
       {"aged_sptf", TagOrder::aged_sptf}}};
};

struct DiskParams {
  // The map: `pattern_lines`, else `measured_zones`, else `zones`.
  double rpm = 15000;
  double rpm_tolerance = 0.1;
  int heads = 4;
  std::vector<DiskZone> zones{{2400, 625}, {2400, 600}, {2400, 575}, {2400, 545},
                              {2400, 510}, {2400, 475}, {2400, 435}};
  std::vector<TrackZone> measured_zones;
  std::vector<SlippedSector> slips;
  std::vector<RemappedSector> remaps;
  TrackOrder track_order = TrackOrder::ascending;
  Sparing sparing = Sparing::none;
  int spare_range = 1;
  std::vector<TrackPattern> track_patterns;
  std::vector<PatternLine> pattern_lines;
  std::vector<SlippedRun> slipped_runs;
  std::int64_t blocks = 0;
  // The arm.
  Time seek_next = 550us;
  Time seek_average = 3400us;
  Time seek_full = 6900us;
  std::vector<SeekPoint> seek_points;
  Time seek_bias{0};
  Time write_settle = 500us;
  Time write_seek_min{0};
  Time head_switch = 600us;
  bool zero_latency_read = false, zero_latency_write = false;
  // The controller.
  Time overhead = 150us;
  Time read_hit_after_read{0}, read_hit_after_write{0}, read_miss_after_read{0}, read_miss_after_write{0};
  Time write_hit_after_read{0}, write_hit_after_write{0}, write_miss_after_read{0}, write_miss_after_write{0};
  Time read_completion{0}, write_completion{0};
  Time data_overhead{0}, read_reselect{0}, write_start{0}, write_disconnect{0}, write_reselect{0};
  Time extra_command{0}, extra_data{0}, extra_disconnect{0}, extra_reselect{0};
  Time bus_read{0}, bus_write{0};
  // The buffer.
  int segments = 0;
  Bytes segment_size = 256_KiB;
  int write_segments = 1;
  bool write_cache = false;
  bool read_written = true;
  ReadAhead read_ahead = ReadAhead::segment;
  Bytes read_ahead_max{0};
  bool read_ahead_on_hit = true, read_ahead_over = true, read_before = false;
  double read_watermark = 0, write_watermark = 0;
  std::vector<WriteFill> write_fill;
  // The queue.
  TagOrder order = TagOrder::sptf;
  int tags = 64;
  Time max_age = 500ms;
  double age_weight = 0.01;

  static auto fields() {
    const auto from_file = [] {
      return configured();
    };  // there is no such thing unless a drive's file says so
    return std::tuple{
        field("rpm", &DiskParams::rpm, "turns per minute", datasheet("15K class: 15,000, 4.0 ms a turn")),
        field("rpm_tolerance", &DiskParams::rpm_tolerance,
              "percent by which spindles differ from one another at most",
              assumed("a tenth per cent; so that no two disks keep in step")),
        field("heads", &DiskParams::heads, "surfaces", assumed("18 GB of the 15K class: two platters")),
        field("zones", &DiskParams::zones, "cylinders and sectors per track, from the outer edge on",
              assumed("18.2 GB, media rate 80 to 56 MB/s, of the 15K class of 2001")),
        field("measured_zones", &DiskParams::measured_zones,
              "instead of zones: first and last cylinder, sectors per track, offset, reserved sectors, skew "
              "to the "
              "next track, to the next cylinder, spares",
              from_file()),
        field("slips", &DiskParams::slips, "zone and position of what was skipped when formatting",
              from_file()),
        field("remaps", &DiskParams::remaps, "zone, position, and where in the zone its block is kept",
              from_file()),
        field("track_order", &DiskParams::track_order, "how measured zones go on at the end of a cylinder",
              from_file()),
        field("sparing", &DiskParams::sparing, "where measured zones keep their spares", from_file()),
        field("spare_range", &DiskParams::spare_range, "cylinders that share spares, with sparing: range",
              from_file()),
        field("track_patterns", &DiskParams::track_patterns,
              "first and last sector that hold blocks, sectors per track; for pattern_lines", from_file()),
        field("pattern_lines", &DiskParams::pattern_lines,
              "instead of zones: table, sector, cylinder, angle, then of one repetition sectors, cylinders, "
              "advance, of all "
              "sectors, cylinders; the table that is repeated or -1, the track pattern or -1, head",
              from_file()),
        field("slipped_runs", &DiskParams::slipped_runs, "sector and count of what pattern_lines skip",
              from_file()),
        field("blocks", &DiskParams::blocks, "of 512 bytes; 0: all that fit", configured()),
        field("seek_next", &DiskParams::seek_next, "read seek to the next cylinder",
              measured("Cheetah 15K.5, DiskSim's seek curve: 0.5525 ms")),
        field("seek_average", &DiskParams::seek_average, "read seek over a third of the stroke",
              datasheet("Ultrastar 36Z15, 18 GB: 3.4 ms")),
        field("seek_full", &DiskParams::seek_full, "read seek over the full stroke",
              measured("Cheetah 15K.5, DiskSim's seek curve: 6.914 ms")),
        field("seek_points", &DiskParams::seek_points, "instead of the three: cylinders and read seek",
              from_file()),
        field("seek_bias", &DiskParams::seek_bias,
              "what a seek towards the spindle takes longer, and one away from it shorter", from_file()),
        field("write_settle", &DiskParams::write_settle, "what a write seek takes longer",
              datasheet("Ultrastar 15K450 specification, table 7: average seek 3.3 ms read, 3.8 ms write")),
        field("write_seek_min", &DiskParams::write_seek_min,
              "a write takes so long at least until the head is ready, even on the same track", from_file()),
        field("head_switch", &DiskParams::head_switch,
              "to another surface of the same cylinder; sets the track skew of zones",
              assumed("a little above a next-cylinder seek")),
        field("zero_latency_read", &DiskParams::zero_latency_read,
              "reads a track's blocks in the order in which they pass", configured()),
        field("zero_latency_write", &DiskParams::zero_latency_write, "the same for writes", configured()),
        field("overhead", &DiskParams::overhead,
              "decoding a command that finds the drive idle, and its status",
              assumed("15K class, 0.1 to 0.3 ms")),
        field("read_hit_after_read", &DiskParams::read_hit_after_read,
              "more of it when the buffer answers, and the command before was a read", from_file()),
        field("read_hit_after_write", &DiskParams::read_hit_after_write, "the same after a write",
              from_file()),
        field("read_miss_after_read", &DiskParams::read_miss_after_read,
              "more of it when the buffer does not answer, after a read", from_file()),
        field("read_miss_after_write", &DiskParams::read_miss_after_write, "the same after a write",
              from_file()),
        field("write_hit_after_read", &DiskParams::write_hit_after_read,
              "more of it when the buffer takes the blocks, after a read", from_file()),
        field("write_hit_after_write", &DiskParams::write_hit_after_write, "the same after a write",
              from_file()),
        field("write_miss_after_read", &DiskParams::write_miss_after_read,
              "more of it when the blocks go to the media, after a read", from_file()),
        field("write_miss_after_write", &DiskParams::write_miss_after_write, "the same after a write",
              from_file()),
        field("read_completion", &DiskParams::read_completion, "status of a read", from_file()),
        field("write_completion", &DiskParams::write_completion, "status of a write", from_file()),
        field("data_overhead", &DiskParams::data_overhead, "before blocks cross the bus", from_file()),
        field("read_reselect", &DiskParams::read_reselect, "taking the bus again for blocks from the media",
              from_file()),

        field("write_start", &DiskParams::write_start,
              "from when enough of a write's blocks have crossed the bus until the head can write the first",
              from_file()),
        field("write_disconnect", &DiskParams::write_disconnect,
              "releasing the bus after the blocks of a write to the media", from_file()),
        field("write_reselect", &DiskParams::write_reselect,
              "taking the bus again for the status of a write to the media", from_file()),
        field("extra_data", &DiskParams::extra_data,
              "a write to the media after a write that it does not go on from releases the bus once more: "
              "from its arrival until its blocks cross the bus; 0: it does not",
              from_file()),
        field("extra_command", &DiskParams::extra_command,
              "with extra_data: from its arrival until the arm moves", from_file()),
        field("extra_disconnect", &DiskParams::extra_disconnect,
              "with extra_data: releasing the bus after the blocks", from_file()),
        field("extra_reselect", &DiskParams::extra_reselect,
              "with extra_data: taking the bus again for the status", from_file()),
        field("bus_read", &DiskParams::bus_read,
              "a block on the drive's own bus, to the host; 0: the path has a link", configured()),
        field("bus_write", &DiskParams::bus_write, "a block on the drive's own bus, to the drive",
              configured()),
        field("segments", &DiskParams::segments, "of the buffer; 0: it keeps and reads ahead nothing",
              configured()),
        field("segment_size", &DiskParams::segment_size, "of one of them", configured()),
        field("write_segments", &DiskParams::write_segments, "that may wait for the media, with write_cache",
              configured()),
        field("write_cache", &DiskParams::write_cache, "writes complete when the buffer has them",
              configured()),
        field("read_written", &DiskParams::read_written, "the buffer answers reads of what was written",
              configured()),
        field("read_ahead", &DiskParams::read_ahead, "how far it goes on behind a read", configured()),
        field("read_ahead_max", &DiskParams::read_ahead_max, "at most so much; 0: the segment's size",
              configured()),
        field("read_ahead_on_hit", &DiskParams::read_ahead_on_hit,
              "goes on when the buffer has answered and reading ahead had come to its end", configured()),
        field("read_ahead_over", &DiskParams::read_ahead_over,
              "reading ahead overwrites blocks that the host has got", configured()),
        field("read_before", &DiskParams::read_before,
              "the buffer keeps what passes on the track before the first block that was asked for",
              configured()),
        field("read_watermark", &DiskParams::read_watermark,
              "share of a read that is in the buffer before it crosses the bus", configured()),
        field("write_watermark", &DiskParams::write_watermark,
              "share of a write that is in the buffer before the media takes it, without write cache",
              configured()),
        field("write_fill", &DiskParams::write_fill,
              "instead of the share: length of a write, and how many of its blocks are in the buffer before",
              from_file()),
        field("order", &DiskParams::order,
              "which queued command is served next; but with fcfs, writes leave the buffer by access time",
              configured()),
        field("tags", &DiskParams::tags, "commands the drive can queue", assumed("SCSI drives of 2001")),
        field("max_age", &DiskParams::max_age, "a command that has waited this long goes first",
              assumed("keeps the farthest from starving")),
        field("age_weight", &DiskParams::age_weight,
              "with aged_sptf: how much a ns of waiting counts against one of positioning",
              assumed("1 % lets a wait of 100 ms outweigh a turn")),
    };
  }
  /// @throws std::invalid_argument
  void check() const;

  std::shared_ptr<const DiskLayout> layout() const;
  std::shared_ptr<const SeekCurve> seek_curve(std::int32_t cylinders) const;
  DiskMechanics::Times times(double rpm, std::int64_t phase) const;
  DiskBuffer buffer() const;
  DiskOverheads overheads() const;
  /// Sectors of the longest track.
  std::int64_t longest_track() const;
};

}  // namespace blkpath
