/// A stage that has room for so much in flight below it; the rest waits here.
#pragma once
#include "model/core/sim.hpp"

namespace blkpath {

/// A request that finds no room waits, and its submitter returns at once; the completion that makes room
/// hands it over.
class BoundedQueue : public Stage {
 public:
  void submit(Slot s) override {
    if (waiting_.empty() && fits(s)) {
      take(s);
    } else if (sim().catch_up(s)) {
      sim()[s].phase = kArrival;
    } else {
      if (deferred_.size() <= s) deferred_.resize(sim().slots());
      deferred_[s] = true;
      sim().mark_queued(s);
      waiting_.push(sim(), s);
      sim().submitted(s);
    }
  }
  void submitted(Slot s, int level) override {
    if (s < deferred_.size() && deferred_[s])
      deferred_[s] = false;  // its submitter returned long ago
    else
      sim().pass_submitted(s, level);
  }
  void on_event(Slot s) override { submit(s); }

 protected:
  enum Phase : std::uint8_t { kArrival, kFirstFree };
  explicit BoundedQueue(int capacity) : capacity_(capacity) {}

  /// How much of the capacity the request takes.
  virtual int units(const Request&) const { return 1; }
  virtual void hand_over(Slot s) = 0;
  /// `s` has completed: its room goes to those that wait.
  void make_room(Slot s) {
    if (s < deferred_.size()) deferred_[s] = false;  // where nothing below says `submitted`
    used_ -= units(sim()[s]);
    while (!waiting_.empty() && fits(waiting_.front())) take(waiting_.pop(sim()));
  }

 private:
  bool fits(Slot s) const { return used_ == 0 || used_ + units(sim()[s]) <= capacity_; }
  void take(Slot s) {
    used_ += units(sim()[s]);
    hand_over(s);
  }

  int capacity_, used_ = 0;
  SlotQueue waiting_;
  std::vector<std::uint8_t> deferred_;  ///< by slot
};

}  // namespace blkpath
