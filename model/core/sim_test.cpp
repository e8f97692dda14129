// The kernel: clock and events, slots, and how requests move. Where their time goes is in booking_test.cpp.
#include "model/core/sim.hpp"

#include <gmock/gmock.h>

#include "model/core/test/stages.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace test;

TEST(Sim, RequestIsNotDoneOneNanosecondEarlyButOnTime) {
  Chain c({30us, 10us});
  c.root->launch();
  c.sim.run_until(at(40us - 1ns));
  EXPECT_TRUE(c.root->done.empty());
  EXPECT_EQ(c.sim.now(), at(40us - 1ns));
  c.sim.run_until(at(40us));
  EXPECT_THAT(c.root->done, ElementsAre(at(40us)));
}

TEST(Sim, RunningToTheEndOfTimeReturnsWhenNothingIsPending) {
  Chain c({30us});
  c.root->launch();
  c.sim.run_until(Instant::max());
  EXPECT_THAT(c.root->done, ElementsAre(at(30us)));
  EXPECT_TRUE(c.sim.idle());
  EXPECT_EQ(c.sim.next(), Instant::max());
}

TEST(Sim, IdleKernelAdvancesToTheEndOfTheRun) {
  Chain c({30us});
  c.sim.run_until(at(1s));
  EXPECT_EQ(c.sim.now(), at(1s));
}

TEST(Sim, StopEndsTheRunAfterThePresentEvent) {
  struct Stopper : Hold {
    using Hold::Hold;
    void on_event(Slot s) override {
      sim().stop();
      Hold::on_event(s);
    }
  };
  Sim sim(1);
  Root* const root = add<Root>(sim, "root");
  sim.connect(root->id(), add<Stopper>(sim, "stopper", 5us)->id());
  sim.start();
  root->launch();
  root->launch();
  sim.run_until(at(1s));
  EXPECT_EQ(root->done.size(), 1u);
  EXPECT_EQ(sim.now(), at(5us));
  EXPECT_TRUE(sim.stopped());
}

TEST(Sim, EventInThePastStopsTheRunAndNamesTheStage) {
  Chain c({30us});
  c.sim.run_until(at(1ms));
  const Slot s = c.root->launch();
  try {
    c.sim.schedule(s, at(1ms - 1ns));
    FAIL() << "the clock would run backwards";
  } catch (const std::logic_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("hold1"));
    EXPECT_THAT(e.what(), HasSubstr("1ms"));
    EXPECT_THAT(e.what(), HasSubstr("seed 1"));
  }
}

TEST(Sim, EventPastTheClocksRangeStopsTheRun) {
  Chain c({EventTree::kMaxTime});
  c.sim.run_until(at(1ns));
  EXPECT_THROW(c.root->launch(), std::logic_error);
}

TEST(Sim, CancelledEventDoesNotFire) {
  Chain c({30us});
  const Slot s = c.root->launch();
  EXPECT_TRUE(c.sim.pending(s));
  c.sim.cancel(s);
  EXPECT_FALSE(c.sim.pending(s));
  c.sim.run_until(at(1s));
  EXPECT_TRUE(c.root->done.empty());
  EXPECT_EQ(c.sim.events(), 0u);
}

TEST(Sim, TimerFiresUntilItNoLongerSetsItself) {
  struct Ticker : Root {
    void start() override { sim().schedule(tick = sim().timer(*this), at(10us)); }
    void on_event(Slot s) override {
      EXPECT_FALSE(sim().pending(s));  // while it fires it is not pending
      ticks.push_back(sim().now());
      if (ticks.size() < 3) sim().schedule(s, sim().now() + 10us);
    }
    Slot tick = kNoSlot;
    std::vector<Instant> ticks;
  };
  Sim sim(1);
  Ticker* const ticker = add<Ticker>(sim, "ticker");
  sim.start();
  sim.run_until(at(1s));
  EXPECT_THAT(ticker->ticks, ElementsAre(at(10us), at(20us), at(30us)));
  EXPECT_EQ(sim.open_requests(), 0u);
}

TEST(Sim, SequentialRequestsReuseOneSlot) {
  Chain c({1us});
  for (int i = 0; i < 1000; ++i) {
    c.root->launch();
    EXPECT_EQ(c.sim.open_requests(), 1u);
    c.sim.run_until(c.sim.now() + 1us);
    EXPECT_EQ(c.sim.open_requests(), 0u);
  }
  EXPECT_EQ(c.root->done.size(), 1000u);
  EXPECT_EQ(c.sim.slots(), 1u);
}

TEST(Sim, SlotReopenedWithinItsOwnEventStaysPending) {
  struct Immediate : Root {  // closes and opens the slot whose event is firing
    void on_event(Slot s) override {
      sim().close(s);
      reopened = launch();
    }
    Slot reopened = kNoSlot;
  };
  Sim sim(1);
  Immediate* const root = add<Immediate>(sim, "root");
  sim.connect(root->id(), add<Hold>(sim, "hold", 7us)->id());
  sim.start();
  const Slot s = sim.open(*root, Op::read, 0, 512, 0);
  sim.schedule(s, at(1us));
  sim.run_until(at(1us));
  EXPECT_EQ(root->reopened, s);
  EXPECT_TRUE(sim.pending(s));
  sim.run_until(at(1s));
  EXPECT_THAT(root->done, ElementsAre(at(8us)));
}

TEST(Sim, MoreRequestsInFlightThanSlotsStopTheRun) {
  Chain c({1us});
  for (Slot i = 0; i < EventTree::kMaxSlots; ++i) c.root->launch();
  EXPECT_THROW(c.root->launch(), std::runtime_error);
}

TEST(Sim, TooDeepARouteStopsTheRunAndNamesTheStage) {
  Chain fits(std::vector<Time>(Request::kMaxDepth - 2, 1us));
  fits.root->launch();
  fits.sim.run_until(at(1s));
  EXPECT_EQ(fits.root->done.size(), 1u);

  Chain c(std::vector<Time>(Request::kMaxDepth - 1, 1us));
  c.root->launch();
  try {
    c.sim.run_until(at(1s));
    FAIL() << "passed more stages than a route has room for";
  } catch (const std::logic_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("hold19"));
  }
}

TEST(Sim, NothingCanBeAddedAfterStartNorTimedBeforeIt) {
  Sim sim(1);
  Root* const root = add<Root>(sim, "root");
  EXPECT_THROW(sim.timer(*root), std::logic_error);
  sim.start();
  EXPECT_THROW(add<Root>(sim, "late"), std::logic_error);
}

TEST(Sim, RequestPassesUpThroughEveryStageItCameDown) {
  struct Noting : Hold {
    Noting(std::vector<std::string>& l, Time t) : Hold(t), log(l) {}
    void submit(Slot s) override {
      log.push_back(name() + " submit");
      Hold::submit(s);
    }
    void complete(Slot s) override {
      log.push_back(name() + " complete");
      Hold::complete(s);
    }
    std::vector<std::string>& log;
  };
  std::vector<std::string> log;
  Sim sim(1);
  Root* const root = add<Root>(sim, "root");
  const StageId a = add<Noting>(sim, "a", log, 1us)->id(), b = add<Noting>(sim, "b", log, 1us)->id(),
                c = add<Noting>(sim, "c", log, 1us)->id();
  sim.connect(root->id(), a);
  sim.connect(a, b);
  sim.connect(b, c);
  sim.start();
  root->launch();
  sim.run_until(at(1s));
  EXPECT_THAT(log, ElementsAre("a submit", "b submit", "c submit", "b complete", "a complete"));
  EXPECT_EQ(root->done.size(), 1u);
}

// ---- the submitting call returns before the request completes
// ------------------------------------------------

/// Its submitting call returns after 5 us, the request completes after 20 us.
struct Asynchronous : Stage {
  void submit(Slot s) override {
    sim()[s].phase = 0;
    sim().hold(s, Time{0}, 5us);
  }
  void on_event(Slot s) override {
    if (sim()[s].phase == 1) return sim().up(s);
    sim()[s].phase = 1;
    sim().submitted(s);
    sim().hold(s, Time{0}, 15us);
  }
};
struct SubmitRoot : Root {
  void submitted(Slot, int level) override {
    EXPECT_EQ(level, 0);
    returned.push_back(sim().now());
    EXPECT_LT(done.size(), returned.size());
  }
  std::vector<Instant> returned;
};

TEST(Sim, SubmittedComesUpBeforeComplete) {
  struct Middle : Stage {
    void submit(Slot s) override { sim().down(s, below()); }
    void on_event(Slot) override {}
    void submitted(Slot s, int level) override {
      EXPECT_EQ(level, 1);
      EXPECT_EQ(sim()[s].route[1], id());
      ++seen;
      Stage::submitted(s, level);
    }
    int seen = 0;
  };
  Sim sim(1);
  SubmitRoot* const root = add<SubmitRoot>(sim, "root");
  Middle* const middle = add<Middle>(sim, "middle");
  sim.connect(root->id(), middle->id());
  sim.connect(middle->id(), add<Asynchronous>(sim, "aio")->id());
  sim.start();
  root->launch();
  sim.run_until(at(1s));
  EXPECT_EQ(middle->seen, 1);
  EXPECT_THAT(root->returned, ElementsAre(at(5us)));
  EXPECT_THAT(root->done, ElementsAre(at(20us)));
}

// ---- queues
// ------------------------------------------------------------------------------------------------

TEST(SlotQueue, TakesOutHeadMiddleAndTail) {
  Chain c({1s});
  SlotQueue queue;
  for (int i = 0; i < 5; ++i) queue.push(c.sim, c.root->launch());
  EXPECT_EQ(queue.remove_after(c.sim, 1), 2u);
  EXPECT_EQ(queue.remove_after(c.sim, 3), 4u);
  EXPECT_EQ(queue.back(), 3u);
  EXPECT_EQ(queue.remove_after(c.sim, kNoSlot), 0u);
  queue.push(c.sim, 4);
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.pop(c.sim), 1u);
  EXPECT_EQ(queue.pop(c.sim), 3u);
  EXPECT_EQ(queue.pop(c.sim), 4u);
  EXPECT_TRUE(queue.empty());
}

TEST(FifoServer, SecondOfTwoWaitsForTheFirst) {
  FifoServer server;
  EXPECT_EQ(server.wait(at(100us), 30us), 0us);
  EXPECT_EQ(server.wait(at(110us), 30us), 20us);
  EXPECT_EQ(server.wait(at(160us), 30us), 0us);  // it became free at this very instant
  EXPECT_EQ(server.free_at(), at(190us));
}

}  // namespace
}  // namespace blkpath
