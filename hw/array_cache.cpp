#include "hw/array_cache.hpp"

#include <algorithm>

namespace blkpath {

ArrayCache::ArrayCache(const Options& o)
    : page_bytes_(o.page.n),
      width_(static_cast<int>(o.page / kSectorSize)),
      stripe_sectors_(o.stripe / kSectorSize.n),
      order_(o.order),
      entries_(static_cast<std::size_t>(o.size / o.page) + kFirst),
      heads_(std::bit_ceil(std::max<std::size_t>(2, entries_.size() - kFirst))),
      hash_shift_(64 - std::countr_zero(heads_.size())),
      free_count_(capacity()) {
  for (const Index ring : {kClean, kDirty}) entries_[ring].prev = entries_[ring].next = ring;
  for (auto i = static_cast<Index>(entries_.size() - 1); i >= kFirst; --i)
    entries_[i].chain = std::exchange(free_, i);
}

// ---- entries ----------------------------------------------------------------------------------------------

ArrayCache::Sectors ArrayCache::sectors(Page page, const ByteRange& r) const {
  const std::int64_t first = page * page_bytes_, sector = kSectorSize.n;
  const std::int64_t begin = std::max(r.begin - first, std::int64_t{0}) / sector;
  const std::int64_t end = (std::min(r.end - first, page_bytes_) + sector - 1) / sector;
  return static_cast<Sectors>(((std::uint64_t{1} << (end - begin)) - 1) << begin);
}

ArrayCache::Index ArrayCache::find(Page page) const {
  Index i = heads_[bucket(page)];
  while (i != kNone && entries_[i].page != page) i = entries_[i].chain;
  return i;
}

/// @return kNone when nothing can be evicted
ArrayCache::Index ArrayCache::add(Page page) {
  if (free_ == kNone) {
    const Index oldest = entries_[kClean].next;
    if (oldest == kClean) return kNone;
    unlink(oldest);
    --clean_;
    forget(oldest);
  }
  const Index i = free_;
  free_ = entries_[i].chain;
  --free_count_;
  Index& head = heads_[bucket(page)];
  entries_[i] = {page, 0, 0, 0, 0, head, State::free};
  head = i;
  return i;
}

/// Of an entry that is on no list.
void ArrayCache::forget(Index i) {
  Index* link = &heads_[bucket(entries_[i].page)];
  while (*link != i) link = &entries_[*link].chain;
  *link = entries_[i].chain;
  entries_[i].state = State::free;
  entries_[i].chain = std::exchange(free_, i);
  ++free_count_;
}

void ArrayCache::unlink(Index i) {
  const Entry& e = entries_[i];
  entries_[e.prev].next = e.next;
  entries_[e.next].prev = e.prev;
}
void ArrayCache::link_last(Index ring, Index i) {
  const Index last = entries_[ring].prev;
  entries_[i].prev = last;
  entries_[i].next = ring;
  entries_[last].next = entries_[ring].prev = i;
}
void ArrayCache::make_clean(Index i) {
  entries_[i].state = State::clean;
  link_last(kClean, i);
  ++clean_;
}
void ArrayCache::make_dirty(Index i) {
  entries_[i].state = State::dirty;
  link_last(kDirty, i);
  ++dirty_;
  if (order_ == DestageOrder::elevator) by_address_.insert(entries_[i].page);
}
void ArrayCache::leave_dirty(Index i) {
  unlink(i);
  --dirty_;
  if (order_ == DestageOrder::elevator) by_address_.erase(entries_[i].page);
}

template <class F>
void ArrayCache::for_pages(const ByteRange& r, const F& f) const {
  for (Page page = page_of(r.begin), end = end_page(r); page < end; ++page) f(page);
}

// ---- reading ----------------------------------------------------------------------------------------------

ArrayCache::Look ArrayCache::look(Page page, const ByteRange& r) {
  const Index i = find(page);
  if (i == kNone) return Look::absent;
  const Entry& e = entries_[i];
  const Sectors wanted = sectors(page, r);
  if ((e.valid & wanted) == wanted) {
    if (e.state == State::clean) {
      unlink(i);
      link_last(kClean, i);
    }
    return Look::here;
  }
  return e.state == State::filling ? Look::filling : Look::absent;
}

bool ArrayCache::begin_fill(Page page, Slot filler) {
  if (knows(page)) return false;
  const Index i = add(page);
  if (i == kNone) return false;
  entries_[i].state = State::filling;
  entries_[i].prev = filler;
  return true;
}

void ArrayCache::end_fill(Page page, bool read) {
  const Index i = find(page);
  if (i == kNone) return;
  Entry& e = entries_[i];
  if (read) e.valid = sectors(page, bytes_of(page, page + 1));
  if (e.state != State::filling) return;
  if (e.dirty != 0)
    make_dirty(i);
  else if (read)
    make_clean(i);
  else
    forget(i);
}

// ---- writing ----------------------------------------------------------------------------------------------

bool ArrayCache::room(const ByteRange& r, std::int64_t limit) const {
  std::int64_t unwritten = unwritten_, entries = 0;
  for_pages(r, [&](Page page) {
    const Index i = find(page);
    const State state = i == kNone ? State::free : entries_[i].state;
    if (state == State::free || state == State::clean) ++entries;
    if (state != State::dirty && state != State::writing && (i == kNone || entries_[i].dirty == 0))
      ++unwritten;
  });
  return unwritten <= limit && entries <= free_count_ + clean_;
}

std::int64_t ArrayCache::write(const ByteRange& r) {
  std::int64_t already = 0;
  for_pages(r, [&](Page page) {
    Index i = find(page);
    if (i == kNone) i = add(page);
    Entry& e = entries_[i];
    const bool was_unwritten = e.dirty != 0 || e.state == State::writing;
    already += was_unwritten;
    unwritten_ += !was_unwritten;
    const Sectors all = sectors(page, r);
    e.valid |= all;
    e.dirty |= all;
    if (e.state == State::clean) {
      unlink(i);
      --clean_;
    }
    if (e.state == State::clean || e.state == State::free) {
      make_dirty(i);
    } else if (e.state == State::dirty && order_ == DestageOrder::lru) {
      unlink(i);
      link_last(kDirty, i);
    }
  });
  return already;
}

void ArrayCache::supersede(const ByteRange& r) {
  for_pages(r, [&](Page page) {
    const Index i = find(page);
    if (i == kNone) return;
    Entry& e = entries_[i];
    const Sectors all = sectors(page, r);
    const bool was_dirty = e.dirty != 0;
    e.valid |= all;
    e.dirty &= ~all;
    if (!was_dirty || e.dirty != 0 || e.state == State::writing) return;
    --unwritten_;
    if (e.state != State::dirty) return;
    leave_dirty(i);
    make_clean(i);
  });
}

// ---- destaging --------------------------------------------------------------------------------------------

ArrayCache::Index ArrayCache::next_dirty() {
  if (order_ != DestageOrder::elevator) return entries_[kDirty].next;
  auto at = by_address_.lower_bound(cursor_);
  if (at == by_address_.end()) at = by_address_.begin();
  return find(*at);
}

ByteRange ArrayCache::take_dirty() {
  const Entry& e = entries_[next_dirty()];
  const int lowest = std::countr_zero(e.dirty), run = std::countr_one(e.dirty >> lowest);
  std::int64_t begin = e.page * width_ + lowest, end = begin + run;  // in sectors
  const auto dirty = [&](Page page) {
    const Index i = find(page);
    return i != kNone && entries_[i].state == State::dirty ? entries_[i].dirty : Sectors{0};
  };
  if (lowest == 0)
    for (Page page = e.page - 1; begin % stripe_sectors_ != 0; --page) {
      const int before = std::countl_one(dirty(page) << (32 - width_));
      begin -= before;
      if (before < width_) break;
    }
  if (lowest + run == width_)
    for (Page page = e.page + 1; end % stripe_sectors_ != 0; ++page) {
      const int after = std::countr_one(dirty(page));
      end += after;
      if (after < width_) break;
    }
  // A stripe may begin or end inside a page.
  const std::int64_t stripe = (e.page * width_ + lowest) / stripe_sectors_;
  begin = std::max(begin, stripe * stripe_sectors_);
  end = std::min(end, (stripe + 1) * stripe_sectors_);
  const ByteRange range{begin * kSectorSize.n, end * kSectorSize.n};
  for_pages(range, [&](Page page) {
    const Index i = find(page);
    leave_dirty(i);
    entries_[i].dirty &= ~sectors(page, range);
    entries_[i].state = State::writing;
  });
  cursor_ = end_page(range);
  return range;
}

void ArrayCache::written(const ByteRange& r) {
  for_pages(r, [&](Page page) {
    const Index i = find(page);
    if (entries_[i].dirty != 0) return make_dirty(i);
    --unwritten_;
    make_clean(i);
  });
}

}  // namespace blkpath
