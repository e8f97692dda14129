#include "model/read_ahead.hpp"

#include <gtest/gtest.h>

namespace blkpath {
namespace {

TEST(ReadAhead, ARandomReadGetsExactlyItsPages) {
  ReadAhead ahead(32);
  EXPECT_TRUE(ahead.access({1000, 4}, 1000).window.empty());
  EXPECT_TRUE(ahead.access({5000, 4}, 5000).window.empty());
}

/// One page of at most 32 gives 4; the marker is where the wanted page ends, and there the window doubles.
TEST(ReadAhead, AReaderThatMovesOnFindsItsWindowsDoubled) {
  ReadAhead ahead(32);
  const auto first = ahead.access({0, 1}, 0);
  EXPECT_EQ(first.window, (PageRange{0, 4}));
  EXPECT_FALSE(first.background);
  const auto second = ahead.access({1, 1}, -1);
  EXPECT_EQ(second.window, (PageRange{4, 8}));
  EXPECT_TRUE(second.background);
  EXPECT_TRUE(ahead.access({2, 1}, -1).window.empty());
  EXPECT_TRUE(ahead.access({3, 1}, -1).window.empty());
  EXPECT_EQ(ahead.access({4, 1}, -1).window, (PageRange{12, 16}));
}

TEST(ReadAhead, TwoStreamsDoNotDisturbEachOther) {
  ReadAhead ahead(32);
  ahead.access({100, 1}, 100);
  ahead.access({9000, 1}, 9000);
  EXPECT_FALSE(ahead.access({101, 1}, 101).window.empty());
  EXPECT_FALSE(ahead.access({9001, 1}, 9001).window.empty());
}

TEST(ReadAhead, OfZeroIsOff) {
  ReadAhead ahead(0);
  EXPECT_TRUE(ahead.access({0, 1}, 0).window.empty());
}

}  // namespace
}  // namespace blkpath
