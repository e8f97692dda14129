/// Random mixes of everything over random caches: nothing may get stuck, leak or stay dirty.
#include <gtest/gtest.h>

#include "model/core/random.hpp"
#include "model/page_cache.hpp"
#include "model/test/cache_rig.hpp"

namespace blkpath::test {
namespace {

PageCache::Params any_cache(Random& random) {
  const auto upto = [&](std::uint64_t n) { return static_cast<std::int64_t>(1 + random.below(n)); };
  PageCache::Params p = small_cache();
  p.policy = random.below(2) == 0 ? DirtyPolicy::linux_2_6 : DirtyPolicy::modern;
  p.memory = Bytes{(15 + upto(4096)) * kPageSize};
  p.dirty_ratio = upto(60);
  p.dirty_background_ratio = upto(40);
  p.max_writeback_requests = upto(random.below(2) == 0 ? 8 : 200);
  p.ratelimit_pages = upto(100);
  p.max_request = Bytes{upto(128) * kPageSize};
  p.read_ahead = Bytes{upto(32) * kPageSize};
  p.inode_lock = random.below(2) == 0;
  p.bypass_direct = random.below(2) == 0;
  return p;
}

Client::Want any_request(Random& random, std::int64_t span, std::int64_t& end) {
  const std::uint64_t kind = random.below(100);
  if (kind < 3) return {Op::flush, 0, 0, 0};
  const std::int64_t unit = random.below(4) == 0 ? 512 : 4096;
  Client::Want w;
  w.op = kind < 5 ? Op::trim : kind < 50 ? Op::read : Op::write;
  w.offset = random.below(3) == 0
                 ? end
                 : static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(span))) * unit;
  w.length = static_cast<std::uint32_t>((1 + random.below(random.below(2) == 0 ? 40 : 4)) *
                                        static_cast<std::uint64_t>(unit));
  if (random.below(10) == 0) w.flags |= Request::kFua;
  if (random.below(10) == 0) w.flags |= Request::kDirect;
  end = w.offset + w.length;
  return w;
}

class AnyMix : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Seed, AnyMix, testing::Range(0, 24));

TEST_P(AnyMix, EndsWithNothingOpenAndNothingDirty) {
  Random random(static_cast<std::uint64_t>(GetParam()), "mix");
  const PageCache::Params p = any_cache(random);
  const Time service{random.below(4) == 0 ? 0 : static_cast<std::int64_t>(random.below(5'000'000))};
  CacheRig rig(p, service, 1 + random.below(14));
  rig.device->notes = rig.client->notes = false;
  const std::int64_t span =
      static_cast<std::int64_t>(1 + random.below(std::uint64_t{1} << (10 + random.below(18))));
  std::int64_t end = 0, launched = 0;
  rig.client->again = [&] {
    ++launched;
    return any_request(random, span, end);
  };
  for (std::uint64_t depth = 1 + random.below(40); depth > 0; --depth)
    rig.client->launch(rig.client->again());
  while (launched < 4000) {
    ASSERT_FALSE(rig.sim.idle());
    rig.sim.step();
  }
  rig.client->again = nullptr;
  for (int steps = 0; !rig.sim.idle() && steps < 1'000'000; ++steps) rig.sim.step();
  EXPECT_TRUE(rig.sim.idle());
  EXPECT_EQ(rig.client->completed, launched);
  EXPECT_EQ(rig.sim.open_requests(), 0u);
  EXPECT_EQ(rig.cache->at_risk(), Bytes{0});
  EXPECT_EQ(rig.cache->writeback().in_flight(), 0);
}

}  // namespace
}  // namespace blkpath::test
