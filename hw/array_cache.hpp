/// The memory of an array's controller: which pages it holds, and which of them are not on the disks yet.
#pragma once
#include <bit>
#include <cstdint>
#include <memory_resource>
#include <set>

#include "hw/enclosure_params.hpp"
#include "hw/huge_page_vector.hpp"
#include "model/core/sim.hpp"

namespace blkpath {

/// Bytes [begin, end) of the LUN.
struct ByteRange {
  std::int64_t begin = 0, end = 0;
  bool empty() const { return begin >= end; }
  std::int64_t length() const { return end - begin; }
  bool operator==(const ByteRange&) const = default;
};

/// Pages, found through a hash; of each it is known which sectors are valid and which are dirty. A page is
/// - clean, on the list from which the least recently used one is evicted;
/// - dirty, on the list of what is to be destaged, in order of the first write (`fifo`), of the last one
///   (`lru`), or in a set ordered by address, too (`elevator`);
/// - writing: on its way to the disks. What is written to it meanwhile makes it dirty again afterwards;
/// - filling: a read of it is under way.
/// Only clean pages are evicted. A page that was destaged counts as used then. No time, and no allocation
/// once the set of addresses has had its largest size: 32 bytes for each page, 36 with the hash, and about 48
/// more for each dirty one under `elevator`.
class ArrayCache {
 public:
  using Page = std::int64_t;
  struct Options {
    Bytes size, page;
    std::int64_t stripe = 0;  ///< bytes; what is destaged in one piece lies in one stripe
    DestageOrder order = DestageOrder::elevator;
  };
  explicit ArrayCache(const Options& options);

  Page page_of(std::int64_t offset) const { return offset / page_bytes_; }
  ByteRange bytes_of(Page first, Page end) const { return {first * page_bytes_, end * page_bytes_}; }
  /// Of all pages that the bytes touch.
  Page end_page(const ByteRange& r) const { return page_of(r.end - 1) + 1; }
  std::int64_t pages(const ByteRange& r) const { return end_page(r) - page_of(r.begin); }

  enum class Look : std::uint8_t { here, filling, absent };
  /// Are the sectors of the page that are in `r` here? If so, the page counts as used.
  Look look(Page page, const ByteRange& r);
  bool knows(Page page) const { return find(page) != kNone; }
  /// The request that fills a page.
  Slot filler(Page page) const { return entries_[find(page)].prev; }
  /// Makes room for a page that is to be read. @return false when it is known, or there is no room
  bool begin_fill(Page page, Slot filler);
  /// The page has been read, or could not be.
  void end_fill(Page page, bool read);

  /// Is there room to write the bytes while at most `limit` pages are not on the disks?
  bool room(const ByteRange& r, std::int64_t limit) const;
  /// Writes bytes for which there is room. @return pages that were not on the disks anyway
  std::int64_t write(const ByteRange& r);
  /// The bytes go to the disks in another way: dirty ones need not, valid ones change.
  void supersede(const ByteRange& r);

  /// The next bytes to be destaged: a run of dirty sectors around the page whose turn it is. There is one.
  ByteRange take_dirty();
  /// What take_dirty() gave is on the disks.
  void written(const ByteRange& r);

  /// Pages that are dirty and not yet on their way.
  std::int64_t dirty() const { return dirty_; }
  /// Pages of which something is not on the disks.
  std::int64_t unwritten() const { return unwritten_; }
  std::int64_t capacity() const { return static_cast<std::int64_t>(entries_.size()) - kFirst; }

 private:
  using Index = std::uint32_t;
  using Sectors = std::uint32_t;                                         ///< a bit for each sector of a page
  static constexpr Index kNone = 0, kClean = 0, kDirty = 1, kFirst = 2;  ///< heads of rings; first page
  enum class State : std::uint8_t { free, clean, dirty, writing, filling };
  struct Entry {
    Page page = -1;
    Sectors valid = 0, dirty = 0;
    Index prev = 0, next = 0;  ///< ring; filling: prev is the request that fills it
    Index chain = kNone;       ///< of the hash; of free entries
    State state = State::free;
  };

  Sectors sectors(Page page, const ByteRange& r) const;
  std::size_t bucket(Page page) const {  // Fibonacci hashing
    return static_cast<std::uint64_t>(page) * 0x9e3779b97f4a7c15u >> hash_shift_;
  }
  Index find(Page page) const;
  Index add(Page page);
  void forget(Index i);
  void unlink(Index i);
  void link_last(Index ring, Index i);
  void make_clean(Index i);
  void make_dirty(Index i);
  void leave_dirty(Index i);
  Index next_dirty();
  template <class F>
  void for_pages(const ByteRange& r, const F& f) const;

  std::int64_t page_bytes_;
  int width_;  ///< sectors of a page
  std::int64_t stripe_sectors_;
  DestageOrder order_;
  HugePageVector<Entry> entries_;
  HugePageVector<Index> heads_;  ///< of the hash's chains
  int hash_shift_;
  Index free_ = kNone;
  std::int64_t free_count_, clean_ = 0, dirty_ = 0, unwritten_ = 0;
  std::pmr::unsynchronized_pool_resource nodes_;
  std::pmr::set<Page> by_address_{&nodes_};  ///< dirty pages, of `elevator`
  Page cursor_ = 0;                          ///< where the elevator is
};

}  // namespace blkpath
