#include "model/dirty_throttle.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace blkpath {
namespace {

Backlog held(std::int64_t dirty) { return {dirty, 0, 0, 0}; }

TEST(DirtyLimits, ABackgroundNotBelowTheLimitBecomesHalfOfIt) {
  EXPECT_EQ(DirtyLimits::of(1000, 500).background, 500);
  EXPECT_EQ(DirtyLimits::of(1000, 1000).background, 500);
}

TEST(ChunkThrottle, ChecksEachRateLimitAndMoreOftenAboveTheLimit) {
  ChunkThrottle t(DirtyLimits::of(10000, 5000), 1024);
  EXPECT_FALSE(t.due(1023));
  EXPECT_TRUE(t.due(1));
  EXPECT_FALSE(t.over(held(10000)));
  EXPECT_TRUE(t.over({9000, 1001, 0, 0}));  // writeback counts
  EXPECT_FALSE(t.due(7));
  EXPECT_TRUE(t.due(1));
  EXPECT_EQ(t.chunk(), 1536);
}

/// limit 200,000, background 100,000: free run to 150,000, setpoint 175,000; 100 MiB/s are 25,600 pages/s.
class Paced : public testing::Test {
 protected:
  PacedThrottle throttle{DirtyLimits::of(200'000, 100'000)};
};

TEST_F(Paced, FreeRunAndSetpointLieWhereTheEquationsPutThem) {
  EXPECT_EQ(throttle.freerun(), 150'000);
  EXPECT_EQ(throttle.setpoint(), 175'000);
}

TEST_F(Paced, ThePositionRatioIsTheCubicTimesTheDevicesLine) {
  for (const std::int64_t at : {150'000, 160'000, 175'000, 185'000, 195'000, 199'999}) {
    const double x = (175'000.0 - static_cast<double>(at)) / 25'000.0;
    const double cubic = std::fmin(2, std::fmax(0, 1 + x * x * x));
    const double span = 8 * 25'600.0, line = (175'000.0 + span - static_cast<double>(at)) / span;
    EXPECT_NEAR(static_cast<double>(throttle.position_ratio(at)) / PacedThrottle::kUnit, cubic * line, 0.005)
        << at;
  }
  EXPECT_EQ(throttle.position_ratio(200'000), 0);
}

TEST_F(Paced, NobodyPausesBelowTheFreeRunCeiling) {
  throttle.due(100'000);
  EXPECT_EQ(throttle.pause(Instant{}, held(150'000)), Time{0});
  // ... and the next look comes after 2^(log2(50,000) / 2) pages.
  EXPECT_FALSE(throttle.due(127));
  EXPECT_TRUE(throttle.due(1));
}

TEST_F(Paced, APauseIsThePagesOverTheRate) {
  throttle.due(1024);
  // At the setpoint the rate is the base rate, 25,600 pages/s: 1024 pages are 40 ms (the ratio is 1023/1024).
  EXPECT_NEAR(micros(throttle.pause(Instant{}, held(175'000))), 40'000, 100);
}

TEST_F(Paced, TheTimeSinceTheLastPauseCounts) {
  throttle.due(1024);
  const Time first = throttle.pause(Instant{}, held(175'000));
  throttle.due(1024);
  const Time second = throttle.pause(Instant{first + 15ms}, held(175'000));
  EXPECT_NEAR(micros(second), micros(first) - 15'000, 100);
}

TEST_F(Paced, APauseIsAtMost200ms) {
  throttle.due(100'000);
  EXPECT_EQ(throttle.pause(Instant{}, held(175'000)), 200ms);
}

TEST_F(Paced, AtTheLimitAWriterSleepsAndHasToAskAgain) {
  throttle.due(64);
  EXPECT_EQ(throttle.pause(Instant{}, held(200'000)), 200ms);
  EXPECT_TRUE(throttle.again());
}

/// A fluid model: the writer goes at base rate x position, the device at 10,000 pages/s.
TEST_F(Paced, TheBaseRateFindsTheDevicesRateAndTheLevelStaysInTheControlledRegion) {
  std::int64_t dirty = 150'000, dirtied = 150'000, written = 0;
  for (int i = 1; i < 1500; ++i) {
    const std::int64_t in = throttle.base_rate() * throttle.position_ratio(dirty) / PacedThrottle::kUnit / 5;
    dirtied += in;
    written += 2000;
    dirty += in - 2000;
    throttle.update(Instant{i * 200ms}, {dirty, 0, dirtied, written}, true);
  }
  EXPECT_NEAR(static_cast<double>(throttle.write_rate()), 10'000, 100);
  EXPECT_GT(dirty, 150'000);
  EXPECT_LT(dirty, 200'000);
  const double rate =
      static_cast<double>(throttle.base_rate() * throttle.position_ratio(dirty)) / PacedThrottle::kUnit;
  EXPECT_NEAR(rate, 10'000, 500);
}

TEST_F(Paced, TheFlusherTakesHalfASecondOfBandwidthInStepsOf4MiB) {
  EXPECT_EQ(throttle.flusher_chunk(), 13 * 1024);  // 12,800 pages
}

}  // namespace
}  // namespace blkpath
