// Where a request's time went: what is booked to the stages adds up to its latency, to the nanosecond.
#include <gmock/gmock.h>

#include <cerrno>
#include <numeric>

#include "model/core/random.hpp"
#include "model/core/test/stages.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using namespace test;

/// Notes latency and times of each request.
struct Books : Root {
  struct Entry {
    Time latency;
    std::vector<Time> times;  ///< queued, service of each group
    std::uint16_t error;
  };
  void complete(Slot s) override {
    const std::int64_t* const t = sim().settle(s);
    Entry entry{sim().now() - sim()[s].born, {}, sim()[s].error};
    for (std::size_t i = 0; i < sim().buckets(); ++i) entry.times.emplace_back(t[i]);
    entries.push_back(entry);
    Root::complete(s);
  }
  void expect_exact() const {
    for (const Entry& e : entries)
      ASSERT_EQ(std::accumulate(e.times.begin(), e.times.end(), Time{0}), e.latency);
  }
  std::vector<Entry> entries;
};

/// One server with a FIFO queue.
struct Server : Stage {
  explicit Server(Time s) : service(s) {}
  void submit(Slot s) override { sim().hold(s, fifo.wait(sim().now(), service), service); }
  void on_event(Slot s) override { next().empty() ? sim().up(s) : sim().down(s, below()); }
  Time service;
  FifoServer fifo;
};

TEST(Booking, WaitIsBookedAsQueuedAndWorkAsService) {
  Sim sim(1);
  Books* const root = add<Books>(sim, "root");
  Server* const server = add<Server>(sim, "server", 30us);
  sim.connect(root->id(), server->id());
  sim.start();
  root->launch();
  root->launch();
  sim.run_until(at(1s));
  EXPECT_THAT(root->entries[0].times, ElementsAre(0us, 0us, 0us, 30us));
  EXPECT_THAT(root->entries[1].times, ElementsAre(0us, 0us, 30us, 30us));
  EXPECT_EQ(server->busy(), 60us);
  EXPECT_EQ(server->visits(), 2);
}

TEST(Booking, MarksMoveTimeBetweenQueuedAndService) {
  struct Marking : Stage {  // 2 us of service, 5 us queued, 3 us of service
    void submit(Slot s) override { sim().schedule(s, sim().now() + 2us); }
    void on_event(Slot s) override {
      const int phase = sim()[s].phase++;
      if (phase == 0) sim().mark_queued(s), sim().schedule(s, sim().now() + 5us);
      if (phase == 1) sim().mark_service(s), sim().schedule(s, sim().now() + 3us);
      if (phase == 2) sim().up(s);
    }
  };
  Sim sim(1);
  Books* const root = add<Books>(sim, "root");
  sim.connect(root->id(), add<Marking>(sim, "marking")->id());
  sim.start();
  root->launch();
  sim.run_until(at(1s));
  EXPECT_THAT(root->entries[0].times, ElementsAre(0us, 0us, 5us, 5us));
}

TEST(Booking, StagesOfOneGroupShareTheirTimes) {
  Sim sim(1);
  Books* const root = add<Books>(sim, "root");
  const StageId first = sim.add(std::make_unique<Server>(1us), "link[0]", "link");
  const StageId second = sim.add(std::make_unique<Server>(2us), "link[1]", "link");
  sim.connect(root->id(), first);
  sim.connect(first, second);
  sim.start();
  root->launch();
  sim.run_until(at(1s));
  EXPECT_THAT(sim.groups(), ElementsAre("root", "link"));
  EXPECT_EQ(sim.group_of(second), 1u);
  EXPECT_THAT(root->entries[0].times, ElementsAre(0us, 0us, 0us, 3us));
}

TEST(Booking, TimeOnTheWayUpIsBookedToo) {
  struct Interrupt : Server {  // works on the way down and on the way up
    using Server::Server;
    void submit(Slot s) override { sim().down(s, below()); }
    void complete(Slot s) override { sim().hold(s, Time{0}, service); }
    void on_event(Slot s) override { sim().up(s); }
  };
  Sim sim(1);
  Books* const root = add<Books>(sim, "root");
  const StageId bus = add<Interrupt>(sim, "bus", 4us)->id();
  sim.connect(root->id(), bus);
  sim.connect(bus, add<Server>(sim, "disk", 9us)->id());
  sim.start();
  root->launch();
  sim.run_until(at(1s));
  EXPECT_THAT(root->entries[0].times, ElementsAre(0us, 0us, 0us, 4us, 0us, 9us));
}

// The second request comes at 4 us and rides on the first, which sails at 10 us: 6 us in the queue.
TEST(Booking, ARiderGetsTheCarriersTimesFromWhenItGotOn) {
  struct Ferry : Stage {
    void submit(Slot s) override {
      sim().mark_queued(s);
      if (carrier == kNoSlot)
        sim().schedule(carrier = s, sim().now() + 10us);
      else
        sim().ride(rider = s, carrier);
    }
    void on_event(Slot s) override { sim().down(s, below()); }
    void complete(Slot s) override {
      sim().leave(rider, s);
      sim().up(s);
      sim().up(rider);
    }
    Slot carrier = kNoSlot, rider = kNoSlot;
  };
  Sim sim(1);
  Books* const root = add<Books>(sim, "root");
  const StageId ferry = add<Ferry>(sim, "ferry")->id();
  sim.connect(root->id(), ferry);
  sim.connect(ferry, add<Server>(sim, "disk", 30us)->id());
  sim.start();
  root->launch();
  sim.run_until(at(4us));
  root->launch();
  sim.run_until(at(1s));
  ASSERT_EQ(root->entries.size(), 2u);
  EXPECT_THAT(root->entries[0].times, ElementsAre(0us, 0us, 10us, 0us, 0us, 30us));
  EXPECT_THAT(root->entries[1].times, ElementsAre(0us, 0us, 6us, 0us, 0us, 30us));
  root->expect_exact();
}

// ---- split and join
// ------------------------------------------------------------------------------------------

/// Cuts a request into one child for each stage below; may open them one after the other.
struct Splitter : Stage {
  explicit Splitter(Time g = Time{0}) : gap(g) {}
  void submit(Slot s) override {
    sim()[s].phase = 0;
    on_event(s);
  }
  void on_event(Slot s) override {
    if (sim()[s].phase == kFinished) return sim().up(s);
    do {
      const auto i = static_cast<std::size_t>(sim()[s].phase++);
      const Slot child = sim().split(s, *this, sim()[s].op, sim()[s].offset, sim()[s].length);
      EXPECT_EQ(sim()[child].parent, s);
      sim().down(child, below(i));
    } while (gap == Time{0} && sim()[s].phase < next().size());
    if (sim()[s].phase < next().size()) sim().schedule(s, sim().now() + gap);
  }
  void complete(Slot child) override {
    const Slot parent = sim().join(child);
    if (parent == kNoSlot) return;
    sim()[parent].phase = kFinished;
    sim().hold(parent, Time{0}, 1us);  // so that what the splitter does afterwards is booked as well
  }
  static constexpr std::uint8_t kFinished = 255;
  Time gap;
};

struct Mirror {
  Mirror(Time gap, std::vector<Time> disks) : root(add<Books>(sim, "root")) {
    const StageId splitter = add<Splitter>(sim, "splitter", gap)->id();
    sim.connect(root->id(), splitter);
    for (const Time t : disks)
      sim.connect(splitter, add<Server>(sim, "disk" + std::to_string(sim.stages()), t)->id());
    sim.start();
  }
  Sim sim{1};
  Books* root;
};

TEST(Booking, LastChildsTimesBecomeTheParents) {
  Mirror m(Time{0}, {10us, 30us, 20us});
  m.root->launch();
  m.sim.run_until(at(1s));
  ASSERT_EQ(m.root->entries.size(), 1u);
  EXPECT_EQ(m.root->entries[0].latency, 31us);
  EXPECT_THAT(m.root->entries[0].times,
              ElementsAre(0us, 0us, /*splitter*/ 0us, 1us, 0us, 0us, /*disk 2*/ 0us, 30us, 0us, 0us));
  EXPECT_EQ(m.sim.open_requests(), 0u);
}

TEST(Booking, TimeBeforeALateChildStaysWithTheSplitter) {
  Mirror m(5us, {20us, 12us, 14us});  // children open at 0, 5 and 10 us; the last one ends at 24 us
  m.root->launch();
  m.sim.run_until(at(1s));
  ASSERT_EQ(m.root->entries.size(), 1u);
  EXPECT_EQ(m.root->entries[0].latency, 25us);
  EXPECT_EQ(m.root->entries[0].times[3], 11us);  // 10 us until the last child, and 1 us afterwards
  EXPECT_EQ(m.root->entries[0].times[9], 14us);
  m.root->expect_exact();
}

TEST(Booking, ParentTakesTheFirstErrorOfItsChildren) {
  struct Failing : Server {
    Failing(Time t, std::uint16_t e) : Server(t), error(e) {}
    void on_event(Slot s) override {
      sim()[s].error = error;
      sim().up(s);
    }
    std::uint16_t error;
  };
  Sim sim(1);
  Books* const root = add<Books>(sim, "root");
  const StageId splitter = add<Splitter>(sim, "splitter")->id();
  sim.connect(root->id(), splitter);
  sim.connect(splitter, add<Failing>(sim, "good", 1us, std::uint16_t{0})->id());
  sim.connect(splitter, add<Failing>(sim, "late", 9us, std::uint16_t{ENOSPC})->id());
  sim.connect(splitter, add<Failing>(sim, "early", 5us, std::uint16_t{EIO})->id());
  sim.start();
  root->launch();
  sim.run_until(at(1s));
  EXPECT_EQ(root->entries[0].error, EIO);
}

TEST(Booking, ChildsSubmittedEndsAtTheSplitter) {
  struct Telling : Server {
    using Server::Server;
    void submit(Slot s) override {
      sim().submitted(s);
      Server::submit(s);
    }
  };
  struct Deaf : Books {
    void submitted(Slot, int) override { FAIL() << "the splitter's own request is not submitted yet"; }
  };
  struct Listening : Splitter {
    void submitted(Slot child, int level) override {
      EXPECT_EQ(level, 0);
      EXPECT_NE(sim()[child].parent, kNoSlot);
      ++heard;
    }
    int heard = 0;
  };
  Sim sim(1);
  Deaf* const root = add<Deaf>(sim, "root");
  Listening* const splitter = add<Listening>(sim, "splitter");
  sim.connect(root->id(), splitter->id());
  for (int i = 0; i < 3; ++i)
    sim.connect(splitter->id(), add<Telling>(sim, "disk" + std::to_string(i), 1us)->id());
  sim.start();
  root->launch();
  sim.run_until(at(1s));
  EXPECT_EQ(splitter->heard, 3);
  EXPECT_EQ(root->entries.size(), 1u);
}

TEST(Booking, BucketsAddUpExactlyInARandomTreeOfSplits) {
  struct Arrivals : Books {
    void start() override { sim().schedule(sim().timer(*this), at(1ns)); }
    void on_event(Slot timer) override {
      launch();
      if (sim().now() < at(20ms)) sim().schedule(timer, sim().now() + random.exponential(40us));
    }
    Random random{1, "arrivals"};
  };
  Sim sim(1);
  Arrivals* const root = add<Arrivals>(sim, "root");
  // root -> link -> splitter -> (disk, inner splitter with a gap -> (disk, link -> disk, disk), disk)
  const StageId link = add<Server>(sim, "link", 3us)->id(), outer = add<Splitter>(sim, "outer")->id(),
                inner = add<Splitter>(sim, "inner", 777ns)->id(), deep = add<Server>(sim, "deep", 2us)->id();
  sim.connect(root->id(), link);
  sim.connect(link, outer);
  sim.connect(outer, add<Server>(sim, "disk0", 31us)->id());
  sim.connect(outer, inner);
  sim.connect(outer, add<Server>(sim, "disk1", 33us)->id());
  sim.connect(inner, add<Server>(sim, "disk2", 29us)->id());
  sim.connect(inner, deep);
  sim.connect(deep, add<Server>(sim, "disk3", 30us)->id());
  sim.connect(inner, add<Server>(sim, "disk4", 28us)->id());
  sim.start();
  sim.run_until(at(1s));
  EXPECT_GT(root->entries.size(), 400u);
  EXPECT_EQ(sim.open_requests(), 0u);
  root->expect_exact();
}

}  // namespace
}  // namespace blkpath
