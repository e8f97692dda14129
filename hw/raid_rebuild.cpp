#include "hw/raid_rebuild.hpp"

#include <algorithm>
#include <utility>

namespace blkpath {

RaidRebuild::RaidRebuild(Sim& sim, const Stage& owner, DiskBus& bus, RaidMembers& members,
                         const RaidPlanner& planner, const Options& options)
    : sim_(&sim),
      owner_(&owner),
      bus_(bus),
      members_(members),
      planner_(planner),
      options_(options),
      timer_(sim.timer(owner)) {}

void RaidRebuild::begin() {
  const std::int64_t gone = members_.first_gone();
  if (running() || gone == RaidMembers::kNone || members_.offline() || options_.spares == 0) return;
  --options_.spares;
  members_.begin_rebuild(gone, options_.spare++);
  next_ = 0;
  began_ = may_begin_ = sim_->now();
  finished_ = {};
  sim_->schedule(timer_, sim_->now());  // the disks may not have started yet
}

void RaidRebuild::read_next() {
  if (!running() || members_.offline() || reading_ != kNoSlot || read_ != kNoSlot || next_ == options_.rows)
    return;
  if (sim_->now() < may_begin_) return sim_->schedule(timer_, may_begin_);
  const std::int64_t length = std::min(options_.piece.n, options_.rows - next_);
  may_begin_ = sim_->now() + Bytes{length} / options_.rate;
  reading_ = sim_->open(*owner_, Op::read, next_, static_cast<std::uint32_t>(length), Request::kBackground);
  (*sim_)[reading_].phase = kReading;
  plan_.clear();
  planner_.read_instead({{members_.rebuilding(), RaidMembers::kNone}}, next_, next_ + length, plan_);
  next_ += length;
  bus_.issue(reading_, plan_);
}

void RaidRebuild::write(Slot s) {
  Request& r = (*sim_)[s];
  r.phase = kWriting;
  writing_ = s;
  plan_.assign(1, {members_.disk(members_.rebuilding()), Op::write, r.offset, r.length});
  bus_.issue(s, plan_);
  read_next();
}

bool RaidRebuild::returned(Slot s) {
  if (s == reading_) {
    reading_ = kNoSlot;
    if (writing_ == kNoSlot)
      write(s);
    else
      read_ = s;
    return false;
  }
  members_.advance((*sim_)[s].length);
  sim_->close(s);
  writing_ = kNoSlot;
  if (read_ != kNoSlot) {
    write(std::exchange(read_, kNoSlot));
  } else if (members_.frontier() == options_.rows) {
    members_.end_rebuild();
    finished_ = sim_->now();
    begin();
  }
  return true;
}

RaidRebuild::Progress RaidRebuild::progress() const {
  if (finished_ != Instant{}) return {100, 0, seconds(finished_.time_since_epoch())};
  if (!running()) return {};
  const double done = static_cast<double>(members_.frontier()) / static_cast<double>(options_.rows);
  return {100 * done, done > 0 ? seconds(sim_->now() - began_) * (1 - done) / done : 0, 0};
}

}  // namespace blkpath
