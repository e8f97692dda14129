/// The flash translation layer of an SSD: where each piece of data is, and which block is collected next.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "hw/huge_page_vector.hpp"
#include "hw/ssd_params.hpp"
#include "model/core/random.hpp"

namespace blkpath {

/// A page-mapped FTL, without time: whoever owns it decides when a die does the next step.
///
/// Data are mapped in units (of 4 KiB, say), numbered on the host's side (logical) and in the flash (places).
/// A multi-plane command reads, programs or erases all planes of a die at once, so "page" and "block" here
/// are those of all planes taken together. A place is valid when the map points at it; nothing else is
/// recorded but how many are valid in each block.
///
/// Each die has a block that host data go to and one for what the collector moves. The collector reads a
/// victim's valid units page by page, programs them once they fill a page, and erases. While the die has
/// fewer than `gc_start` free blocks it keeps pace with the host: for each unit that is written it moves as
/// many as its victim has valid units for each invalid one. The last free block is the collector's.
///
/// Leaves out: wear beyond reuse in turn, bad blocks, hot and cold streams, the map's own pages.
class SsdFtl {
 public:
  using Unit = std::uint32_t;
  static constexpr Unit kNowhere = ~Unit{0};
  static constexpr Unit kBuffered = Unit{1} << 31;  ///< with it, a place is one in the write buffer

  struct Shape {
    std::uint32_t dies = 1, blocks = 0, pages = 0, page_units = 0;  ///< blocks of a die, pages of a block
    std::uint32_t logical_units = 0;
    std::uint32_t gc_start = 2, gc_idle = 0;
    GcPolicy policy = GcPolicy::greedy;
  };
  /// Since the start, or since reset_counts().
  struct Counts {
    std::uint64_t host_units = 0, host_pages = 0;          ///< programmed by write()
    std::uint64_t gc_units = 0, gc_pages = 0, erases = 0;  ///< programmed and erased by gc_step()
  };
  /// One operation of the collector, which the die is to carry out.
  struct GcStep {
    enum Kind : std::uint8_t { none, read, program, erase } kind = none;
    std::uint32_t units = 0;  ///< read or programmed
    Unit place = kNowhere;    ///< first one of the page that is programmed
  };

  explicit SsdFtl(const Shape& shape);
  explicit SsdFtl(const SsdParams& p);

  const Shape& shape() const { return s_; }
  const Counts& counts() const { return counts_; }
  void reset_counts() { counts_ = {}; }
  /// Units programmed for each one that write() was given.
  double write_amplification() const;

  /// The newest data of a unit: a place in the flash, a place in the buffer, or kNowhere.
  Unit where(Unit logical) const { return map_[logical]; }
  static bool in_flash(Unit place) { return place < kBuffered; }
  std::uint32_t die_of(Unit place) const { return place / die_units_; }
  std::uint32_t page_of(Unit place) const { return place / s_.page_units; }
  std::uint32_t valid(std::uint32_t die, std::uint32_t block) const {
    return valid_[die * s_.blocks + block];
  }
  std::uint32_t free_blocks(std::uint32_t die) const {
    return static_cast<std::uint32_t>(dies_[die].free.size());
  }

  /// The newest data are no longer in the flash: in the buffer, or nowhere after a trim.
  void supersede(Unit logical, Unit place) {
    invalidate(map_[logical]);
    map_[logical] = place;
  }
  /// Has the die room for a page of host data?
  bool can_write(std::uint32_t die) const {
    return dies_[die].host.block != kNoBlock || dies_[die].free.size() > 1;
  }
  /// Programs a page of host data on a die that can_write().
  /// @param logical  at most a page; kNowhere is padding
  /// @return         place of the first one
  Unit write(std::uint32_t die, std::span<const Unit> logical);

  /// Has the collector not moved what the host's writes ask for?
  bool gc_behind(std::uint32_t die) const { return dies_[die].owed > 0; }
  /// Is there something to collect for a die with nothing else to do?
  bool gc_idle(std::uint32_t die) const { return dies_[die].free.size() < s_.gc_idle; }
  /// The collector's next operation. @return none when no block would yield a page
  GcStep gc_step(std::uint32_t die);

 private:
  static constexpr std::uint32_t kNoBlock = ~std::uint32_t{0};
  struct OpenBlock {
    std::uint32_t block = kNoBlock, page = 0;
  };
  struct Die {
    std::vector<std::uint32_t> free;  ///< in the order in which they are used
    OpenBlock host, gc;
    std::uint32_t victim = kNoBlock, victim_valid = 0, victim_page = 0;
    std::vector<Unit> gathered;  ///< places in the victim that were read and are to be programmed
    double owed = 0;             ///< units the collector should have moved and has not
  };

  void invalidate(Unit place) {
    if (in_flash(place)) --valid_[place / block_units_];
  }
  void place(Unit logical, Unit at) {
    invalidate(map_[logical]);
    map_[logical] = at;
    logical_[at] = logical;
  }
  bool valid(Unit place) const { return map_[logical_[place]] == place; }
  void prefetch(Unit page) const;
  Unit next_page(Die& die, OpenBlock& open);
  bool choose_victim(std::uint32_t die);
  std::uint32_t emptiest(std::uint32_t first, std::uint32_t end) const;
  std::uint32_t best_ratio(std::uint32_t first, std::uint32_t end) const;

  Shape s_;
  std::uint32_t block_units_, die_units_;
  HugePageVector<Unit> map_;           ///< by logical unit
  HugePageVector<Unit> logical_;       ///< by place: the last unit that was written there
  std::vector<std::uint32_t> valid_;   ///< by block
  std::vector<std::uint64_t> filled_;  ///< by block: clock_ when it was full; 0 while it is not
  std::vector<Die> dies_;
  std::uint64_t clock_ = 0;  ///< pages written
  Counts counts_;
};

/// Brings an FTL that nothing was written to into the state that the parameter `precondition` names.
///
/// `sequential` writes every unit once, in order. `random` is the steady state under writes that are uniform
/// over the drive: units in random order, in blocks as full as blocks of their age are in theory, and then an
/// eighth of the drive is overwritten. Checked against a drive that was overwritten eight times.
void precondition(SsdFtl& ftl, Precondition how, Random& random);

}  // namespace blkpath
