#include <gmock/gmock.h>

#include <cerrno>

#include "hw/test/shelf.hpp"
#include "model/core/random.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

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

TEST(Enclosure, Raid1WritesAllDisksAndReadsOne) {
  Shelf shelf("raid1", 3);
  shelf.at(0us, {Op::write, 60 * kKi, 8192}).at(10ms, {Op::read, 0, 1 << 20}).run();
  EXPECT_THAT(disk_ios(shelf),
              ElementsAre(DiskIo{0, Op::write, 60 * kKi, 8192}, DiskIo{1, Op::write, 60 * kKi, 8192},
                          DiskIo{2, Op::write, 60 * kKi, 8192}, DiskIo{0, Op::read, 0, 1 << 20}));
}

// Three reads at once: 0 to 1 ms on each disk; the fourth is the second one of whichever is least busy.
TEST(Enclosure, ReadsGoToTheLeastBusyMirror) {
  Shelf shelf("raid1", 2, {{"mirror_read", "least_busy"}});
  shelf.at(0us, {Op::read, 0, 4096}).at(100us, {Op::read, 0, 4096}).at(1050us, {Op::read, 0, 4096});
  shelf.at(1060us, {Op::read, 0, 4096}).run();  // disk 0 is free, and has just got one; disk 1 until 1120 us
  EXPECT_THAT(disks(shelf), ElementsAre(0, 1, 0, 0));
}

// Past 2^31 sectors, and past 2^32 of them. Chunk 305,175,781 is number 101,725,260 of a disk; as in
// raid_layout_test.cpp, RAID 5 has it in column 1 of a stripe whose P is on 3 - 101,725,260 % 4 = 3.
TEST(Enclosure, ReachesTwentyTerabytes) {
  constexpr std::int64_t k20Tb = 20'000'000'000'000;
  Shelf shelf("raid5", 4);
  shelf.at(0us, {Op::read, k20Tb, 4096}).run();
  EXPECT_THAT(disk_ios(shelf), ElementsAre(DiskIo{1, Op::read, 101'725'260 * kChunk + 16'384, 4096}));
  Shelf stripe("raid0", 3);
  stripe.at(0us, {Op::write, k20Tb, 4096}).run();
  EXPECT_THAT(disk_ios(stripe), ElementsAre(DiskIo{1, Op::write, 101'725'260 * kChunk + 16'384, 4096}));
  Shelf mirror("raid1", 2);
  mirror.at(0us, {Op::read, k20Tb, 4096}).run();
  EXPECT_THAT(disk_ios(mirror), ElementsAre(DiskIo{0, Op::read, k20Tb, 4096}));
}

// ---- all levels -------------------------------------------------------------------------------------------

TEST(Enclosure, ReadsMoveAsManyBytesAsTheHostAsksFor) {
  for (const std::string level : {"raid0", "raid1", "raid10", "raid5", "raid6"}) {
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

// Random writes that are no longer than a chunk and inside one: each byte is written once and its parity
// once, and all bytes that are read are of as many rows.
TEST(Enclosure, WritesMoveEachByteAndItsParity) {
  for (const auto& [level, copies] : std::vector<std::pair<std::string, int>>{
           {"raid0", 1}, {"raid1", 6}, {"raid10", 2}, {"raid5", 2}, {"raid6", 3}}) {
    Shelf shelf(level, 6, kRmw);
    Random random(1, level);
    std::int64_t in = 0, written = 0, read = 0;
    shelf.probe->loop(8, 300, [&](int) {
      const auto first = static_cast<std::int64_t>(random.below(100)),
                 last = first + static_cast<std::int64_t>(random.below(28));
      const Io io{Op::write, static_cast<std::int64_t>(random.below(1000)) * kChunk + first * 512,
                  static_cast<std::uint32_t>((last - first + 1) * 512)};
      in += io.length;
      return io;
    });
    shelf.run();
    for (const Seen& s : shelf.seen) (s.op == Op::write ? written : read) += s.length;
    EXPECT_EQ(written, copies * in) << level;
    EXPECT_EQ(read, level == "raid5" || level == "raid6" ? written : 0) << level;
  }
}

// As many requests at the shelf, on average, as come in a second times how long each stays: the disks' time,
// the controller's and the waits for locks are all of it.
TEST(Enclosure, KeepsLittlesLaw) {
  Shelf shelf("raid5", 5);
  Random random(3, "little");
  shelf.probe->loop(16, 2000, [&](int) {
    return Io{random.below(2) != 0 ? Op::write : Op::read,
              static_cast<std::int64_t>(random.below(64)) * 16384, 16384};
  });
  shelf.run();
  double stay = 0;
  Instant end{};
  for (const Probe::Record& r : shelf.probe->records) {
    stay += seconds(r.completed - r.issued);
    end = std::max(end, r.completed);
  }
  EXPECT_NEAR(stay / seconds(end.time_since_epoch()), 16, 0.2);  // less at the end, when no new ones come
}

TEST(Enclosure, AnErrorOfADiskIsTheWrites) {
  for (const std::string level : {"jbod", "raid0", "raid1", "raid10", "raid5", "raid6"}) {
    Shelf shelf(level, 4);
    for (TestDevice* device : shelf.device) device->error = 5;
    shelf.at(0us, {Op::write, 0, 4096}).run();
    EXPECT_EQ(shelf.io(0).error, 5) << level;
  }
}

TEST(Enclosure, DiscardsWhereThereIsNoParity) {
  Shelf mirror("raid10", 4);
  mirror.at(0us, {Op::trim, 0, 65536}).run();
  EXPECT_THAT(disk_ios(mirror), ElementsAre(DiskIo{0, Op::trim, 0, kChunk}, DiskIo{1, Op::trim, 0, kChunk}));
  Shelf parity("raid5", 4);
  parity.at(0us, {Op::trim, 0, 65536}).run();
  EXPECT_EQ(parity.io(0).error, EOPNOTSUPP);
  EXPECT_EQ(parity.seen.size(), 0u);
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
  EXPECT_THROW(Shelf("raid6", 3), std::invalid_argument);
  EXPECT_THROW(Shelf("raid1", 1), std::invalid_argument);
  EXPECT_THROW(Shelf("raid5", 3, {{"hot_spares", "1"}}), std::invalid_argument);
  EXPECT_NO_THROW(Shelf("raid5", 3));
  EXPECT_NO_THROW(Shelf("raid10", 2));
}

}  // namespace
}  // namespace blkpath::test
