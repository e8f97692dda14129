// Same seed, same run; and no run knows of another.
#include <gtest/gtest.h>

#include "model/core/test/stages.hpp"

namespace blkpath {
namespace {

using namespace test;

/// Random arrivals at a random service; the sum of when and which is its fingerprint.
struct Noisy : Root {
  void start() override {
    random = Random(sim().seed(), name());
    sim().schedule(sim().timer(*this), at(1us));
  }
  void on_event(Slot timer) override {
    launch(512 << random.below(8));
    sim().schedule(timer, sim().now() + random.exponential(3us));
  }
  void complete(Slot s) override {
    print = (print ^ (static_cast<std::uint64_t>(sim().now().time_since_epoch().count()) << 8 ^ s)) *
            0x100000001b3u;
    Root::complete(s);
  }
  Random random;
  std::uint64_t print = 0;
};
struct RandomHold : Stage {
  void start() override { random = Random(sim().seed(), name()); }
  void submit(Slot s) override { sim().hold(s, Time{0}, random.exponential(10us)); }
  void on_event(Slot s) override { sim().up(s); }
  Random random;
};
struct NoisySim {
  explicit NoisySim(std::uint64_t seed) : sim(seed), root(add<Noisy>(sim, "root")) {
    sim.connect(root->id(), add<RandomHold>(sim, "disk")->id());
    sim.start();
  }
  Sim sim;
  Noisy* root;
};

TEST(Sim, SameSeedRepeatsExactlyAndAnotherDoesNot) {
  NoisySim a(7), b(7), c(8);
  for (NoisySim* const n : {&a, &b, &c}) n->sim.run_until(at(10ms));
  EXPECT_GT(a.root->done.size(), 3000u);
  EXPECT_EQ(a.root->print, b.root->print);
  EXPECT_EQ(a.root->done, b.root->done);
  EXPECT_NE(a.root->print, c.root->print);
}

TEST(Sim, TwoSimulationsSideBySideDoNotDisturbEachOther) {
  NoisySim alone(7), a(7), b(8);
  alone.sim.run_until(at(10ms));
  for (Time t{0}; t <= 10ms; t += 1us) {
    a.sim.run_until(at(t));
    b.sim.run_until(at(t / 2));
  }
  EXPECT_EQ(a.root->print, alone.root->print);
  EXPECT_EQ(a.sim.events(), alone.sim.events());
}

}  // namespace
}  // namespace blkpath
