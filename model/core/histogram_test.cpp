#include "model/core/histogram.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "model/core/random.hpp"

namespace blkpath {
namespace {

TEST(Histogram, EveryValueLiesWithinHalfABucketOfItsBucketsValue) {
  Random random(1, "values");
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t ns = random.bits() >> (30 + random.below(34));  // 17 s: the last bucket
    const auto value = static_cast<double>(LatencyStat::bucket_value(LatencyStat::bucket_of(ns)));
    ASSERT_LE(std::abs(value - static_cast<double>(ns)), static_cast<double>(ns) / 128) << ns;
  }
}

TEST(Histogram, BucketsAreInOrderWithoutGaps) {
  std::size_t before = 0;
  for (std::uint64_t ns = 1; ns < 1 << 20; ++ns) {
    const std::size_t bucket = LatencyStat::bucket_of(ns);
    ASSERT_TRUE(bucket == before || bucket == before + 1) << ns;
    before = bucket;
  }
}

TEST(Histogram, BucketBoundariesAreFios) {  // fio's stat.c: plat_val_to_idx, plat_idx_to_val
  EXPECT_EQ(LatencyStat::bucket_of(127), 127u);
  EXPECT_EQ(LatencyStat::bucket_of(128), 128u);
  EXPECT_EQ(LatencyStat::bucket_of(129), 128u);
  EXPECT_EQ(LatencyStat::bucket_of(130), 129u);
  EXPECT_EQ(LatencyStat::bucket_of(256), 192u);
  EXPECT_EQ(LatencyStat::bucket_value(128), 129);
  EXPECT_EQ(LatencyStat::bucket_value(192), 258);
  EXPECT_EQ(LatencyStat::bucket_of(~std::uint64_t{0}), LatencyStat::kBuckets - 1u);
}

TEST(Histogram, PercentileIsTheFirstBucketThatReachesItsShare) {
  LatencyStat stat;
  for (int i = 1; i <= 100; ++i) stat.add(Time{i});
  EXPECT_EQ(stat.percentile(1), 1ns);
  EXPECT_EQ(stat.percentile(50), 50ns);
  EXPECT_EQ(stat.percentile(50.1), 51ns);
  EXPECT_EQ(stat.percentile(99.9), 100ns);
  EXPECT_EQ(stat.percentile(100), 100ns);
  EXPECT_EQ(stat.percentile(0), 1ns);
}

TEST(Histogram, OneSampleIsEveryPercentile) {
  LatencyStat stat;
  stat.add(77ns);
  for (const double p : {0.0, 50.0, 100.0}) EXPECT_EQ(stat.percentile(p), 77ns);
  EXPECT_EQ(stat.stddev_ns(), 0);
}

TEST(Histogram, NothingCompletedIsZero) {
  const LatencyStat stat;
  EXPECT_EQ(stat.percentile(99), 0ns);
  EXPECT_EQ(stat.min(), 0ns);
  EXPECT_EQ(stat.max(), 0ns);
  EXPECT_EQ(stat.mean_ns(), 0);
}

TEST(Histogram, PercentOutsideItsRangeIsRefused) {
  LatencyStat stat;
  EXPECT_THROW(stat.percentile(-0.1), std::invalid_argument);
  EXPECT_THROW(stat.percentile(100.1), std::invalid_argument);
  EXPECT_THROW(stat.percentile(std::nan("")), std::invalid_argument);
}

TEST(Histogram, MeanAndDeviationAreExact) {
  LatencyStat stat;
  Moments moments;
  for (const std::int64_t ns : {2, 4, 4, 4, 5, 5, 7, 9}) {
    stat.add(Time{ns});
    moments.add(static_cast<double>(ns));
  }
  EXPECT_DOUBLE_EQ(stat.mean_ns(), 5);
  EXPECT_DOUBLE_EQ(stat.stddev_ns(), std::sqrt(32.0 / 7));
  EXPECT_DOUBLE_EQ(moments.mean(), 5);
  EXPECT_DOUBLE_EQ(moments.stddev(), std::sqrt(32.0 / 7));
}

TEST(Histogram, DeviationSurvivesLongLatenciesThatDifferLittle) {
  LatencyStat stat;  // a sum of squares in double would have lost these digits
  for (int i = 0; i < 1000; ++i) stat.add(Time{1'000'000'000'000 + i % 2});
  EXPECT_NEAR(stat.stddev_ns(), 0.50025, 1e-4);
}

TEST(Histogram, MergedPartsEqualTheWhole) {
  Random random(1, "merge");
  LatencyStat whole, parts[3], merged;
  Moments m_whole, m_parts[3], m_merged;
  for (int i = 0; i < 10'000; ++i) {
    const Time t = random.exponential(100us);
    whole.add(t), parts[i % 3].add(t);
    m_whole.add(micros(t)), m_parts[i % 3].add(micros(t));
  }
  for (int i = 0; i < 3; ++i) merged.merge(parts[i]), m_merged.merge(m_parts[i]);
  EXPECT_EQ(merged.sum_ns(), whole.sum_ns());
  EXPECT_EQ(merged.buckets(), whole.buckets());
  EXPECT_EQ(merged.min(), whole.min());
  EXPECT_EQ(merged.max(), whole.max());
  EXPECT_DOUBLE_EQ(merged.stddev_ns(), whole.stddev_ns());
  EXPECT_NEAR(m_merged.mean(), m_whole.mean(), 1e-9);
  EXPECT_NEAR(m_merged.stddev(), m_whole.stddev(), 1e-9);
}

}  // namespace
}  // namespace blkpath
