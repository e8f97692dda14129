/// How the page cache reads: hits, misses, read-ahead, and reads that meet one under way.
#include "model/page_cache.hpp"

namespace blkpath {

void PageCache::start_read(Slot s) {
  const PageRange range = range_of(s);
  frames_.clear();
  Page missing = -1;
  bool filling = false;
  std::int64_t found = 0;
  for (Page page = range.first; page < range.end(); ++page) {
    const PageIndex::Frame f = index_.find(page);
    frames_.push_back(f);
    if (f == PageIndex::kNone) {
      if (missing < 0) missing = page;
    } else {
      ++found;
      filling |= index_.filling(f);
    }
  }
  hits_ += found;
  misses_ += range.count - found;

  ReadAhead::Plan plan = read_ahead_.access(range, missing);
  if (params_.size.n > 0) {
    const Page end = pages_of(0, params_.size.n).end();
    if (plan.window.end() > end) plan.window.count = std::max<std::int64_t>(0, end - plan.window.first);
  }
  if (missing < 0 && plan.window.empty() && !filling) {
    for (std::int64_t i = 0; i < range.count; ++i)
      if (range.first + i != last_touched_) index_.touch(frames_[static_cast<std::size_t>(i)]);
    last_touched_ = range.end() - 1;
    return copy(s);
  }
  SlotQueue reads;
  if (missing >= 0) {
    const Page end = plan.background ? range.end() : std::max(range.end(), plan.window.end());
    read_pages({missing, end - missing}, s, reads);
  }
  if (plan.background) read_pages(plan.window, kNoSlot, reads);
  const bool waits = missing >= 0;
  sim()[s].phase = kFill;
  send(reads);
  if (!waits) after_fill(s);
}

/// Opens reads for those of the pages that are not cached: children of `parent`, or for nobody.
void PageCache::read_pages(PageRange range, Slot parent, SlotQueue& reads) {
  for (Page page = range.first; page < range.end();) {
    if (index_.find(page) != PageIndex::kNone) {
      ++page;
      continue;
    }
    PageRange run{page, 0};
    while (page < range.end() && run.bytes() < params_.max_request.n &&
           index_.find(page) == PageIndex::kNone) {
      index_.set_filling(index_.insert(page++), true);
      ++run.count;
    }
    if (parent == kNoSlot) read_ahead_pages_ += run.count;
    const auto length = static_cast<std::uint32_t>(run.bytes());
    const Slot read = parent == kNoSlot ? sim().open(*this, Op::read, run.offset(), length, 0)
                                        : sim().split(parent, *this, Op::read, run.offset(), length);
    std::uint32_t fill;
    if (free_fills_.empty()) {
      fill = static_cast<std::uint32_t>(fills_.size());
      fills_.emplace_back();
    } else {
      fill = free_fills_.back();
      free_fills_.pop_back();
    }
    fills_[fill].range = run;
    sim()[read].flags &= static_cast<std::uint8_t>(~Request::kFua);
    sim()[read].user = fill;
    reads.push(sim(), read);
  }
}

/// Sends down what was opened. All of it was opened before, as the first may be back at once.
void PageCache::send(SlotQueue& requests) {
  for (std::size_t left = requests.size(); left > 0; --left) sim().down(requests.pop(sim()), below());
}

/// A read from below is back: its pages are valid, or gone when it failed.
void PageCache::filled(Slot s) {
  const Request& r = sim()[s];
  const auto index = static_cast<std::uint32_t>(r.user);
  const PageRange range = fills_[index].range;
  for (Page page = range.first; page < range.end(); ++page) {
    const PageIndex::Frame f = index_.find(page);
    if (f == PageIndex::kNone) continue;
    index_.set_filling(f, false);
    if (r.error != 0 && !index_.pinned(f)) index_.erase(f);
  }
  SlotQueue waiters;
  std::swap(waiters, fills_[index].waiters);
  fills_[index].range = {};
  free_fills_.push_back(index);
  for (std::size_t left = waiters.size(); left > 0; --left) {
    const Slot w = waiters.pop(sim());
    if (sim()[w].op == Op::read) sim()[w].error = r.error;
    sim().schedule(w, sim().now());
  }
  if (r.parent == kNoSlot) return sim().close(s);
  const Slot parent = sim().join(s);
  // Goes on from an event of its own, after what else happens now.
  if (parent != kNoSlot) sim().schedule(parent, sim().now());
}

/// @return true when one of the request's pages is being read; its event comes when that has ended
bool PageCache::wait_for_fill(Slot s) {
  if (fills_.size() == free_fills_.size()) return false;
  const PageRange range = range_of(s);
  for (Fill& fill : fills_) {
    if (!fill.range.overlaps(range)) continue;
    sim().mark_queued(s);
    fill.waiters.push(sim(), s);
    return true;
  }
  return false;
}

/// What the request waited for has been read. Pages that were evicted meanwhile are not read again: the
/// kernel holds them.
void PageCache::after_fill(Slot s) {
  Request& r = sim()[s];
  if (r.op == Op::write) return start_write(s);
  if (r.error != 0) return finish(s);
  if (wait_for_fill(s)) return;
  const PageRange range = range_of(s);
  for (Page page = range.first; page < range.end(); ++page) {
    const PageIndex::Frame f = index_.find(page);
    if (f != PageIndex::kNone && page != last_touched_) index_.touch(f);
  }
  last_touched_ = range.end() - 1;
  copy(s);
}

}  // namespace blkpath
