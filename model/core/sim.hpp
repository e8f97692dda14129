/// The event kernel: slots, the pending events, the stages, and where each request's time went.
#pragma once
#include <algorithm>
#include <cassert>
#include <memory>
#include <string>
#include <vector>

#include "model/core/event_tree.hpp"
#include "model/core/random.hpp"
#include "model/core/request.hpp"
#include "model/core/stage.hpp"

namespace blkpath {

/// One simulation. Owns the stages and the requests in flight; nothing is global, two can run side by side.
///
/// Time is booked to buckets, two for each group of stages: queued and in service. A request's buckets add up
/// to its latency exactly; when children join, the times of the one that came last become the parent's.
class Sim {
 public:
  explicit Sim(std::uint64_t seed) : seed_(seed) { requests_.reserve(EventTree::kMaxSlots); }
  Sim(const Sim&) = delete;
  Sim& operator=(const Sim&) = delete;
  ~Sim();

  // ---- building -------------------------------------------------------------------------------------------
  /// @param name   unique, e.g. "spindle[3]"; also seeds the stage's random stream
  /// @param group  stages whose times are reported as one, e.g. "spindle"
  StageId add(std::unique_ptr<Stage> stage, std::string name, const std::string& group);
  void connect(StageId from, StageId to) { stages_[from]->next_.push_back(to); }
  /// Calls every stage's start(); nothing can be added after it.
  void start();

  // ---- running --------------------------------------------------------------------------------------------
  Instant now() const { return now_; }
  std::uint64_t seed() const { return seed_; }
  std::uint64_t events() const { return events_; }
  bool idle() const { return tree_.empty(); }
  /// When the next event is due; Instant::max() when nothing is pending.
  Instant next() const { return tree_.empty() ? Instant::max() : tree_.next_time(); }
  /// Executes the next event.
  void step() {
    const std::uint64_t next = tree_.next();
    const Slot fired = EventTree::slot_of(next);
    now_ = EventTree::time_of(next);
    fired_ = fired;
    ++events_;
    const Request& r = requests_[fired];
    stages_[r.route[r.depth - 1u]]->on_event(fired);
    if (fired_ == fired) tree_.clear(fired);
    fired_ = kNoSlot;
  }
  void run_until(Instant end) {
    const Instant last = std::min(end, Instant{EventTree::kMaxTime});  // before the date of an empty tree
    while (!stopped_ && tree_.next_time() <= last) step();
    if (!stopped_ && now_ < last && end <= last) now_ = end;
  }
  /// Executes at most `n` events; fewer when none is left or stop() was called.
  void run_events(int n) {
    while (n-- > 0 && !stopped_ && !tree_.empty()) step();
  }
  /// Makes run_until return after the present event.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }
  /// Moves the clock of an idle kernel, so that a request can be opened at `t`; t must not pass next().
  void advance_to(Instant t) { now_ = t; }

  // ---- slots ----------------------------------------------------------------------------------------------
  Request& operator[](Slot s) { return requests_[s]; }
  const Request& operator[](Slot s) const { return requests_[s]; }
  Stage& stage(StageId id) const { return *stages_[id]; }
  std::size_t stages() const { return stages_.size(); }
  std::size_t slots() const { return requests_.size(); }
  std::size_t open_requests() const { return open_; }

  /// A slot whose event calls `owner`'s on_event; for threads, timers, platters.
  Slot timer(const Stage& owner);
  /// A new request that `root` has to pass down.
  Slot open(const Stage& root, Op op, std::int64_t offset, std::uint32_t length, std::uint8_t flags);
  /// A part of `parent`, to be passed down by `splitter`, which gets it back in `complete` and then calls
  /// join(). Time of the parent is booked up to now.
  Slot split(Slot parent, const Stage& splitter, Op op, std::int64_t offset, std::uint32_t length);
  /// Ends a child. @return its parent when it was the last one, with the child's times added; else kNoSlot.
  Slot join(Slot child);
  void close(Slot s) {
    requests_[s].next = free_;
    free_ = s;
    --open_;
  }

  void schedule(Slot s, Instant at) {
    if (at < now_ || at > Instant{EventTree::kMaxTime}) no_such_date(s, at);
    tree_.set(s, at);
    if (s == fired_) fired_ = kNoSlot;
  }
  void cancel(Slot s) { tree_.clear(s); }
  bool pending(Slot s) const { return s != fired_ && tree_.pending(s); }

  // ---- moving requests ------------------------------------------------------------------------------------
  void down(Slot s, StageId to) {
    Request& r = requests_[s];
    r.route[r.depth++] = to;
    if (r.depth == Request::kMaxDepth) too_deep(s);
    Stage& stage = *stages_[to];
    book(s, r, stage.bucket_ + 1);
    ++stage.visits_;
    stage.submit(s);
  }
  /// As down(), for a stage that has no part in what comes back: the request goes on in its place, and
  /// neither `submitted` nor `complete` will pass it.
  void hand_on(Slot s, StageId to) {
    Request& r = requests_[s];
    r.route[r.depth - 1u] = to;
    Stage& stage = *stages_[to];
    book(s, r, stage.bucket_ + 1);
    ++stage.visits_;
    stage.submit(s);
  }
  void up(Slot s) {
    Request& r = requests_[s];
    Stage& stage = *stages_[r.route[--r.depth - 1u]];
    book(s, r, stage.bucket_ + 1);
    stage.complete(s);
  }
  /// Tells the stage above the one at `level` of the route that the submitting call has returned.
  void pass_submitted(Slot s, int level) {
    if (level > 0) stages_[requests_[s].route[static_cast<std::size_t>(level - 1)]]->submitted(s, level - 1);
  }
  /// The same for the stage that holds the request now; not while it is ahead of the clock.
  void submitted(Slot s) {
    assert(requests_[s].since <= now_);
    pass_submitted(s, requests_[s].depth - 1);
  }

  // ---- booking time ---------------------------------------------------------------------------------------
  /// From now on the request waits at / is served by the stage that holds it.
  void mark_queued(Slot s) { book(s, requests_[s], holder(s).bucket_); }
  void mark_service(Slot s) { book(s, requests_[s], holder(s).bucket_ + 1); }
  /// Waits `wait` and is then served for `service`; the slot's event comes at the end. @return that instant
  Instant hold(Slot s, Time wait, Time service) {
    Request& r = requests_[s];
    Stage& stage = holder(s);
    std::int64_t* const t = times(s);
    const Instant start = std::max(now_, r.since);  // it may be ahead of the clock
    t[r.bucket] += (start - r.since).count();
    t[stage.bucket_] += wait.count();
    t[stage.bucket_ + 1] += service.count();
    stage.busy_ += service;
    r.bucket = stage.bucket_ + 1;
    r.since = start + wait + service;
    schedule(s, r.since);
    return r.since;
  }
  /// Books `service` and goes on at once, without an event: the request is ahead of the clock, and its next
  /// hold begins when it has caught up. For work of a thread that stays with the request. A stage below for
  /// which the instant matters (a queue that may be full, a signal to the caller) calls catch_up() first.
  void spend(Slot s, Time service) {
    Request& r = requests_[s];
    Stage& stage = holder(s);
    std::int64_t* const t = times(s);
    const Instant start = std::max(now_, r.since);
    t[r.bucket] += (start - r.since).count();
    t[stage.bucket_ + 1] += service.count();
    stage.busy_ += service;
    r.bucket = stage.bucket_ + 1;
    r.since = start + service;
  }
  /// Has the request's own time not come yet? Then its slot's event is set for when it has.
  bool catch_up(Slot s) {
    if (requests_[s].since <= now_) return false;
    hold(s, Time{0}, Time{0});
    return true;
  }
  /// The request's own time: now, or later when it is ahead of the clock.
  Instant at(Slot s) const { return std::max(now_, requests_[s].since); }
  /// From now on `s` goes with `carrier`, which its stage sends on for both: what is booked to the carrier is
  /// booked to `s` as well. Until leave(), the books of `s` hold the difference between the two.
  void ride(Slot s, Slot carrier);
  /// Ends the ride of `s`, at the carrier's own time.
  void leave(Slot s, Slot carrier);
  /// Closes the books of a root request at now(): its times by bucket, 2 per group (queued, service).
  const std::int64_t* settle(Slot s) {
    book(s, requests_[s], 0);
    return times(s);
  }
  const std::vector<std::string>& groups() const { return groups_; }
  std::size_t group_of(StageId id) const { return stages_[id]->bucket_ / 2; }
  std::size_t buckets() const { return buckets_; }

 private:
  Stage& holder(Slot s) const {
    const Request& r = requests_[s];
    return *stages_[r.route[r.depth - 1u]];
  }
  std::int64_t* times(Slot s) { return times_.data() + s * buckets_; }
  void book(Slot s, Request& r, std::uint32_t bucket) {
    const Instant at = std::max(now_, r.since);
    times(s)[r.bucket] += (at - r.since).count();
    r.since = at;
    r.bucket = bucket;
  }
  Slot take();
  Slot grow();
  [[noreturn]] void too_deep(Slot s) const;
  [[noreturn]] void no_such_date(Slot s, Instant at) const;

  std::uint64_t seed_;
  Instant now_{};
  Slot fired_ = kNoSlot;
  std::uint64_t events_ = 0;
  bool stopped_ = false, started_ = false;
  EventTree tree_;
  std::vector<Request> requests_;    ///< they never move: 8 MiB of address space, touched when used
  std::vector<std::int64_t> times_;  ///< slots x buckets
  Slot free_ = kNoSlot;
  std::size_t open_ = 0;
  std::vector<std::unique_ptr<Stage>> stages_;
  std::vector<std::string> groups_;
  std::size_t buckets_ = 0;  ///< 2 * groups_.size(), read on every move
};

/// First in, first out, through the requests' own links.
class SlotQueue {
 public:
  bool empty() const { return head_ == kNoSlot; }
  std::size_t size() const { return size_; }
  Slot front() const { return head_; }
  Slot back() const { return tail_; }
  void push(Sim& sim, Slot s) {
    sim[s].next = kNoSlot;
    if (empty())
      head_ = s;
    else
      sim[tail_].next = s;
    tail_ = s;
    ++size_;
  }
  Slot pop(Sim& sim) {
    const Slot s = head_;
    head_ = sim[s].next;
    --size_;
    return s;
  }
  /// Takes out the successor of `before` (kNoSlot: the head).
  Slot remove_after(Sim& sim, Slot before) {
    if (before == kNoSlot) return pop(sim);
    const Slot s = sim[before].next;
    sim[before].next = sim[s].next;
    if (tail_ == s) tail_ = before;
    --size_;
    return s;
  }

 private:
  Slot head_ = kNoSlot, tail_ = kNoSlot;
  std::size_t size_ = 0;
};

/// One server with a FIFO queue whose service times are known on arrival: the queue is a date.
class FifoServer {
 public:
  /// @return how long a request that arrives at `now` and needs `service` waits before it is served
  Time wait(Instant now, Time service) {
    const Instant begin = std::max(now, free_at_);
    free_at_ = begin + service;
    return begin - now;
  }
  Instant free_at() const { return free_at_; }

 private:
  Instant free_at_{};
};

}  // namespace blkpath
