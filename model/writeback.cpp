#include "model/writeback.hpp"

#include <algorithm>

namespace blkpath {

Writeback::Writeback(const Options& options) : options_(options) {
  const std::int64_t n = options.max_requests;
  batch_from_ = n - std::clamp<std::int64_t>(n / 16, 1, 32);
  if (options.congestion) {  // blk_queue_congestion_threshold: 113 and 103 of 128
    congestion_on_ = std::min(n, n - n / 8 + 1);
    congestion_off_ = std::max<std::int64_t>(0, n - n / 8 - n / 16 - 2);
  } else {
    congestion_on_ = n;
    congestion_off_ = n - std::max<std::int64_t>(1, std::min<std::int64_t>(8, n / 8));
  }
}

void Writeback::start(Sim& sim, const Stage& owner, StageId below) {
  sim_ = &sim;
  owner_ = &owner;
  below_ = below;
  flusher_slot_ = sim.timer(owner);
  tick_slot_ = sim.timer(owner);
  sync_slot_ = sim.timer(owner);
}

bool Writeback::on_event(Slot s) {
  if (s == flusher_slot_) {
    run_flusher();
  } else if (s == tick_slot_) {
    tick();
  } else if (s == sync_slot_) {
    run_sync();
  } else {
    return false;
  }
  return true;
}

std::int64_t Writeback::mark_dirty(PageRange range) {
  const Instant now = sim_->now();
  if (dirty_.empty()) {
    dirtied_when_ = now;
    const Time from = options_.fixed_ticks ? now.time_since_epoch() % options_.interval : Time{0};
    sim_->schedule(tick_slot_, now - from + options_.interval);
  }
  const std::int64_t added = dirty_.set(range, static_cast<std::uint32_t>(now.time_since_epoch() / 1ms));
  dirtied_ += added;
  totals_.peak = std::max(totals_.peak, dirty_.count() + writeback_.count());
  return added;
}

void Writeback::discard(PageRange range) {
  if (dirty_.clear(range) > 0 && dirty_.empty()) sim_->cancel(tick_slot_);
}

Time Writeback::oldest_age() const {
  const std::uint32_t stamp = dirty_.oldest();
  return stamp == DirtyMap::kNoStamp ? Time{0} : sim_->now().time_since_epoch() - stamp * 1ms;
}

// ---- sending
// ------------------------------------------------------------------------------------------------

/// The first dirty pages at or after `from` that are not under writeback.
PageRange Writeback::next_writable(Page from, std::int64_t max) const {
  PageRange run = dirty_.next_run(from, max);
  while (!run.empty() && writeback_.any(run)) {
    const PageRange busy = writeback_.next_run(run.first, max);
    if (busy.first > run.first) return {run.first, busy.first - run.first};
    run = dirty_.next_run(busy.end(), max);
  }
  return run;
}

void Writeback::book_out(Slot s, PageRange range) {
  dirty_.clear(range);
  writeback_.set(range);
  if (dirty_.empty()) sim_->cancel(tick_slot_);
  (*sim_)[s].user = epoch_;
  ++outstanding_[epoch_];
  ++in_flight_;
  ++totals_.requests;
  totals_.pages += range.count;
}

void Writeback::launch(PageRange range) {
  const Slot s = sim_->open(*owner_, Op::write, range.offset(), static_cast<std::uint32_t>(range.bytes()),
                            Request::kBackground);
  book_out(s, range);
  sim_->down(s, below_);
}

std::int64_t Writeback::write_cyclic(std::int64_t pages, std::int64_t limit) {
  const Page start = cursor_;
  bool wrapped = start == 0;
  std::int64_t left = pages;
  while (left > 0 && in_flight_ < limit) {
    const PageRange run = next_writable(cursor_, std::min(left, options_.request_pages));
    if (run.empty() || (wrapped && start > 0 && run.first >= start)) {
      if (wrapped) break;
      wrapped = true;
      cursor_ = 0;
      continue;
    }
    cursor_ = run.end();
    left -= run.count;
    launch(run);
  }
  return pages - left;
}

void Writeback::returned(Slot s) {
  const Request& r = (*sim_)[s];
  const PageRange range = pages_of(r.offset, r.length);
  writeback_.clear(range);
  written_ += range.count;
  --in_flight_;
  --outstanding_[r.user];
  if (r.parent == kNoSlot && r.error != 0) error_ = r.error;
  if (flusher_ == Flusher::blocked && in_flight_ <= congestion_off_) {
    flusher_ = Flusher::running;
    sim_->schedule(flusher_slot_, sim_->now());
  }
  if (!range_waiters_.empty()) wake_range_waiters(range);
  if (sync_ == Sync::idle) return;
  const bool go = sync_ == Sync::draining ? outstanding_[epoch_ ^ 1] == 0
                  : sync_waits_for_ >= 0  ? !writeback_.test(sync_waits_for_)
                                          : batch_room();
  if (go) sim_->schedule(sync_slot_, sim_->now());
}

// ---- the flusher
// --------------------------------------------------------------------------------------------

void Writeback::start_background() {
  if (flusher_ != Flusher::idle || (dirty_.count() <= options_.background && expired_ == 0)) return;
  flusher_ = Flusher::running;
  sim_->schedule(flusher_slot_, sim_->now());
}

void Writeback::run_flusher() {
  while (dirty_.count() > options_.background || expired_ > 0) {
    const std::int64_t n = write_cyclic(options_.chunk, congestion_on_);
    expired_ = std::max<std::int64_t>(0, expired_ - n);
    if (n == options_.chunk) continue;
    if (in_flight_ >= congestion_on_) {
      flusher_ = Flusher::blocked;
      return;
    }
    break;  // what is dirty is under writeback too, or nothing is left
  }
  flusher_ = Flusher::idle;
  expired_ = 0;
  dirtied_when_ = sim_->now();  // a file still dirty after a pass counts as dirtied now (redirty_tail)
}

void Writeback::tick() {
  const Instant now = sim_->now();
  sim_->schedule(tick_slot_, now + options_.interval);
  if (now - dirtied_when_ < options_.expire) return;
  expired_ = dirty_.count();
  start_background();
}

// ---- flush and synchronous writes
// ---------------------------------------------------------------------------

Writeback::Range Writeback::write_range(Slot s, PageRange range) {
  if (writeback_.any(range)) {
    sim_->mark_queued(s);
    range_waiters_.push(*sim_, s);
    return Range::waiting;
  }
  SlotQueue children;  // all are split off before the first goes down: it may be back at once
  for (Page from = range.first; from < range.end();) {
    PageRange run = dirty_.next_run(from, std::min(range.end() - from, options_.request_pages));
    if (run.empty() || run.first >= range.end()) break;
    run.count = std::min(run.count, range.end() - run.first);
    const Slot child =
        sim_->split(s, *owner_, Op::write, run.offset(), static_cast<std::uint32_t>(run.bytes()));
    book_out(child, run);
    children.push(*sim_, child);
    from = run.end();
  }
  if (children.empty()) return Range::clean;
  for (std::size_t left = children.size(); left > 0; --left) sim_->down(children.pop(*sim_), below_);
  return Range::written;
}

void Writeback::wake_range_waiters(PageRange range) {
  Slot before = kNoSlot;
  std::size_t left = range_waiters_.size();
  for (Slot s = range_waiters_.front(); left > 0; --left) {
    const Request& r = (*sim_)[s];
    const Slot next = r.next;
    if (pages_of(r.offset, r.length).overlaps(range)) {
      range_waiters_.remove_after(*sim_, before);
      sim_->schedule(s, sim_->now());
    } else {
      before = s;
    }
    s = next;
  }
}

void Writeback::flush(Slot s) {
  if (dirty_.empty() && in_flight_ == 0 && sync_ == Sync::idle) {
    sim_->down(s, below_);
    return;
  }
  sim_->mark_queued(s);
  flushes_arrived_.push(*sim_, s);
  if (sync_ == Sync::idle) sim_->schedule(sync_slot_, sim_->now());
}

/// Submits the dirty pages from sync_cursor_ on. @return false when it has to wait on the way
bool Writeback::scan() {
  sync_waits_for_ = -1;
  while (true) {
    PageRange run = dirty_.next_run(sync_cursor_, options_.request_pages);
    if (run.empty()) return true;
    if (!room()) return false;
    const PageRange busy = writeback_.next_run(run.first, 1);
    if (!busy.empty() && busy.first == run.first) {
      sync_waits_for_ = run.first;
      return false;
    }
    if (!busy.empty() && busy.first < run.end()) run.count = busy.first - run.first;
    sync_cursor_ = run.end();
    launch(run);
  }
}

/// One pass serves all flushes that had arrived when it began. It ends when every request that was sent
/// before its end has returned; later ones belong to the next epoch.
void Writeback::run_sync() {
  if (sync_ == Sync::idle) {
    if (flushes_arrived_.empty()) return;
    std::swap(flushes_served_, flushes_arrived_);
    sync_cursor_ = 0;
    sync_ = Sync::scanning;
  }
  if (sync_ == Sync::scanning) {
    if (!scan()) return;
    sync_ = Sync::draining;
    epoch_ ^= 1;
  }
  if (outstanding_[epoch_ ^ 1] > 0) return;
  sync_ = Sync::idle;
  if (!flushes_arrived_.empty()) sim_->schedule(sync_slot_, sim_->now());
  const std::uint16_t error = error_;
  error_ = 0;
  SlotQueue served;
  std::swap(served, flushes_served_);
  for (std::size_t left = served.size(); left > 0; --left) {
    const Slot s = served.pop(*sim_);
    if (error != 0) (*sim_)[s].error = error;
    sim_->down(s, below_);
  }
}

}  // namespace blkpath
