/// Finds sequential readers and says what to read ahead of them.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

#include "hw/array_cache.hpp"

namespace blkpath {

/// A read that begins where another one ended is sequential, as in MegaRAID's adaptive read-ahead ("if the
/// two most recent accesses occurred in sequential sectors"). Sixteen readers are told apart.
class ArrayReadAhead {
 public:
  /// @param window  bytes that are kept read ahead; 0: none
  explicit ArrayReadAhead(Bytes window) : window_(window.n) {}

  /// @return what should be read now; as much as half the window at a time. Nothing while more than half of
  ///         the window is still ahead of the reader
  ByteRange after(const ByteRange& read) {
    if (window_ == 0) return {};
    ++clock_;
    auto at =
        std::find_if(readers_.begin(), readers_.end(), [&](const Reader& r) { return r.next == read.begin; });
    if (at == readers_.end()) {
      at = std::min_element(readers_.begin(), readers_.end(),
                            [](const Reader& a, const Reader& b) { return a.used < b.used; });
      *at = {read.end, read.end, clock_};
      return {};
    }
    at->next = read.end;
    at->used = clock_;
    at->ahead = std::max(at->ahead, read.end);
    if (at->ahead - read.end > window_ / 2) return {};
    const ByteRange wanted{at->ahead, read.end + window_};
    at->ahead = wanted.end;
    return wanted;
  }

 private:
  struct Reader {
    std::int64_t next = -1, ahead = 0;  ///< where its next read should begin; up to where it is read ahead
    std::uint64_t used = 0;
  };
  std::int64_t window_;
  std::uint64_t clock_ = 0;
  std::array<Reader, 16> readers_{};
};

}  // namespace blkpath
