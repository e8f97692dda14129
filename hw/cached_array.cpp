#include "hw/cached_array.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace blkpath {

CachedArray::CachedArray(Sim& sim, const Stage& owner, const EnclosureParams& p, RaidBackend& backend,
                         Bytes size)
    : sim_(sim),
      owner_(owner),
      backend_(backend),
      cache_({p.cache_size, p.cache_page, backend.layout().stripe_bytes(), p.destage}),
      ahead_(p.read_cache ? p.read_ahead : Bytes{0}),
      page_(p.cache_page),
      size_(size),
      read_cache_(p.read_cache),
      write_back_(p.writes_back()),
      honour_flush_(p.honour_flush),
      depth_(p.destage_depth),
      interval_(p.flush_interval),
      idle_after_(p.idle_after),
      tick_(sim.timer(owner)),
      idle_timer_(sim.timer(owner)) {
  const auto share = [&](double of) { return std::llround(of * static_cast<double>(cache_.capacity())); };
  limit_ = std::max(share(p.write_share), 1ll);
  high_ = std::max(share(p.write_share * p.high_water), 1ll);
  low_ = share(p.write_share * p.low_water);
}

void CachedArray::host_command() {
  last_command_ = sim_.now();
  idle_ = false;
  if (cache_.dirty() > 0) arm(idle_timer_, idle_after_);
}

// ---- reading ----------------------------------------------------------------------------------------------

void CachedArray::read(Slot s) {
  host_command();
  const ByteRange wanted = range(sim_[s]);
  const ArrayCache::Page end = cache_.end_page(wanted);
  SlotQueue fetches;
  Slot waits_for = kNoSlot;
  for (ArrayCache::Page page = cache_.page_of(wanted.begin); page < end;) {
    const ArrayCache::Look look = cache_.look(page, wanted);
    if (look == ArrayCache::Look::here) {
      ++counts_.read_hits;
      ++page;
    } else if (look == ArrayCache::Look::filling) {
      const Slot filler = cache_.filler(page++);
      if (filler == waits_for) continue;
      waits_for = filler;
      const Slot waiter = sim_.split(s, owner_, Op::read, 0, 0);
      sim_[waiter].phase = kWaiter;
      sim_.mark_queued(waiter);
      sim_[waiter].next = static_cast<Slot>(std::exchange(sim_[filler].user, waiter));
    } else {
      const ArrayCache::Page first = page;
      while (++page < end && cache_.look(page, wanted) == ArrayCache::Look::absent) {
      }
      ByteRange bytes = cache_.bytes_of(first, page);
      bytes.end = std::min(bytes.end, size_.n);
      if (!read_cache_) bytes = {std::max(bytes.begin, wanted.begin), std::min(bytes.end, wanted.end)};
      const Slot fetch =
          sim_.split(s, owner_, Op::read, bytes.begin, static_cast<std::uint32_t>(bytes.length()));
      sim_[fetch].phase = kFetch;
      sim_[fetch].user = kNoSlot;
      if (read_cache_)
        for (ArrayCache::Page p = first; p < page; ++p) cache_.begin_fill(p, fetch);
      fetches.push(sim_, fetch);
    }
  }
  counts_.read_pages += cache_.pages(wanted);
  const bool hit = sim_[s].children == 0;
  while (!fetches.empty()) backend_.read(fetches.pop(sim_));
  read_ahead(ahead_.after(wanted));
  if (hit) sim_.up(s);
}

/// Reads what is not known of the bytes, each run for itself, while pages can be evicted for it.
void CachedArray::read_ahead(const ByteRange& r) {
  const ByteRange wanted{r.begin, std::min(r.end, size_.n)};
  if (wanted.empty()) return;
  const ArrayCache::Page end = cache_.end_page(wanted);
  for (ArrayCache::Page page = cache_.page_of(wanted.begin); page < end;) {
    if (cache_.knows(page)) {
      ++page;
      continue;
    }
    const ArrayCache::Page first = page;
    const Slot fetch = sim_.open(owner_, Op::read, first * page_.n, 0, Request::kBackground);
    sim_[fetch].phase = kFetch;
    sim_[fetch].user = kNoSlot;
    while (page < end && cache_.begin_fill(page, fetch)) ++page;
    if (page == first) return sim_.close(fetch);
    counts_.read_ahead_pages += page - first;
    sim_[fetch].length = static_cast<std::uint32_t>(std::min(page * page_.n, size_.n) - first * page_.n);
    backend_.read(fetch);
  }
}

void CachedArray::end_fetch(Slot s) {
  const Request& r = sim_[s];
  const ByteRange bytes = range(r);
  const std::uint16_t error = r.error;
  if (read_cache_)
    for (ArrayCache::Page p = cache_.page_of(bytes.begin); p < cache_.end_page(bytes); ++p)
      cache_.end_fill(p, error == 0);
  auto waiter = static_cast<Slot>(r.user);
  Slot host = kNoSlot;
  if (r.parent != kNoSlot)
    host = sim_.join(s);
  else
    sim_.close(s);
  if (host != kNoSlot) sim_.up(host);
  while (waiter != kNoSlot) {
    const Slot next = sim_[waiter].next;
    sim_[waiter].error = error;
    host = sim_.join(waiter);
    if (host != kNoSlot) sim_.up(host);
    waiter = next;
  }
  let_in();
  destage();
}

// ---- writing ----------------------------------------------------------------------------------------------

void CachedArray::write(Slot s) {
  host_command();
  const Request& r = sim_[s];
  const bool durable = honour_flush_ && (r.flags & Request::kFua) != 0;
  counts_.written_pages += cache_.pages(range(r));
  if (!write_back_ || durable || cache_.pages(range(r)) > limit_) {
    cache_.supersede(range(r));
    return backend_.write(s);
  }
  if (for_room_.empty() && flushes_.empty() && cache_.room(range(r), limit_)) return accept(s);
  ++counts_.full_waits;
  sim_.mark_queued(s);
  for_room_.push(sim_, s);
  destage();
}

void CachedArray::accept(Slot s) {
  counts_.write_hits += cache_.write(range(sim_[s]));
  arm(tick_, interval_);
  arm(idle_timer_, idle_after_);
  destage();
  sim_.up(s);
}

void CachedArray::let_in() {
  while (!for_room_.empty() && flushes_.empty() && cache_.room(range(sim_[for_room_.front()]), limit_))
    accept(for_room_.pop(sim_));
}

void CachedArray::trim(Slot s) {
  host_command();
  cache_.supersede(range(sim_[s]));
  backend_.trim(s);
}

void CachedArray::flush(Slot s) {
  host_command();
  if (write_back_ && !honour_flush_) return sim_.up(s);
  if (cache_.unwritten() == 0) return backend_.flush(s);
  sim_.mark_queued(s);
  flushes_.push(sim_, s);
  destage();
}

// ---- destaging --------------------------------------------------------------------------------------------

bool CachedArray::wants_destage() {
  if (cache_.unwritten() >= high_) draining_ = true;
  if (cache_.dirty() <= low_) draining_ = false;
  return draining_ || idle_ || quota_ > 0 || !for_room_.empty() || !flushes_.empty();
}

void CachedArray::destage() {
  while (in_flight_ < depth_ && cache_.dirty() > 0 && wants_destage()) {
    const ByteRange piece = cache_.take_dirty();
    quota_ = std::max<std::int64_t>(0, quota_ - cache_.pages(piece));
    ++in_flight_;
    ++counts_.destages;
    counts_.destaged_bytes += piece.length();
    const Slot s = sim_.open(owner_, Op::write, piece.begin, static_cast<std::uint32_t>(piece.length()),
                             Request::kBackground);
    sim_[s].phase = kDestage;
    backend_.write(s);
  }
}

void CachedArray::end_destage(Slot s) {
  cache_.written(range(sim_[s]));
  counts_.destage_errors += sim_[s].error != 0;
  sim_.close(s);
  --in_flight_;
  if (cache_.unwritten() == 0)
    while (!flushes_.empty()) backend_.flush(flushes_.pop(sim_));
  let_in();
  destage();
}

void CachedArray::on_timer(Slot s) {
  if (s == tick_) {
    quota_ = cache_.dirty();
    if (cache_.unwritten() > 0) arm(tick_, interval_);
  } else {
    const Time since = sim_.now() - last_command_;
    idle_ = since >= idle_after_;
    if (!idle_ && cache_.dirty() > 0) arm(idle_timer_, idle_after_ - since);
  }
  destage();
}

void CachedArray::finished(Slot s) {
  switch (sim_[s].phase) {
    case kFetch:
      return end_fetch(s);
    case kDestage:
      return end_destage(s);
    default:
      return sim_.up(s);
  }
}

}  // namespace blkpath
