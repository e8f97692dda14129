/// A set of pages that is walked in order: which pages are dirty, which are being written back.
#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/pages.hpp"

namespace blkpath {

/// Hierarchical bitmap, 64-ary: leaves of 4096 pages (16 MiB) under inner nodes of 64 children, each with a
/// word that tells which of its 64 parts hold anything. Leaves and nodes that become empty are reused, so the
/// memory follows the number of pages in the set, not the size of the volume.
class DirtyMap {
 public:
  static constexpr std::uint32_t kNoStamp = std::numeric_limits<std::uint32_t>::max();

  std::int64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  bool test(Page page) const;
  /// @param stamp  remembered for each 64 aligned pages (256 KiB) that held nothing before
  /// @return       how many of the pages were not in the set
  std::int64_t set(PageRange range, std::uint32_t stamp = 0);
  /// @return how many of the pages were in the set
  std::int64_t clear(PageRange range);
  /// The first run of pages in the set at or after `from`, cut to `max` pages; empty when there is none.
  PageRange next_run(Page from, std::int64_t max) const;
  /// Whether any page of `range` is in the set; looks at nothing beyond it.
  bool any(PageRange range) const;
  /// The smallest stamp in the set, kNoStamp when it is empty. Visits every leaf: for statistics.
  std::uint32_t oldest() const;
  /// Bytes of memory held.
  std::size_t footprint() const {
    return leaves_.capacity() * sizeof(Leaf) + nodes_.capacity() * sizeof(Node);
  }

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index{0};
  static constexpr int kLeafShift = 12;  ///< a leaf's pages are 64 words of 64 bits

  struct Leaf {
    std::uint64_t summary = 0;
    Index next_free = kNone;
    std::array<std::uint64_t, 64> words{};
    std::array<std::uint32_t, 64> stamps{};
  };
  struct Node {
    std::uint64_t summary = 0;
    std::array<Index, 64> child{};
  };

  Index find(Page block) const { return block == finger_block_ ? finger_ : walk(block); }
  Index walk(Page block) const;
  Index find_or_make(Page block);
  void drop(Page block);
  bool seek(Index at, int level, Page& block, Index& leaf) const;
  std::int64_t run_length(Page start, Index leaf, std::int64_t max) const;
  Index take_leaf();
  Index take_node();

  std::vector<Leaf> leaves_;
  std::vector<Node> nodes_;
  std::vector<Index> free_nodes_;
  Index free_leaf_ = kNone;
  Index root_ = kNone;
  int height_ = 0;  ///< levels of nodes above the leaves
  std::int64_t count_ = 0;
  mutable Page finger_block_ = -1;  ///< the leaf used last
  mutable Index finger_ = kNone;
};

}  // namespace blkpath
