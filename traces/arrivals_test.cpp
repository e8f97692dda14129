#include "traces/arrivals.hpp"

#include <gmock/gmock.h>

namespace blkpath {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

constexpr Time kNever = IoRecord::kUnknown;

TEST(WindowCounts, EmptyWindowsCount) {
  WindowCounts w(10ms);
  for (const Time t : {0ms, 1ms, 9ms, 35ms, 40ms}) w.add(t);
  // 3, 0, 0, 1; the window from 40 ms on is not complete. Mean 1, squared deviations 4 + 1 + 1 + 0.
  EXPECT_EQ(w.windows(), 4);
  EXPECT_EQ(w.peak(), 3);
  EXPECT_EQ(w.mean(), 1);
  EXPECT_DOUBLE_EQ(*w.dispersion(), 2);
}

TEST(WindowCounts, AWindowEndsOnTimeAndNotOneNanosecondEarly) {
  WindowCounts w(10ms);
  w.add(Time{10ms} - 1ns);
  EXPECT_EQ(w.windows(), 0);
  w.add(10ms);
  EXPECT_EQ(w.windows(), 1);
}

TEST(WindowCounts, AClockHasNoDispersion) {
  WindowCounts w(10ms);
  for (int i = 0; i < 100; ++i) w.add(i * 1ms);
  EXPECT_EQ(w.dispersion(), 0);
}

TEST(Arrivals, GapsAreBetweenNeighboursInTimeNotInTheFile) {
  Arrivals a;
  for (const Time t : {10us, 40us, 20us, 30us}) a.add(t, kNever);
  a.finish();
  EXPECT_EQ(a.backwards(), 1);
  EXPECT_EQ(a.unordered(), 0);
  EXPECT_EQ(a.gaps().count(), 3);
  EXPECT_EQ(a.gaps().min(), 10us);
  EXPECT_EQ(a.gaps().max(), 10us);
  EXPECT_FALSE(a.completes());
}

TEST(Arrivals, WhatComesTooLateIsCounted) {
  Arrivals a;
  for (std::size_t i = 1; i <= 2 * Arrivals::kOrdered; ++i) a.add(static_cast<std::int64_t>(i) * 1us, kNever);
  a.add(0us, kNever);
  a.finish();
  EXPECT_EQ(a.backwards(), 1);
  EXPECT_EQ(a.unordered(), 1);
  EXPECT_EQ(a.first(), 0us);
}

TEST(Arrivals, OutstandingByLittleAndBySweep) {
  Arrivals a;
  a.add(0us, 10us);
  a.add(2us, 6us);
  a.add(4us, 5us);
  a.add(10us, 20us);  // begins as the first ends: one outstanding
  a.finish();
  EXPECT_EQ(a.most_outstanding(), 3);
  EXPECT_DOUBLE_EQ(a.mean_outstanding(), (10 + 4 + 1 + 10) / 20.0);
  // Us 0-5 hold 5 + 3 + 1, us 5-10 hold 5 + 1, us 10-20 one each.
  const std::vector<double> depth = a.depth().columns(0, 20'000, 4);
  EXPECT_NEAR(depth[0] / 5'000, 9.0 / 5, 0.02);
  EXPECT_NEAR(depth[1] / 5'000, 6.0 / 5, 0.02);
  EXPECT_NEAR(depth[3] / 5'000, 1, 0.02);
}

TEST(Arrivals, OrderOfTheFileDoesNotChangeOutstanding) {
  Arrivals a;
  a.add(4us, 5us);
  a.add(2us, 6us);
  a.add(0us, 10us);
  a.finish();
  EXPECT_EQ(a.most_outstanding(), 3);
  EXPECT_DOUBLE_EQ(a.mean_outstanding(), 1.5);
}

TEST(Arrivals, AnEndBeforeItsBeginningHasNoPart) {
  Arrivals a;
  a.add(5us, 3us);
  a.finish();
  EXPECT_FALSE(a.completes());
}

TEST(Arrivals, RateOverTime) {
  Arrivals a;
  for (int i = 0; i < 100; ++i) a.add(i < 75 ? Time{i} : Time{1'000 + i}, kNever);
  a.finish();
  EXPECT_THAT(a.rate().columns(0, 1'200, 2), ElementsAre(DoubleNear(75, 1e-9), DoubleNear(25, 1e-9)));
}

}  // namespace
}  // namespace blkpath
