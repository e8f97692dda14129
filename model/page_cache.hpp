/// The host's page cache: buffered reads and writes of one file or volume.
#pragma once
#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "model/core/params.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"
#include "model/dirty_throttle.hpp"
#include "model/page_index.hpp"
#include "model/read_ahead.hpp"
#include "model/writeback.hpp"

namespace blkpath {

enum class DirtyPolicy : std::uint8_t { linux_2_6, modern };
template <>
struct EnumNames<DirtyPolicy> {
  static constexpr std::array<std::pair<std::string_view, DirtyPolicy>, 2> names{
      {{"2.6", DirtyPolicy::linux_2_6}, {"modern", DirtyPolicy::modern}}};
};

/// A buffered read of cached pages and a buffered write cost their copy; dirty pages reach the device later.
/// A write holds the file's lock while it copies and while it is throttled, so writes are served one by one.
/// Both are synchronous for their caller: `submitted` comes with completion.
///
/// Leaves out: memory pressure from anything else, cgroups, several files (all offsets are one file with one
/// writing task), the flusher's processor time, kswapd (pages are reclaimed one by one), stable pages, and
/// read-ahead's look at what is cached. A page is 4 KiB and is dirty as a whole.
/// Checked: page_cache_test.cpp, by hand; dirty limits against EQUATIONS (Linux 6.1 line by line).
class PageCache final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::cache;
  struct Params {
    Bytes memory = 7_GiB;
    Bytes dirtyable{0};
    DirtyPolicy policy = DirtyPolicy::linux_2_6;
    std::int64_t dirty_ratio = 10, dirty_background_ratio = 5;
    Bytes dirty_bytes{0}, dirty_background_bytes{0};
    Time dirty_expire = 30s, dirty_writeback = 5s;
    std::int64_t ratelimit_pages = 1024;
    Bytes max_request = 512_KiB;
    std::int64_t max_writeback_requests = 128;
    Bytes read_ahead = 128_KiB;
    Bytes size{0};
    bool inode_lock = true;
    bool bypass_direct = false;
    Time per_request = 1us, per_page = 700ns;
    ByteRate copy_rate = 2000_MBps;

    static auto fields();
    void check() const;
    DirtyLimits limits() const;
  };

  explicit PageCache(const Params& params);

  void start() override;
  void submit(Slot s) override;
  void submitted(Slot s, int level) override;
  void complete(Slot s) override;
  void on_event(Slot s) override;
  std::vector<StatValue> stats() const override;
  Bytes at_risk() const override;
  LoadShape passed_down(const LoadShape& load) const override;

  const PageIndex& index() const { return index_; }
  const Writeback& writeback() const { return writeback_; }

 private:
  /// What a request that this stage holds waits for.
  enum Phase : std::uint8_t { kArrival, kStart, kFill, kCopy, kThrottle, kSync, kSynced };
  /// A read under way that will fill pages.
  struct Fill {
    PageRange range;
    SlotQueue waiters;
  };

  PageRange range_of(Slot s) const { return pages_of(sim()[s].offset, sim()[s].length); }
  void start_read(Slot s);
  void start_write(Slot s);
  void start_direct(Slot s);
  void pass_direct(Slot s);
  bool cleaned(Slot s);
  void trim(Slot s);
  void after_fill(Slot s);
  void copy(Slot s);
  void copied(Slot s);
  void finish(Slot s);

  void read_pages(PageRange range, Slot parent, SlotQueue& reads);
  void send(SlotQueue& requests);
  void filled(Slot s);
  bool wait_for_fill(Slot s);

  void throttle(Slot s);
  void run_chunks(Slot s);
  void run_pauses(Slot s);
  void unthrottle(Slot s);
  void unlock();
  void sync(Slot s);
  void written(Slot s);

  Params params_;
  bool modern_;
  PageIndex index_;
  Writeback writeback_;
  ReadAhead read_ahead_;
  ChunkThrottle chunks_;
  PacedThrottle paced_;

  std::vector<PageIndex::Frame> frames_;  ///< of the read that is being looked up
  std::vector<Fill> fills_;
  std::vector<std::uint32_t> free_fills_;
  Slot writer_ = kNoSlot;     ///< holds the file's lock
  Slot throttled_ = kNoSlot;  ///< is being throttled
  SlotQueue lock_queue_, throttle_queue_;
  Instant throttled_since_{};
  std::int64_t chunk_left_ = 0, chunk_done_ = 0;
  bool waits_for_room_ = false, waits_for_congestion_ = false, slept_ = false;
  Page last_touched_ = -1;

  std::uint32_t cost_length_ = 0;  ///< the length whose copy cost is known
  std::int64_t cost_pages_ = 0;
  Time cost_{0};
  std::int64_t hits_ = 0, misses_ = 0, read_ahead_pages_ = 0;
  Time throttled_time_{0};
};

}  // namespace blkpath
