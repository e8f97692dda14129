#include "aio/trace_loop.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <thread>

namespace blkpath {
namespace {
constexpr std::size_t kBuffer = 512;
constexpr std::uint32_t kBatch = 32;  ///< due together: at most so many in one call, as QEMU's linux-aio
constexpr Time kMargin = 60us;        ///< a sleeping thread may wake this much late; the rest is spun
constexpr Time kLook = 100ms;         ///< how long Ctrl-C may go unheard
}  // namespace

TraceLoop::TraceLoop(const JobSpec& spec, RequestSource& source, JobIo& io, FioAccount& account,
                     ReplayStats& stats, ReplayControl& control)
    : spec_(spec),
      replay_(*spec.replay),
      source_(source),
      io_(io),
      account_(account),
      stats_(stats),
      control_(control),
      most_(replay_.pacing == Pacing::dependent ? 1 : io.depth()),
      buffer_(kBuffer) {}

void TraceLoop::run() {
  prctl(PR_SET_TIMERSLACK, 1UL);
  begin_ = last_issue_ = last_end_ = control_.now();
  account_.begin(Instant{begin_}, 0);
  const Time deadline = spec_.runtime > Time{0} ? begin_ + spec_.ramp_time + spec_.runtime : Time::max();
  while (!control_.stop && more()) {
    const Time when = due();
    if (when >= deadline || !wait_until(when)) break;
    const std::uint32_t room = std::min(kBatch, most_ - io_.in_flight());
    while (io_.queued() < room && more()) {
      const Time next = due();
      if (io_.queued() > 0 && (next > control_.now() || replay_.pacing == Pacing::dependent)) break;
      queue(buffer_[next_++], next);
    }
    account_.submitting(static_cast<int>(io_.queued()), static_cast<int>(io_.queued() + io_.in_flight()));
    io_.submit();
    stats_.deepest = std::max(stats_.deepest, static_cast<int>(io_.in_flight()));
    if (replay_.pacing != Pacing::dependent) continue;
    drain();
    last_end_ = control_.now();
  }
  drain();
  account_.finish(Instant{control_.now()});
  stats_.source = source_.facts();
}

bool TraceLoop::more() {
  if (next_ < filled_) return true;
  if (ended_) return false;
  filled_ = source_.next(buffer_);
  next_ = 0;
  ended_ = filled_ < buffer_.size();
  return filled_ > 0;
}

/// When the next request is wanted; at once is a date in the past.
Time TraceLoop::due() const {
  const TraceRequest& r = buffer_[next_];
  const auto scaled = [this](Time t) {
    return replay_.speed == 1
               ? t
               : Time{static_cast<std::int64_t>(static_cast<double>(t.count()) / replay_.speed)};
  };
  switch (replay_.pacing) {
    case Pacing::open:
      return begin_ + scaled(r.issued);
    case Pacing::closed:
      break;
    case Pacing::dependent:
      return stats_.requests == 0 || last_.ended == TraceRequest::kUnknown
                 ? last_end_
                 : last_end_ + std::max(Time{0}, scaled(r.issued - last_.ended));
    case Pacing::stalls:
      return stats_.requests == 0 ? begin_ : last_issue_ + std::max(Time{0}, scaled(r.issued - last_.issued));
  }
  return begin_;
}

/// Reaps until `due` has come and there is room for one more. @return false when told to stop
bool TraceLoop::wait_until(Time due) {
  for (;;) {
    if (control_.stop) return false;
    if (io_.in_flight() > 0) io_.reap(0, io_.depth());
    const bool room = io_.in_flight() < most_;
    const Time left = due - control_.now();
    if (left <= Time{0} && room) return true;
    if (left <= kMargin && room) continue;  // look again: it is near
    if (io_.in_flight() > 0)
      io_.reap(1, io_.depth(), room ? std::min(left - kMargin, kLook) : kLook);
    else
      std::this_thread::sleep_for(std::min(left - kMargin, kLook));
  }
}

void TraceLoop::queue(const TraceRequest& r, Time due) {
  const Time now = control_.now();
  const bool timed = replay_.pacing != Pacing::closed;
  stats_.backwards += r.issued < latest_;
  latest_ = std::max(latest_, r.issued);
  if (stats_.requests++ > 0) stats_.sequential += r.offset == last_.offset + last_.length;
  if (timed) stats_.lateness.add(std::max(Time{0}, now - due));
  io_.queue(r.op, r.offset, r.length, timed ? due : now, now);
  last_ = r;
  last_issue_ = now;
}

void TraceLoop::drain() {
  while (io_.in_flight() > 0) io_.reap(1, io_.depth());
}

}  // namespace blkpath
