#include <gmock/gmock.h>

#include "model/core/random.hpp"
#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr std::int64_t kKi = 1024, kChunk = 64 * kKi;

struct DiskIo {
  std::size_t disk;
  Op op;
  std::int64_t offset;
  std::int64_t length;
  bool operator==(const DiskIo&) const = default;
};
std::vector<DiskIo> disk_ios(const TestPath& path) {
  std::vector<DiskIo> all;
  for (const Seen& s : path.seen) all.push_back({s.device, s.op, s.offset, s.length});
  return all;
}
std::vector<std::size_t> disks(const TestPath& path) {
  std::vector<std::size_t> all;
  for (const Seen& s : path.seen) all.push_back(s.device);
  return all;
}
/// A shelf of disks that take 1 ms; its controller takes 20 us for a command.
struct Shelf : TestPath {
  Shelf(const std::string& level, std::size_t count)
      : TestPath({{"enclosure", {{"level", level}, {"chunk", "64KiB"}, {"command_cost", "20us"}}}},
                 {.service = 1ms, .count = count}) {
    probe->blocks = false;
  }
};

TEST(Enclosure, AsJbodEachDiskIsALun) {
  Shelf shelf("jbod", 3);
  shelf.at(0us, {Op::read, 512, 512, 2}).at(0us, {Op::read, 0, 512, 0}).run();
  EXPECT_THAT(disk_ios(shelf), ElementsAre(DiskIo{2, Op::read, 512, 512}, DiskIo{0, Op::read, 0, 512}));
  EXPECT_EQ(shelf.lat(), "1ms");
  Shelf small("jbod", 2);
  small.at(0us, {Op::read, 0, 512, 2});
  EXPECT_THROW(small.sim.run_until(Instant::max()), std::runtime_error);
}

// 60 KiB to 132 KiB: the end of chunk 0, chunk 1, the start of chunk 2; chunk 4 is the second one of disk 1.
TEST(Enclosure, Raid0DealsChunksToTheDisks) {
  Shelf shelf("raid0", 3);
  shelf.at(0us, {Op::write, 60 * kKi, 72 * 1024}).at(10ms, {Op::read, 4 * kChunk + 512, 512}).run();
  EXPECT_THAT(disk_ios(shelf),
              ElementsAre(DiskIo{0, Op::write, 60 * kKi, 4096}, DiskIo{1, Op::write, 0, kChunk},
                          DiskIo{2, Op::write, 0, 4096}, DiskIo{1, Op::read, kChunk + 512, 512}));
  EXPECT_EQ(shelf.lat(), "1020us");
}

TEST(Enclosure, TheControllerHandlesOneCommandAtATime) {
  Shelf shelf("raid0", 3);
  for (int i = 0; i < 3; ++i) shelf.at(0us, {Op::read, i * kChunk, 512});
  shelf.run();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(shelf.seen[static_cast<std::size_t>(i)].at, Instant{20us * (i + 1)});
}

// Two pairs: chunk 3 is the second one of disks 2 and 3.
TEST(Enclosure, Raid10WritesBothDisksOfAPair) {
  Shelf shelf("raid10", 4);
  shelf.at(0us, {Op::write, 3 * kChunk, 4096}).run();
  EXPECT_THAT(disk_ios(shelf),
              ElementsAre(DiskIo{2, Op::write, kChunk, 4096}, DiskIo{3, Op::write, kChunk, 4096}));
  EXPECT_EQ(shelf.lat(), "1020us");
}

TEST(Enclosure, Raid10ReadsThePairInTurn) {
  Shelf shelf("raid10", 4);
  for (int i = 0; i < 4; ++i) shelf.at(0us, {Op::read, 0, 4096});
  shelf.run();
  EXPECT_THAT(disks(shelf), ElementsAre(0, 1, 0, 1));
}

// Chunks of the pairs alternate, and yet all four disks must work.
TEST(Enclosure, Raid10SpreadsASequentialReadOverAllDisks) {
  Shelf shelf("raid10", 4);
  for (int i = 0; i < 4; ++i) shelf.at(0us, {Op::read, i * kChunk, 65536});
  shelf.run();
  EXPECT_THAT(disks(shelf), UnorderedElementsAre(0, 1, 2, 3));
}

// ---- RAID 5 of four disks: three data chunks and one of parity in a stripe
// ----------------------------------

// Left-symmetric: parity on disk 3, 2, 1, 0, and the data begin on the disk after it.
TEST(Enclosure, Raid5RotatesParityOverAllDisks) {
  Shelf shelf("raid5", 4);
  for (int chunk = 0; chunk < 12; ++chunk) shelf.at(0us, {Op::read, chunk * kChunk, 512});
  shelf.run();
  EXPECT_THAT(disks(shelf), ElementsAre(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3));
  EXPECT_EQ(shelf.seen[11].offset, 3 * kChunk);
  for (int stripe = 0; stripe < 8; ++stripe) {  // the parity of a small write
    Shelf one("raid5", 4);
    one.at(0us, {Op::write, stripe * 3 * kChunk, 512}).run();
    EXPECT_EQ(one.seen[1].device, static_cast<std::size_t>(3 - stripe % 4));
    EXPECT_EQ(one.seen[1].offset, stripe * kChunk);
  }
}

TEST(Enclosure, Raid5ReadsDataAndParityBeforeASmallWrite) {
  Shelf shelf("raid5", 4);
  shelf.at(0us, {Op::write, kChunk + 8192, 4096}).run();
  EXPECT_THAT(disk_ios(shelf),
              ElementsAre(DiskIo{1, Op::read, 8192, 4096}, DiskIo{3, Op::read, 8192, 4096},
                          DiskIo{1, Op::write, 8192, 4096}, DiskIo{3, Op::write, 8192, 4096}));
  EXPECT_EQ(shelf.lat(), "2020us");
}

TEST(Enclosure, Raid5WritesAFullStripeWithoutReading) {
  Shelf shelf("raid5", 4);
  shelf.at(0us, {Op::write, 3 * kChunk, 3 * 65536}).run();
  EXPECT_THAT(disk_ios(shelf),
              ElementsAre(DiskIo{3, Op::write, kChunk, kChunk}, DiskIo{0, Op::write, kChunk, kChunk},
                          DiskIo{1, Op::write, kChunk, kChunk}, DiskIo{2, Op::write, kChunk, kChunk}));
  EXPECT_EQ(shelf.lat(), "1020us");
}

// The last 4 KiB of stripe 0 (disk 2, parity 3) and the first 4 KiB of stripe 1 (disk 3, parity 2).
TEST(Enclosure, Raid5UpdatesTheParityOfEachStripeThatAWriteTouches) {
  Shelf shelf("raid5", 4);
  shelf.at(0us, {Op::write, 188 * kKi, 8192}).run();
  std::vector<DiskIo> expected;
  for (const Op op : {Op::read, Op::write})
    for (const DiskIo& io : {DiskIo{2, op, 60 * kKi, 4096}, DiskIo{3, op, 60 * kKi, 4096},
                             DiskIo{3, op, kChunk, 4096}, DiskIo{2, op, kChunk, 4096}})
      expected.push_back(io);
  EXPECT_EQ(disk_ios(shelf), expected);
}

TEST(Enclosure, Raid5ReadsOnlyForTheStripeThatIsNotFull) {
  Shelf shelf("raid5", 4);
  shelf.at(0us, {Op::write, 0, 196 * 1024}).run();
  EXPECT_THAT(disk_ios(shelf),
              ElementsAre(DiskIo{3, Op::read, kChunk, 4096}, DiskIo{2, Op::read, kChunk, 4096},
                          DiskIo{0, Op::write, 0, kChunk}, DiskIo{1, Op::write, 0, kChunk},
                          DiskIo{2, Op::write, 0, kChunk}, DiskIo{3, Op::write, 0, kChunk},
                          DiskIo{3, Op::write, kChunk, 4096}, DiskIo{2, Op::write, kChunk, 4096}));
}

// ---- all levels -------------------------------------------------------------------------------------------

TEST(Enclosure, ReadsMoveAsManyBytesAsTheHostAsksFor) {
  for (const std::string level : {"raid0", "raid10", "raid5"}) {
    Shelf shelf(level, 4);
    Random random(1, level);
    std::int64_t in = 0, out = 0;
    shelf.probe->loop(8, 300, [&](int) {
      const Io io{Op::read, static_cast<std::int64_t>(random.below(100'000)) * 512,
                  static_cast<std::uint32_t>((1 + random.below(1000)) * 512)};
      in += io.length;
      return io;
    });
    shelf.run();
    for (const Seen& s : shelf.seen) out += s.length;
    EXPECT_EQ(in, out) << level;
  }
}

TEST(Enclosure, AnErrorOfADiskIsTheRequests) {
  for (const std::string level : {"jbod", "raid0", "raid10", "raid5"}) {
    Shelf shelf(level, 4);
    shelf.device[0]->error = 5;
    shelf.at(0us, {Op::write, 0, 4096}).run();
    EXPECT_EQ(shelf.io(0).error, 5) << level;
  }
}

/// Reads, writes and bytes of each that the disks get for one host I/O.
std::vector<double> disk_load(const std::string& level, double read_fraction, std::int64_t block_size) {
  const Shelf shelf(level, 4);
  const LoadShape below = shelf.stages[0]->passed_down(
      {.read_fraction = read_fraction, .block_size = static_cast<double>(block_size)});
  return {below.per_io * below.read_fraction, below.per_io * (1 - below.read_fraction), below.block_size};
}

TEST(Enclosure, ABoundKnowsWhatAWriteCostsTheDisks) {
  EXPECT_THAT(disk_load("jbod", 0, 4096), ElementsAre(0, 1, 4096));
  EXPECT_THAT(disk_load("raid0", 0, 4096), ElementsAre(0, 1, 4096));
  EXPECT_THAT(disk_load("raid0", 0, 2 * kChunk), ElementsAre(0, 2, kChunk));
  EXPECT_THAT(disk_load("raid10", 0, 4096), ElementsAre(0, 2, 4096));
  EXPECT_THAT(disk_load("raid10", 1, 4096), ElementsAre(1, 0, 4096));
  EXPECT_THAT(disk_load("raid5", 0, 4096), ElementsAre(2, 2, 4096));
  EXPECT_THAT(disk_load("raid5", 0.5, 4096), ElementsAre(1.5, 1, 4096));
  EXPECT_THAT(disk_load("raid5", 0, 2 * kChunk), ElementsAre(3, 3, kChunk));
  EXPECT_THAT(disk_load("raid5", 0, 3 * kChunk), ElementsAre(0, 4, kChunk));  // a full stripe
}

TEST(Enclosure, AFlushGoesToEveryDisk) {
  Shelf shelf("raid5", 4);
  shelf.at(0us, {Op::flush, 0, 0}).run();
  EXPECT_THAT(disks(shelf), ElementsAre(0, 1, 2, 3));
}

TEST(Enclosure, RefusesANumberOfDisksThatTheLevelCannotHave) {
  EXPECT_THROW(Shelf("raid5", 2), std::invalid_argument);
  EXPECT_THROW(Shelf("raid10", 3), std::invalid_argument);
  EXPECT_THROW(Shelf("raid0", 0), std::invalid_argument);
  EXPECT_NO_THROW(Shelf("raid5", 3));
  EXPECT_NO_THROW(Shelf("raid10", 2));
}

}  // namespace
}  // namespace blkpath::test
