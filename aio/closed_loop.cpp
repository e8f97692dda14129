#include "aio/closed_loop.hpp"

#include <algorithm>
#include <thread>

namespace blkpath {

using Step = FioPlan::Step;

ClosedLoop::ClosedLoop(const JobSpec& spec, Random random, JobIo& io, FioAccount& account, Verifier* verifier,
                       ReplayControl& control)
    : spec_(spec),
      io_(io),
      account_(account),
      verifier_(verifier),
      control_(control),
      plan_(spec, random),
      depths_(spec) {}

void ClosedLoop::run() {
  account_.begin(now(), 0);
  plan_.begin(now());
  for (;;) {
    const Step step = control_.stop.load(std::memory_order_relaxed) ? Step::finish : plan_.next(now());
    if (step == Step::finish) break;
    if (step == Step::issue) {
      prepare();
      if (toward_batch_ < depths_.batch && depth_ < depths_.iodepth && !depths_.polling) continue;
    }
    const bool flushed_batch = io_.queued() > 0;
    submit(step);

    // fio reaps when the queue is full, and before it sleeps, syncs or ends.
    int keep = depth_;
    if (step == Step::issue ? depth_ == depths_.iodepth || depths_.polling
                            : step == Step::sync && flushed_batch)
      keep = std::min(depth_ - 1, depth_ == depths_.iodepth ? depths_.low : depth_);
    else if (step == Step::pause || step == Step::drain)
      keep = 0;
    while (depth_ > keep) {
      const int want = step == Step::drain   ? depth_
                       : step == Step::pause ? 1
                                             : std::min(depths_.reap_min, depth_);
      const int most = std::max(want, depths_.reap_max);
      const auto n =
          static_cast<int>(io_.reap(static_cast<std::uint32_t>(want), static_cast<std::uint32_t>(most)));
      depth_ -= n;
      plan_.reaped(n);
      if (depths_.polling && step == Step::issue) break;  // it only looks
    }

    if (step == Step::pause) {
      const Time end = control_.now() + plan_.spin();
      while (control_.now() < end) {
      }
      sleep(plan_.pause());
    } else if (step == Step::sync) {
      sync();
    }
  }
  drain();
  account_.finish(now());
  if (verifier_ != nullptr && !control_.stop) read_back();
}

void ClosedLoop::prepare() {
  // What the verifier expects is the last write: two in flight to one place would leave that open.
  while (verifier_ != nullptr && plan_.dir() == Dir::write && io_.overlaps(plan_.offset(), plan_.length())) {
    io_.submit();
    const auto n = static_cast<int>(io_.reap(1, 1));
    depth_ -= n;
    plan_.reaped(n);
  }
  const Time t = control_.now();
  io_.queue(plan_.dir() == Dir::trim ? Op::trim : static_cast<Op>(plan_.dir()), plan_.offset(),
            plan_.length(), t, t);
  ++depth_;
  ++toward_batch_;
}

void ClosedLoop::submit(Step step) {
  if (toward_batch_ >= depths_.batch || step == Step::pause || step == Step::sync) {
    account_.submitting(toward_batch_, depth_);
    toward_batch_ = 0;
  }
  io_.submit();
}

void ClosedLoop::drain() {
  io_.submit();
  while (io_.in_flight() > 0) io_.reap(io_.in_flight(), io_.depth());
  depth_ = 0;
}

/// A flush, waited for; what completes meanwhile is reaped, too. One slot more than iodepth is there for it.
void ClosedLoop::sync() {
  if (!plan_.ending()) account_.syncing(depth_ + 1);
  const Time t = control_.now();
  const std::uint32_t others = io_.in_flight();
  io_.queue(Op::flush, 0, 0, t, t, !plan_.ending());
  io_.submit();
  const std::int64_t syncs = io_.flushes();
  while (io_.flushes() == syncs && io_.in_flight() > 0) io_.reap(1, 1);
  const auto n = static_cast<int>(others - io_.in_flight());
  depth_ -= n;
  plan_.reaped(n);
}

/// Sleeps in pieces, so that Ctrl-C is heard.
void ClosedLoop::sleep(Time t) const {
  for (const Time end = control_.now() + t; !control_.stop;) {
    const Time left = end - control_.now();
    if (left <= Time{0}) return;
    std::this_thread::sleep_for(std::min(left, Time{100ms}));
  }
}

void ClosedLoop::read_back() {
  std::uint32_t most = 0;
  for (std::size_t d = 0; d < kDirs; ++d)
    if (spec_.does[d]) most = std::max(most, static_cast<std::uint32_t>(spec_.bs[d].max.n));
  for (std::int64_t from = spec_.offset.n; !control_.stop;) {
    const Verifier::Stretch next = verifier_->next_written(from, most);
    if (next.length == 0) break;
    const Time t = control_.now();
    io_.queue(Op::read, next.offset, next.length, t, t, false);
    io_.submit();
    if (io_.in_flight() == static_cast<std::uint32_t>(depths_.iodepth)) io_.reap(1, io_.depth());
    from = next.offset + next.length;
  }
  drain();
}

}  // namespace blkpath
