/// A disk's buffer: which blocks its segments hold.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace blkpath {

/// Segments of consecutive blocks, the least recently used of them reused; each is a ring, so that a stream
/// that goes on pushes its oldest blocks out.
class DiskCache {
 public:
  static constexpr int kNone = -1;
  struct Segment {
    std::int64_t begin = 0, end = 0;
    std::uint64_t used = 0;
    bool pinned = false;  ///< holds blocks that are not on the media yet
    bool written = false;
  };

  DiskCache(int segments, std::int64_t segment_sectors)
      : segments_(static_cast<std::size_t>(segments)), size_(segment_sectors) {}

  std::int64_t segment_sectors() const { return size_; }
  const Segment& operator[](int s) const { return segments_[static_cast<std::size_t>(s)]; }
  /// The segment that holds block `lbn`; kNone when there is none.
  /// @param in_written  also one that was written by the host
  int find(std::int64_t lbn, bool in_written) const {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      const Segment& s = segments_[i];
      if (s.begin <= lbn && lbn < s.end && (in_written || !s.written)) return static_cast<int>(i);
    }
    return kNone;
  }
  void touch(int s) { at(s).used = ++clock_; }
  /// The least recently used segment that is not pinned, emptied and starting at `lbn`; kNone when all are.
  int take(std::int64_t lbn, bool written) {
    int oldest = kNone;
    for (std::size_t i = 0; i < segments_.size(); ++i)
      if (!segments_[i].pinned && (oldest == kNone || segments_[i].used < at(oldest).used))
        oldest = static_cast<int>(i);
    if (oldest != kNone) at(oldest) = {lbn, lbn, ++clock_, false, written};
    return oldest;
  }
  /// Blocks up to `end` have come in behind those that are there.
  void extend(int s, std::int64_t end) {
    Segment& segment = at(s);
    segment.end = end;
    if (segment.end - segment.begin > size_) segment.begin = segment.end - size_;
  }
  /// Blocks before `begin` are given up.
  void drop_before(int s, std::int64_t begin) {
    at(s).begin = std::max(at(s).begin, std::min(begin, at(s).end));
  }
  void pin(int s, bool pinned) { at(s).pinned = pinned; }
  /// Blocks [begin, end) have new contents elsewhere: no segment but `except` holds the old ones any more.
  void forget(std::int64_t begin, std::int64_t end, int except) {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      Segment& s = segments_[i];
      if (static_cast<int>(i) == except || s.pinned || begin >= s.end || end <= s.begin) continue;
      if (begin <= s.begin)
        s.begin = s.end;  // what is left behind them is not kept
      else
        s.end = begin;
    }
  }

 private:
  Segment& at(int s) { return segments_[static_cast<std::size_t>(s)]; }
  std::vector<Segment> segments_;
  std::int64_t size_;
  std::uint64_t clock_ = 0;
};

}  // namespace blkpath
