/// The page cache under more writes than its device carries, and what is written when nobody asks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/core/random.hpp"
#include "model/page_cache.hpp"
#include "model/test/cache_rig.hpp"

namespace blkpath::test {
namespace {

/// 16 KiB random writes over `blocks` blocks, one after the other.
void write_randomly(CacheRig& rig, std::int64_t blocks) {
  auto random = std::make_shared<Random>(7, "writer");
  rig.client->notes = false;
  rig.client->again = [random, blocks] {
    return Client::Want{Op::write,
                        static_cast<std::int64_t>(random->below(static_cast<std::uint64_t>(blocks))) * 16384,
                        16384, 0};
  };
  rig.client->launch(rig.client->again());
}

void write_in_order(CacheRig& rig) {
  auto at = std::make_shared<std::int64_t>(0);
  rig.client->notes = false;
  rig.client->again = [at] { return Client::Want{Op::write, (*at += 65536) - 65536, 65536, 0}; };
  rig.client->launch(rig.client->again());
}

/// Acknowledged bytes per second from `from` to `to`.
double rate(CacheRig& rig, Time from, Time to) {
  rig.run_until(from);
  const std::int64_t before = rig.client->bytes;
  rig.run_until(to);
  return static_cast<double>(rig.client->bytes - before) / seconds(to - from);
}

PageCache::Params cache(DirtyPolicy policy) {
  PageCache::Params p = small_cache();
  p.policy = policy;
  p.memory = 1_GiB;
  p.ratelimit_pages = 1024;
  return p;
}

class BothPolicies : public testing::TestWithParam<DirtyPolicy> {};
INSTANTIATE_TEST_SUITE_P(Policy, BothPolicies, testing::Values(DirtyPolicy::linux_2_6, DirtyPolicy::modern),
                         [](const auto& policy) { return policy.index == 0 ? "Linux26" : "Modern"; });

TEST_P(BothPolicies, WritesRunFreeUntilTheLimit) {
  CacheRig rig(cache(GetParam()), 10ms, 1);
  write_in_order(rig);
  // 64 KiB cost 10 + 16 + 64 us; 96 MiB are below every limit.
  EXPECT_NEAR(rate(rig, 0s, Time{1024 * 90us}), 65536 / 90e-6, 65536 / 90e-6 * 0.002);
  EXPECT_EQ(rig.stat("throttled"), 0);
}

TEST_P(BothPolicies, TheLongRunRateOfRandomWritesIsTheDevices) {
  CacheRig rig(cache(GetParam()), 4ms, 14);  // 3500 requests a second
  rig.device->notes = false;
  write_randomly(rig, 1 << 20);
  // Over 16 GiB few blocks are neighbours: a request is little more than 16 KiB.
  const double device = 3500 * 16384.0;
  const double got = rate(rig, 60s, 180s);
  EXPECT_NEAR(got, device * rig.stat("writeback_mean") / 16384, 0.02 * device);
  EXPECT_GT(rig.stat("throttled"), 100);
}

TEST_P(BothPolicies, TheLongRunRateOfWritesInOrderIsTheDevices) {
  CacheRig rig(cache(GetParam()), 4ms, 1);  // 512 KiB each 4 ms
  rig.device->notes = false;
  write_in_order(rig);
  const double device = 524288 / 4e-3;
  EXPECT_NEAR(rate(rig, 30s, 90s), device, 0.02 * device);
}

TEST_P(BothPolicies, TheDeviceIsNeverIdleOnceTheLimitIsReached) {
  CacheRig rig(cache(GetParam()), 4ms, 14);
  rig.device->notes = false;
  write_randomly(rig, 1 << 20);
  rig.run_until(30s);
  const Time before = rig.device->busy();
  rig.run_until(90s);
  EXPECT_GT(seconds(rig.device->busy() - before), 0.98 * 14 * 60);
  EXPECT_GE(rig.device->deepest, 100);
}

TEST_P(BothPolicies, TwoRunsAreTheSame) {
  std::vector<std::int64_t> bytes;
  for (int i = 0; i < 2; ++i) {
    CacheRig rig(cache(GetParam()), 4ms, 14);
    write_randomly(rig, 1 << 18);
    rig.run_until(20s);
    bytes.push_back(rig.client->bytes);
    bytes.push_back(static_cast<std::int64_t>(rig.sim.events()));
  }
  EXPECT_EQ(bytes[0], bytes[2]);
  EXPECT_EQ(bytes[1], bytes[3]);
}

TEST_P(BothPolicies, WhatIsDirtyForLongIsWrittenAndTheSimulationEnds) {
  CacheRig rig(cache(GetParam()));
  rig.run_until(2s);
  rig.write(0, 4096);
  rig.run();
  ASSERT_EQ(rig.device->arrivals.size(), 1u);
  // Dirty from 2.000015 s on. 2.6 looks at 5, 10, ...: old enough at 35 s; 6.1 counts from the write: 32 s.
  const Instant expected = GetParam() == DirtyPolicy::linux_2_6 ? Instant{35s} : Instant{32s + 15us};
  EXPECT_EQ(rig.device->arrivals[0].at, expected);
  EXPECT_TRUE(rig.sim.idle());
}

TEST_P(BothPolicies, MemoryAndSlotsDoNotGrowWithTheNumberOfWrites) {
  CacheRig rig(cache(GetParam()), 1ms, 14);
  rig.device->notes = false;
  write_randomly(rig, 1 << 20);
  rig.run_until(30s);
  const std::size_t slots = rig.sim.slots();
  const std::int64_t pages = rig.cache->index().size();
  rig.run_until(60s);
  EXPECT_EQ(rig.sim.slots(), slots);
  EXPECT_EQ(rig.cache->index().size(), pages);
}

TEST(Writeback, IsSortedAndMergedAndGoesDownInOneInstant) {
  PageCache::Params p = small_cache();
  CacheRig rig(p);
  for (const int mib : {5, 1, 3}) rig.write(mib << 20, 65536);
  rig.write((1 << 20) + 65536, 65536);
  for (int i = 0; i < 9; ++i) rig.write((7 << 20) + i * 65536, 65536);  // 576 KiB: cut at 512
  rig.run();
  std::vector<std::pair<std::int64_t, std::int64_t>> got;
  for (const auto& a : rig.device->arrivals) {
    got.emplace_back(a.offset >> 10, a.length >> 10);
    EXPECT_EQ(a.at, rig.device->arrivals[0].at);
    EXPECT_NE(a.flags & Request::kBackground, 0);
  }
  EXPECT_THAT(got, testing::ElementsAre(std::pair{1024, 128}, std::pair{3072, 64}, std::pair{5120, 64},
                                        std::pair{7168, 512}, std::pair{7680, 64}));
}

TEST(Writeback, TheNextPassGoesOnWhereTheLastOneStopped) {
  PageCache::Params p = small_cache();
  p.memory = 256_MiB;
  p.dirty_background_bytes = 8_MiB;  // 2048 pages
  p.ratelimit_pages = 1;
  CacheRig rig(p, 1ms, 1);
  // 4 KiB every 64 KiB: each is a request of its own; the flusher takes 1024 at a time, 113 in flight.
  for (int i = 0; i < 2200; ++i) rig.write(i * 65536, 4096);
  rig.run_until(4s);
  const std::size_t first = rig.device->arrivals.size();
  ASSERT_GT(first, 152u);  // down to 2048 dirty, in chunks
  const std::int64_t stopped = rig.device->arrivals.back().offset;
  for (int i = 0; i < 2000; ++i) rig.write(i * 65536 + 4096, 4096);
  rig.run_until(6s);
  EXPECT_GT(rig.device->arrivals.at(first).offset, stopped);
  for (std::size_t i = 1; i < first; ++i)
    EXPECT_GT(rig.device->arrivals[i].offset, rig.device->arrivals[i - 1].offset);
}

TEST(Writeback, TheFlusherStopsAtCongestionAndAWriterAtTheFullQueue) {
  PageCache::Params p = small_cache();
  p.dirty_bytes = 32_MiB;
  p.dirty_background_bytes = 4_MiB;
  CacheRig rig(p, 10ms, 1);
  write_randomly(rig, 1 << 20);
  rig.run_until(40ms);  // 40 ms / 30 us x 16 KiB: between the limits
  EXPECT_EQ(rig.device->deepest, 113);
  rig.run_until(10s);
  EXPECT_EQ(rig.device->deepest, 128);
}

/// 512 pages over the limit, all under writeback or not: the writer writes 96 pages (1.5 x 64) and goes.
TEST(Throttle26, AWriterGoesWhenItsChunkIsWritten) {
  PageCache::Params p = small_cache();
  p.dirty_bytes = 1_MiB;             // 256 pages
  p.dirty_background_bytes = 1_MiB;  // half of it
  p.max_writeback_requests = 1000;
  CacheRig rig(p, 1s, 1);
  rig.client->notes = false;
  rig.write(0, 2 << 20);
  rig.run_until(3ms);
  EXPECT_EQ(rig.client->completed, 1);  // 10 + 512 + 2048 us
  EXPECT_EQ(rig.device->bytes_written, 2 << 20);
  EXPECT_EQ(rig.stat("throttled"), 0);
}

TEST(ThrottleModern, TheLevelSettlesBetweenFreeRunAndLimitAndNearTheSetpoint) {
  PageCache::Params p = cache(DirtyPolicy::modern);
  CacheRig rig(p, 4ms, 14);
  rig.device->notes = false;
  write_randomly(rig, 1 << 20);
  rig.run_until(120s);
  const double limit = static_cast<double>(p.limits().limit),
               background = static_cast<double>(p.limits().background);
  const double freerun = (limit + background) / 2, setpoint = (freerun + limit) / 2;
  double sum = 0;
  for (int i = 0; i < 120; ++i) {
    rig.run_until(120s + i * 500ms);
    const double held = rig.stat("dirty") / kPageSize;
    EXPECT_GT(held, freerun * 0.97);
    EXPECT_LT(held, limit * 1.001);
    sum += held;
  }
  EXPECT_NEAR(sum / 120, setpoint, 0.25 * (limit - freerun));
}

TEST(ThrottleModern, PausesStayBelow200ms) {
  CacheRig rig(cache(DirtyPolicy::modern), 20ms, 1);
  rig.device->notes = false;
  write_randomly(rig, 1 << 20);
  rig.run_until(100s);  // until the rate is known, a writer at the limit may sleep several times
  rig.client->notes = true;
  rig.run_until(200s);
  Time longest{0};
  for (const auto& d : rig.client->done) longest = std::max(longest, d.completed - d.opened);
  EXPECT_LE(longest, 201ms);
  EXPECT_GT(longest, 50ms);
}

TEST(PageCacheStats, TheOldestDirtyPageHasTheAgeOfItsWrite) {
  CacheRig rig(small_cache());
  rig.write(0, 4096);
  rig.run_until(3s);
  rig.write(10 << 20, 4096);
  rig.run_until(4s);
  EXPECT_NEAR(rig.stat("oldest_dirty"), 4.0, 0.001);
  EXPECT_EQ(rig.stat("dirty"), 8192);
}

}  // namespace
}  // namespace blkpath::test
