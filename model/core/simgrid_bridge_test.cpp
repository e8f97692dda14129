#include "model/core/simgrid_bridge.hpp"

#include <gmock/gmock.h>

#include "model/core/random.hpp"
#include "model/core/test/simgrid_world.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using namespace test;

struct Done {
  int actor;
  Time at, latency;
  auto operator<=>(const Done&) const = default;
};
void PrintTo(const Done& d, std::ostream* out) {
  *out << d.actor << " at " << format(d.at) << " after " << format(d.latency);
}
Bytes length_of(int actor, int i) { return Bytes{512 * (1 + (actor * 7 + i * 3) % 16)}; }

/// N closed loops of M writes without SimGrid.
struct Clients : Root {
  Clients(int actors, int w) : writes(w), count(actors) {}
  void start() override {
    for (std::size_t i = 0; i < count.size(); ++i) sim().schedule(sim().timer(*this), at(0ns));
  }
  void on_event(Slot client) override {  // the timers' slots are 0 to N - 1
    const int i = static_cast<int>(client);
    const Slot s = launch(static_cast<std::uint32_t>(length_of(i, count[client]++).n));
    sim()[s].user = client;
  }
  void complete(Slot s) override {
    const auto client = static_cast<Slot>(sim()[s].user);
    log.push_back({static_cast<int>(client), sim().now().time_since_epoch(), sim().now() - sim()[s].born});
    sim().close(s);
    if (count[client] < writes) sim().schedule(client, sim().now());
  }
  int writes;
  std::vector<int> count;
  std::vector<Done> log;
};

TEST(SimgridBridge, ActorsSeeTheSameTimesAsARunWithoutSimgrid) {
  in_child([] {
    constexpr int kActors = 17, kWrites = 50;
    Sim alone(1);
    Clients* const clients = add<Clients>(alone, "clients", kActors, kWrites);
    alone.connect(clients->id(), add<Disk>(alone, "disk")->id());
    alone.start();
    alone.run_until(Instant::max());

    World w(std::make_unique<Disk>());
    std::vector<Done> log;
    for (int a = 0; a < kActors; ++a)
      w.actor("a" + std::to_string(a), [&, a] {
        for (int i = 0; i < kWrites; ++i) {
          const IoResult result = w.port->write(0_B, length_of(a, i));
          EXPECT_EQ(result.error, 0);
          log.push_back({a, clock_now(), result.latency});
        }
      });
    w.engine.run();
    EXPECT_EQ(log.size(), kActors * kWrites);
    EXPECT_EQ(log, clients->log);
    EXPECT_EQ(w.bridge.in_flight(), 0u);
    EXPECT_EQ(w.sim.open_requests(), 0u);
  });
}

TEST(SimgridBridge, CompletionsOfOneInstantWakeActorsInTheOrderTheyAsked) {
  in_child([] {
    World w(std::make_unique<Hold>(Time{250us}));
    std::vector<int> woken;
    for (int a = 0; a < 20; ++a)
      w.actor("a" + std::to_string(a), [&, a] {
        for (int i = 0; i < 3; ++i) {
          w.port->read(0_B, 4_KiB);
          EXPECT_EQ(clock_now(), 250us * (i + 1));
          woken.push_back(a);
        }
      });
    w.engine.run();
    ASSERT_EQ(woken.size(), 60u);
    for (std::size_t i = 0; i < woken.size(); ++i) EXPECT_EQ(woken[i], static_cast<int>(i % 20));
  });
}

TEST(SimgridBridge, SleepersAndComputationsKeepTheirTimes) {
  in_child([] {
    World w(std::make_unique<Hold>(Time{1ms}));
    std::vector<std::string> log;
    auto note = [&](const std::string& what) { log.push_back(what + " " + format(clock_now())); };
    w.actor("io", [&] {
      for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(w.port->write(0_B, 4_KiB).latency, 1ms);
        note("io");
      }
    });
    w.actor("sleeper", [&] {
      sg::this_actor::sleep_for(1.5e-3);
      note("sleep");
      w.port->write(0_B, 4_KiB);  // starts while another is under way
      note("sleeper's io");
    });
    w.actor("computer", [&] {
      sg::this_actor::execute(2.2e6);  // 2.2 ms at 1 Gflop/s
      note("exec");
    });
    w.engine.run();
    EXPECT_THAT(
        log, ElementsAre("io 1ms", "sleep 1500us", "io 2ms", "exec 2200us", "sleeper's io 2500us", "io 3ms"));
  });
}

TEST(SimgridBridge, BusyNeighbourDoesNotMoveCompletions) {
  in_child([] {  // an actor that ticks every 30 ns forces 33,000 horizons on a single request
    World w(std::make_unique<Hold>(Time{1'000'003ns}));
    bool is_done = false;
    w.actor("io", [&] {
      EXPECT_EQ(w.port->write(0_B, 4_KiB).latency, 1'000'003ns);
      EXPECT_EQ(clock_now(), 1'000'003ns);
      is_done = true;
    });
    w.actor("ticker", [&] {
      while (!is_done) sg::this_actor::sleep_for(30e-9);
    });
    w.engine.run();
    EXPECT_TRUE(is_done);
  });
}

TEST(SimgridBridge, TimeNeverRunsBackwardsAtOddInstants) {
  in_child([] {
    World w(std::make_unique<Disk>());
    Instant before{};
    for (int a = 0; a < 8; ++a)
      w.actor("a" + std::to_string(a), [&, a] {
        Random random(1, "sleeps" + std::to_string(a));
        for (int i = 0; i < 500; ++i) {
          sg::this_actor::sleep_for(random.uniform() * (i % 50 == 0 ? 50.0 : 1e-3));  // no whole nanoseconds
          const Time start = clock_now();
          const IoResult result = w.port->write(0_B, length_of(a, i));
          EXPECT_GE(w.sim.now(), before);
          before = w.sim.now();
          EXPECT_GE(result.latency, 105'120ns);
          EXPECT_LE(std::abs((clock_now() - start - result.latency).count()), 1);
        }
      });
    w.engine.run();
  });
}

TEST(SimgridBridge, TimersInThePathDoNotKeepTheEngineAlive) {
  struct Ticking : Hold {  // as periodic writeback does
    using Hold::Hold;
    void start() override { sim().schedule(tick = sim().timer(*this), at(5ms)); }
    void on_event(Slot s) override {
      if (s != tick) return Hold::on_event(s);
      ++ticks;
      sim().schedule(s, sim().now() + 5ms);
    }
    Slot tick = kNoSlot;
    int ticks = 0;
  };
  in_child([] {
    auto owned = std::make_unique<Ticking>(Time{1ms});
    Ticking* const ticking = owned.get();
    World w(std::move(owned));
    w.actor("io", [&] {
      sg::this_actor::sleep_for(0.0995);
      EXPECT_EQ(ticking->ticks, 0);  // nobody was waiting
      w.port->write(0_B, 4_KiB);     // it catches up to 99.5 ms, and passes 100 ms meanwhile
      EXPECT_EQ(ticking->ticks, 20);
      EXPECT_EQ(clock_now(), 100'500us);
    });
    w.engine.run();
    EXPECT_EQ(clock_now(), 100'500us);
  });
}

}  // namespace
}  // namespace blkpath
