/// A SimGrid engine with a path under it, for tests.
#pragma once
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <simgrid/s4u.hpp>

#include <cstdio>
#include <functional>

#include "model/core/simgrid_bridge.hpp"
#include "model/core/test/stages.hpp"

namespace blkpath::test {

namespace sg = simgrid::s4u;

/// SimGrid has one engine in a process's life: each test runs in a child, and passes when the child's checks
/// do.
inline void in_child(const std::function<void()>& body) {
  std::fflush(stdout);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    body();
    std::fflush(stdout);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// One server with a FIFO queue: 100 us and 10 ns for each byte.
struct Disk : Stage {
  void submit(Slot s) override {
    const Time service = 100us + 10ns * static_cast<std::int64_t>(sim()[s].length);
    sim().hold(s, fifo.wait(sim().now(), service), service);
  }
  void on_event(Slot s) override { sim().up(s); }
  FifoServer fifo;
};

/// The sanitizer loses track of exceptions on the stacks that SimGrid swaps itself; threads have stacks it
/// knows.
inline sg::Engine make_engine() {
#ifdef __has_feature
#if __has_feature(address_sanitizer)
  sg::Engine::set_config("contexts/factory:thread");
#endif
#endif
  return sg::Engine("test");
}
inline Time clock_now() { return from_seconds(sg::Engine::get_clock()); }

/// An engine with one host, and a port above the stage that the test gives.
struct World {
  explicit World(std::unique_ptr<Stage> below) {
    auto* const zone = sg::create_full_zone("zone");
    host = zone->create_host("host", 1e9)->seal();
    zone->seal();
    auto owned = std::make_unique<ActorPort>(bridge);
    port = owned.get();
    sim.connect(sim.add(std::move(owned), "port", "port"), sim.add(std::move(below), "below", "below"));
    sim.start();
  }
  void actor(const std::string& name, std::function<void()> body) {
    sg::Actor::create(name, host, std::move(body));
  }
  sg::Engine engine = make_engine();
  Sim sim{1};
  SimgridBridge bridge{sim};
  ActorPort* port;
  sg::Host* host;
};

}  // namespace blkpath::test
