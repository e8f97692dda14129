#include "validate/distance.hpp"

#include <gmock/gmock.h>

namespace blkpath {
namespace {

using testing::ElementsAre;

// Reads of 1 and 3 ms are predicted the wrong way round, the write of 10 ms as 13 ms.
const std::vector<LatencyPair> kPairs{{false, 1ms, 3ms}, {true, 10ms, 13ms}, {false, 3ms, 1ms}};

TEST(Distance, TheDemeritComparesDistributionsAndThePairedOneRequests) {
  const LatencyDistance reads = latency_distance(kPairs, Which::reads);
  EXPECT_EQ(reads.count, 2u);
  EXPECT_DOUBLE_EQ(reads.measured_mean_ms, 2);
  EXPECT_DOUBLE_EQ(reads.demerit_ms, 0);
  EXPECT_DOUBLE_EQ(reads.paired_rms_ms, 2);
}

TEST(Distance, TheDemeritIsGivenInPerCentOfTheMeasuredMean) {
  const LatencyDistance writes = latency_distance(kPairs, Which::writes);
  EXPECT_DOUBLE_EQ(writes.demerit_ms, 3);
  EXPECT_DOUBLE_EQ(writes.demerit_pct(), 30);
  const LatencyDistance all = latency_distance(kPairs, Which::all);
  EXPECT_DOUBLE_EQ(all.predicted_mean_ms - all.measured_mean_ms, 1);
  EXPECT_DOUBLE_EQ(all.demerit_ms, std::sqrt(3.0));  // 0, 0, 3
}

TEST(Distance, DifferencesAreThoseOfTheSortedSamples) {
  EXPECT_THAT(sorted_differences(kPairs, Which::all), ElementsAre(0, 0, 3));
}

TEST(Distance, NothingIsNoDistance) {
  const LatencyDistance none = latency_distance({}, Which::all);
  EXPECT_EQ(none.count, 0u);
  EXPECT_EQ(none.demerit_pct(), 0);
}

}  // namespace
}  // namespace blkpath
