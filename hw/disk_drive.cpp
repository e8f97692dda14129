#include "hw/disk_drive.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace blkpath {

DiskDrive::Served DiskDrive::serve(const Command& command, std::int64_t date, bool decoded) {
  destage_until(date);
  Served served;
  if (!command.write)
    served = read(command, date, decoded);
  else if (cached_write(command))
    served = write_cached(command, date, decoded ? 0 : overheads_.write_hit[after_write_]);
  else
    served = write_through(command, date, decoded);
  after_write_ = command.write;
  write_end_ = command.end;
  return served;
}

std::int64_t DiskDrive::flush(std::int64_t date) {
  destage_until(date);
  while (!dirty_.empty()) destage_next();
  return destaging_ ? std::max(date, media_free_) : date;
}

std::int64_t DiskDrive::positioning(const Command& command, const DiskRun& run, std::int64_t date) const {
  if (!command.write && cache_.find(command.lbn, buffer_.read_written) != DiskCache::kNone) return 0;
  if (command.write && cached_write(command))  // a full buffer takes it when something has left
    return unwritten_segments(date) < buffer_.write_segments || dirty_.empty() ? 0
                                                                               : next_dirty().second - date;
  const std::int64_t start = std::max(date, media_free_);
  const DiskMechanics::Access a =
      mechanics_.access(run, command.lbn, command.write, arm_, mechanics_.turned(start));
  return start - date + a.seek + a.rotation;
}

// ---- reads ------------------------------------------------------------------------------------------------

DiskDrive::Served DiskDrive::read(const Command& command, std::int64_t date, bool decoded) {
  ++reads;
  if (buffer_.segments > 0) {
    if (ahead_) {
      const MediaCursor now = mechanics_.read_on(cursor_, limit_, date);
      cache_.extend(ahead_segment_, now.lbn);
    }
    int segment = cache_.find(command.lbn, buffer_.read_written);
    const std::int64_t hit = date + (decoded ? 0 : overheads_.read_hit[after_write_]);
    if (segment != DiskCache::kNone && command.end <= cache_[segment].end)
      return read_hit(command, hit, segment);
    // The next block is on its way, or comes next under the head.
    if (segment == DiskCache::kNone && ahead_ && command.lbn == cache_[ahead_segment_].end)
      segment = ahead_segment_;
    if (segment != DiskCache::kNone && ahead_ && segment == ahead_segment_)
      return read_on(command, hit, segment);
  }
  return read_miss(command, date + (decoded ? 0 : overheads_.read_miss[after_write_]));
}

DiskDrive::Served DiskDrive::read_hit(const Command& command, std::int64_t date, int segment) {
  ++read_hits;
  cache_.touch(segment);
  if (ahead_ && segment == ahead_segment_) go_on_reading_ahead(command, date);
  if (buffer_.read_ahead_over) cache_.drop_before(segment, command.end);
  const std::int64_t blocks = command.end - command.lbn;
  return {date + overheads_.data + blocks * overheads_.bus_read + overheads_.read_completion, 0, 0, 0};
}

/// The first blocks are in the buffer, the rest is being read already.
DiskDrive::Served DiskDrive::read_on(const Command& command, std::int64_t date, int segment) {
  cache_.touch(segment);
  go_on_reading_ahead(command, date);
  const MediaPass p = mechanics_.pass(cursor_, command.end, false, 1, overheads_.bus_read);
  const std::int64_t blocks = command.end - command.lbn;
  const std::int64_t bus = std::max(date + overheads_.data + blocks * overheads_.bus_read, p.bus_end);
  cursor_ = {command.end, p.end, p.at};
  cache_.extend(segment, command.end);
  if (buffer_.read_ahead_over) cache_.drop_before(segment, command.end);
  arm_ = p.at;
  media_free_ = p.end;
  destaging_ = false;
  return {bus + overheads_.read_completion, 0, 0, std::max<std::int64_t>(0, p.end - date)};
}

DiskDrive::Served DiskDrive::read_miss(const Command& command, std::int64_t date) {
  stop_reading_ahead(date);
  const MediaCursor from = start(command.lbn, date);
  const std::int64_t blocks = command.end - command.lbn;
  const auto mark = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(buffer_.read_watermark * static_cast<double>(blocks)));
  const MediaPass p = mechanics_.pass(from, command.end, false, mark, overheads_.bus_read);
  arm_ = p.at;
  media_free_ = p.end;
  destaging_ = false;
  if (buffer_.segments > 0) {
    std::int64_t first = command.lbn;
    if (buffer_.read_before) first -= mechanics_.passed(command.lbn, p.begin - p.seek - from.date);
    const int segment = cache_.take(first, false);
    if (segment != DiskCache::kNone) {
      cache_.extend(segment, command.end);
      if (buffer_.read_ahead_over) cache_.drop_before(segment, command.end);
      ahead_ = buffer_.read_ahead != ReadAhead::none;
      ahead_segment_ = segment;
      cursor_ = {command.end, p.end, p.at};
      limit_ = ahead_limit(command, cache_[segment]);
    }
  }
  const std::int64_t bus = std::max(
      p.bus_end, p.marked + overheads_.read_reselect + overheads_.data + blocks * overheads_.bus_read);
  return {bus + overheads_.read_completion, p.seek, p.begin - from.date - p.seek, p.end - p.begin};
}

// ---- reading ahead ----------------------------------------------------------------------------------

std::int64_t DiskDrive::ahead_limit(const Command& command, const DiskCache::Segment& segment) const {
  const DiskLayout& layout = mechanics_.layout();
  std::int64_t limit = layout.sectors();
  switch (buffer_.read_ahead) {
    case ReadAhead::none:
      return command.end;
    case ReadAhead::track:
      limit = layout.find(command.end - 1).end();
      break;
    case ReadAhead::next_track: {
      const std::int64_t end = layout.find(command.end - 1).end();
      limit = end < limit ? layout.find(end).end() : end;
      break;
    }
    case ReadAhead::cylinder: {
      const std::int32_t cylinder = layout.find(command.end - 1).cylinder;
      std::int64_t end = layout.find(command.end - 1).end();
      while (end < limit) {
        const DiskRun run = layout.find(end);
        if (run.cylinder != cylinder) break;
        end = run.end();
      }
      limit = end;
      break;
    }
    case ReadAhead::segment:
      break;
  }
  if (buffer_.read_ahead_max > 0) limit = std::min(limit, command.end + buffer_.read_ahead_max);
  const std::int64_t kept = buffer_.read_ahead_over ? command.end : segment.begin;
  return std::clamp(limit, command.end,
                    std::min(std::max(command.end, kept + cache_.segment_sectors()), layout.sectors()));
}

/// A command was answered from the stream that is being read ahead: its place in the segment is free for what
/// follows.
void DiskDrive::go_on_reading_ahead(const Command& command, std::int64_t date) {
  DiskCache::Segment stream = cache_[ahead_segment_];
  stream.begin = std::max(stream.begin, command.lbn);
  const std::int64_t limit = ahead_limit(command, stream);
  if (limit <= limit_) return;
  const MediaCursor now = mechanics_.read_on(cursor_, limit_, date);
  if (now.lbn == limit_) {  // it had come to the end
    if (!buffer_.read_ahead_on_hit && command.end <= limit_) return;
    cursor_ = {limit_, std::max(date, now.date), now.at};
  }
  limit_ = limit;
}

void DiskDrive::stop_reading_ahead(std::int64_t date) {
  if (!ahead_) return;
  const MediaCursor now = mechanics_.read_on(cursor_, limit_, date);
  cache_.extend(ahead_segment_, now.lbn);
  arm_ = now.at;
  ahead_ = false;
}

// ---- writes -----------------------------------------------------------------------------------------

bool DiskDrive::cached_write(const Command& command) const {
  return buffer_.write_cache && !command.through && command.end - command.lbn <= buffer_.segment_sectors;
}

DiskDrive::Served DiskDrive::write_cached(const Command& command, std::int64_t date, std::int64_t overhead) {
  stop_reading_ahead(date);
  std::int64_t t = date + overhead;
  int segment = DiskCache::kNone;
  const bool goes_on = !dirty_.empty() && dirty_.back().end == command.lbn &&
                       command.end - dirty_.back().lbn <= buffer_.segment_sectors;
  if (goes_on) {
    segment = dirty_.back().segment;
  } else {
    while (unwritten_segments(t) >= buffer_.write_segments) {
      if (destaging_ && media_free_ > t)
        t = media_free_;
      else
        destage_next();
    }
    segment = cache_.take(command.lbn, true);
  }
  const std::int64_t blocks = command.end - command.lbn;
  const std::int64_t done = t + overheads_.data + blocks * overheads_.bus_write;
  cache_.forget(command.lbn, command.end, segment);
  cache_.extend(segment, command.end);
  cache_.pin(segment, true);
  if (goes_on)
    dirty_.back().end = command.end;
  else
    dirty_.push_back({command.lbn, command.end, done, segment});
  unwritten_ += blocks;
  return {done + overheads_.write_completion, 0, 0, 0};
}

std::int64_t DiskDrive::fill(std::int64_t blocks) const {
  if (buffer_.write_fill.empty())
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::ceil(buffer_.write_watermark * static_cast<double>(blocks))));
  std::int64_t wanted = 1;
  for (const WriteFill& f : buffer_.write_fill)
    if (blocks >= f.length) wanted = f.blocks;
  return std::min(blocks, wanted);
}

DiskDrive::Served DiskDrive::write_through(const Command& command, std::int64_t date, bool decoded) {
  const bool extra = overheads_.extra_disconnect.data > 0 && after_write_ && command.lbn != write_end_;
  const MediaWrite& o = extra ? overheads_.extra_disconnect : overheads_.write_miss[after_write_];
  if (decoded) date -= o.command;
  stop_reading_ahead(date + o.command);
  const std::int64_t blocks = command.end - command.lbn;
  const MediaCursor from = start(command.lbn, date + o.command);
  MediaPass p = mechanics_.pass(from, command.end, true);
  // Each block has crossed the bus before the head is there; if not, it comes round again.
  const std::int64_t bus = date + o.data + overheads_.data, passing = p.end - p.begin;
  const std::int64_t needed = bus + std::max(fill(blocks) * overheads_.bus_write + overheads_.write_start,
                                             blocks * overheads_.bus_write - passing + passing / blocks);
  std::int64_t turns = 0;
  if (overheads_.bus_write > 0 && p.begin < needed)
    turns =
        (needed - p.begin + mechanics_.revolution() - 1) / mechanics_.revolution() * mechanics_.revolution();
  p.begin += turns;
  p.end += turns;
  arm_ = p.at;
  media_free_ = p.end;
  destaging_ = false;
  if (buffer_.segments > 0) {
    const int segment = blocks <= buffer_.segment_sectors ? cache_.take(command.lbn, true) : DiskCache::kNone;
    cache_.forget(command.lbn, command.end, segment);
    if (segment != DiskCache::kNone) cache_.extend(segment, command.end);
  }
  const std::int64_t released = bus + blocks * overheads_.bus_write + o.disconnect;
  return {std::max(p.end, released) + o.reselect + overheads_.write_completion, p.seek,
          p.begin - from.date - p.seek, passing};
}

// ---- from the buffer to the media -------------------------------------------------------------------

void DiskDrive::destage_until(std::int64_t date) {
  while (!dirty_.empty() && std::max(media_free_, dirty_.front().ready) < date) destage_next();
}

int DiskDrive::unwritten_segments(std::int64_t date) const {
  return static_cast<int>(dirty_.size()) + (destaging_ && media_free_ > date ? 1 : 0);
}

std::pair<std::size_t, std::int64_t> DiskDrive::next_dirty() const {
  std::pair<std::size_t, std::int64_t> best{0, std::numeric_limits<std::int64_t>::max()};
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    const Dirty& d = dirty_[i];
    const std::int64_t start = std::max(media_free_, d.ready);
    const DiskMechanics::Access a =
        mechanics_.access(mechanics_.layout().find(d.lbn), d.lbn, true, arm_, mechanics_.turned(start));
    if (const std::int64_t begin = start + a.seek + a.rotation; begin < best.second) best = {i, begin};
    if (!buffer_.destage_nearest) break;
  }
  return best;
}

void DiskDrive::destage_next() {
  stop_reading_ahead(std::max(media_free_, dirty_.front().ready));  // the arm does one thing at a time
  const auto chosen =
      dirty_.begin() + static_cast<std::ptrdiff_t>(dirty_.size() > 1 ? next_dirty().first : 0);
  const Dirty d = *chosen;
  dirty_.erase(chosen);
  const MediaPass p = mechanics_.pass(start(d.lbn, d.ready), d.end, true);
  arm_ = p.at;
  media_free_ = p.end;
  destaging_ = true;
  cache_.pin(d.segment, false);
  unwritten_ -= d.end - d.lbn;
}

}  // namespace blkpath
