/// Which blocks of a file a pass has already visited: fio's random map, and the generator that needs none.
#pragma once
#include <bit>
#include <cstdint>
#include <vector>

namespace blkpath {

/// A bitmap with summary levels, 64 to 1: finding the next free block costs a step or two per level.
class BlockMap {
 public:
  explicit BlockMap(std::int64_t blocks);

  bool used(std::int64_t block) const { return (levels_[0][word(block)] >> bit(block)) & 1u; }
  /// Marks up to `count` blocks from `first`, stopping at one that is in use already. @return how many
  std::int64_t mark(std::int64_t first, std::int64_t count);
  /// The first free block at or after `block`, wrapping round; -1 when all are in use.
  std::int64_t next_free(std::int64_t block) const;
  void clear();

 private:
  static std::size_t word(std::int64_t i) { return static_cast<std::size_t>(i) >> 6; }
  static int bit(std::int64_t i) { return static_cast<int>(i & 63); }
  std::int64_t free_from(std::int64_t block) const;
  void set(std::int64_t block);

  std::int64_t blocks_;
  std::vector<std::vector<std::uint64_t>> levels_;  ///< a bit above stands for a full word below
};

/// A Galois shift register of maximal length: each of [0, blocks) once per pass, without memory.
/// Taps: Xilinx XAPP 052, table 3. Leaves out fio's "spin", which varies the order between passes.
class BlockLfsr {
 public:
  /// @throws std::invalid_argument above 2^40 blocks
  BlockLfsr(std::int64_t blocks, std::uint64_t seed);
  /// @return the next block; -1 when the pass is complete
  std::int64_t next();
  void restart() { left_ = blocks_; }

 private:
  std::int64_t blocks_, left_;
  std::uint64_t taps_ = 0, state_ = 1;
};

}  // namespace blkpath
