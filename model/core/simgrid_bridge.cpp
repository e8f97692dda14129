#include "model/core/simgrid_bridge.hpp"

#include <simgrid/kernel/Timer.hpp>
#include <simgrid/kernel/resource/Model.hpp>
#include <simgrid/s4u.hpp>
#include <simgrid/simix.hpp>

#include <algorithm>
#include <deque>
#include <limits>
#include <stdexcept>
#include <string>

namespace blkpath {
namespace sg = simgrid::s4u;

namespace {
/// SimGrid's clock is a double of seconds: below 78 hours it is exact to 0.06 ns, so that the nearest
/// nanosecond of a date that was a whole nanosecond is that nanosecond again.
Instant to_instant(double s) { return Instant{from_seconds(s)}; }
double to_simgrid(Instant t) { return seconds(t.time_since_epoch()); }
}  // namespace

class SimgridBridge::Model final : public simgrid::kernel::resource::Model {
 public:
  explicit Model(Sim& sim) : simgrid::kernel::resource::Model("blkpath"), sim_(sim) {}

  bool next_occurring_event_is_idempotent() override { return false; }
  double next_occurring_event(double horizon) override;
  void update_actions_state(double now, double delta) override;

  IoResult transfer(ActorPort& port, Op op, std::int64_t offset, std::uint32_t length, std::uint8_t flags);
  void completed(Slot s);
  void call(SimgridStage& stage, Slot s);
  void catch_up();
  bool serves(const Sim& sim) const { return &sim == &sim_; }
  std::size_t in_flight() const { return in_flight_; }

 private:
  /// An actor inside transfer(). Not on the actor's stack: the actor may be killed before its I/O completes.
  struct Waiter {
    sg::SemaphorePtr semaphore;
    IoResult result;
    std::uint64_t number = 0;  ///< of its request, in the order of submission
    bool is_completed = false, is_abandoned = false;
  };

  void submit(std::size_t waiter, ActorPort& port, Op op, std::int64_t offset, std::uint32_t length,
              std::uint8_t flags);
  bool must_stop() const { return !done_.empty() || !calls_.empty(); }
  void make_calls();
  std::size_t take();
  void give_back(std::size_t waiter) { free_.push_back(waiter); }
  void forget(std::size_t waiter);
  void watch();

  Sim& sim_;
  std::deque<Waiter> waiters_;
  std::vector<std::size_t> free_;
  std::vector<std::size_t> done_;  ///< waiters whose requests completed at stop_at_, not yet woken
  std::vector<std::pair<SimgridStage*, Slot>> calls_, due_;  ///< asked for at stop_at_; being made
  Instant stop_at_{};
  std::uint64_t submissions_ = 0;
  std::size_t in_flight_ = 0;
  simgrid::kernel::timer::Timer* guard_ = nullptr;
};

// ---- called by SimGrid's main loop
// ---------------------------------------------------------------------------

/// @param horizon  the largest step that SimGrid allows, in seconds; all its other models have answered
/// before
/// @return         the step it may take, or -1 for "nothing to wait for"
double SimgridBridge::Model::next_occurring_event(double horizon) {
  if (in_flight_ == 0) return -1;
  const double clock = sg::Engine::get_clock();
  if (horizon < 0) throw std::logic_error("SimGrid gave no horizon although the guard timer is set");
  if (!must_stop()) {
    Instant last = to_instant(clock + horizon);
    while (sim_.next() <= last) {
      sim_.step();
      if (must_stop()) last = sim_.now();  // whatever else happens at this instant
    }
  }
  if (!must_stop()) return horizon;
  return std::clamp(to_simgrid(stop_at_) - clock, 0.0, horizon);
}

void SimgridBridge::Model::update_actions_state(double now, double /*delta*/) {
  if (!must_stop() || stop_at_ > to_instant(now)) return;
  // Not here: other models have not come to `now` yet. Timers follow at the same date.
  if (!calls_.empty()) simgrid::kernel::timer::Timer::set(now, [this] { make_calls(); });
  std::sort(done_.begin(), done_.end(),
            [this](std::size_t a, std::size_t b) { return waiters_[a].number < waiters_[b].number; });
  for (const std::size_t waiter : done_) {
    --in_flight_;
    if (waiters_[waiter].is_abandoned)
      forget(waiter);
    else
      waiters_[waiter].semaphore->release();
  }
  done_.clear();
  if (in_flight_ == 0 && guard_ != nullptr) {
    guard_->remove();
    guard_ = nullptr;
  }
}

void SimgridBridge::Model::make_calls() {
  due_.swap(calls_);
  for (const auto& [stage, slot] : due_) stage->in_simgrid(slot);
  due_.clear();
}

/// With nothing else going on SimGrid would offer no horizon, and would take actors that wait for the path
/// for deadlocked. The guard is an event in the far future; when it comes, a stage has lost a request.
void SimgridBridge::Model::watch() {
  if (guard_ != nullptr) return;
  guard_ = simgrid::kernel::timer::Timer::set(to_simgrid(Instant{EventTree::kMaxTime}), [this] {
    guard_ = nullptr;
    throw std::runtime_error(std::to_string(in_flight_) + " requests of actors had not completed at " +
                             format(EventTree::kMaxTime) + ", when the clock ends; seed " +
                             std::to_string(sim_.seed()) + ", last event at " +
                             format(sim_.now().time_since_epoch()));
  });
}

// ---- called by actors
// ----------------------------------------------------------------------------------------

IoResult SimgridBridge::Model::transfer(ActorPort& port, Op op, std::int64_t offset, std::uint32_t length,
                                        std::uint8_t flags) {
  std::size_t waiter = 0;
  simgrid::kernel::actor::simcall_answered([&] {  // in SimGrid's main loop: no other actor runs meanwhile
    waiter = take();
    submit(waiter, port, op, offset, length, flags);
  });
  struct Abandon {
    Model& model;
    std::size_t waiter;
    bool is_armed = true;
    ~Abandon() {  // the actor is being killed
      if (!is_armed) return;
      if (model.waiters_[waiter].is_completed)
        model.forget(waiter);
      else
        model.waiters_[waiter].is_abandoned = true;
    }
  } abandon{*this, waiter};
  waiters_[waiter].semaphore->acquire();
  abandon.is_armed = false;
  const IoResult result = waiters_[waiter].result;
  give_back(waiter);
  return result;
}

void SimgridBridge::Model::submit(std::size_t waiter, ActorPort& port, Op op, std::int64_t offset,
                                  std::uint32_t length, std::uint8_t flags) {
  catch_up();
  ++in_flight_;
  watch();
  const Slot s = sim_.open(port, op, offset, length, flags);
  sim_[s].user = waiter;
  sim_.down(s, port.next()[0]);
}

void SimgridBridge::Model::completed(Slot s) {
  const auto index = static_cast<std::size_t>(sim_[s].user);
  Waiter& waiter = waiters_[index];
  waiter.result = {sim_[s].error, sim_.now() - sim_[s].born};
  waiter.is_completed = true;
  sim_.close(s);
  stop_at_ = sim_.now();
  done_.push_back(index);
}

// ---- called by stages
// ----------------------------------------------------------------------------------------

void SimgridBridge::Model::call(SimgridStage& stage, Slot s) {
  stop_at_ = sim_.now();
  calls_.emplace_back(&stage, s);
}

/// The kernel may be ahead by less than a nanosecond, for clocks round; it is never set back.
void SimgridBridge::Model::catch_up() {
  const Instant now = std::max(to_instant(sg::Engine::get_clock()), sim_.now());
  while (sim_.next() <= now) sim_.step();
  sim_.advance_to(now);
}

std::size_t SimgridBridge::Model::take() {
  if (free_.empty()) {
    free_.push_back(waiters_.size());
    waiters_.emplace_back();
  }
  const std::size_t waiter = free_.back();
  free_.pop_back();
  Waiter& w = waiters_[waiter];
  if (!w.semaphore) w.semaphore = sg::Semaphore::create(0);
  w.result = {};
  w.number = submissions_++;
  w.is_completed = w.is_abandoned = false;
  return waiter;
}

/// Its semaphore may hold a token that nobody took.
void SimgridBridge::Model::forget(std::size_t waiter) {
  waiters_[waiter].semaphore = nullptr;
  give_back(waiter);
}

// ---- the public face
// -----------------------------------------------------------------------------------------

SimgridBridge::SimgridBridge(Sim& sim) {
  if (!sg::Engine::has_instance())
    throw std::logic_error("SimgridBridge: create the simgrid::s4u::Engine first");
  for (auto* const model : sg::Engine::get_instance()->get_all_models())
    if (!model->next_occurring_event_is_idempotent())
      throw std::logic_error(
          "SimgridBridge: the engine has the model '" + model->get_name() +
          "', which runs ahead as well, and the two would overtake each other; put all paths "
          "into one Sim under one bridge");
  model_ = std::make_shared<Model>(sim);
  sg::Engine::get_instance()->add_model(model_);
}

std::size_t SimgridBridge::in_flight() const { return model_->in_flight(); }
void SimgridBridge::call(SimgridStage& stage, Slot s) { model_->call(stage, s); }
void SimgridBridge::catch_up() { model_->catch_up(); }

IoResult ActorPort::transfer(Op op, Bytes offset, Bytes length, std::uint8_t flags) {
  if (offset.n < 0 || length.n < 0 || length.n > std::numeric_limits<std::uint32_t>::max())
    throw std::invalid_argument("ActorPort: " + format(length) + " at byte " + std::to_string(offset.n) +
                                " is no transfer");
  if (!started_ || !model_->serves(sim()))
    throw std::logic_error("ActorPort: its Sim is not started, or not the bridge's");
  if (sg::Actor::is_maestro()) throw std::logic_error("ActorPort: only an actor can wait for an I/O");
  return model_->transfer(*this, op, offset.n, static_cast<std::uint32_t>(length.n), flags);
}

void ActorPort::start() {
  if (next().empty()) throw std::logic_error(name() + ": nothing stands below this ActorPort");
  started_ = true;
}

void ActorPort::complete(Slot s) { model_->completed(s); }

}  // namespace blkpath
