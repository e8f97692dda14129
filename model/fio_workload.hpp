/// The thread of one fio job: the load at the top of a path.
#pragma once
#include <coroutine>
#include <cstdint>
#include <utility>
#include <vector>

#include "model/core/params.hpp"
#include "model/core/sim.hpp"
#include "model/fio_account.hpp"
#include "model/fio_plan.hpp"
#include "model/workload.hpp"

namespace blkpath {

/// What fio's own code costs the thread that runs it.
struct FioParams {
  Time cpu_per_io = 2us;
  Time reap_per_io = 1us;
  static auto fields() {
    return std::tuple{
        field("cpu_per_io", &FioParams::cpu_per_io, "choosing and preparing one I/O, before slat begins",
              assumed("a 2 GHz Barcelona-class core")),
        field("reap_per_io", &FioParams::reap_per_io, "accounting for one completion, after clat ends",
              assumed("a 2 GHz Barcelona-class core"))};
  }
};

class FioRun;

/// One fio job as fio 3.33 runs it. The thread prepares an I/O, submits it and is blocked until the
/// submitting call has returned (slat), goes on until iodepth is reached, and only then reaps. Time between
/// completion and reaping is booked as queued here, so an I/O's buckets add up to slat + clat. Leaves out
/// verify, io_submit_mode=offload, flow and latency targets, and CPU contention between jobs.
class FioWorkload final : public Workload {
 public:
  FioWorkload(const JobSpec& spec, const FioParams& params, FioRun& run, std::size_t index, Random random);
  ~FioWorkload() override;

  void begin(Time delay) override;
  void abandon() override;
  bool over() const { return over_; }
  const FioAccount& account() const { return account_; }

  void start() override;
  void submitted(Slot s, int level) override;
  void complete(Slot s) override;
  void on_event(Slot s) override;

 private:
  struct Thread {
    struct promise_type {
      Thread get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
      std::suspend_always initial_suspend() noexcept { return {}; }
      std::suspend_always final_suspend() noexcept { return {}; }
      void return_void() {}
      [[noreturn]] void unhandled_exception() { throw; }
    };
    std::coroutine_handle<promise_type> handle;
  };
  enum class Wait : std::uint8_t { none, timer, call, sync, events };
  using Step = FioPlan::Step;

  /// The thread itself.
  Thread run();
  void prepare();
  void begin_submit(Step step);
  void end_submit();
  void reap(int most);
  void open_sync();
  void close_sync(Slot s);
  void finish();
  void close_spare();
  std::suspend_always block(Wait why);
  void wake_now() {
    wait_ = Wait::timer;
    wake_at(sim().now());
  }
  void wake_at(Instant t) { sim().schedule(spare_ == kNoSlot ? timer_ : spare_, t); }
  /// Lets `t` and the reaping done so far go by.
  std::suspend_always spend(Time t);
  std::suspend_always sleep(Time t);
  void resume() {
    wait_ = Wait::none;
    thread_.handle.resume();
  }

  const FioParams params_;
  FioRun& run_;
  const std::size_t index_;
  FioAccount account_;
  FioPlan plan_;
  Thread thread_{};
  Slot timer_ = kNoSlot;
  /// The slot reaped last stays ours and carries the thread's next event, after which the next request takes
  /// it over: half as many moves in the tree of events as with the timer.
  Slot spare_ = kNoSlot;
  Wait wait_ = Wait::none;
  bool over_ = false;
  bool began_ = false;

  // how it submits and reaps
  const bool synchronous_;
  const FioDepths depths_;
  std::uint8_t flags_ = 0;

  // in flight
  std::vector<Slot> batch_;  ///< prepared, then inside the submitting call
  int queued_ = 0, sent_ = 0, depth_ = 0, want_ = 0;
  int toward_batch_ = 0;  ///< fio's io_u_queued: getevents submits, too, but does not reset it
  Slot in_call_ = kNoSlot, sync_slot_ = kNoSlot;
  SlotQueue ready_;  ///< completed, not reaped
  Instant call_began_{};
  Time owed_{0};  ///< reaping not yet paid for
  Time lead_{0};  ///< by how much the I/O being prepared is ahead of the clock
};

}  // namespace blkpath
