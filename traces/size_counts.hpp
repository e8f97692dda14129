/// How often each request size occurs.
#pragma once
#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace blkpath {

/// Exact for whole sectors up to 1 MiB and for the first kOddSizes other sizes; those after that are `other`.
class SizeCounts {
 public:
  static constexpr std::size_t kOddSizes = 4096;
  struct Entry {
    std::uint32_t size;  ///< bytes
    std::int64_t count;
  };

  void add(std::uint32_t size) {
    if (size % kSector == 0 && size <= kLargest)
      ++whole_[size / kSector];
    else
      add_odd(size);
  }
  /// Most frequent first; among equals the smaller.
  std::vector<Entry> by_count() const;
  std::int64_t other() const { return other_; }

 private:
  static constexpr std::uint32_t kSector = 512, kLargest = 1 << 20;
  void add_odd(std::uint32_t size);

  std::array<std::int64_t, kLargest / kSector + 1> whole_{};
  std::unordered_map<std::uint32_t, std::int64_t> odd_;
  std::int64_t other_ = 0;
};

}  // namespace blkpath
