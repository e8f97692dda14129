// What a bound makes of an array.
#include <gmock/gmock.h>

#include <cmath>

#include "hw/test/shelf.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;

/// Reads, writes and bytes of each that the disks get for one host I/O, in thousandths.
std::vector<long> disk_load(const std::string& level, double read_fraction, std::int64_t block_size,
                            std::size_t count = 4, const Params& more = {}) {
  const Shelf shelf(level, count, more);
  const LoadShape below = shelf.stages[0]->passed_down(
      {.read_fraction = read_fraction, .block_size = static_cast<double>(block_size)});
  return {std::lround(1000 * below.per_io * below.read_fraction),
          std::lround(1000 * below.per_io * (1 - below.read_fraction)), std::lround(below.block_size)};
}

TEST(EnclosureLoad, ABoundKnowsWhatAWriteCostsTheDisks) {
  EXPECT_THAT(disk_load("jbod", 0, 4096), ElementsAre(0, 1000, 4096));
  EXPECT_THAT(disk_load("raid0", 0, 4096), ElementsAre(0, 1000, 4096));
  EXPECT_THAT(disk_load("raid0", 0, 2 * kChunk), ElementsAre(0, 2000, kChunk));
  EXPECT_THAT(disk_load("raid1", 0, 2 * kChunk), ElementsAre(0, 4000, 2 * kChunk));
  EXPECT_THAT(disk_load("raid1", 1, 2 * kChunk), ElementsAre(1000, 0, 2 * kChunk));
  EXPECT_THAT(disk_load("raid10", 0, 4096), ElementsAre(0, 2000, 4096));
  EXPECT_THAT(disk_load("raid10", 1, 4096), ElementsAre(1000, 0, 4096));
  EXPECT_THAT(disk_load("raid5", 0, 4096), ElementsAre(2000, 2000, 4096));
  EXPECT_THAT(disk_load("raid5", 0.5, 4096), ElementsAre(1500, 1000, 4096));
  EXPECT_THAT(disk_load("raid5", 0, 3 * kChunk), ElementsAre(0, 4000, kChunk));  // a full stripe
  EXPECT_THAT(disk_load("raid6", 0, 4096, 8), ElementsAre(3000, 3000, 4096));
  // Two chunks of three: in two places of three in one stripe, 1 read and 3 writes; in the third in two
  // stripes, 2 and 2 in each.
  EXPECT_THAT(disk_load("raid5", 0, 2 * kChunk), ElementsAre(2000, 3333, kChunk));
}

// Of four disks one is gone: a quarter of the reads become three, by three disks where there were four.
TEST(EnclosureLoad, ABoundKnowsThatADiskIsMissing) {
  EXPECT_THAT(disk_load("raid5", 1, 4096, 4, {{"failures", "[[1, 0s]]"}}), ElementsAre(2000, 0, 4096));
  EXPECT_THAT(disk_load("raid5", 1, 4096, 5, {{"failures", "[[1, 0s]]"}, {"hot_spares", "1"}}),
              ElementsAre(1250, 0, 4096));  // it is replaced; a spare of five idles
}

}  // namespace
}  // namespace blkpath::test
