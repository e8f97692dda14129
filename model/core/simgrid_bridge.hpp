/// A blkpath path under a SimGrid simulation: actors read and write on it and block until it is done.
#pragma once
#include <memory>

#include "model/core/sim.hpp"
#include "model/core/stage.hpp"

namespace blkpath {

/// What came of an actor's I/O.
struct IoResult {
  int error = 0;  ///< errno, 0 when none
  Time latency{0};
};

/// A stage that does something in SimGrid for its requests, such as a communication.
class SimgridStage : public Stage {
 public:
  /// SimGrid's clock is where the kernel's was when the stage asked for this; in SimGrid's main loop.
  virtual void in_simgrid(Slot s) = 0;
};

/// Lets SimGrid drive a Sim. The kernel keeps its own integer clock; whenever SimGrid asks for the next
/// event, the kernel runs ahead as far as SimGrid allows, or to the instant at which an actor's I/O
/// completes or a stage does something in SimGrid, and no further. So actors, links, failures and the path
/// see one order of events, and the path's events cost what they cost without SimGrid.
///
///     simgrid::s4u::Engine engine("example");
///     Sim sim(seed);
///     SimgridBridge bridge(sim);
///     auto port = std::make_unique<ActorPort>(bridge);  // a root stage: sim.add() it, connect it to the
///     path
///     ...
///     sim.start();
///     engine.run();
///
/// While no actor waits for the path, the kernel stands still; the next request makes it catch up first. So a
/// timer inside the path, such as periodic writeback, keeps neither SimGrid's clock going nor its engine
/// alive; and what a stage does in SimGrid for such work, it does late. Completions of one instant wake their
/// actors in the order in which the kernel completed them.
///
/// Leaves out SimGrid's parallel execution of actors (contexts/nthreads above 1).
class SimgridBridge {
 public:
  /// @param sim  must outlive the engine's run
  /// @throws std::logic_error  when there is no engine yet, or when it has a model that runs ahead already (a
  ///                           bridge, or ns-3): two of them would overtake each other. One Sim takes any
  ///                           number of paths and ports.
  explicit SimgridBridge(Sim& sim);

  /// I/Os of actors that have not completed.
  std::size_t in_flight() const;

  // For stages.

  /// Calls `stage.in_simgrid(s)` when SimGrid's clock has come to the kernel's.
  void call(SimgridStage& stage, Slot s);
  /// In SimGrid's main loop: brings the kernel to SimGrid's clock, so that requests can move.
  void catch_up();

 private:
  friend class ActorPort;
  class Model;
  std::shared_ptr<Model> model_;  ///< shared with the engine
};

/// The top of a path, called by SimGrid actors; many may be inside it at once.
class ActorPort final : public Stage {
 public:
  explicit ActorPort(SimgridBridge& bridge) : model_(bridge.model_) {}

  // Each blocks the calling actor until the path has completed the request.
  IoResult read(Bytes offset, Bytes length) { return transfer(Op::read, offset, length); }
  IoResult write(Bytes offset, Bytes length) { return transfer(Op::write, offset, length); }
  IoResult flush() { return transfer(Op::flush, Bytes{0}, Bytes{0}); }
  /// @param flags  of Request::Flag
  /// @throws std::invalid_argument  when offset is negative or length is not within 0 and 4 GiB
  /// @throws std::logic_error       when called by no actor, or for a Sim that is not the bridge's or not
  /// started
  IoResult transfer(Op op, Bytes offset, Bytes length, std::uint8_t flags = 0);

  /// @throws std::logic_error  when nothing stands below
  void start() override;
  void submit(Slot) override {}
  void on_event(Slot) override {}
  void submitted(Slot, int) override {}
  void complete(Slot s) override;

 private:
  friend class SimgridBridge::Model;
  std::shared_ptr<SimgridBridge::Model> model_;
  bool started_ = false;
};

}  // namespace blkpath
