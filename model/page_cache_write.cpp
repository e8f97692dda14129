/// How the page cache writes: lock, copy, throttling, synchronous writes.
#include "model/page_cache.hpp"

namespace blkpath {

/// The writer has the lock. Pages that it covers in part are read first, unless they are cached.
void PageCache::start_write(Slot s) {
  if (params_.inode_lock) writer_ = s;
  Request& r = sim()[s];
  if (r.error != 0) {
    unlock();
    return finish(s);
  }
  if (wait_for_fill(s)) {
    sim()[s].phase = kFill;
    return;
  }
  const PageRange range = range_of(s);
  const std::int64_t end = r.offset + r.length;
  const bool head = (r.offset & (kPageSize - 1)) != 0, tail = (end & (kPageSize - 1)) != 0;
  if (head || tail) {
    SlotQueue reads;
    if (head) read_pages({range.first, 1}, s, reads);
    if (tail) read_pages({range.end() - 1, 1}, s, reads);
    if (!reads.empty()) {
      sim()[s].phase = kFill;
      return send(reads);
    }
  }
  copy(s);
}

/// The slot's event after the copy.
void PageCache::copied(Slot s) {
  if (sim()[s].op == Op::read) return finish(s);
  const PageRange range = range_of(s);
  index_.write(range, !modern_);  // the buffered write of 2.6 marks its pages accessed; that of 6.1 does not
  const std::int64_t added = writeback_.mark_dirty(range);
  const bool due = modern_ ? paced_.due(added) : chunks_.due(range.count);
  if (throttled_ != kNoSlot) {
    sim().mark_queued(s);
    throttle_queue_.push(sim(), s);
  } else if (due) {
    throttle(s);
  } else {
    sync(s);
  }
}

// ---- throttling ----

void PageCache::throttle(Slot s) {
  throttled_ = s;
  throttled_since_ = sim().now();
  sim()[s].phase = kThrottle;
  chunk_left_ = chunk_done_ = 0;
  waits_for_room_ = waits_for_congestion_ = slept_ = false;
  modern_ ? run_pauses(s) : run_chunks(s);
}

/// balance_dirty_pages of 2.6.2x: above the limit the writer writes back a chunk. It blocks while the
/// device's queue is full, waits up to 100 ms for congestion to end when there was too little to write, and
/// goes when the limit is kept or its chunk is done.
void PageCache::run_chunks(Slot s) {
  waits_for_room_ = waits_for_congestion_ = false;
  while (true) {
    if (chunk_left_ == 0) {
      if (!chunks_.over(writeback_.backlog())) break;
      chunk_left_ = chunks_.chunk();
    }
    const std::int64_t n = writeback_.write_some(chunk_left_);
    chunk_left_ -= n;
    chunk_done_ += n;
    if (chunk_left_ > 0 && !writeback_.room()) {
      sim().mark_queued(s);
      waits_for_room_ = true;
      return;
    }
    chunk_left_ = 0;
    if (!chunks_.over(writeback_.backlog()) || chunk_done_ >= chunks_.chunk()) break;
    sim().mark_queued(s);
    waits_for_congestion_ = true;
    sim().schedule(s, sim().now() + 100ms);
    return;
  }
  unthrottle(s);
}

/// balance_dirty_pages of 6.1: the writer sleeps.
void PageCache::run_pauses(Slot s) {
  if (slept_ && !paced_.again()) return unthrottle(s);
  slept_ = true;
  writeback_.start_background();
  const Time sleep = paced_.pause(sim().now(), writeback_.backlog());
  if (sleep == Time{0}) return unthrottle(s);
  sim().mark_queued(s);
  sim().schedule(s, sim().now() + sleep);
}

void PageCache::unthrottle(Slot s) {
  throttled_time_ += sim().now() - throttled_since_;
  throttled_ = kNoSlot;
  writeback_.start_background();
  if (!throttle_queue_.empty()) throttle(throttle_queue_.pop(sim()));
  sync(s);
}

void PageCache::unlock() {
  writer_ = kNoSlot;
  if (!lock_queue_.empty()) start_write(lock_queue_.pop(sim()));
}

// ---- synchronous writes ----

/// The end of a write: an O_DSYNC one writes its range and waits for it, without the lock.
void PageCache::sync(Slot s) {
  if (writer_ == s) unlock();
  if ((sim()[s].flags & Request::kFua) == 0) return finish(s);
  if (cleaned(s)) finish(s);
}

/// Writes what is dirty in the request's range. @return true when nothing is; else its event comes later
bool PageCache::cleaned(Slot s) {
  const Writeback::Range state = writeback_.write_range(s, range_of(s));
  if (state == Writeback::Range::clean) return true;
  sim()[s].phase = state == Writeback::Range::waiting ? kSync : kSynced;
  return false;
}

/// A write request is back.
void PageCache::written(Slot s) {
  writeback_.returned(s);
  const PageRange range = range_of(s);
  if (!writeback_.any_dirty(range)) {
    index_.unpin(range);
  } else {
    for (Page page = range.first; page < range.end(); ++page)
      if (!writeback_.dirty(page)) index_.unpin({page, 1});
  }
  if (modern_ && paced_.stale(sim().now())) paced_.update(sim().now(), writeback_.backlog(), false);
  const bool go =
      (waits_for_room_ && writeback_.batch_room()) || (waits_for_congestion_ && writeback_.uncongested());
  if (go) {
    waits_for_room_ = waits_for_congestion_ = false;
    sim().schedule(throttled_, sim().now());
  }
  if (sim()[s].parent == kNoSlot) return sim().close(s);
  const Slot parent = sim().join(s);
  if (parent != kNoSlot) sim().schedule(parent, sim().now());  // after what else happens now
}

}  // namespace blkpath
