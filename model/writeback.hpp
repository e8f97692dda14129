/// Getting dirty pages to the device: the flusher, a writer's own writeback, sync.
#pragma once
#include <array>
#include <cstdint>

#include "model/core/sim.hpp"
#include "model/dirty_map.hpp"
#include "model/dirty_throttle.hpp"

namespace blkpath {

/// The dirty and the under-writeback pages of one file or volume, and who writes them:
/// - the flusher (pdflush, later the per-device thread), above the background limit or when the file has been
///   dirty for long; it walks the file in order, from where it stopped, and around (writeback_index);
/// - a writer that is made to, along the same cursor;
/// - flush, from the beginning to the end, page by page, waiting for what is under way;
/// - a synchronous write, its own range.
/// A batch goes down at one instant; adjacent dirty pages form one request. No processor time is charged.
class Writeback {
 public:
  struct Options {
    std::int64_t background = 0;       ///< pages above which the flusher works
    std::int64_t request_pages = 128;  ///< largest request
    std::int64_t max_requests = 128;   ///< in flight
    bool congestion = true;            ///< the flusher stops short of max_requests (2.6)
    bool fixed_ticks = true;    ///< periodic ticks at multiples of the interval (2.6), not counted from
                                ///< the moment when the file became dirty
    std::int64_t chunk = 1024;  ///< pages the flusher writes between two looks at its limits
    Time expire = 30s, interval = 5s;
  };

  explicit Writeback(const Options& options);
  /// To be called from the owner's start().
  void start(Sim& sim, const Stage& owner, StageId below);
  /// The event of slot `s` is due. @return false when the slot is none of ours
  bool on_event(Slot s);
  bool is_flusher(Slot s) const { return s == flusher_slot_; }

  /// @return pages that were clean
  std::int64_t mark_dirty(PageRange range);
  /// Forgets dirty pages without writing them.
  void discard(PageRange range);
  bool dirty(Page page) const { return dirty_.test(page); }
  bool any_dirty(PageRange range) const { return dirty_.any(range); }
  bool under_writeback(Page page) const { return writeback_.test(page); }

  Backlog backlog() const { return {dirty_.count(), writeback_.count(), dirtied_, written_}; }
  std::int64_t in_flight() const { return in_flight_; }
  bool room() const { return in_flight_ < options_.max_requests; }
  /// Whoever waits for room is woken for a batch of at most 32 (BLK_BATCH_REQ), yet before the flusher, which
  /// waits for congestion to end: a blocked writer is not starved by it.
  bool batch_room() const { return in_flight_ <= batch_from_; }
  bool uncongested() const { return in_flight_ <= congestion_off_; }

  /// Submits at most `pages` pages while there is room. @return how many
  std::int64_t write_some(std::int64_t pages) { return write_cyclic(pages, options_.max_requests); }
  /// Wakes the flusher when there is work for it.
  void start_background();
  void set_chunk(std::int64_t pages) { options_.chunk = pages; }

  enum class Range { clean, written, waiting };
  /// Writes the dirty pages of `range` as children of `s`. `waiting`: some are under writeback already; the
  /// slot's event comes when they may have returned, and then this has to be called again.
  Range write_range(Slot s, PageRange range);
  /// Sends the flush `s` down when all that is dirty now has been written.
  void flush(Slot s);
  /// Books a write request that came back; the owner still has to join or close it.
  void returned(Slot s);

  struct Totals {
    std::int64_t requests = 0, pages = 0, peak = 0;
  };
  const Totals& totals() const { return totals_; }
  /// Since when the oldest dirty page is dirty, to within 256 KiB of its neighbours; zero when all is clean.
  Time oldest_age() const;

 private:
  enum class Flusher : std::uint8_t { idle, running, blocked };
  enum class Sync : std::uint8_t { idle, scanning, draining };

  std::int64_t write_cyclic(std::int64_t pages, std::int64_t limit);
  PageRange next_writable(Page from, std::int64_t max) const;
  void book_out(Slot s, PageRange range);
  void launch(PageRange range);
  void run_flusher();
  void tick();
  void run_sync();
  bool scan();
  void wake_range_waiters(PageRange range);

  Options options_;
  std::int64_t batch_from_, congestion_on_, congestion_off_;
  Sim* sim_ = nullptr;
  const Stage* owner_ = nullptr;
  StageId below_ = kNoStage;
  Slot flusher_slot_ = kNoSlot, tick_slot_ = kNoSlot, sync_slot_ = kNoSlot;

  DirtyMap dirty_, writeback_;
  std::int64_t in_flight_ = 0, dirtied_ = 0, written_ = 0;
  Page cursor_ = 0;
  Flusher flusher_ = Flusher::idle;
  std::int64_t expired_ = 0;  ///< pages that the flusher still has to write because they are old
  Instant dirtied_when_{};    ///< of the file: when it became dirty, or was still dirty after a pass

  Sync sync_ = Sync::idle;
  Page sync_cursor_ = 0, sync_waits_for_ = -1;
  SlotQueue flushes_arrived_, flushes_served_, range_waiters_;
  std::array<std::int64_t, 2> outstanding_{};  ///< requests in flight by the epoch in which they were sent
  std::uint32_t epoch_ = 0;
  std::uint16_t error_ = 0;  ///< of a background write; the next flush reports it
  Totals totals_;
};

}  // namespace blkpath
