#include "hw/zoned_layout.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace blkpath {
namespace {

// Two surfaces, a turn of 4 ms. Zone 0: 2 cylinders of 10 sectors a track, 400 us each; the head switch of
// 600 us takes 2 sectors (800 us), the next cylinder, 900 us, 3 (1,200 us). Zone 1: 2 cylinders of 8 sectors
// a track, 500 us each; both take 2 sectors (1,000 us).
const ZonedLayout kSmall({{2, 10}, {2, 8}}, 2, 4ms, 600us, 900us);

struct Where {
  int cylinder, head;
  std::int64_t sector;
  int angle_us;
  bool operator==(const Where&) const = default;
};
Where where(std::int64_t lbn) {
  const DiskRun run = kSmall.find(lbn);
  return {run.cylinder, run.head, lbn - run.first,
          static_cast<int>(std::lround(run.angle(lbn) * 0x1p-32 * 4000))};
}

TEST(ZonedLayout, TracksFillHeadByHeadThenCylinderByCylinder) {
  EXPECT_EQ(kSmall.sectors(), 72);
  EXPECT_EQ(kSmall.cylinders(), 4);
  EXPECT_EQ(where(0), (Where{0, 0, 0, 0}));
  EXPECT_EQ(where(9), (Where{0, 0, 9, 3600}));
  EXPECT_EQ(where(10), (Where{0, 1, 0, 800}));   // head skew
  EXPECT_EQ(where(13), (Where{0, 1, 3, 2000}));  // 800 + 3 x 400
  EXPECT_EQ(where(20), (Where{1, 0, 0, 2000}));  // 800 + 1200
  EXPECT_EQ(where(39), (Where{1, 1, 9, 2400}));  // 2800 + 9 x 400 - 4000
}

TEST(ZonedLayout, AZoneBeginsASkewAfterTheOneBeforeIt) {
  EXPECT_EQ(where(41), (Where{2, 0, 1, 500}));  // the track of 39 begins at 2800; + 1200 = 4000
  EXPECT_EQ(where(48), (Where{2, 1, 0, 1000}));
  EXPECT_EQ(where(56), (Where{3, 0, 0, 2000}));
  EXPECT_EQ(where(71), (Where{3, 1, 7, 2500}));  // 3000 + 7 x 500 - 4000
}

TEST(ZonedLayout, HoldsNoMoreBlocksThanItIsSaidTo) {
  EXPECT_EQ(ZonedLayout({{2, 10}}, 2, 4ms, 600us, 900us, 37).sectors(), 37);
  EXPECT_EQ(ZonedLayout({{2, 10}}, 2, 4ms, 600us, 900us, 50).sectors(), 40);
}

TEST(ZonedLayout, ARunIsATrack) {
  EXPECT_EQ(kSmall.find(39).first, 30);
  EXPECT_EQ(kSmall.find(39).end(), 40);
  EXPECT_EQ(kSmall.find(40).end(), 48);
}

}  // namespace
}  // namespace blkpath
