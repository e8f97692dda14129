#include "traces/working_set.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace blkpath {
namespace {

TEST(WorkingSet, CountsBlocksThatARequestTouches) {
  WorkingSet set;
  set.add(0, 0, 4096, false);      // block 0
  set.add(0, 4095, 2, true);       // blocks 0 and 1
  set.add(0, 262144, 8192, true);  // two blocks of another region
  set.add(1, 0, 1, false);         // the same place on another device
  set.add(0, 0, 0, true);          // nothing
  const WorkingSet::Summary s = set.summary();
  EXPECT_EQ(s.touched.blocks, 5);
  EXPECT_EQ(s.read.blocks, 2);
  EXPECT_EQ(s.written.blocks, 4);
  EXPECT_EQ(s.touched.standard_error, 0);
  EXPECT_EQ(s.sampling_rate, 1);
  EXPECT_EQ(s.block_reads, 2);
  EXPECT_EQ(s.block_writes, 4);
}

TEST(WorkingSet, ARequestMayCrossManyRegions) {
  WorkingSet set;
  set.add(0, 63 * 4096, 4096 * 200,
          true);  // the last block of a region, three whole ones, seven blocks of a fifth
  set.add(0, 63 * 4096, 4096, true);
  set.add(0, 262 * 4096, 2 * 4096, true);  // its last block and the one behind
  EXPECT_EQ(set.summary().written.blocks, 201);
  EXPECT_EQ(set.summary().written_again, 2);
}

TEST(WorkingSet, AgainIsCountedByKind) {
  WorkingSet set;
  set.add(0, 0, 8192, true);
  set.add(0, 0, 8192, false);  // read for the first time
  EXPECT_EQ(set.summary().read_again, 0);
  EXPECT_EQ(set.summary().written_again, 0);
  set.add(0, 4096, 8192, false);  // one block of two once more
  EXPECT_EQ(set.summary().read_again, 1);
}

TEST(WorkingSet, WhenFullAnEstimateGoesOnWithinItsError) {
  WorkingSet set(1 << 10);  // 768 regions
  constexpr int kRegions = 100'000;
  for (int pass = 0; pass < 2; ++pass)
    for (std::int64_t i = 0; i < kRegions; ++i) set.add(0, i * 262144, i % 2 == 0 ? 4096 : 8192, true);
  const WorkingSet::Summary s = set.summary();
  EXPECT_LT(s.sampling_rate, 768.0 / kRegions * 2);
  EXPECT_GT(s.touched.standard_error, 0);
  // 400 to 768 regions are left: 4 to 5 % of 150,000 blocks.
  EXPECT_NEAR(s.touched.standard_error / s.touched.blocks, 0.045, 0.015);
  EXPECT_NEAR(s.touched.blocks, 150'000, 3 * s.touched.standard_error);
  EXPECT_NEAR(s.written_again, 150'000, 3 * s.touched.standard_error);
  EXPECT_EQ(s.block_writes, 300'000);
}

}  // namespace
}  // namespace blkpath
