#include "traces/adaptive_axis.hpp"

#include <gmock/gmock.h>

namespace blkpath {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;

TEST(AdaptiveHistogram, CellsWidenUntilAllValuesFit) {
  AdaptiveHistogram h(2);  // 4 cells
  for (const int x : {100, 101, 102, 103}) h.add(x);
  EXPECT_THAT(h.columns(100, 104, 4), ElementsAre(1, 1, 1, 1));
  h.add(107);  // from here on two units a cell
  EXPECT_THAT(h.columns(100, 108, 4), ElementsAre(2, 2, 0, 1));
}

TEST(AdaptiveHistogram, GrowsDownwards) {
  AdaptiveHistogram h(2);
  h.add(1000);
  h.add(-1000);
  h.add(0);
  const std::vector<double> columns = h.columns(-1024, 1024, 2);
  EXPECT_EQ(columns[0], 1);
  EXPECT_EQ(columns[1], 2);
}

TEST(AdaptiveHistogram, NothingIsLostHoweverItGrows) {
  AdaptiveHistogram h(3);
  std::int64_t x = 5;
  for (int i = 0; i < 1000; ++i) h.add(x = (x * 48271) % 2147483647);
  double sum = 0;
  for (const double c : h.columns(0, 2147483647, 7)) sum += c;
  EXPECT_NEAR(sum, 1000, 1e-9);
}

TEST(AdaptiveHistogram, AnAreaIsSpreadOverItsCells) {
  AdaptiveHistogram h(4);
  h.add_area(2, 10, 3);
  EXPECT_THAT(h.columns(0, 12, 3), ElementsAre(6, 12, 6));
  h.add_area(10, 10, 7);  // no length
  EXPECT_THAT(h.columns(0, 12, 3), ElementsAre(6, 12, 6));
}

TEST(AdaptiveHistogram, ColumnsNarrowerThanCellsShareThem) {
  AdaptiveHistogram h(1);
  h.add(0);
  h.add(7);  // two cells of 4
  EXPECT_THAT(h.columns(0, 8, 4), Pointwise(DoubleNear(1e-12), {0.5, 0.5, 0.5, 0.5}));
}

TEST(AdaptiveMap, ADiagonalStaysADiagonal) {
  AdaptiveMap map(3, 3);
  for (int i = 0; i < 64; ++i) map.add(i, 1000 + 10 * i);
  const std::vector<double> fields = map.fields(0, 64, 2, 1000, 1640, 2);
  EXPECT_GT(fields[0], 28);  // low offsets, early
  EXPECT_GT(fields[3], 28);  // high offsets, late
  EXPECT_NEAR(fields[0] + fields[1] + fields[2] + fields[3], 64, 1e-9);
}

}  // namespace
}  // namespace blkpath
