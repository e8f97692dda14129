/// What virtio-blk and IDE have in common: a bounded number of requests handed to the emulator, the rest wait
/// in the guest; a VM exit on the way down, an interrupt on the way up.
#pragma once
#include "model/bounded_queue.hpp"

namespace blkpath {

class BusQueue : public BoundedQueue {
 public:
  void on_event(Slot s) override { sim()[s].phase == kExit ? sim().down(s, below()) : submit(s); }
  void complete(Slot s) override {
    make_room(s);
    sim().spend(s, interrupt_);  // injection and handler run on the same vCPU
    sim().up(s);
  }

 protected:
  BusQueue(int capacity, Time exit, Time interrupt)
      : BoundedQueue(capacity), exit_(exit), interrupt_(interrupt) {}

 private:
  enum : std::uint8_t { kExit = kFirstFree };
  void hand_over(Slot s) override {
    cpu_ += exit_;
    sim()[s].phase = kExit;
    sim().hold(s, Time{0}, exit_);
  }
  Time exit_, interrupt_;
};

}  // namespace blkpath
