#include "model/page_cache.hpp"

#include <cmath>

namespace blkpath {

auto PageCache::Params::fields() {
  using P = Params;
  return std::tuple{
      field("memory", &P::memory, "memory that cached pages may fill", configured()),
      field("dirtyable", &P::dirtyable, "memory of which the dirty ratios are taken; 0B: the same as memory",
            configured()),
      field("policy", &P::policy,
            "how writers are throttled: 2.6 (writers write back) or modern (they pause)", configured()),
      field("dirty_ratio", &P::dirty_ratio, "per cent of dirtyable memory above which writers are throttled",
            configured()),
      field("dirty_background_ratio", &P::dirty_background_ratio,
            "per cent of dirtyable memory above which the flusher writes", configured()),
      field("dirty_bytes", &P::dirty_bytes, "instead of dirty_ratio; 0B: not used", configured()),
      field("dirty_background_bytes", &P::dirty_background_bytes,
            "instead of dirty_background_ratio; 0B: not used", configured()),
      field("dirty_expire", &P::dirty_expire, "a file dirty for longer is written by the periodic flush",
            configured()),
      field("dirty_writeback", &P::dirty_writeback, "interval of the periodic flush", configured()),
      field("ratelimit_pages", &P::ratelimit_pages,
            "pages a writer may dirty between checks (2.6); the kernel takes memory / (32 x CPUs), at most 4 "
            "MiB",
            configured()),
      field("max_request", &P::max_request, "largest writeback or read request (max_sectors_kb)",
            configured()),
      field("max_writeback_requests", &P::max_writeback_requests,
            "write requests in flight before submitters block: nr_requests x queues below", configured()),
      field("read_ahead", &P::read_ahead, "largest read-ahead window; 0B: none", configured()),
      field("size", &P::size, "size of the file, where read-ahead stops; 0B: unknown, it never stops",
            configured()),
      field("inode_lock", &P::inode_lock,
            "writes to the file exclude each other; false for block devices since Linux 2.6.33",
            configured()),
      field("bypass_direct", &P::bypass_direct,
            "requests opened O_DIRECT pass by: true for the cache of the kernel in which they were opened",
            configured()),
      field("per_request", &P::per_request, "system call, lock and checks of one read or write",
            assumed("2 GHz Barcelona of 2008")),
      field("per_page", &P::per_page, "look-up, allocation and accounting of one page",
            assumed("2 GHz Barcelona of 2008")),
      field("copy_rate", &P::copy_rate, "copy between user memory and the cache",
            assumed("2 GHz Barcelona of 2008, cold destination"))};
}

void PageCache::Params::check() const {
  const auto need = [](bool ok, const char* message) {
    if (!ok) throw std::invalid_argument(message);
  };
  need(memory >= 64_KiB, "memory must be at least 64KiB, for example 7GiB");
  need(memory.n / kPageSize < std::int64_t{1} << 31, "memory must be below 8TiB");
  need(dirtyable.n >= 0 && dirty_bytes.n >= 0 && dirty_background_bytes.n >= 0, "sizes must not be negative");
  need(dirty_ratio >= 0 && dirty_ratio <= 100 && dirty_background_ratio >= 0 && dirty_background_ratio <= 100,
       "dirty ratios are per cent, for example 20");
  need(dirty_expire >= Time{0} && dirty_writeback > Time{0},
       "dirty_writeback must be positive, for example 5s");
  need(ratelimit_pages >= 1, "ratelimit_pages must be at least 1, for example 1024");
  need(max_request.n >= kPageSize && max_request.n % kPageSize == 0 && max_request <= 1_GiB,
       "max_request must be a multiple of 4KiB, for example 512KiB");
  need(max_writeback_requests >= 1 && max_writeback_requests <= 32768,
       "max_writeback_requests must be between 1 and 32768, for example 128");
  need(read_ahead.n >= 0 && read_ahead.n % kPageSize == 0, "read_ahead must be a multiple of 4KiB");
  need(copy_rate.per_second > 0, "copy_rate must be positive, for example 2000MB/s");
  need(per_request >= Time{0} && per_page >= Time{0}, "costs must not be negative");
}

DirtyLimits PageCache::Params::limits() const {
  const std::int64_t pages = (dirtyable.n > 0 ? dirtyable : memory).n / kPageSize;
  const auto choose = [&](Bytes bytes, std::int64_t ratio) {
    return bytes.n > 0 ? (bytes.n + kPageSize - 1) / kPageSize : pages * ratio / 100;
  };
  return DirtyLimits::of(choose(dirty_bytes, dirty_ratio),
                         choose(dirty_background_bytes, dirty_background_ratio));
}

namespace {
/// Inactive to active pages at which the lists are in balance: int_sqrt(10 * GiB), 1 below 1 GiB
/// (mm/vmscan.c). The 2.6 kernels scanned both lists in proportion to their sizes.
std::int64_t inactive_ratio(const PageCache::Params& p) {
  if (p.policy == DirtyPolicy::linux_2_6) return 1;
  const std::int64_t gib = p.memory / 1_GiB;
  return gib == 0 ? 1 : static_cast<std::int64_t>(std::sqrt(static_cast<double>(10 * gib)));
}
}  // namespace

PageCache::PageCache(const Params& params)
    : params_(params),
      modern_(params.policy == DirtyPolicy::modern),
      index_({params.memory.n / kPageSize, inactive_ratio(params), modern_}),
      writeback_({params.limits().background, params.max_request.n / kPageSize, params.max_writeback_requests,
                  !modern_, !modern_, 1024, params.dirty_expire, params.dirty_writeback}),
      read_ahead_(params.read_ahead.n / kPageSize),
      chunks_(params.limits(), params.ratelimit_pages),
      paced_(params.limits()) {}

void PageCache::start() { writeback_.start(sim(), *this, below()); }

void PageCache::submit(Slot s) {
  Request& r = sim()[s];
  r.phase = kArrival;
  if (sim().catch_up(s)) return;
  r.phase = kStart;
  switch (r.op) {
    case Op::flush:
      writeback_.flush(s);
      return;
    case Op::trim:
      trim(s);
      return;
    case Op::read:
    case Op::write:
      break;
  }
  if (params_.bypass_direct && (r.flags & Request::kDirect) != 0) {
    start_direct(s);
  } else if (r.op == Op::read) {
    start_read(s);
  } else if (params_.inode_lock && writer_ != kNoSlot) {
    sim().mark_queued(s);
    lock_queue_.push(sim(), s);
  } else {
    start_write(s);
  }
}

/// A flush blocks its caller until it is complete, whatever the stages below say.
void PageCache::submitted(Slot s, int level) {
  if (level > 0 && sim()[s].op != Op::flush) sim().pass_submitted(s, level);
}

void PageCache::on_event(Slot s) {
  if (writeback_.is_flusher(s) && modern_) {
    if (writeback_.in_flight() == 0) paced_.restart(sim().now(), writeback_.backlog());
    writeback_.set_chunk(paced_.flusher_chunk());
  }
  if (writeback_.on_event(s)) return;
  const Request& r = sim()[s];
  const bool direct = params_.bypass_direct && (r.flags & Request::kDirect) != 0;
  switch (static_cast<Phase>(r.phase)) {
    case kArrival:
      submit(s);
      return;
    case kStart:
    case kFill:
      after_fill(s);
      return;
    case kCopy:
      copied(s);
      return;
    case kThrottle:
      modern_ ? run_pauses(s) : run_chunks(s);
      return;
    case kSync:
      direct ? start_direct(s) : sync(s);
      return;
    case kSynced:
      direct ? pass_direct(s) : finish(s);
      return;
  }
}

void PageCache::complete(Slot s) {
  const Request& r = sim()[s];
  if (r.depth > 1) {  // passed by: a flush, a trim or a direct request
    if (r.op == Op::flush) sim().submitted(s);
    sim().up(s);
  } else if (r.op == Op::read) {
    filled(s);
  } else {
    written(s);
  }
}

void PageCache::finish(Slot s) {
  sim().submitted(s);
  sim().up(s);
}

/// Both directions: the processor copies, and the slot's event comes when it is done.
void PageCache::copy(Slot s) {
  Request& r = sim()[s];
  const std::int64_t pages = range_of(s).count;
  if (r.length != cost_length_ || pages != cost_pages_) {
    cost_length_ = r.length;
    cost_pages_ = pages;
    cost_ = params_.per_request + pages * params_.per_page + Bytes{r.length} / params_.copy_rate;
  }
  r.phase = kCopy;
  cpu_ += cost_;
  sim().hold(s, Time{0}, cost_);
}

/// Forgets what is cached and goes on; what is under writeback stays until it is written.
void PageCache::trim(Slot s) {
  const PageRange range = range_of(s);
  writeback_.discard(range);
  for (Page page = range.first; page < range.end(); ++page) {
    const PageIndex::Frame f = index_.find(page);
    if (f != PageIndex::kNone && !index_.filling(f) && !writeback_.under_writeback(page)) index_.erase(f);
  }
  sim().down(s, below());
}

/// O_DIRECT: what is dirty in the range is written first, and a write drops what is cached.
void PageCache::start_direct(Slot s) {
  if (cleaned(s)) pass_direct(s);
}

void PageCache::pass_direct(Slot s) {
  if (sim()[s].error != 0) return finish(s);
  if (sim()[s].op == Op::write) return trim(s);
  sim().down(s, below());
}

std::vector<StatValue> PageCache::stats() const {
  const Backlog b = writeback_.backlog();
  const Writeback::Totals& t = writeback_.totals();
  const auto bytes = [](std::int64_t pages) { return static_cast<double>(pages * kPageSize); };
  return {
      {"dirty", "bytes", "dirty pages now, under writeback or not", bytes(b.held())},
      {"peak_dirty", "bytes", "most that was dirty or under writeback", bytes(t.peak)},
      {"oldest_dirty", "s", "age of the oldest dirty page; may be a neighbour's, within 256 KiB",
       seconds(writeback_.oldest_age())},
      {"cached", "bytes", "pages in the cache", bytes(index_.size())},
      {"hits", "pages", "pages read that were in the cache or on their way into it",
       static_cast<double>(hits_)},
      {"misses", "pages", "pages read from below on demand", static_cast<double>(misses_)},
      {"read_ahead", "pages", "pages read before anybody asked", static_cast<double>(read_ahead_pages_)},
      {"throttled", "s", "time that writers were kept waiting by the dirty limits", seconds(throttled_time_)},
      {"writeback_requests", "", "write requests sent down", static_cast<double>(t.requests)},
      {"writeback_bytes", "bytes", "bytes written back", bytes(t.pages)},
      {"writeback_mean", "bytes", "mean size of a writeback request",
       t.requests == 0 ? 0.0 : bytes(t.pages) / static_cast<double>(t.requests)},
  };
}

LoadShape PageCache::passed_down(const LoadShape& load) const {
  LoadShape below = load;
  below.scattered = false;  // what is written back is sorted
  return below;
}

Bytes PageCache::at_risk() const { return Bytes{writeback_.backlog().held() * kPageSize}; }

namespace {
const Registered<PageCache> registered{"page_cache",
                                       "Host page cache: buffered I/O, writeback and dirty throttling."};
}

}  // namespace blkpath
