#include "model/trace_workload.hpp"

#include <algorithm>

#include "model/fio_run.hpp"

namespace blkpath {
namespace {
/// Half of the kernel's slots: the parts that a request is split into need some, too.
constexpr int kMostInFlight = 1 << 15;

int most_in_flight(const JobSpec& spec) {
  switch (spec.replay->pacing) {
    case Pacing::open:
      return spec.replay->max_in_flight > 0 ? spec.replay->max_in_flight : kMostInFlight;
    case Pacing::dependent:
      return 1;
    case Pacing::closed:
    case Pacing::stalls:
      break;
  }
  // A thread of fio's with a synchronous engine has one; many callers may each have one.
  return spec.replay->one_thread && spec.engine == IoEngine::psync ? 1 : spec.iodepth;
}
}  // namespace

TraceWorkload::TraceWorkload(const JobSpec& spec, const FioParams& params, FioRun& run, std::size_t index,
                             std::unique_ptr<RequestSource> source)
    : spec_(spec),
      replay_(*spec.replay),
      speed_(replay_.speed),
      run_(run),
      index_(index),
      account_(spec, run.stats_[index]),
      stats_(run.replays_[index]),
      source_(std::move(source)),
      synchronous_(spec.engine == IoEngine::psync),
      cpu_(replay_.one_thread ? params.cpu_per_io : Time{0}),
      reap_(replay_.one_thread ? params.reap_per_io : Time{0}),
      most_(most_in_flight(spec)),
      buffer_(kBuffer) {
  flags_ = static_cast<std::uint8_t>((spec.direct ? Request::kDirect : 0) |
                                     (spec.sync || spec.dsync ? Request::kFua : 0));
}

void TraceWorkload::start() {
  timer_ = sim().timer(*this);
  run_.workload_started(*this, index_);
}

void TraceWorkload::begin(Time delay) { sim().schedule(timer_, sim().now() + delay); }

void TraceWorkload::on_event(Slot) {
  if (over_) return;
  if (!began_) {
    began_ = true;
    begin_ = sim().now();
    account_.begin(begin_, sim().buckets());
    if (spec_.runtime > Time{0}) deadline_ = begin_ + spec_.ramp_time + spec_.runtime;
  }
  pump();
}

// ---- what goes down ---------------------------------------------------------------------------------------

void TraceWorkload::pump() {
  if (pumping_) return;  // something below returned or completed within its submitting call
  pumping_ = true;
  wait_ = Wait::none;
  while (wait_ == Wait::none) {
    if (!more()) {
      wait(Wait::end);
    } else if (in_flight_ >= most_) {
      check_depth();
      wait(Wait::room);
    } else if (replay_.one_thread && in_call_ > 0) {
      wait(Wait::call);
    } else {
      if (!planned_) {
        planned_ = true;
        due_ = next_due();
        issue_at_ = std::max({sim().now(), ready_, due_}) + cpu_;
      }
      if (issue_at_ >= deadline_ && sim().now() >= deadline_)
        ended_ = true;
      else if (issue_at_ > sim().now())
        wait_until(std::min(issue_at_, deadline_));
      else
        issue();
    }
  }
  pumping_ = false;
  if (wait_ == Wait::end && in_flight_ == 0) finish();
}

/// Whether there is a request to issue; fetches the next ones where needed.
bool TraceWorkload::more() {
  if (ended_) return false;
  if (next_ < filled_) return true;
  next_ = 0;
  filled_ = source_->next(buffer_);
  ended_ = filled_ == 0;
  return !ended_;
}

/// When the next request is wanted; may lie in the past.
Instant TraceWorkload::next_due() const {
  const TraceRequest& t = buffer_[next_];
  const bool first = stats_.requests == 0;
  Instant from = begin_;
  Time pause{0};
  switch (replay_.pacing) {
    case Pacing::closed:
      break;
    case Pacing::open:
      pause = std::max(t.issued, latest_);
      break;
    case Pacing::stalls:
      if (first) break;  // a log begins with its first request
      from = last_issue_;
      pause = t.issued - last_.issued;
      break;
    case Pacing::dependent:
      if (first) {
        pause = t.issued;
        break;
      }
      if (last_.ended == TraceRequest::kUnknown)
        throw ConfigError(replay_.place, "mode",
                          "'dependent' needs the completion of each request, and request " +
                              std::to_string(stats_.requests) + " of '" + source_->facts().file +
                              "' has none, for example 'open'");
      from = last_end_;
      pause = t.issued - last_.ended;
      break;
  }
  return from + scaled(std::clamp(pause, Time{0}, Time::max() / 2));
}

void TraceWorkload::wait_until(Instant at) {
  if (at > Instant{EventTree::kMaxTime})
    throw ConfigError(replay_.place, "speed",
                      "request " + std::to_string(stats_.requests + 1) + " of '" + source_->facts().file +
                          "' is due after " + format(at.time_since_epoch()) +
                          "; a run lasts 78 hours at most, for example 'speed: 3x', or 'limit: 1000000'");
  sim().schedule(timer_, at);
  wait(Wait::timer);
}

void TraceWorkload::issue() {
  planned_ = false;
  const TraceRequest& t = buffer_[next_++];
  count(t);
  const Instant now = sim().now();
  const Slot s = sim().open(*this, t.op, t.offset, t.length, static_cast<std::uint8_t>(t.flags | flags_));
  sim()[s].user = kInCall;
  if (recorded_.size() <= s) recorded_.resize(sim().slots(), TraceRequest::kUnknown);
  recorded_[s] =
      t.ended == TraceRequest::kUnknown ? TraceRequest::kUnknown : std::max(Time{0}, t.ended - t.issued);
  last_ = t;
  latest_ = std::max(latest_, t.issued);
  last_issue_ = now;
  ++in_call_;
  ++in_flight_;
  stats_.deepest = std::max(stats_.deepest, in_flight_);
  account_.usr_cpu(cpu_);
  if (t.op == Op::flush)
    account_.syncing(in_flight_);
  else
    account_.submitting(1, in_flight_);
  sim().down(s, below());
}

void TraceWorkload::count(const TraceRequest& t) {
  const bool timed = replay_.pacing == Pacing::open || replay_.pacing == Pacing::stalls;
  if (const Time late = sim().now() - cpu_ - due_; timed && late > Time{0}) stats_.lateness.add(late);
  if (stats_.requests++ > 0) {
    stats_.backwards += t.issued < latest_;
    stats_.overlapped += replay_.pacing == Pacing::dependent && t.issued < last_.ended;
    stats_.sequential += t.offset == last_.offset + last_.length;
  }
  if (t.op == Op::flush) return;
  const auto d = static_cast<std::size_t>(t.op == Op::trim ? Dir::trim : static_cast<Dir>(t.op));
  const Bytes length{t.length};
  Bytes& smallest = stats_.smallest[d];
  smallest = smallest == Bytes{0} ? length : std::min(smallest, length);
  stats_.largest[d] = std::max(stats_.largest[d], length);
}

/// Without a limit, a path that is slower than its trace would fill the kernel's slots.
void TraceWorkload::check_depth() const {
  if (replay_.pacing != Pacing::open || replay_.max_in_flight > 0) return;
  throw ConfigError(replay_.place, "max_inflight",
                    std::to_string(in_flight_) + " requests are in flight after " +
                        format(sim().now() - begin_) +
                        ", since the path is slower than the trace; give a limit, for example "
                        "'max_inflight: 512', or a lower 'speed'");
}

// ---- what comes back --------------------------------------------------------------------------------------

void TraceWorkload::call_returned(Slot s) {
  Request& r = sim()[s];
  const Instant now = sim().now();
  --in_call_;
  ready_ = std::max(ready_, now);
  // A synchronous engine has no slat: its whole time is clat.
  r.user = static_cast<std::uint64_t>((synchronous_ ? r.born : now).time_since_epoch().count());
  if (r.op == Op::flush) return;
  account_.call_returned(1, now - r.born, now);
  if (!synchronous_) account_.submitted(r, now);
}

void TraceWorkload::submitted(Slot s, int) {
  if (sim()[s].user != kInCall) return;
  if (over_) return;
  call_returned(s);
  if (wait_ == Wait::call) pump();
}

void TraceWorkload::complete(Slot s) {
  if (over_) {
    sim().close(s);
    return;
  }
  if (sim()[s].user == kInCall) call_returned(s);
  const Instant now = sim().now();
  book_completion(s, now);
  sim().close(s);
  --in_flight_;
  ready_ = std::max(ready_, now) + reap_;
  last_end_ = now;
  if (wait_ == Wait::room || wait_ == Wait::call || (wait_ == Wait::end && in_flight_ == 0)) pump();
}

void TraceWorkload::book_completion(Slot s, Instant now) {
  const std::int64_t* const times = sim().settle(s);
  const Request& r = sim()[s];
  if (r.op == Op::flush) {
    account_.synced(now - r.born);
  } else {
    account_.reaping(now, 1, reap_);
    account_.completed(r, times, Instant{Time{static_cast<std::int64_t>(r.user)}}, now);
  }
  if (r.error != 0) {
    ++stats_.failed;
    ended_ = ended_ || replay_.one_thread;  // fio ends a job at its first error
    return;
  }
  if (recorded_[s] == TraceRequest::kUnknown || now < account_.measured_from()) return;
  stats_.recorded.add(recorded_[s]);
  stats_.predicted.add(now - r.born);
}

void TraceWorkload::finish() {
  over_ = true;
  stats_.source = source_->facts();
  account_.finish(sim().now());
  run_.replay_done(index_);
  run_.workload_done(account_, sim().now());
}

void TraceWorkload::abandon() {
  if (over_) return;
  if (began_) finish();
  over_ = true;
}

}  // namespace blkpath
