#include "hw/pattern_layout.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace blkpath {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// Table 0: three tracks inwards under head 0, then three outwards under head 1; table 1 repeats it twice.
PatternLayout serpentine() {
  PatternLayout l;
  l.tracks = {{0, 9, 10}};
  l.lines = {{0, 0, 0, 0.0, 10, 1, 0.1, 30, 3, -1, 0, 0},
             {0, 30, 2, 0.5, 10, 1, 0.1, 30, -3, -1, 0, 1},
             {1, 0, 0, 0.0, 60, 3, 0.25, 120, 6, 0, -1, 0}};
  return l;
}
/// "cylinder/head/hundredth of a turn"
std::string where(const RunTable& t, std::int64_t lbn) {
  const DiskRun r = t.find(lbn);
  const long hundredths = std::lround(r.angle(lbn) * 0x1p-32 * 100) % 100;
  return std::to_string(r.cylinder) + "/" + std::to_string(r.head) + "/" + std::to_string(hundredths);
}

TEST(PatternLayout, PatternsRepeatWithTheirCylindersAndAngles) {
  const RunTable t = serpentine().table();
  EXPECT_EQ(t.sectors(), 120);
  EXPECT_EQ(t.cylinders(), 6);
  EXPECT_EQ(where(t, 0), "0/0/0");
  EXPECT_EQ(where(t, 10), "1/0/10");
  EXPECT_EQ(where(t, 25), "2/0/70");  // 20 + 5 sectors
  EXPECT_EQ(where(t, 30), "2/1/50");
  EXPECT_EQ(where(t, 50), "0/1/70");
  EXPECT_EQ(where(t, 60), "3/0/25");  // the second repetition starts later
  EXPECT_EQ(where(t, 90), "5/1/75");
}

TEST(PatternLayout, SlipsAreCountedInSectorsOfTheTable) {
  PatternLayout l = serpentine();
  l.slips = {{4, 1}, {28, 3}};
  const RunTable t = l.table();
  EXPECT_EQ(t.sectors(), 116);
  EXPECT_EQ(where(t, 3), "0/0/30");
  EXPECT_EQ(where(t, 4), "0/0/50");
  EXPECT_EQ(where(t, 9), "1/0/10");   // sector 10
  EXPECT_EQ(where(t, 26), "2/0/90");  // sector 27
  EXPECT_EQ(where(t, 27), "2/1/60");  // sector 31: 28 and 29 end their track, 30 begins the next
}

TEST(PatternLayout, HoldsNoMoreBlocksThanItIsSaidTo) {
  PatternLayout l = serpentine();
  l.most_blocks = 47;
  EXPECT_EQ(l.table().sectors(), 47);
}

TEST(PatternLayout, ATableCannotHoldItself) {
  PatternLayout l = serpentine();
  l.lines[2].of_table = 1;
  EXPECT_THAT([&] { l.table(); }, ThrowsMessage<std::invalid_argument>(HasSubstr("earlier table")));
}

TEST(PatternLayout, WhatDoesNotAddUpIsRefused) {
  PatternLayout l = serpentine();
  l.lines[0].all_sectors = 35;
  EXPECT_THROW(l.table(), std::invalid_argument);
  l = serpentine();
  l.lines[0].of_track = 7;
  EXPECT_THROW(l.table(), std::invalid_argument);
  l = serpentine();
  l.slips = {{28, 3}, {29, 1}};
  EXPECT_THROW(l.table(), std::invalid_argument);
}

}  // namespace
}  // namespace blkpath
