#include "model/page_cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/test/cache_rig.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;

std::vector<std::int64_t> offsets_in_kib(const CacheRig& rig, Op op = Op::write) {
  std::vector<std::int64_t> out;
  for (const auto& a : rig.device->arrivals)
    if (a.op == op) out.push_back(a.offset / kKiB);
  return out;
}

TEST(PageCacheRead, AHitCostsExactlyTheCopy) {
  CacheRig rig(small_cache());
  rig.read(0, 16384);
  rig.run();
  rig.read(0, 16384);
  rig.run();
  ASSERT_EQ(rig.client->done.size(), 2u);
  const Time copy = 10us + 4us + 16us;
  EXPECT_EQ(rig.client->done[0].completed - rig.client->done[0].opened, 1ms + copy);
  EXPECT_EQ(rig.client->done[1].completed - rig.client->done[1].opened, copy);
  EXPECT_EQ(rig.device->arrivals.size(), 1u);
  EXPECT_EQ(rig.stat("hits"), 4);
  EXPECT_EQ(rig.stat("misses"), 4);
}

TEST(PageCacheRead, SubmittedComesWithCompletion) {
  CacheRig rig(small_cache());
  rig.read(0, 4096);
  rig.write(8192, 4096);
  rig.run_until(10ms);
  for (const auto& d : rig.client->done) EXPECT_EQ(d.submitted, d.completed);
}

TEST(PageCacheRead, OnlyMissingPagesAreRead) {
  CacheRig rig(small_cache());
  rig.read(4096, 4096);
  rig.run();
  rig.read(0, 16384);
  rig.run();
  EXPECT_THAT(offsets_in_kib(rig, Op::read), ElementsAre(4, 0, 8));
  EXPECT_EQ(rig.device->arrivals[2].length, 8192);
}

TEST(PageCacheRead, ASecondReaderWaitsForTheReadUnderWay) {
  CacheRig rig(small_cache());
  rig.read(0, 4096);
  rig.run_until(400us);
  rig.read(0, 4096);
  rig.run();
  EXPECT_EQ(rig.device->arrivals.size(), 1u);
  EXPECT_EQ(rig.client->done[1].completed, Instant{1ms + 15us});
}

TEST(PageCacheRead, SequentialReadsAreReadAheadAndTheDeviceStaysBusy) {
  PageCache::Params p = small_cache();
  p.read_ahead = 128_KiB;
  p.size = 8_MiB;
  CacheRig rig(p);
  std::int64_t at = 0;
  rig.client->again = [&] { return Client::Want{Op::read, at += 4096, 4096, 0}; };
  rig.read(0, 4096);
  while (at < 8'384'512) rig.sim.step();
  // 1 page wanted of at most 32: 4 pages first, then twice as many, up to the maximum.
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(rig.device->arrivals[i].length, std::min(16 << i, 128) * kKiB);
  std::int64_t read = 0;
  for (const auto& a : rig.device->arrivals) read += a.length;
  EXPECT_EQ(read, 8 << 20);  // never past the end, nothing twice
  EXPECT_GT(rig.stat("read_ahead"), 1900);
}

TEST(PageCacheRead, AFailedReadIsNotCached) {
  CacheRig rig(small_cache());
  rig.device->error = 5;
  rig.read(0, 4096);
  rig.run();
  EXPECT_EQ(rig.client->done[0].error, 5);
  EXPECT_EQ(rig.cache->index().size(), 0);
}

TEST(PageCacheWrite, WritesToOneFileAreServedOneByOne) {
  CacheRig rig(small_cache());
  rig.write(0, 4096);
  rig.write(4096, 4096);
  rig.run_until(1ms);
  EXPECT_EQ(rig.client->done[0].completed, Instant{15us});
  EXPECT_EQ(rig.client->done[1].completed, Instant{30us});
  EXPECT_EQ(rig.cache->at_risk(), 8_KiB);
}

TEST(PageCacheWrite, WithoutTheLockTheyOverlap) {
  PageCache::Params p = small_cache();
  p.inode_lock = false;
  CacheRig rig(p);
  rig.write(0, 4096);
  rig.write(4096, 4096);
  rig.run_until(1ms);
  EXPECT_EQ(rig.client->done[1].completed, Instant{15us});
}

TEST(PageCacheWrite, APartialPageIsReadFirstUnlessCached) {
  CacheRig rig(small_cache());
  rig.write(512, 4096);  // two partial pages, one run of one page each
  rig.run_until(10ms);
  EXPECT_THAT(offsets_in_kib(rig, Op::read), ElementsAre(0, 4));
  EXPECT_EQ(rig.client->done[0].completed, Instant{2ms + 10us + 2us + 4us});
  rig.write(1024, 512);
  rig.run_until(20ms);
  EXPECT_EQ(rig.device->arrivals.size(), 2u);
}

TEST(PageCacheWrite, AFuaWriteReachesTheDeviceBeforeItCompletes) {
  CacheRig rig(small_cache());
  rig.write(0, 8192, Request::kFua);
  rig.run();
  ASSERT_EQ(rig.device->arrivals.size(), 1u);
  EXPECT_EQ(rig.device->arrivals[0].length, 8192);
  EXPECT_NE(rig.device->arrivals[0].flags & Request::kFua, 0);
  EXPECT_EQ(rig.client->done[0].completed, Instant{10us + 2us + 8us + 1ms});
  EXPECT_EQ(rig.cache->at_risk(), Bytes{0});
}

TEST(PageCacheWrite, TwoFuaWritesOfOnePageReachTheDeviceOneAfterTheOther) {
  CacheRig rig(small_cache());
  rig.write(0, 512, Request::kFua);
  rig.run_until(1500us);
  rig.write(512, 512, Request::kFua);
  rig.run();
  EXPECT_THAT(offsets_in_kib(rig), ElementsAre(0, 0));
  EXPECT_EQ(rig.device->arrivals[2].at, rig.client->done[0].completed);
}

TEST(PageCacheFlush, LeavesNothingDirtyAndGoesDownLast) {
  CacheRig rig(small_cache(), 1ms, 4);
  for (int i = 0; i < 10; ++i) rig.write(i * 64 * kKiB, 4096);
  rig.run_until(1ms);
  rig.flush();
  rig.run();
  EXPECT_EQ(rig.cache->at_risk(), Bytes{0});
  ASSERT_EQ(rig.device->arrivals.size(), 11u);
  EXPECT_EQ(rig.device->arrivals.back().op, Op::flush);
  EXPECT_EQ(rig.device->arrivals.back().at, Instant{1ms + 3ms});  // 10 writes by 4 servers
  EXPECT_EQ(rig.client->done.back().submitted, rig.client->done.back().completed);
  EXPECT_TRUE(rig.sim.idle());
}

TEST(PageCacheFlush, OfMoreThanTheDeviceTakesGoesOnAsItReturns) {
  PageCache::Params p = small_cache();
  p.max_writeback_requests = 8;
  p.dirty_ratio = 60;
  p.dirty_background_ratio = 50;
  CacheRig rig(p, 1ms, 8);
  for (int i = 0; i < 1000; ++i) rig.write(i * 8 * kKiB, 4096);
  rig.run_until(100ms);
  rig.flush();
  rig.run();
  EXPECT_EQ(rig.device->deepest, 8);
  EXPECT_EQ(rig.cache->at_risk(), Bytes{0});
  EXPECT_EQ(rig.device->arrivals.size(), 1001u);
}

TEST(PageCacheFlush, WaitsForWhatIsUnderWritebackAndDirtyAgain) {
  CacheRig rig(small_cache(), 10ms);
  rig.write(0, 4096, Request::kFua);
  rig.run_until(1ms);
  rig.write(0, 4096);  // dirty again while its first version is being written
  rig.run_until(2ms);
  rig.flush();
  rig.run();
  EXPECT_EQ(offsets_in_kib(rig).size(), 2u);
  EXPECT_EQ(rig.device->arrivals.back().at, Instant{15us + 20ms});
}

TEST(PageCacheFlush, ReportsAFailedWriteback) {
  CacheRig rig(small_cache());
  rig.write(0, 4096);
  rig.run_until(1ms);
  rig.device->error = 5;
  rig.flush();
  rig.run_until(2500us);
  rig.device->error = 0;
  rig.run();
  EXPECT_EQ(rig.client->done.back().error, 5);
}

TEST(PageCacheDirect, PassesByAndWritesWhatIsDirtyFirst) {
  PageCache::Params p = small_cache();
  p.bypass_direct = true;
  CacheRig rig(p);
  rig.write(0, 4096);
  rig.run_until(1ms);
  rig.write(0, 8192, Request::kDirect);
  rig.run();
  ASSERT_EQ(rig.device->arrivals.size(), 2u);
  EXPECT_EQ(rig.device->arrivals[0].length, 4096);
  EXPECT_EQ(rig.device->arrivals[1].length, 8192);
  EXPECT_EQ(rig.cache->index().size(), 0);
}

TEST(PageCacheEviction, TheOldestCleanPageLeaves) {
  PageCache::Params p = small_cache();
  p.memory = 64_KiB;  // 16 pages
  CacheRig rig(p);
  for (int i = 0; i < 17; ++i) {
    rig.read(i * 4096, 4096);
    rig.run();
  }
  rig.read(4096, 4096);  // hit
  rig.run();
  rig.read(0, 4096);  // gone
  rig.run();
  EXPECT_EQ(rig.device->arrivals.size(), 18u);
}

Built build(const std::string& key, const std::string& text) {
  ConfigMap config;
  ConfigValue value;
  value.text = text;
  config.entries.emplace_back(key, value);
  return models().at("page_cache").make(config, "cache");
}

TEST(PageCacheModel, IsBuiltByNameAndRefusesNonsense) {
  EXPECT_NE(build("policy", "modern").stage, nullptr);
  EXPECT_NE(build("policy", "2.6").stage, nullptr);
  EXPECT_THROW(build("policy", "3.0"), ConfigError);
  EXPECT_THROW(build("dirty_ratio", "120"), ConfigError);
  EXPECT_THROW(build("max_request", "6KiB"), ConfigError);
  EXPECT_EQ(models().at("page_cache").layer, Layer::cache);
}

TEST(PageCacheTrim, ForgetsDirtyPages) {
  CacheRig rig(small_cache());
  rig.write(0, 16384);
  rig.run_until(1ms);
  rig.client->launch({Op::trim, 0, 16384, 0});
  rig.run();
  EXPECT_EQ(rig.cache->at_risk(), Bytes{0});
  EXPECT_EQ(rig.device->arrivals.size(), 1u);
}

}  // namespace
}  // namespace blkpath::test
