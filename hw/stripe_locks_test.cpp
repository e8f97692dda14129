#include "hw/stripe_locks.hpp"

#include <gtest/gtest.h>

#include <map>

#include "model/core/random.hpp"
#include "model/core/test/stages.hpp"

namespace blkpath::test {
namespace {

TEST(StripeLocks, AStripeHasOneHolderAndAQueue) {
  Chain chain({1us});
  Sim& sim = chain.sim;
  const Slot a = sim.open(*chain.root, Op::write, 0, 512, 0), b = sim.open(*chain.root, Op::write, 0, 512, 0),
             c = sim.open(*chain.root, Op::write, 0, 512, 0);
  StripeLocks locks;
  EXPECT_TRUE(locks.lock(sim, 7, a));
  EXPECT_FALSE(locks.lock(sim, 7, b));
  EXPECT_FALSE(locks.lock(sim, 7, c));
  EXPECT_TRUE(locks.lock(sim, 8, a));
  EXPECT_EQ(locks.unlock(sim, 7), b);
  EXPECT_EQ(locks.unlock(sim, 7), c);
  EXPECT_EQ(locks.unlock(sim, 7), kNoSlot);
  EXPECT_TRUE(locks.lock(sim, 7, b));
  EXPECT_EQ(locks.size(), 2u);
}

// Stripes come and go at random; a map says what is locked.
TEST(StripeLocks, KnowsWhatIsLockedHoweverCellsCollide) {
  Chain chain({1us});
  const Slot s = chain.sim.open(*chain.root, Op::write, 0, 512, 0);
  StripeLocks locks;
  std::map<std::int64_t, int> locked;
  Random random(1, "locks");
  for (int i = 0; i < 20'000; ++i) {
    const auto stripe = static_cast<std::int64_t>(random.below(300));
    if (locked.erase(stripe) > 0) {
      EXPECT_EQ(locks.unlock(chain.sim, stripe), kNoSlot);
    } else {
      EXPECT_TRUE(locks.lock(chain.sim, stripe, s));
      locked[stripe] = 1;
    }
    ASSERT_EQ(locks.size(), locked.size());
  }
}

}  // namespace
}  // namespace blkpath::test
