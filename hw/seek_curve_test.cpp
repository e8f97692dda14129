#include "hw/seek_curve.hpp"

#include <gtest/gtest.h>

namespace blkpath {
namespace {

// 100 cylinders: a third of the stroke is 33.
TEST(SeekCurve, PassesThroughItsThreePoints) {
  const SeekCurve curve(500us, 3400us, 6500us, 100);
  EXPECT_EQ(curve.ns(0), 0);
  EXPECT_EQ(curve.ns(1), 500'000);
  EXPECT_EQ(curve.ns(33), 3'400'000);
  EXPECT_EQ(curve.ns(99), 6'500'000);
}

// Of the four pairs on two cylinders two are one apart; of nine on three, four are one and two are two apart.
TEST(SeekCurve, TheMeanCountsAllPairsOfCylinders) {
  const SeekCurve curve(500us, 500us, 6500us, 4);  // 500, 3500, 6500 us
  EXPECT_DOUBLE_EQ(curve.mean(1), 0);
  EXPECT_DOUBLE_EQ(curve.mean(2), 250e-6);
  EXPECT_DOUBLE_EQ(curve.mean(3), (4 * 500e-6 + 2 * 3500e-6) / 9);
}

}  // namespace
}  // namespace blkpath
