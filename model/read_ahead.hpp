/// How much more than asked is read from a file that is read in order.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "model/pages.hpp"

namespace blkpath {

/// Read-ahead windows of up to eight sequential streams, told apart by where they stopped (Linux keeps one
/// per open file). A read that continues a stream gets a window ahead of it, which doubles or quadruples;
/// when the reader reaches the window's marker the next one is read in the background. A random read gets
/// exactly its pages. Leaves out the search for interleaved streams in the cache ("context read-ahead").
/// Source: Linux 6.1, mm/readahead.c:344 (first window), :362 (next window), :557 (when)
class ReadAhead {
 public:
  struct Plan {
    PageRange window;         ///< to be read where not cached; empty when nothing is read ahead
    bool background = false;  ///< nobody waits for it
  };

  explicit ReadAhead(std::int64_t max_pages) : max_(max_pages) {}

  /// `range` is being read. @param missing  first of its pages that is not cached; -1 when all are
  Plan access(PageRange range, Page missing) {
    if (max_ == 0) return {};
    Stream& s = stream(range);
    s.stopped = range.end();
    if (!s.sequential) return {};
    const Page marker = s.start + s.size - s.ahead;
    if (s.size > 0 && range.first <= marker && marker < range.end()) {
      s.start += s.size;
      s.size = s.ahead = next(s.size);
      return {{s.start, s.size}, true};
    }
    if (missing < 0) return {};
    if (s.size > 0 && missing == s.start + s.size) {
      s.start += s.size;
      s.size = s.ahead = next(s.size);
    } else {
      const std::int64_t wanted = range.end() - missing;
      s.start = missing;
      s.size = first(wanted);
      s.ahead = s.size > wanted ? s.size - wanted : s.size;
    }
    if (s.ahead == s.size) {  // the read meets its own marker: both windows at once
      const std::int64_t more = next(s.size);
      s.ahead = s.size + more <= max_ ? more : max_ / 2;
      s.size = std::min(s.size + more, max_);
    }
    return {{s.start, std::max(s.size, range.end() - s.start)}, false};
  }

 private:
  struct Stream {
    Page stopped = -1;
    Page start = 0;
    std::int64_t size = 0, ahead = 0;
    bool sequential = false;
  };

  /// The stream that `range` continues, else a new one in place of the oldest.
  Stream& stream(PageRange range) {
    for (Stream& s : streams_)
      if (range.first == s.stopped || range.first + 1 == s.stopped) {
        s.sequential = true;
        return s;
      }
    Stream& s = streams_[oldest_++ % streams_.size()];
    s = {};
    s.sequential = range.first == 0;
    return s;
  }
  std::int64_t first(std::int64_t wanted) const {
    const auto n = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(wanted)));
    return n <= max_ / 32 ? n * 4 : n <= max_ / 4 ? n * 2 : max_;
  }
  std::int64_t next(std::int64_t size) const {
    return size < max_ / 16 ? size * 4 : size <= max_ / 2 ? size * 2 : max_;
  }

  std::int64_t max_;
  std::array<Stream, 8> streams_{};
  std::size_t oldest_ = 0;
};

}  // namespace blkpath
