#include "hw/raid_backend.hpp"

#include <algorithm>
#include <cerrno>

namespace blkpath {
namespace {

std::vector<DiskFailure> by_time(std::vector<DiskFailure> failures) {
  std::stable_sort(failures.begin(), failures.end(),
                   [](const DiskFailure& a, const DiskFailure& b) { return a.at < b.at; });
  return failures;
}

/// Members that did not answer a read, kept in the `user` word of what is read in its place.
std::uint64_t pack(const FailedReads& f) {
  return static_cast<std::uint64_t>(f.member[0] + 1) | static_cast<std::uint64_t>(f.member[1] + 1) << 32;
}
FailedReads unpack(std::uint64_t user) {
  return {{static_cast<std::int64_t>(user & 0xffffffff) - 1, static_cast<std::int64_t>(user >> 32) - 1}};
}

}  // namespace

RaidBackend::RaidBackend(Sim& sim, const Stage& owner, const EnclosureParams& p, const RaidLayout& layout,
                         Bytes rows)
    : sim_(sim),
      owner_(owner),
      layout_(layout),
      failures_(by_time(p.failures)),
      failure_timer_(sim.timer(owner)),
      bus_(sim, owner),
      members_(layout),
      planner_(layout, members_, p.parity_write, p.mirror_read, bus_.in_flight()),
      rebuild_(sim, owner, bus_, members_, planner_,
               {p.rebuild_rate, p.rebuild_chunk, rows.n, static_cast<std::uint16_t>(layout.members()),
                p.hot_spares}) {
  fail_next();
}

// ---- reading ----------------------------------------------------------------------------------------------

/// Of a set that is offline: a child with the error comes back instead of disk I/Os.
bool RaidBackend::refuses(Slot s) {
  if (!members_.offline()) return false;
  const Slot refusal = sim_.split(s, owner_, Op::flush, 0, 0);
  sim_[refusal].phase = kRefusal;
  sim_[refusal].error = EIO;
  sim_.schedule(refusal, sim_.now());
  return true;
}

void RaidBackend::read(Slot s) {
  if (refuses(s)) return;
  const Request& r = sim_[s];
  plan_.clear();
  planner_.read(r.offset, r.length, plan_);
  bus_.issue(s, plan_);
}

/// A disk answered with an error: its rows are read from others instead.
bool RaidBackend::read_elsewhere(Slot child) {
  Request& r = sim_[child];
  ++counts_.disk_errors;
  FailedReads failed = unpack(r.user);
  const bool again = failed.member[0] != RaidMembers::kNone;
  if (again && failed.member[1] != RaidMembers::kNone) return false;
  failed.member[again ? 1 : 0] = members_.member_on(r.target);
  plan_.clear();
  if (!planner_.read_instead(failed, r.offset, r.offset + r.length, plan_)) return false;
  ++counts_.read_again;
  r.error = 0;
  bus_.issue(r.parent, plan_, pack(failed));
  return true;
}

void RaidBackend::flush(Slot s) {
  if (refuses(s)) return;
  plan_.clear();
  for (std::int64_t m = 0; m < layout_.members(); ++m)
    if (!members_.failed(m) || m == members_.rebuilding())
      plan_.push_back({members_.disk(m), Op::flush, 0, 0});
  bus_.issue(s, plan_);
}

// ---- writing ----------------------------------------------------------------------------------------------

void RaidBackend::write(Slot s) {
  if (layout_.parities() == 0) {
    if (!waits_for_rebuild(s)) direct_write(s);
    return;
  }
  const Request& r = sim_[s];
  SlotQueue jobs;
  layout_.for_stripes(r.offset, r.length, [&](const StripeExtent& e) {
    jobs.push(sim_, sim_.split(s, owner_, Op::write, e.stripe * layout_.stripe_bytes() + e.begin,
                               static_cast<std::uint32_t>(e.end - e.begin)));
  });
  while (!jobs.empty()) lock(jobs.pop(sim_));
}

void RaidBackend::trim(Slot s) { direct_write(s); }

void RaidBackend::direct_write(Slot s) {
  if (refuses(s)) return;
  const Request& r = sim_[s];
  plan_.clear();
  planner_.write(r.op, r.offset, r.length, plan_);
  bus_.issue(s, plan_);
}

bool RaidBackend::waits_for_rebuild(Slot s) {
  const Request& r = sim_[s];
  const std::int64_t first = r.offset / layout_.stripe_bytes();
  const std::int64_t last = (r.offset + r.length - 1) / layout_.stripe_bytes();
  if (!rebuild_.copies(first * layout_.chunk(), (last + 1) * layout_.chunk())) return false;
  sim_.mark_queued(s);
  window_.push(sim_, s);
  return true;
}

void RaidBackend::lock(Slot job) {
  if (locks_.lock(sim_, extent(sim_[job]).stripe, job)) return read_old(job);
  ++counts_.lock_waits;
  sim_.mark_queued(job);
}

void RaidBackend::read_old(Slot job) {
  sim_[job].phase = kReadOld;
  if (waits_for_rebuild(job)) return;
  if (refuses(job)) return;
  plan_.clear();
  const RaidPlanner::StripeWrite way = planner_.read_before(extent(sim_[job]), plan_);
  ++(way == RaidPlanner::StripeWrite::full  ? counts_.full
     : way == RaidPlanner::StripeWrite::rmw ? counts_.rmw
                                            : counts_.reconstruct);
  if (plan_.empty()) return write_new(job);
  bus_.issue(job, plan_);
}

void RaidBackend::write_new(Slot job) {
  Request& r = sim_[job];
  r.phase = kWriteNew;
  plan_.clear();
  planner_.write_stripe(extent(r), plan_);
  bus_.issue(job, plan_);
}

Slot RaidBackend::end_job(Slot job) {
  const Slot next = locks_.unlock(sim_, extent(sim_[job]).stripe);
  if (next != kNoSlot) read_old(next);
  return sim_.join(job);
}

// ---- coming back ------------------------------------------------------------------------------------------

Slot RaidBackend::complete(Slot child) {
  bus_.returned(child);
  if (sim_[child].error != 0 && sim_[child].op == Op::read) read_elsewhere(child);
  return joined(sim_.join(child));
}

/// Goes on with a request whose children are back.
Slot RaidBackend::joined(Slot s) {
  if (s == kNoSlot) return kNoSlot;
  const Request& r = sim_[s];
  if (r.phase < kFirstPhase) return s;
  if (RaidRebuild::of_rebuild(r.phase)) {
    if (rebuild_.returned(s)) release_window();
    return kNoSlot;
  }
  if (r.phase == kWriteNew || r.error != 0) return end_job(s);
  if (!refuses(s)) write_new(s);
  return kNoSlot;
}

bool RaidBackend::owns(Slot s) const {
  return s == failure_timer_ || sim_[s].phase >= kFirstPhase || rebuild_.owns(s);
}

Slot RaidBackend::on_event(Slot s) {
  if (s == failure_timer_) {
    fail_next();
  } else if (sim_[s].phase == kRefusal) {
    return joined(sim_.join(s));
  } else {
    rebuild_.on_timer();
  }
  return kNoSlot;
}

/// Fails the disks whose time has come.
void RaidBackend::fail_next() {
  for (; failed_ < failures_.size(); ++failed_) {
    const Instant due{failures_[failed_].at};
    if (due > sim_.now()) return sim_.schedule(failure_timer_, due);
    members_.fail(failures_[failed_].disk);
    rebuild_.begin();
  }
}

/// The rebuild got on: whoever waited looks again.
void RaidBackend::release_window() {
  for (std::size_t left = window_.size(); left > 0; --left) {
    const Slot s = window_.pop(sim_);
    if (sim_[s].phase == kReadOld)
      read_old(s);
    else if (!waits_for_rebuild(s))
      direct_write(s);
  }
}

}  // namespace blkpath
