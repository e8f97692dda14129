#include "model/core/sim.hpp"

#include <algorithm>
#include <stdexcept>

namespace blkpath {

Sim::~Sim() = default;

StageId Sim::add(std::unique_ptr<Stage> stage, std::string name, const std::string& group) {
  if (started_) throw std::logic_error("Sim::add after start");
  const auto found = std::find(groups_.begin(), groups_.end(), group);
  const auto index = static_cast<std::uint32_t>(found - groups_.begin());
  if (found == groups_.end()) groups_.push_back(group);
  buckets_ = 2 * groups_.size();
  stage->sim_ = this;
  stage->id_ = static_cast<StageId>(stages_.size());
  stage->bucket_ = 2 * index;
  stage->name_ = std::move(name);
  stages_.push_back(std::move(stage));
  return stages_.back()->id_;
}

void Sim::start() {
  started_ = true;
  for (const auto& stage : stages_) stage->start();
}

Slot Sim::grow() {
  const auto slot = static_cast<Slot>(requests_.size());
  if (slot == EventTree::kMaxSlots)
    throw std::runtime_error("more than 65,536 requests in flight at " + format(now_.time_since_epoch()));
  requests_.emplace_back();
  times_.resize(requests_.size() * buckets());
  tree_.grow(slot + 1);
  return slot;
}

Slot Sim::take() {
  ++open_;
  if (free_ == kNoSlot) return grow();
  const Slot s = free_;
  free_ = requests_[s].next;
  return s;
}

Slot Sim::timer(const Stage& owner) {
  if (!started_) throw std::logic_error("Sim::timer before start");
  const Slot s = grow();
  requests_[s].route[0] = owner.id_;
  requests_[s].depth = 1;
  return s;
}

Slot Sim::open(const Stage& root, Op op, std::int64_t offset, std::uint32_t length, std::uint8_t flags) {
  const Slot s = take();
  Request& r = requests_[s];
  r.offset = r.origin = offset;
  r.length = length;
  r.op = op;
  r.flags = flags;
  r.phase = 0;
  r.depth = 1;
  r.error = 0;
  r.target = 0;
  r.children = 0;
  r.carried_ns = 0;
  r.parent = kNoSlot;
  r.route[0] = root.id_;
  r.bucket = root.bucket_ + 1;
  r.since = r.born = now_;
  std::fill_n(times(s), buckets(), 0);
  return s;
}

Slot Sim::split(Slot parent, const Stage& splitter, Op op, std::int64_t offset, std::uint32_t length) {
  const Slot child = open(splitter, op, offset, length, requests_[parent].flags);
  Request& p = requests_[parent];
  Request& c = requests_[child];
  c.parent = parent;
  c.target = p.target;
  c.origin = p.origin;
  if (p.children++ == 0) book(parent, p, p.bucket);
  c.since = c.born = std::max(now_, p.since);  // a parent that is ahead of the clock has children that are
  return child;
}

Slot Sim::join(Slot child) {
  book(child, requests_[child], requests_[child].bucket);
  const Slot parent = requests_[child].parent;
  const Request& c = requests_[child];
  Request& p = requests_[parent];
  if (p.error == 0) p.error = c.error;
  if (--p.children > 0) {
    close(child);
    return kNoSlot;
  }
  // What the parent did between its last booking and the birth of this child stays with the splitter.
  std::int64_t* const to = times(parent);
  to[p.bucket] += (c.born - p.since).count();
  const std::int64_t* const from = times(child);
  for (std::size_t i = 0; i < buckets(); ++i) to[i] += from[i];
  p.since = now_;
  close(child);
  return parent;
}

void Sim::ride(Slot s, Slot carrier) {
  mark_queued(s);
  mark_queued(carrier);
  std::int64_t* const to = times(s);
  const std::int64_t* const from = times(carrier);
  for (std::size_t i = 0; i < buckets(); ++i) to[i] -= from[i];
  Request& r = requests_[s];
  to[r.bucket] += (requests_[carrier].since - r.since).count();  // where one is ahead of the clock
  r.since = requests_[carrier].since;
}

void Sim::leave(Slot s, Slot carrier) {
  std::int64_t* const to = times(s);
  const std::int64_t* const from = times(carrier);
  for (std::size_t i = 0; i < buckets(); ++i) to[i] += from[i];
  requests_[s].since = requests_[carrier].since;
}

void Sim::no_such_date(Slot s, Instant at) const {
  throw std::logic_error(holder(s).name() + " set an event for " + format(at.time_since_epoch()) +
                         ", but now is " + format(now_.time_since_epoch()) + " and the clock ends at " +
                         format(EventTree::kMaxTime) + "; seed " + std::to_string(seed_));
}

void Sim::too_deep(Slot s) const {
  throw std::logic_error("a request passed " + std::to_string(Request::kMaxDepth) +
                         " stages without a split, last " +
                         stage(requests_[s].route[Request::kMaxDepth - 1]).name());
}

}  // namespace blkpath
