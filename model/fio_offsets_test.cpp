#include "model/fio_offsets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

namespace blkpath {
namespace {
using ::testing::ElementsAre;
using Kind = RandomDistribution::Kind;

JobSpec random_reads() {
  JobSpec job;
  job.random = true;
  return job;
}
struct Place {
  std::int64_t block;
  std::uint32_t length;
};
constexpr Bytes kStart = 32_KiB;
/// Up to `most` I/Os of a job on `blocks` blocks of 4 KiB that begin at block 8; block numbers from there.
std::vector<Place> places(const JobSpec& job, std::int64_t blocks, int most, std::uint64_t seed = 1) {
  FioOffsets offsets(job, {kStart, 4_KiB * blocks}, Random(seed, "test"));
  std::vector<Place> out;
  std::int64_t offset = 0;
  std::uint32_t length = 0;
  while (static_cast<int>(out.size()) < most && offsets.next(offsets.direction(), offset, length)) {
    EXPECT_GE(offset, kStart.n);
    EXPECT_LE(offset + length, (kStart + 4_KiB * blocks).n);
    out.push_back({(offset - kStart.n) / 4096, length});
  }
  return out;
}
std::vector<std::int64_t> blocks_of(const std::vector<Place>& all) {
  std::vector<std::int64_t> out;
  for (const Place& p : all) out.push_back(p.block);
  return out;
}
/// Share of accesses that the most popular `n` blocks get.
double share_of_top(const std::vector<Place>& all, std::size_t n) {
  std::map<std::int64_t, int> count;
  for (const Place& p : all) ++count[p.block];
  std::vector<int> sorted;
  for (const auto& [block, c] : count) sorted.push_back(c);
  std::sort(sorted.rbegin(), sorted.rend());
  int sum = 0;
  for (std::size_t i = 0; i < std::min(n, sorted.size()); ++i) sum += sorted[i];
  return static_cast<double>(sum) / static_cast<double>(all.size());
}

TEST(FioOffsets, SequentialGoesThroughTheRegionOnce) {
  EXPECT_THAT(blocks_of(places(JobSpec{}, 4, 100)), ElementsAre(0, 1, 2, 3));
}
TEST(FioOffsets, TimeBasedSequentialStartsOver) {
  JobSpec job;
  job.time_based = true;
  EXPECT_THAT(blocks_of(places(job, 3, 7)), ElementsAre(0, 1, 2, 0, 1, 2, 0));
}
TEST(FioOffsets, AGapIsLeftAfterEachSequentialIo) {  // fio 3.33, --rw=read:8k: 0 3 6 9
  JobSpec job;
  job.sequence_gap = 8_KiB;
  EXPECT_THAT(blocks_of(places(job, 12, 100)), ElementsAre(0, 3, 6, 9));
}
TEST(FioOffsets, TheRandomMapVisitsEachBlockExactlyOnce) {
  for (const std::int64_t n : {1, 2, 63, 64, 65, 1000, 5000}) {
    const auto blocks = blocks_of(places(random_reads(), n, 100000));
    EXPECT_EQ(blocks.size(), static_cast<std::size_t>(n));
    EXPECT_EQ(std::set(blocks.begin(), blocks.end()).size(), static_cast<std::size_t>(n));
  }
}
TEST(FioOffsets, TheMapStartsAfreshWhenTheJobIsTimeBased) {
  JobSpec job = random_reads();
  job.time_based = true;
  const auto blocks = blocks_of(places(job, 100, 200));
  ASSERT_EQ(blocks.size(), 200u);
  EXPECT_EQ(std::set(blocks.begin() + 100, blocks.end()).size(), 100u);
  EXPECT_FALSE(std::equal(blocks.begin(), blocks.begin() + 100, blocks.begin() + 100));
}
TEST(FioOffsets, AnLfsrVisitsEachBlockExactlyOnce) {
  JobSpec job = random_reads();
  job.random_lfsr = true;
  for (const std::int64_t n : {1, 7, 8, 100, 4095, 4096, 70000}) {
    const auto blocks = blocks_of(places(job, n, 200000));
    EXPECT_EQ(blocks.size(), static_cast<std::size_t>(n));
    EXPECT_EQ(std::set(blocks.begin(), blocks.end()).size(), static_cast<std::size_t>(n));
  }
}
TEST(FioOffsets, WithoutAMapBlocksRepeatAndAreUniform) {
  JobSpec job = random_reads();
  job.random_map = false;
  std::map<std::int64_t, int> count;
  for (const Place& p : places(job, 16, 160'000)) ++count[p.block];
  ASSERT_EQ(count.size(), 16u);
  for (const auto& [block, c] : count) EXPECT_NEAR(c, 10'000, 400) << block;  // 4 sigma
}
TEST(FioOffsets, BlockAlignTurnsTheMapOff) {  // fio says so itself
  JobSpec job = random_reads();
  job.block_align[0] = Bytes{512};
  EXPECT_EQ(places(job, 4, 100).size(), 100u);
}
TEST(FioOffsets, RandomRunsOfFourStartWithAJump) {  // fio 3.33, --rw=randread:4
  JobSpec job = random_reads();
  job.sequence = 4;
  const auto blocks = blocks_of(places(job, 1000, 40));
  int jumps = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (i % 4 != 0)
      EXPECT_EQ(blocks[i], blocks[i - 1] + 1);
    else
      jumps += i > 0 && blocks[i] != blocks[i - 1] + 1;
  }
  EXPECT_GT(jumps, 7);
}
TEST(FioOffsets, PercentageRandomIsTheShareOfJumps) {
  JobSpec job = random_reads();
  job.percent_random[0] = 30;
  job.random_map = false;
  const auto blocks = blocks_of(places(job, 100'000, 10'000));
  int jumps = 0;
  for (std::size_t i = 1; i < blocks.size(); ++i) jumps += blocks[i] != blocks[i - 1] + 1;
  EXPECT_NEAR(jumps, 3000, 200);
}
TEST(FioOffsets, ReadPercentIsTheShareOfReads) {
  JobSpec job = random_reads();
  job.does = {true, true, false};
  job.read_percent = 70;
  FioOffsets offsets(job, {0_KiB, 1_MiB}, Random(1, "test"));
  int reads = 0;
  for (int i = 0; i < 10'000; ++i) reads += offsets.direction() == Dir::read;
  EXPECT_NEAR(reads, 7000, 200);
}
TEST(FioOffsets, MixedSequentialJobsKeepAPositionForEachDirection) {  // fio 3.33, --rw=rw
  JobSpec job;
  job.does = {true, true, false};
  FioOffsets offsets(job, {0_KiB, 1_MiB}, Random(1, "test"));
  std::int64_t next[2] = {0, 0}, offset = 0;
  std::uint32_t length = 0;
  for (int i = 0; i < 100; ++i) {
    const Dir dir = offsets.direction();
    ASSERT_TRUE(offsets.next(dir, offset, length));
    EXPECT_EQ(offset, next[static_cast<int>(dir)]);
    next[static_cast<int>(dir)] += length;
  }
}
TEST(FioOffsets, TrimWriteWritesWhatItTrimmed) {
  JobSpec job = random_reads();
  job.does = {false, true, true};
  FioOffsets offsets(job, {0_KiB, 1_MiB}, Random(1, "test"));
  std::int64_t trimmed = 0, written = 0;
  std::uint32_t length = 0;
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(offsets.direction(), Dir::trim);
    ASSERT_TRUE(offsets.next(Dir::trim, trimmed, length));
    ASSERT_EQ(offsets.direction(), Dir::write);
    ASSERT_TRUE(offsets.next(Dir::write, written, length));
    EXPECT_EQ(trimmed, written);
  }
}
TEST(FioOffsets, ABlockSizeRangeIsUniformInStepsOfTheSmallest) {
  JobSpec job = random_reads();
  job.bs[0] = {4_KiB, 16_KiB, {}};
  job.random_map = false;
  std::map<std::uint32_t, int> count;
  for (const Place& p : places(job, 1'000'000, 40'000)) ++count[p.length];
  ASSERT_EQ(count.size(), 4u);
  for (const auto& [length, c] : count) EXPECT_NEAR(c, 10'000, 400) << length;
}
TEST(FioOffsets, ARangeWithAMapCoversTheRegionOnce) {  // fio 3.33: 179 I/Os, 1,024 blocks, none twice
  JobSpec job = random_reads();
  job.bs[0] = {4_KiB, 64_KiB, {}};
  std::vector<int> visits(1024);
  for (const Place& p : places(job, 1024, 5000))
    for (std::uint32_t i = 0; i < p.length / 4096; ++i) ++visits[static_cast<std::size_t>(p.block) + i];
  EXPECT_EQ(std::count(visits.begin(), visits.end(), 1), 1024);
}
TEST(FioOffsets, BlockSizesSplitAsAsked) {
  JobSpec job = random_reads();
  job.bs[0].split = {{4_KiB, 50}, {64_KiB, 30}, {16_KiB, 20}};
  job.random_map = false;
  std::map<std::uint32_t, int> count;
  for (const Place& p : places(job, 1'000'000, 10'000)) ++count[p.length];
  EXPECT_NEAR(count[4096], 5000, 200);
  EXPECT_NEAR(count[65536], 3000, 200);
  EXPECT_NEAR(count[16384], 2000, 200);
}
TEST(FioOffsets, ZipfSharesFollowTheLaw) {
  JobSpec job = random_reads();
  job.distribution = {Kind::zipf, 1.2, -1, {}};
  const auto all = places(job, 1024, 100'000);
  double zeta = 0, top10 = 0;
  for (int i = 1; i <= 1024; ++i) zeta += std::pow(i, -1.2);
  for (int i = 1; i <= 10; ++i) top10 += std::pow(i, -1.2) / zeta;
  EXPECT_NEAR(share_of_top(all, 1), 1 / zeta, 0.005);
  EXPECT_NEAR(share_of_top(all, 10), top10, 0.02);  // Gray's closed form is not exact beyond rank 2
}
TEST(FioOffsets, ZipfPutsItsFavouriteAtTheCentre) {  // fio 3.33, zipf:1.2:0.5 on 1,024 blocks: block 512
  JobSpec job = random_reads();
  job.distribution = {Kind::zipf, 1.2, 0.5, {}};
  std::map<std::int64_t, int> count;
  for (const Place& p : places(job, 1024, 10'000)) ++count[p.block];
  EXPECT_EQ(std::max_element(count.begin(), count.end(), [](auto& a, auto& b) { return a.second < b.second; })
                ->first,
            512);
}
TEST(FioOffsets, ParetoGivesOneMinusHOfTheAccessesToH) {
  JobSpec job = random_reads();
  job.distribution = {Kind::pareto, 0.2, -1, {}};
  const auto all = places(job, 10'000, 200'000);
  EXPECT_NEAR(share_of_top(all, 2000), 0.8, 0.01);
}
TEST(FioOffsets, PopularBlocksGetTheSharesThatFioGenzipfPrints) {
  // fio-genzipf 3.33 -g 1 -b 16384 -o 10: the first, second and third tenth of the blocks that were hit at
  // all.
  const auto tenths = [](RandomDistribution::Kind kind, double parameter) {
    constexpr std::int64_t kBlocks = 65536;
    Random random(1, "test");
    const FioDistribution draw({kind, parameter, -1, {}}, kBlocks, random);
    std::map<std::int64_t, int> count;
    for (std::int64_t i = 0; i < kBlocks; ++i) ++count[draw.next(random)];
    std::vector<int> sorted;
    for (const auto& [block, c] : count) sorted.push_back(c);
    std::sort(sorted.rbegin(), sorted.rend());
    std::vector<double> percent(3);
    for (std::size_t i = 0; i < sorted.size() * 3 / 10; ++i)
      percent[i * 10 / sorted.size()] += 100.0 * sorted[i] / static_cast<double>(kBlocks);
    return percent;
  };
  const auto near = [](double x) { return ::testing::DoubleNear(x, 0.5); };
  EXPECT_THAT(tenths(Kind::zipf, 1.2), ElementsAre(near(85.75), near(3.65), near(2.34)));
  EXPECT_THAT(tenths(Kind::pareto, 0.2), ElementsAre(near(63.56), near(7.78), near(6.22)));
  EXPECT_THAT(tenths(Kind::normal, 10), ElementsAre(near(23.80), near(17.26), near(13.72)));
}
TEST(FioOffsets, ZonesGetTheirShares) {
  JobSpec job = random_reads();
  job.distribution = {Kind::zoned, 0, -1, {{60, 10}, {30, 20}, {10, 70}}};
  int first = 0, second = 0;
  const auto all = places(job, 1000, 100'000);
  for (const Place& p : all) {
    first += p.block < 100;
    second += p.block >= 100 && p.block < 300;
  }
  EXPECT_EQ(all.size(), 100'000u);
  EXPECT_NEAR(first, 60'000, 700);
  EXPECT_NEAR(second, 30'000, 700);
}
TEST(FioOffsets, BadDistributionsAreRefused) {
  Random random;
  EXPECT_THROW(FioDistribution({Kind::zipf, 1, -1, {}}, 10, random), std::invalid_argument);
  EXPECT_THROW(FioDistribution({Kind::pareto, 1.5, -1, {}}, 10, random), std::invalid_argument);
  EXPECT_THROW(FioDistribution({Kind::zoned, 0, -1, {{50, 50}}}, 10, random), std::invalid_argument);
}
TEST(FioOffsets, RepeatedPassesRepeatOnlyWithRandrepeat) {
  for (const bool repeat : {true, false}) {
    JobSpec job = random_reads();
    job.rand_repeat = repeat;
    FioOffsets offsets(job, {0_KiB, 1_MiB}, Random(1, "test"));
    std::vector<std::int64_t> passes[2];
    std::int64_t offset = 0;
    std::uint32_t length = 0;
    for (auto& pass : passes) {
      while (offsets.next(Dir::read, offset, length)) pass.push_back(offset);
      offsets.restart();
    }
    EXPECT_EQ(passes[0] == passes[1], repeat);
  }
}
TEST(FioOffsets, OtherSeedsGoElsewhere) {
  EXPECT_EQ(blocks_of(places(random_reads(), 1000, 50, 1)), blocks_of(places(random_reads(), 1000, 50, 1)));
  EXPECT_NE(blocks_of(places(random_reads(), 1000, 50, 1)), blocks_of(places(random_reads(), 1000, 50, 2)));
}
TEST(BlockMap, FindsTheNextFreeBlockAndWraps) {
  BlockMap map(10'000);
  EXPECT_EQ(map.mark(100, 9'900), 9'900);
  EXPECT_EQ(map.next_free(5'000), 0);
  EXPECT_EQ(map.next_free(99), 99);
  EXPECT_EQ(map.mark(50, 100), 50);  // stops at 100, which is in use
  EXPECT_EQ(map.mark(0, 50), 50);
  EXPECT_EQ(map.next_free(0), -1);
  map.clear();
  EXPECT_EQ(map.next_free(9'999), 9'999);
}

}  // namespace
}  // namespace blkpath
