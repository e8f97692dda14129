/// The replay of a trace: the load at the top of a path.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/fio_account.hpp"
#include "model/fio_workload.hpp"
#include "model/replay_stats.hpp"
#include "model/workload.hpp"

namespace blkpath {

/// Issues the requests of a source as spec.replay says, and books them as fio would. Each request has a
/// caller of its own, who is blocked until the submitting call has returned (slat) and notices its completion
/// at once: what the recorded application did in between is in the time stamps. With `one_thread` it is fio's
/// single thread, which pays FioParams and issues nothing while it is blocked. Leaves out dependencies
/// between requests that overlapped, and what fio 3.33 does with completions during a stall (it notices them
/// when the queue is full, and not at all at the end of the log).
class TraceWorkload final : public Workload {
 public:
  /// @param spec  with `replay`, one file, and runtime, ramp_time, engine, direct, sync, logs as for fio's
  /// jobs
  TraceWorkload(const JobSpec& spec, const FioParams& params, FioRun& run, std::size_t index,
                std::unique_ptr<RequestSource> source);

  void begin(Time delay) override;
  void abandon() override;

  void start() override;
  void submitted(Slot s, int level) override;
  void complete(Slot s) override;
  void on_event(Slot s) override;

 private:
  enum class Wait : std::uint8_t { none, timer, call, room, end };
  static constexpr std::size_t kBuffer = 512;
  static constexpr std::uint64_t kInCall = ~std::uint64_t{0};

  /// Issues what is due, and says in wait_ what has to happen before the next one.
  void pump();
  bool more();
  Instant next_due() const;
  void wait_until(Instant at);
  void issue();
  void count(const TraceRequest& t);
  void call_returned(Slot s);
  void book_completion(Slot s, Instant now);
  void wait(Wait why) {
    wait_ = why;
    account_.blocked();
  }
  void check_depth() const;
  void finish();
  Time scaled(Time t) const {
    constexpr double kFar = 4e18;  // ns, past the end of any run, and still a Time
    if (speed_ == 1) return t;
    return Time{static_cast<std::int64_t>(std::min(kFar, static_cast<double>(t.count()) / speed_))};
  }

  const JobSpec& spec_;
  const ReplaySpec& replay_;
  const double speed_;
  FioRun& run_;
  const std::size_t index_;
  FioAccount account_;
  ReplayStats& stats_;
  std::unique_ptr<RequestSource> source_;

  const bool synchronous_;
  const Time cpu_, reap_;  ///< of the one thread, per request
  int most_;               ///< in flight
  std::uint8_t flags_ = 0;

  Slot timer_ = kNoSlot;
  bool began_ = false, over_ = false, pumping_ = false;
  Wait wait_ = Wait::none;
  Instant begin_{}, deadline_ = Instant::max();

  // the next request
  std::vector<TraceRequest> buffer_;
  std::size_t next_ = 0, filled_ = 0;
  bool ended_ = false;    ///< nothing more comes
  bool planned_ = false;  ///< due_ and issue_at_ are the next request's
  Instant due_{}, issue_at_{};
  Instant ready_{};  ///< when the one thread has done with what was before

  // what was before it
  TraceRequest last_;
  Time latest_ = Time::min();  ///< time stamp so far
  Instant last_issue_{}, last_end_{};

  int in_flight_ = 0, in_call_ = 0;
  std::vector<Time> recorded_;  ///< by slot: the trace's latency; kUnknown when it does not say
};

}  // namespace blkpath
