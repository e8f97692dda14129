/// Pages of a cached file or volume: 4 KiB, numbered from its beginning.
#pragma once
#include <cstdint>

namespace blkpath {

using Page = std::int64_t;
inline constexpr int kPageShift = 12;
inline constexpr std::int64_t kPageSize = std::int64_t{1} << kPageShift;

/// `count` pages from `first` on.
struct PageRange {
  Page first = 0;
  std::int64_t count = 0;
  constexpr Page end() const { return first + count; }
  constexpr bool empty() const { return count == 0; }
  constexpr std::int64_t offset() const { return first << kPageShift; }
  constexpr std::int64_t bytes() const { return count << kPageShift; }
  constexpr bool overlaps(const PageRange& o) const { return first < o.end() && o.first < end(); }
  constexpr bool operator==(const PageRange&) const = default;
};

/// The pages that `length` bytes at `offset` touch.
constexpr PageRange pages_of(std::int64_t offset, std::int64_t length) {
  const Page first = offset >> kPageShift;
  return {first, ((offset + length + kPageSize - 1) >> kPageShift) - first};
}

}  // namespace blkpath
