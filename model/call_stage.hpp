/// What guest kernel and emulator have in common: work on the way down that is a call, work on the way up
/// that is an interrupt or a callback, and few servers (vCPUs, one big lock) for both.
#pragma once
#include <utility>
#include <vector>

#include "model/core/sim.hpp"

namespace blkpath {

/// A server that takes a request down stays with it until the layer below has returned from the submitting
/// call (`submitted`), or, where nothing below says so, until the request completes. As it stays, its work on
/// the way down is spent without an event. Whether the next one served is a call or a return is the
/// subclass's choice.
class CallStage : public Stage {
 public:
  void submit(Slot s) override {
    sim()[s].phase = kCall;
    enter(calls_, s);
  }
  void complete(Slot s) override {
    sim()[s].phase = kReturn;
    if (inside(s))
      work(s);  // by the server that was blocked below
    else
      enter(returns_, s);
  }
  void on_event(Slot s) override {
    if (leave(s)) sim().submitted(s);
    release();
    sim().up(s);
  }
  void submitted(Slot s, int level) override {
    leave(s);
    release();
    sim().pass_submitted(s, level);
  }

 protected:
  enum Phase : std::uint8_t { kCall, kReturn, kFirstFree };
  explicit CallStage(int servers) : free_(servers) {}

  /// Server time of the request's phase.
  virtual Time cost(const Request& r) const = 0;
  virtual bool returns_first() const = 0;

  void enter(SlotQueue& queue, Slot s) {
    if (free_ > 0) {
      serve(s);
    } else {
      sim().mark_queued(s);
      queue.push(sim(), s);
    }
  }
  void serve(Slot s) {
    --free_;
    if (sim()[s].phase == kCall)
      call(s);
    else
      work(s);
  }
  /// Occupies the server that `s` already has, until the slot's event.
  void work(Slot s) {
    const Time t = cost(sim()[s]);
    cpu_ += t;
    sim().hold(s, Time{0}, t);
  }
  void call(Slot s) {
    const Time t = cost(sim()[s]);
    cpu_ += t;
    sim().spend(s, t);
    if (inside_.size() <= s) inside_.resize(sim().slots());
    inside_[s] = true;
    sim().down(s, below());
  }
  /// Has the submitting call of `s` not returned?
  bool inside(Slot s) const { return s < inside_.size() && inside_[s]; }
  /// Ends the submitting call of `s`. @return whether there was one
  bool leave(Slot s) { return s < inside_.size() && std::exchange(inside_[s], false); }
  void release() {
    ++free_;
    if (calls_.empty() && returns_.empty()) return;
    SlotQueue& queue = calls_.empty() || (!returns_.empty() && returns_first()) ? returns_ : calls_;
    serve(queue.pop(sim()));
  }

  SlotQueue calls_, returns_;

 private:
  int free_;
  std::vector<std::uint8_t> inside_;  ///< by slot
};

}  // namespace blkpath
