/// What virtio-blk and IDE have in common: a bounded number of requests handed to the emulator, the rest wait
/// in the guest; a VM exit on the way down, an interrupt on the way up.
#pragma once
#include "model/core/sim.hpp"

namespace blkpath {

/// A request that finds no room waits in the guest's queue: its submitter returns at once, and the completion
/// that makes room hands it over.
class BusQueue : public Stage {
 public:
  void submit(Slot s) override {
    if (waiting_.empty() && fits(s)) {
      hand_over(s);
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
  void complete(Slot s) override {
    if (s < deferred_.size()) deferred_[s] = false;  // where nothing below says `submitted`
    used_ -= units(sim()[s]);
    while (!waiting_.empty() && fits(waiting_.front())) hand_over(waiting_.pop(sim()));
    sim().spend(s, interrupt_);  // injection and handler run on the same vCPU
    sim().up(s);
  }
  void on_event(Slot s) override { sim().down(s, below()); }

 protected:
  BusQueue(int capacity, Time exit, Time interrupt)
      : capacity_(capacity), exit_(exit), interrupt_(interrupt) {}
  /// How much of the capacity the request takes.
  virtual int units(const Request& r) const = 0;

 private:
  bool fits(Slot s) const { return used_ == 0 || used_ + units(sim()[s]) <= capacity_; }
  void hand_over(Slot s) {
    used_ += units(sim()[s]);
    cpu_ += exit_;
    sim().hold(s, Time{0}, exit_);
  }

  int capacity_, used_ = 0;
  Time exit_, interrupt_;
  SlotQueue waiting_;
  std::vector<std::uint8_t> deferred_;  ///< by slot
};

}  // namespace blkpath
