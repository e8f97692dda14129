/// A RAID set behind its controller's cache.
#pragma once
#include <cstdint>

#include "hw/array_cache.hpp"
#include "hw/array_read_ahead.hpp"
#include "hw/enclosure_params.hpp"
#include "hw/raid_backend.hpp"
#include "model/core/sim.hpp"

namespace blkpath {

/// Host commands, after the controller has handled them, and destaging.
///
/// A read is answered when all its pages are here: those that are not are read, those that another request
/// reads are waited for. Write-back: a write is answered when it is in the cache, and waits for room there
/// when too much is dirty; what is longer than the cache's share for writes goes to the disks directly, as
/// does every write when the battery is not there. Write-through brings pages that are here up to date and
/// adds none.
///
/// Destaging begins at the high mark and goes on to the low mark; what is dirty is also destaged at each
/// `flush_interval`, when no host command came for `idle_after`, and when a write waits for room. At most
/// `destage_depth` pieces are under way, each of them adjacent dirty sectors of one stripe.
///
/// The cache is not lost with the power, so flush and FUA are answered at once, unless `honour_flush`: then a
/// flush destages all, new writes waiting meanwhile, and FUA writes through.
///
/// Leaves out: the time of copying, mirroring to a second controller; a piece whose destaging fails is lost
/// (it counts in the statistics).
class CachedArray {
 public:
  struct Counts {
    std::int64_t read_pages = 0, read_hits = 0, written_pages = 0, write_hits = 0;
    std::int64_t destages = 0, destaged_bytes = 0, destage_errors = 0, full_waits = 0, read_ahead_pages = 0;
  };

  /// @param size  of the LUN
  CachedArray(Sim& sim, const Stage& owner, const EnclosureParams& p, RaidBackend& backend, Bytes size);

  void read(Slot s);
  void write(Slot s);
  void flush(Slot s);
  void trim(Slot s);  ///< of a level without parity
  /// The backend is done with a request.
  void finished(Slot s);

  bool owns(Slot s) const { return s == tick_ || s == idle_timer_; }
  void on_timer(Slot s);

  Bytes unwritten() const { return page_ * cache_.unwritten(); }
  const Counts& counts() const { return counts_; }

 private:
  enum Phase : std::uint8_t { kHost, kFetch, kWaiter, kDestage };

  static ByteRange range(const Request& r) { return {r.offset, r.offset + r.length}; }
  void host_command();
  void read_ahead(const ByteRange& r);
  void end_fetch(Slot s);
  void to_disks(Slot s);
  void accept(Slot s);
  void let_in();
  void end_destage(Slot s);
  bool wants_destage();
  void destage();
  void arm(Slot timer, Time after) {
    if (after > Time{0} && !sim_.pending(timer)) sim_.schedule(timer, sim_.now() + after);
  }

  Sim& sim_;
  const Stage& owner_;
  RaidBackend& backend_;
  ArrayCache cache_;
  ArrayReadAhead ahead_;
  Bytes page_, size_;
  bool read_cache_, write_back_, honour_flush_;
  std::int64_t limit_, high_, low_;  ///< pages that may be dirty; at which destaging begins, and ends
  std::int64_t depth_;
  Time interval_, idle_after_;
  Slot tick_, idle_timer_;
  SlotQueue for_room_, flushes_;
  bool draining_ = false;       ///< from the high mark down to the low one
  bool idle_ = false;           ///< the host has nothing to do
  std::int64_t quota_ = 0;      ///< pages that are to be destaged because of their age
  std::int64_t in_flight_ = 0;  ///< pieces that are being destaged
  Instant last_command_{};
  Counts counts_;
};

}  // namespace blkpath
