// RAID 5 and 6: what is read before a write, and who waits for whom.
#include <gmock/gmock.h>

#include "hw/test/shelf.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;

// ---- RAID 5 of four disks: three data chunks and one of parity in a stripe
// ----------------------------------

// Left-symmetric: parity on disk 3, 2, 1, 0, and the data begin on the disk after it.
TEST(EnclosureParity, Raid5RotatesParityOverAllDisks) {
  Shelf shelf("raid5", 4);
  for (int chunk = 0; chunk < 12; ++chunk) shelf.at(0us, {Op::read, chunk * kChunk, 512});
  shelf.run();
  EXPECT_THAT(disks(shelf), ElementsAre(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3));
  EXPECT_EQ(shelf.seen[11].offset, 3 * kChunk);
  for (int stripe = 0; stripe < 8; ++stripe) {  // the parity of a small write
    Shelf one("raid5", 4, kRmw);
    one.at(0us, {Op::write, stripe * 3 * kChunk, 512}).run();
    EXPECT_EQ(one.seen[1].device, static_cast<std::size_t>(3 - stripe % 4));
    EXPECT_EQ(one.seen[1].offset, stripe * kChunk);
  }
}

TEST(EnclosureParity, Raid5ReadsDataAndParityBeforeASmallWrite) {
  Shelf shelf("raid5", 4, kRmw);
  shelf.at(0us, {Op::write, kChunk + 8192, 4096}).run();
  EXPECT_THAT(disk_ios(shelf),
              ElementsAre(DiskIo{1, Op::read, 8192, 4096}, DiskIo{3, Op::read, 8192, 4096},
                          DiskIo{1, Op::write, 8192, 4096}, DiskIo{3, Op::write, 8192, 4096}));
  EXPECT_EQ(shelf.lat(), "2020us");
}

TEST(EnclosureParity, Raid5WritesAFullStripeWithoutReading) {
  Shelf shelf("raid5", 4);
  shelf.at(0us, {Op::write, 3 * kChunk, 3 * 65536}).run();
  EXPECT_THAT(disk_ios(shelf),
              ElementsAre(DiskIo{3, Op::write, kChunk, kChunk}, DiskIo{0, Op::write, kChunk, kChunk},
                          DiskIo{1, Op::write, kChunk, kChunk}, DiskIo{2, Op::write, kChunk, kChunk}));
  EXPECT_EQ(shelf.lat(), "1020us");
}

// The last 4 KiB of stripe 0 (disk 2, parity 3) and the first 4 KiB of stripe 1 (disk 3, parity 2).
TEST(EnclosureParity, Raid5UpdatesTheParityOfEachStripeThatAWriteTouches) {
  Shelf shelf("raid5", 4, kRmw);
  shelf.at(0us, {Op::write, 188 * kKi, 8192}).run();
  std::vector<DiskIo> expected;
  for (const Op op : {Op::read, Op::write})
    for (const DiskIo& io : {DiskIo{2, op, 60 * kKi, 4096}, DiskIo{3, op, 60 * kKi, 4096},
                             DiskIo{3, op, kChunk, 4096}, DiskIo{2, op, kChunk, 4096}})
      expected.push_back(io);
  EXPECT_EQ(disk_ios(shelf), expected);
}

// The full stripe does not wait for the reads of the other one.
TEST(EnclosureParity, Raid5ReadsOnlyForTheStripeThatIsNotFull) {
  Shelf shelf("raid5", 4, kRmw);
  shelf.at(0us, {Op::write, 0, 196 * 1024}).run();
  EXPECT_THAT(disk_ios(shelf),
              ElementsAre(DiskIo{0, Op::write, 0, kChunk}, DiskIo{1, Op::write, 0, kChunk},
                          DiskIo{2, Op::write, 0, kChunk}, DiskIo{3, Op::write, 0, kChunk},
                          DiskIo{3, Op::read, kChunk, 4096}, DiskIo{2, Op::read, kChunk, 4096},
                          DiskIo{3, Op::write, kChunk, 4096}, DiskIo{2, Op::write, kChunk, 4096}));
  EXPECT_EQ(shelf.lat(), "3020us");
}

// Both go to stripe 0: the second one reads when the first one has written, 2 ms later. One to stripe 1 would
// not have to wait for a lock; disk 3 holds parity there no more.
TEST(EnclosureParity, TwoWritesToAStripeSerialise) {
  Shelf shelf("raid5", 6, kRmw);
  shelf.at(0us, {Op::write, 0, 4096}).at(0us, {Op::write, kChunk, 4096}).run();
  EXPECT_EQ(shelf.lat(0), "2020us");
  EXPECT_EQ(shelf.lat(1), "4020us");
  EXPECT_EQ(shelf.stat(0, "lock_waits"), 1);
  EXPECT_EQ(shelf.io(1).times[2], 2'000'000);  // 20 us for the controller, and the rest for the stripe
}

TEST(EnclosureParity, WritesToTwoStripesDoNotWaitForOneAnother) {
  Shelf shelf("raid5", 6, kRmw);  // of the stripes 0 and 1, disks 0, 5 and 5, 4
  shelf.at(0us, {Op::write, 0, 4096}).at(0us, {Op::write, 7 * kChunk, 4096}).run();
  EXPECT_EQ(shelf.lat(1), "2040us");
  EXPECT_EQ(shelf.stat(0, "lock_waits"), 0);
}

TEST(EnclosureParity, AReadDoesNotWaitForAStripesLock) {
  Shelf shelf("raid5", 6, kRmw);
  shelf.at(0us, {Op::write, 0, 4096}).at(0us, {Op::read, 2 * kChunk, 4096}).run();
  EXPECT_EQ(shelf.lat(1), "1040us");
}

TEST(EnclosureParity, Raid6ReadsThreeAndWritesThreeForASmallWrite) {
  Shelf shelf("raid6", 8);  // stripe 0: P on 7, Q on 0, data from 1 on
  shelf.at(0us, {Op::write, 8192, 4096}).run();
  EXPECT_THAT(disk_ios(shelf),
              ElementsAre(DiskIo{1, Op::read, 8192, 4096}, DiskIo{7, Op::read, 8192, 4096},
                          DiskIo{0, Op::read, 8192, 4096}, DiskIo{1, Op::write, 8192, 4096},
                          DiskIo{7, Op::write, 8192, 4096}, DiskIo{0, Op::write, 8192, 4096}));
  EXPECT_EQ(shelf.lat(), "2020us");
  EXPECT_EQ(shelf.stat(0, "rmw"), 100);
}

}  // namespace
}  // namespace blkpath::test
