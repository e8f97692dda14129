// What can go wrong between SimGrid and a path, and what is said then.
#include <gmock/gmock.h>

#include <cerrno>

#include "model/core/test/simgrid_world.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;
using namespace test;

TEST(SimgridBridge, ErrorsComeBackToTheActor) {
  struct Failing : Hold {
    using Hold::Hold;
    void on_event(Slot s) override {
      if (sim()[s].op == Op::write) sim()[s].error = ENOSPC;
      sim().up(s);
    }
  };
  in_child([] {
    World w(std::make_unique<Failing>(Time{1ms}));
    w.actor("io", [&] {
      EXPECT_EQ(w.port->write(0_B, 4_KiB).error, ENOSPC);
      EXPECT_EQ(w.port->read(0_B, 4_KiB).error, 0);
      EXPECT_THROW(w.port->read(0_B, Bytes{-1}), std::invalid_argument);
      EXPECT_THROW(w.port->read(0_B, 5_GiB), std::invalid_argument);
    });
    w.engine.run();
    EXPECT_THROW(w.port->flush(), std::logic_error);  // no actor
  });
}

TEST(SimgridBridge, KilledActorLeavesItsRequestToThePath) {
  in_child([] {
    World w(std::make_unique<Disk>());
    int survived = 0;
    w.actor("victim", [&] {
      w.port->write(0_B, 1_MiB);
      ADD_FAILURE() << "killed while it waited";
    });
    w.actor("other", [&] {
      sg::this_actor::sleep_for(1e-3);
      sg::Actor::by_pid(1)->kill();
      for (int i = 0; i < 3; ++i) w.port->write(0_B, 0_B);
      survived = static_cast<int>(clock_now() / 1us);
    });
    w.engine.run();
    EXPECT_EQ(survived, 100 + 10'485 + 300);  // the killed actor's megabyte went first
    EXPECT_EQ(w.bridge.in_flight(), 0u);
  });
}

TEST(SimgridBridge, SecondBridgeIsRefused) {
  in_child([] {
    World w(std::make_unique<Disk>());
    Sim other(2);
    try {
      SimgridBridge second(other);
      ADD_FAILURE() << "two models that run ahead";
    } catch (const std::logic_error& e) {
      EXPECT_THAT(e.what(), HasSubstr("the engine has the model 'blkpath'"));
      EXPECT_THAT(e.what(), HasSubstr("into one Sim under one bridge"));
    }
  });
}

TEST(SimgridBridge, BridgeWithoutAnEngineIsRefused) {
  in_child([] {
    Sim sim(1);
    EXPECT_THROW(SimgridBridge{sim}, std::logic_error);
  });
}

TEST(SimgridBridge, LostRequestIsReportedWithItsSeed) {
  struct Sink : Stage {
    void submit(Slot) override {}
    void on_event(Slot) override {}
  };
  in_child([] {
    World w(std::make_unique<Sink>());
    w.actor("io", [&] { w.port->write(0_B, 4_KiB); });
    try {
      w.engine.run();
      ADD_FAILURE() << "the request never completed";
    } catch (const std::runtime_error& e) {
      EXPECT_THAT(e.what(), HasSubstr("1 requests of actors had not completed"));
      EXPECT_THAT(e.what(), HasSubstr("seed 1"));
    }
    std::fflush(stdout);
    _exit(testing::Test::HasFailure() ? 1 : 0);  // the engine cannot end in order with an actor inside
  });
}

}  // namespace
}  // namespace blkpath
