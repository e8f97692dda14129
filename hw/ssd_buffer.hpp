/// The write buffer of an SSD: written data in DRAM, in order of arrival, until they are programmed.
#pragma once
#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "hw/ssd_ftl.hpp"

namespace blkpath {

/// A ring of units that wait to be programmed. While one does, the FTL's map points at it, so that what is
/// written again meanwhile takes no second place.
class SsdBuffer {
 public:
  using Unit = SsdFtl::Unit;

  /// @param capacity  in units, a page at least
  SsdBuffer(SsdFtl& ftl, std::uint32_t capacity)
      : ftl_(ftl), capacity_(capacity), page_units_(ftl.shape().page_units) {
    ring_.resize(std::bit_ceil(capacity + page_units_));
    page_.reserve(page_units_);
  }

  /// May a write of `units` come in? One that is longer than the buffer comes in when less than a page is
  /// left, which waits until more is written.
  bool room(std::uint32_t units) const { return occupied_ + units <= capacity_ || occupied_ < page_units_; }
  void reserve(std::uint32_t units) { occupied_ += units; }
  /// The data of a unit for which there is a reservation are there.
  void put(Unit logical) {
    if (is_here(ftl_.where(logical))) {
      --occupied_;
      return;
    }
    if (tail_ - head_ == ring_.size()) grow();
    append(logical, tail_++);
  }
  /// A trim. What was to be programmed leaves a gap.
  void discard(Unit logical) {
    const Unit at = ftl_.where(logical);
    if (is_here(at)) ring_[at & ~SsdFtl::kBuffered] = SsdFtl::kNowhere;
    ftl_.supersede(logical, SsdFtl::kNowhere);
  }

  /// Is there a page to be programmed, a full one or the last one of a flush?
  bool page_ready() const { return tail_ - head_ >= page_units_ || head_ < flush_to_; }
  /// The next page, which stays in the buffer until release(). With gaps.
  std::span<const Unit> take() {
    page_.clear();
    while (page_.size() < page_units_ && head_ < tail_) page_.push_back(ring_[head_++ & (ring_.size() - 1)]);
    return page_;
  }
  void release(std::size_t units) { occupied_ -= static_cast<std::uint32_t>(units); }

  /// Units that ever came in; those before head() were taken.
  std::uint64_t tail() const { return tail_; }
  std::uint64_t head() const { return head_; }
  /// From now on pages that are not full are ready, too, up to the last unit that came in.
  void flush() { flush_to_ = tail_; }

 private:
  static bool is_here(Unit place) { return !SsdFtl::in_flash(place) && place != SsdFtl::kNowhere; }
  void append(Unit logical, std::uint64_t position) {
    const std::uint64_t at = position & (ring_.size() - 1);
    ring_[at] = logical;
    if (logical != SsdFtl::kNowhere) ftl_.supersede(logical, SsdFtl::kBuffered | static_cast<Unit>(at));
  }
  void grow() {  // for a write that is longer than the buffer
    const std::vector<Unit> old = std::exchange(ring_, std::vector<Unit>(2 * ring_.size()));
    for (std::uint64_t i = head_; i < tail_; ++i) append(old[i & (old.size() - 1)], i);
  }
  SsdFtl& ftl_;
  std::uint32_t capacity_, page_units_;
  std::uint32_t occupied_ = 0;  ///< reserved, waiting, and being programmed
  std::vector<Unit> ring_;      ///< logical units
  std::uint64_t head_ = 0, tail_ = 0, flush_to_ = 0;
  std::vector<Unit> page_;
};

}  // namespace blkpath
