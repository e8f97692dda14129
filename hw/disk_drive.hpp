/// The inside of a disk drive: what a command does to arm, platter and buffer, and when it is done.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "hw/disk_cache.hpp"
#include "hw/disk_mechanics.hpp"
#include "model/core/params.hpp"

namespace blkpath {

/// How far a drive reads on behind a request that was not in its buffer.
enum class ReadAhead : std::uint8_t { none, track, cylinder, segment, next_track };
template <>
struct EnumNames<ReadAhead> {
  static constexpr std::array<std::pair<std::string_view, ReadAhead>, 5> names{
      {{"none", ReadAhead::none},
       {"track", ReadAhead::track},
       {"cylinder", ReadAhead::cylinder},
       {"segment", ReadAhead::segment},
       {"next_track", ReadAhead::next_track}}};
};

/// What a write to the media takes of the controller and its bus. All times in ns.
struct MediaWrite {
  std::int64_t command = 0;     ///< from its arrival until the arm moves
  std::int64_t data = 0;        ///< from its arrival until it is ready for its blocks
  std::int64_t disconnect = 0;  ///< releasing the bus after the last block
  std::int64_t reselect = 0;    ///< taking it again when the last block is on the media
};
/// So many blocks of a write of at least `length` are in the buffer before the head takes the first one.
struct WriteFill {
  std::int64_t length = 1, blocks = 1;
  static auto fields() { return std::tuple{&WriteFill::length, &WriteFill::blocks}; }
  static std::string example() { return "[45, 15]"; }
};
/// All times in ns.
struct DiskOverheads {
  /// Of a command by what the one before was: [0] a read, [1] a write.
  std::array<std::int64_t, 2> read_hit{}, read_miss{}, write_hit{};
  std::array<MediaWrite, 2> write_miss{};
  /// Of a write after a write that it does not go on from, if the drive then releases the bus once more
  /// before the blocks; `data` is 0 if it does not.
  MediaWrite extra_disconnect{};
  std::int64_t read_completion = 0, write_completion = 0;
  std::int64_t data = 0;           ///< before blocks cross the bus
  std::int64_t read_reselect = 0;  ///< before the blocks of a read that was not in the buffer cross the bus
  std::int64_t bus_read = 0, bus_write = 0;  ///< of a block on the bus
  /// From when enough of a write's blocks are in the buffer until the head can write the first one.
  std::int64_t write_start = 0;
};
struct DiskBuffer {
  int segments = 0;
  std::int64_t segment_sectors = 0;
  int write_segments = 1;  ///< that may hold blocks which are not on the media
  bool write_cache = false;
  bool destage_nearest =
      false;  ///< what waits in the buffer goes to the media by access time, not in order of arrival
  bool read_written = true;  ///< blocks that were written are found by reads
  ReadAhead read_ahead = ReadAhead::none;
  std::int64_t read_ahead_max = 0;  ///< sectors; 0: no limit but the segment
  bool read_ahead_on_hit = false;
  bool read_ahead_over = false;  ///< may overwrite blocks that the host has got
  bool read_before = false;   ///< keeps blocks of the track that pass before the first one that was asked for
  double read_watermark = 0;  ///< share of a read that is in the buffer before its blocks cross the bus
  double write_watermark =
      0;  ///< share of a write to the media that is in the buffer before the head takes the first
  std::vector<WriteFill> write_fill{};  ///< instead of the share; by ascending length
};

class DiskDrive {
 public:
  struct Command {
    std::int64_t lbn = 0, end = 0;
    bool write = false;
    bool through = false;  ///< on the media before it completes
  };
  /// When a command is done, and what its blocks took of the mechanism.
  struct Served {
    std::int64_t done = 0, seek = 0, rotation = 0, transfer = 0;
  };

  DiskDrive(DiskMechanics mechanics, DiskBuffer buffer, DiskOverheads overheads)
      : mechanics_(std::move(mechanics)),
        buffer_(std::move(buffer)),
        overheads_(overheads),
        cache_(buffer_.segments, buffer_.segment_sectors) {
    dirty_.reserve(static_cast<std::size_t>(buffer_.segments) + 1);
  }

  const DiskMechanics& mechanics() const { return mechanics_; }
  /// Carries out a command.
  /// @param date     not before any earlier one
  /// @param decoded  it waited in the queue, and its overhead has passed meanwhile
  Served serve(const Command& command, std::int64_t date, bool decoded);
  /// Brings everything to the media. @return the date on which it is there
  std::int64_t flush(std::int64_t date);
  /// What stands between the arm and a command that would start at `date`; nothing when the buffer has it.
  std::int64_t positioning(const Command& command, const DiskRun& run, std::int64_t date) const;
  std::int32_t cylinder() const { return arm_.cylinder; }
  std::int64_t unwritten_sectors() const { return unwritten_; }

  std::int64_t read_hits = 0, reads = 0;

 private:
  struct Dirty {
    std::int64_t lbn, end, ready;
    int segment;
  };
  Served read(const Command& command, std::int64_t date, bool decoded);
  Served read_hit(const Command& command, std::int64_t date, int segment);
  Served read_on(const Command& command, std::int64_t date, int segment);
  Served read_miss(const Command& command, std::int64_t date);
  Served write_cached(const Command& command, std::int64_t date, std::int64_t overhead);
  Served write_through(const Command& command, std::int64_t date, bool decoded);
  /// Blocks of a write to the media that are in the buffer before the head takes the first.
  std::int64_t fill(std::int64_t blocks) const;
  bool cached_write(const Command& command) const;
  std::int64_t ahead_limit(const Command& command, const DiskCache::Segment& segment) const;
  void destage_until(std::int64_t date);
  void destage_next();
  /// Segments that hold blocks which are not on the media at that date.
  int unwritten_segments(std::int64_t date) const;
  /// Which of dirty_ goes to the media next, and when its first block would pass the head.
  std::pair<std::size_t, std::int64_t> next_dirty() const;
  void stop_reading_ahead(std::int64_t date);
  void go_on_reading_ahead(const Command& command, std::int64_t date);
  MediaCursor start(std::int64_t lbn, std::int64_t date) { return {lbn, std::max(date, media_free_), arm_}; }

  DiskMechanics mechanics_;
  DiskBuffer buffer_;
  DiskOverheads overheads_;
  DiskCache cache_;
  HeadPosition arm_;
  std::int64_t media_free_ = 0;  ///< the mechanism is at work until here
  bool destaging_ = false;       ///< what it does until then is to write from the buffer
  bool after_write_ = false;
  std::int64_t write_end_ = 0;  ///< behind the last block of the write before
  bool ahead_ = false;          ///< reading ahead since `cursor_`, up to `limit_`, into `ahead_segment_`
  MediaCursor cursor_;
  std::int64_t limit_ = 0;
  int ahead_segment_ = DiskCache::kNone;
  std::vector<Dirty> dirty_;  ///< in order of arrival
  std::int64_t unwritten_ = 0;
};

}  // namespace blkpath
