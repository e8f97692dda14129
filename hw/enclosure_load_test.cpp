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

// What the disks get for requests one after the other, against the bound. 720 of each length end where
// rotation and alignment begin anew. A disk of six that is missing leaves its share to five.
TEST(EnclosureLoad, TheDisksGetWhatTheBoundSays) {
  const Params whole, degraded{{"failures", "[[2, 0s]]"}}, two{{"failures", "[[2, 0s], [3, 0s]]"}};
  for (const std::string level : {"raid0", "raid1", "raid10", "raid5", "raid6"})
    for (const Params& failures : {whole, degraded, two})
      for (const std::int64_t length : {32 * kKi, 96 * kKi, 256 * kKi, 1024 * kKi})
        for (const double read_fraction : {0.0, 1.0}) {
          const int failed = failures.empty() ? 0 : failures == degraded ? 1 : 2;
          if (failed > 0 && level == "raid0") continue;
          if (failed > 1 && (level == "raid5" || level == "raid10")) continue;
          Shelf shelf(level, 6, failures);
          constexpr int kRequests = 720;
          shelf.probe->loop(8, kRequests, [&](int i) {
            return Io{read_fraction > 0 ? Op::read : Op::write, i * length,
                      static_cast<std::uint32_t>(length)};
          });
          shelf.run();
          const double seen = static_cast<double>(shelf.seen.size()) / kRequests * 6 / (6 - failed);
          const LoadShape below = shelf.stages[0]->passed_down(
              {.read_fraction = read_fraction, .block_size = static_cast<double>(length)});
          EXPECT_NEAR(below.per_io / seen, 1, 1e-9) << level << " " << failed << " " << length;
        }
}

}  // namespace
}  // namespace blkpath::test
