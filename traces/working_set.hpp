/// Which 4 KiB blocks a trace touches, and how often again, in bounded memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace blkpath {

/// Blocks are kept as two bitmaps (read, written) for each region of 64 blocks. When the table is full, a
/// spatial sample goes on: regions whose hash lies below a bound that is halved each time. A kept region has
/// its whole history, so what is counted in it is exact; sums are scaled by the inverse of the sampling rate.
/// Source: Waldspurger, Park, Garthwaite and Ahmad, "Efficient MRC construction with SHARDS", FAST 2015; the
/// estimate and its error are those of Horvitz and Thompson 1952 with each region drawn independently.
class WorkingSet {
 public:
  static constexpr int kBlockBits = 12;  ///< 4 KiB
  /// 6 MiB, so that it stays in a processor's cache: four times as many halve both the error, which is then
  /// 0.1 to 0.4 %, and the speed on random addresses. At least 768 MiB of blocks are counted exactly, up to
  /// 48 GiB of them where they lie together.
  static constexpr std::size_t kDefaultSlots = std::size_t{1} << 18;

  struct Count {
    double blocks = 0;
    double standard_error = 0;  ///< 0: exact
  };
  struct Summary {
    Count touched, read, written;
    double read_again = 0, written_again = 0;  ///< blocks, each time that one is read (written) once more
    std::int64_t block_reads = 0, block_writes = 0;  ///< exact: blocks of every request added up
    double sampling_rate = 1;                        ///< 1: exact
  };

  /// @param most_slots  a power of two; 24 bytes each, filled up to three quarters
  explicit WorkingSet(std::size_t most_slots = kDefaultSlots);
  /// @param offset  bytes, from 0
  void add(std::uint32_t device, std::int64_t offset, std::uint32_t length, bool write) {
    if (length == 0) return;
    const auto first = static_cast<std::uint64_t>(offset) >> kBlockBits;
    const auto last = (static_cast<std::uint64_t>(offset) + length - 1) >> kBlockBits;
    (write ? sum_.block_writes : sum_.block_reads) += static_cast<std::int64_t>(last - first + 1);
    for (std::uint64_t region = first >> kRegionBits; region <= last >> kRegionBits; ++region) {
      const std::uint64_t low = region << kRegionBits;
      const std::uint64_t from = first > low ? first - low : 0,
                          to = last - low < kLastBit ? last - low : kLastBit;
      touch(hash(device, region), (~std::uint64_t{0} >> (kLastBit - (to - from))) << from, write);
    }
  }
  /// Brings what add() will look at into the cache.
  void prefetch(std::uint32_t device, std::int64_t offset) const {
    const std::uint64_t key = hash(device, static_cast<std::uint64_t>(offset) >> (kBlockBits + kRegionBits));
    if (sampled(key)) __builtin_prefetch(&slots_[key & mask_], 1);
  }
  Summary summary() const;

 private:
  static constexpr int kRegionBits = 6;
  static constexpr std::uint64_t kLastBit = (1u << kRegionBits) - 1;

  struct Slot {
    std::uint64_t key = 0;  ///< hash of device and region, which stands for both; 0: free
    std::uint64_t read = 0, written = 0;
  };

  /// The mixer of MurmurHash3 (Appleby). Two of 200,000 regions share a hash with probability 1e-9.
  static std::uint64_t hash(std::uint32_t device, std::uint64_t region) {
    std::uint64_t h = region + (std::uint64_t{device} + 1) * 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
    h ^= h >> 33;
    return h != 0 ? h : 1;
  }
  bool sampled(std::uint64_t key) const { return (key & left_out_) == 0; }
  void touch(std::uint64_t key, std::uint64_t blocks, bool write);
  Slot& find(std::uint64_t key);
  void make_room();

  std::vector<Slot> slots_;
  std::size_t mask_, most_slots_, used_ = 0;
  std::uint64_t left_out_ = 0;  ///< a region is kept whose hash has none of these bits, the topmost ones
  Summary sum_;
};

}  // namespace blkpath
