#include "model/fio_workload.hpp"

#include <algorithm>

#include "model/fio_run.hpp"

namespace blkpath {

FioWorkload::FioWorkload(const JobSpec& spec, const FioParams& params, FioRun& run, std::size_t index,
                         Random random)
    : params_(params),
      run_(run),
      index_(index),
      account_(spec, run.stats_[index]),
      plan_(spec, random),
      synchronous_(spec.engine == IoEngine::psync),
      depths_(spec) {
  batch_.resize(static_cast<std::size_t>(depths_.iodepth));
  flags_ = static_cast<std::uint8_t>((spec.direct ? Request::kDirect : 0) |
                                     (spec.sync || spec.dsync ? Request::kFua : 0));
}

FioWorkload::~FioWorkload() {
  if (thread_.handle) thread_.handle.destroy();
}

void FioWorkload::start() {
  timer_ = sim().timer(*this);
  thread_ = run();
  run_.workload_started(*this, index_);
}

void FioWorkload::begin(Time delay) {
  wait_ = Wait::timer;
  sim().schedule(timer_, sim().now() + delay);
}

// ---- what comes back from below ---------------------------------------------------------------------------

void FioWorkload::on_event(Slot) {
  if (over_) return;
  close_spare();
  if (!began_) {
    began_ = true;
    account_.begin(sim().now(), sim().buckets());
    plan_.begin(sim().now());
  }
  resume();
}

void FioWorkload::submitted(Slot s, int) {
  if (s != in_call_) return;
  in_call_ = kNoSlot;
  if (wait_ != Wait::call) return;
  // The rest of a batch goes down when whoever called us has finished.
  if (sent_ < queued_)
    wake_now();
  else
    resume();
}

void FioWorkload::complete(Slot s) {
  if (over_) {
    sim().close(s);
    return;
  }
  if (s == sync_slot_) {
    close_sync(s);
    if (wait_ == Wait::sync) resume();
    return;
  }
  sim().mark_queued(s);
  ready_.push(sim(), s);
  if (s == in_call_) {
    submitted(s, 0);
  } else if (wait_ == Wait::events && static_cast<int>(ready_.size()) >= want_) {
    // With room for more, look again after whatever else happens at this instant.
    if (depths_.reap_max > want_) {
      wake_now();
    } else {
      resume();
    }
  }
}

// ---- the thread -------------------------------------------------------------------------------------------

std::suspend_always FioWorkload::block(Wait why) {
  wait_ = why;
  account_.blocked();
  return {};
}

std::suspend_always FioWorkload::spend(Time t) {
  wait_ = Wait::timer;
  wake_at(sim().now() + t + owed_);
  owed_ = Time{0};
  return {};
}

std::suspend_always FioWorkload::sleep(Time t) {
  account_.blocked();
  return spend(t);
}

FioWorkload::Thread FioWorkload::run() {
  for (;;) {
    const Step step = plan_.next(sim().now());
    if (step == Step::finish) break;
    if (step == Step::issue) {
      // A batch is prepared one by one; a lone I/O goes down at once, ahead of the clock by its preparation.
      if (depths_.batch > 1 || depths_.polling)
        co_await spend(params_.cpu_per_io);
      else
        lead_ = params_.cpu_per_io + std::exchange(owed_, Time{0});
      prepare();
      if (toward_batch_ < depths_.batch && depth_ < depths_.iodepth && !depths_.polling) continue;
    }

    const bool flushed_batch = queued_ > 0;
    if (flushed_batch) {
      begin_submit(step);
      for (sent_ = 0; sent_ < queued_;) {
        in_call_ = batch_[static_cast<std::size_t>(sent_++)];
        sim().down(in_call_, below());
        if (in_call_ != kNoSlot) co_await block(Wait::call);
      }
      end_submit();
    }

    // fio reaps when the queue is full, and before it sleeps, syncs or ends.
    int keep = depth_;
    if (step == Step::issue ? depth_ == depths_.iodepth || depths_.polling
                            : step == Step::sync && flushed_batch)
      keep = std::min(depth_ - 1, depth_ == depths_.iodepth ? depths_.low : depth_);
    else if (step == Step::pause || step == Step::drain)
      keep = 0;
    while (depth_ > keep) {
      if (owed_ > Time{0}) co_await spend(Time{0});
      want_ = step == Step::drain ? depth_ : step == Step::pause ? 1 : std::min(depths_.reap_min, depth_);
      if (static_cast<int>(ready_.size()) < want_) co_await block(Wait::events);
      reap(std::max(want_, depths_.reap_max));
    }

    if (step == Step::pause) {
      account_.usr_cpu(plan_.spin());
      if (plan_.spin() > Time{0}) co_await spend(plan_.spin());
      if (plan_.pause() > Time{0}) co_await sleep(plan_.pause());
    } else if (step == Step::sync) {
      co_await spend(params_.cpu_per_io);
      open_sync();
      if (sync_slot_ != kNoSlot) co_await block(Wait::sync);
    }
  }
  finish();
}

void FioWorkload::prepare() {
  close_spare();
  const Op op = plan_.dir() == Dir::trim ? Op::trim : static_cast<Op>(plan_.dir());
  const Slot s = sim().open(*this, op, plan_.offset(), plan_.length(), flags_);
  sim()[s].born = sim()[s].since = sim().now() + lead_;
  batch_[static_cast<std::size_t>(queued_++)] = s;
  ++depth_;
  ++toward_batch_;
  account_.usr_cpu(params_.cpu_per_io);
}

void FioWorkload::begin_submit(Step step) {
  call_began_ = sim().now() + std::exchange(lead_, Time{0});
  // When the queue is full before the batch is, getevents submits it, without fio's noting the depth.
  if (toward_batch_ >= depths_.batch || step == Step::pause || step == Step::sync) {
    account_.submitting(toward_batch_, depth_);
    toward_batch_ = 0;
  }
}

void FioWorkload::end_submit() {
  const Instant now = sim().now();
  account_.call_returned(queued_, now - call_began_, now);
  for (int i = 0; i < queued_; ++i) {
    Request& r = sim()[batch_[static_cast<std::size_t>(i)]];
    // A synchronous engine has no slat: its whole time is clat.
    r.user = static_cast<std::uint64_t>((synchronous_ ? r.born : now).time_since_epoch().count());
    if (!synchronous_) account_.submitted(r, now);
  }
  queued_ = 0;
}

void FioWorkload::reap(int most) {
  const Instant now = sim().now();
  const int count = std::min(static_cast<int>(ready_.size()), most);
  const Time cost = params_.reap_per_io * count;
  account_.reaping(now, count, cost);
  for (int i = 0; i < count; ++i) {
    const Slot s = ready_.pop(sim());
    const std::int64_t* const times = sim().settle(s);
    const Request& r = sim()[s];
    account_.completed(r, times, Instant{Time{static_cast<std::int64_t>(r.user)}}, now);
    if (r.error != 0) plan_.fail();
    close_spare();
    spare_ = s;
  }
  depth_ -= count;
  plan_.reaped(count);
  owed_ += cost;
}

void FioWorkload::open_sync() {
  in_call_ = sync_slot_ = sim().open(*this, Op::flush, 0, 0, flags_);
  if (!plan_.ending()) account_.syncing(depth_ + 1);
  sim().down(sync_slot_, below());
}

void FioWorkload::close_sync(Slot s) {
  in_call_ = sync_slot_ = kNoSlot;
  // fio keeps end_fsync out of its statistics.
  if (!plan_.ending()) account_.synced(sim().now() - sim()[s].born);
  sim().close(s);
}

void FioWorkload::close_spare() {
  if (spare_ == kNoSlot) return;
  sim().close(spare_);
  spare_ = kNoSlot;
}

void FioWorkload::finish() {
  over_ = true;
  if (spare_ != kNoSlot && sim().pending(spare_)) sim().cancel(spare_);
  close_spare();
  account_.finish(sim().now());
  run_.workload_done(account_, sim().now());
}

void FioWorkload::abandon() {
  if (over_) return;
  if (began_) finish();
  over_ = true;
}

}  // namespace blkpath
