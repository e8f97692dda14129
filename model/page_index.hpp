/// Which pages are cached, and which of them go first when room is needed.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "model/pages.hpp"

namespace blkpath {

/// A pool of page frames on two lists, inactive and active. A page enters the inactive list; its second
/// access there promotes it; the oldest inactive page that is not pinned leaves first. Linux 6.1:
/// mm/swap.c:467 (promotion), mm/vmscan.c:2782 (balance of the lists), mm/workingset.c (a page that comes
/// back soon after it left is activated at once). Pages are reclaimed when the pool is full: no watermarks,
/// no kswapd.
///
/// Frames come in groups of four neighbouring pages (16 KiB), which an open-addressing hash finds, so that a
/// request looks up one group where it touches four pages.
class PageIndex {
 public:
  using Frame = std::uint32_t;  ///< group and place in it
  static constexpr Frame kNone = 0;
  struct Options {
    std::int64_t capacity = 0;        ///< pages
    std::int64_t inactive_ratio = 1;  ///< active pages are taken back while inactive * ratio < active
    bool refaults = false;            ///< remember evicted pages
  };

  explicit PageIndex(const Options& options);

  Frame find(Page page) const {
    const GroupId g = find_group(page >> kGroupShift);
    return (groups_[g].present & bit(page)) != 0 ? g << kGroupShift | static_cast<Frame>(page & 3) : kNone;
  }
  /// Adds a page that is not cached. When the pool is full the oldest page that is not pinned leaves it; when
  /// none is found among the oldest few, the pool grows past its capacity for a while.
  Frame insert(Page page);
  /// Adds what is missing of `range` and pins all of it; with `touch` it counts as accessed.
  void write(PageRange range, bool touch);
  void unpin(PageRange range);
  /// The page was accessed ("mark_accessed").
  void touch(Frame frame);
  void erase(Frame frame);

  /// A read that will fill the frame is under way: the frame stays.
  bool filling(Frame f) const { return (of(f).filling & bit(f)) != 0; }
  void set_filling(Frame f, bool on) {
    Group& g = groups_[f >> kGroupShift];
    g.filling = static_cast<std::uint8_t>(on ? g.filling | bit(f) : g.filling & ~bit(f));
  }
  /// Dirty or under writeback: the frame stays.
  bool pinned(Frame f) const { return (of(f).pinned & bit(f)) != 0; }
  bool active(Frame f) const { return (of(f).active & bit(f)) != 0; }
  Page page(Frame f) const { return of(f).key << kGroupShift | (f & 3); }

  std::int64_t size() const { return size_; }
  std::int64_t active_size() const { return active_; }
  std::int64_t inactive_size() const { return size_ - active_; }

 private:
  using GroupId = std::uint32_t;  ///< index of a group
  static constexpr int kGroupShift = 2;
  static constexpr GroupId kNoGroup = 0;                      ///< holds the sentinels, never a page
  static constexpr Frame kInactiveHead = 0, kActiveHead = 1;  ///< sentinels of the two rings

  struct Link {
    Frame prev = 0, next = 0;
  };
  /// Four pages: a bit of each mask for each.
  struct Group {
    Page key = -1;  ///< page number / 4
    std::uint8_t present = 0, active = 0, referenced = 0, filling = 0, pinned = 0;
  };
  struct Cell {
    std::uint32_t tag = 0;
    GroupId group = kNoGroup;
  };
  struct Ghost {
    Page page = -1;
    std::uint32_t age = 0;
  };

  static std::uint8_t bit(std::int64_t page) { return static_cast<std::uint8_t>(1u << (page & 3)); }
  static std::uint32_t tag_of(Page key) {
    return static_cast<std::uint32_t>(key) ^ static_cast<std::uint32_t>(key >> 32) * 0x85ebca6bu;
  }
  std::uint32_t home(std::uint32_t tag) const { return tag * 0x9e3779b1u >> shift_; }
  const Group& of(Frame f) const { return groups_[f >> kGroupShift]; }
  void unlink(Frame f) {
    const Link l = links_[f];
    links_[l.prev].next = l.next;
    links_[l.next].prev = l.prev;
  }
  void link(Frame head, Frame f) {
    const Frame next = links_[head].next;
    links_[f] = {head, next};
    links_[next].prev = f;
    links_[head].next = f;
  }
  GroupId find_group(Page key) const { return key == finger_key_ ? finger_ : look_up(key); }
  GroupId look_up(Page key) const;
  GroupId make_group(Page key);
  void drop_group(GroupId g);
  void add(GroupId g, unsigned pages);
  bool refault(GroupId g, Frame f);
  void remember(Page page);
  void make_room(std::int64_t pages);
  void balance();
  void grow();
  Ghost& ghost_of(Page page) {
    return ghosts_[(home(tag_of(page >> kGroupShift)) * 4 + (page & 3)) & ghost_mask_];
  }

  std::int64_t capacity_, ratio_, size_ = 0, active_ = 0;
  bool refaults_;
  std::vector<Group> groups_;
  std::vector<Link> links_;  ///< four for each group
  std::vector<Cell> table_;
  std::vector<Ghost> ghosts_;  ///< direct-mapped; a newer eviction overwrites an older one
  std::size_t ghost_mask_ = 0;
  std::uint32_t mask_ = 0;
  int shift_ = 0;
  GroupId free_ = kNoGroup;
  std::int64_t used_groups_ = 0;
  std::uint32_t age_ = 0;         ///< evictions and activations so far
  mutable Page finger_key_ = -1;  ///< the group found last
  mutable GroupId finger_ = kNoGroup;
};

}  // namespace blkpath
