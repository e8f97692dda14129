/// What posix-aio, the thread pool and io_uring's workers have in common: a queue in user space or kernel,
/// and threads that each do one synchronous I/O at a time.
#pragma once
#include "model/core/sim.hpp"

namespace blkpath {

/// The caller pays for queueing and returns; a worker takes the request down and stays with it until it
/// completes.
class WorkerPool : public Stage {
 public:
  void submit(Slot s) override {
    sim()[s].phase = kEnqueue;
    cpu_ += enqueue_;
    sim().hold(s, Time{0}, enqueue_);
  }
  void submitted(Slot, int) override {}  // the worker's own call; the caller returned when it had queued
  void complete(Slot s) override {
    ++free_;
    --outstanding_;
    sim()[s].carried_ns += reap_cost();
    if (!queue_.empty()) wake_worker(queue_.pop(sim()));
    sim().up(s);
  }
  void on_event(Slot s) override {
    if (sim()[s].phase == kWake) {
      sim().down(s, below());
      return;
    }
    ++outstanding_;
    sim().submitted(s);
    if (free_ > 0) {
      wake_worker(s);
    } else {
      sim().mark_queued(s);
      queue_.push(sim(), s);
    }
  }

 protected:
  /// @param enqueue  in the caller; @param wake  until a worker has the request
  WorkerPool(int workers, Time enqueue, Time wake) : free_(workers), enqueue_(enqueue), wake_(wake) {}
  /// Nanoseconds that the thread which handles the completion spends in this driver.
  virtual std::uint32_t reap_cost() const = 0;
  std::uint32_t outstanding() const { return outstanding_; }

 private:
  enum Phase : std::uint8_t { kEnqueue, kWake };
  void wake_worker(Slot s) {
    --free_;
    cpu_ += wake_;
    sim()[s].phase = kWake;
    sim().hold(s, Time{0}, wake_);
  }
  int free_;
  std::uint32_t outstanding_ = 0;
  Time enqueue_, wake_;
  SlotQueue queue_;
};

}  // namespace blkpath
