#include "hw/disk_drive.hpp"

#include <gtest/gtest.h>

#include "hw/zoned_layout.hpp"

namespace blkpath {
namespace {

constexpr std::int64_t operator""_us(unsigned long long us) { return static_cast<std::int64_t>(us) * 1000; }

// Two surfaces, 100 cylinders of 10 sectors a track; a turn of 4 ms, 400 us a sector. Block 0 begins to pass
// at 0, 4 ms, 8 ms. Overheads: 100 us of a read that is not in the buffer, 50 of one that is, 70 of a write
// to the buffer, 200 of one to the media; 10 us a block on the bus.
struct Drive {
  DiskBuffer buffer{
      .segments = 2, .segment_sectors = 8, .read_ahead = ReadAhead::segment, .read_ahead_on_hit = true};
  DiskOverheads overheads{.read_hit = {50_us, 50_us},
                          .read_miss = {100_us, 100_us},
                          .write_hit = {70_us, 70_us},
                          .write_miss = {{{200_us, 200_us}, {200_us, 200_us}}},
                          .bus_read = 10_us,
                          .bus_write = 10_us};
  DiskDrive build() const {
    const auto layout = std::make_shared<ZonedLayout>(std::vector<DiskZone>{{100, 10}}, 2, 4ms, 600us, 900us);
    const auto seek = std::make_shared<SeekCurve>(500us, 3400us, 6500us, layout->cylinders());
    return {DiskMechanics(layout, seek, {.revolution = 4'000'000, .head_switch = 600'000}), buffer,
            overheads};
  }
};
std::int64_t read(DiskDrive& d, std::int64_t date, std::int64_t lbn, std::int64_t count) {
  return d.serve({lbn, lbn + count, false, false}, date, false).done;
}
std::int64_t write(DiskDrive& d, std::int64_t date, std::int64_t lbn, std::int64_t count,
                   bool through = false) {
  return d.serve({lbn, lbn + count, true, through}, date, false).done;
}

TEST(DiskDrive, AMissWaitsForThePlatterAndTheBusFollows) {
  DiskDrive d = Drive().build();
  EXPECT_EQ(read(d, 0, 0, 2),
            4810_us);  // block 0 passed while the command was decoded; 4,000 + 800 + the last block's 10
}

// ---- reading ahead ----------------------------------------------------------------------------------

TEST(DiskDrive, WhatWasReadAheadIsInTheBuffer) {
  DiskDrive d = Drive().build();
  read(d, 0, 0, 2);
  EXPECT_EQ(read(d, 20'000_us, 2, 2), 20'070_us);  // 50 + 2 x 10
  EXPECT_EQ(d.read_hits, 1);
}

TEST(DiskDrive, AStreamThatFollowsAtOnceLosesNoTurn) {
  DiskDrive d = Drive().build();
  read(d, 0, 0, 2);
  EXPECT_EQ(read(d, 4900_us, 2, 2), 5610_us);  // block 3 has passed at 5,600
  EXPECT_EQ(read(d, 5700_us, 4, 2), 6410_us);
}

TEST(DiskDrive, WithoutReadAheadTheNextBlockIsAMiss) {
  Drive drive;
  drive.buffer.read_ahead = ReadAhead::none;
  DiskDrive d = drive.build();
  read(d, 0, 0, 2);
  EXPECT_EQ(read(d, 20'000_us, 2, 2), 21'610_us);  // the platter stands at 0: 800 + 800 + 10
}

TEST(DiskDrive, ReadingAheadEndsWithTheSegmentOrBeforeIt) {
  Drive drive;
  DiskDrive whole = drive.build();
  read(whole, 0, 0, 2);
  EXPECT_LT(read(whole, 20'000_us, 6, 2), 20'100_us);  // 8 blocks in all
  drive.buffer.read_ahead_max = 3;
  DiskDrive limited = drive.build();
  read(limited, 0, 0, 2);
  EXPECT_GT(read(limited, 20'000_us, 6, 2), 20'100_us);
}

TEST(DiskDrive, ATrackMayBeTheLimit) {
  Drive drive;
  drive.buffer.read_ahead = ReadAhead::track;
  DiskDrive d = drive.build();
  read(d, 0, 7, 1);  // of a track of ten
  EXPECT_LT(read(d, 20'000_us, 9, 1), 20'100_us);
  DiskDrive again = drive.build();
  read(again, 0, 7, 1);
  EXPECT_GT(read(again, 20'000_us, 10, 1), 20'100_us);
}

TEST(DiskDrive, BlocksThatTheHostHasGotStayUnlessReadingAheadMayOverwriteThem) {
  Drive drive;
  DiskDrive keeps = drive.build();
  read(keeps, 0, 0, 2);
  EXPECT_LT(read(keeps, 20'000_us, 0, 2), 20'100_us);
  drive.buffer.read_ahead_over = true;
  DiskDrive overwrites = drive.build();
  read(overwrites, 0, 0, 2);
  EXPECT_GT(read(overwrites, 20'000_us, 0, 2), 20'100_us);
}

// The arm is on the track at 100 us. Blocks 1 to 4 pass before block 5 does; block 0 has gone by.
TEST(DiskDrive, BlocksThatPassBeforeTheFirstOneMayBeKept) {
  Drive drive;
  drive.buffer.read_before = true;
  DiskDrive d = drive.build();
  read(d, 0, 5, 1);
  EXPECT_LT(read(d, 20'000_us, 1, 2), 20'100_us);
  EXPECT_GT(read(d, 40'000_us, 0, 1), 40'100_us);
}

TEST(DiskDrive, TheLeastRecentlyUsedSegmentIsReused) {
  DiskDrive d = Drive().build();
  read(d, 0, 0, 1);
  read(d, 20'000_us, 400, 1);
  read(d, 40'000_us, 0, 1);  // a hit: 400 is the older one now
  read(d, 60'000_us, 800, 1);
  EXPECT_LT(read(d, 80'000_us, 0, 1), 80'100_us);
  EXPECT_GT(read(d, 100'000_us, 400, 1), 100'100_us);
}

// Three of four blocks have passed at 5,200 us; the bus begins then. Of three blocks two are enough.
TEST(DiskDrive, AWatermarkHoldsTheBusBack) {
  Drive drive;
  drive.buffer.read_watermark = 0.75;
  drive.overheads.bus_read = 300_us;
  DiskDrive d = drive.build();
  EXPECT_EQ(read(d, 0, 0, 4), 5200_us + 1200_us);
  DiskDrive three = drive.build();
  EXPECT_EQ(read(three, 0, 0, 3), 4800_us + 900_us);
}

// ---- writes -----------------------------------------------------------------------------------------

// Block 100 is read while block 55 waits in the buffer; then the arm writes it, and no longer reads ahead.
TEST(DiskDrive, WritingFromTheBufferEndsReadingAhead) {
  Drive drive;
  drive.buffer.write_cache = true;
  DiskDrive d = drive.build();
  write(d, 2500_us, 55, 1);
  read(d, 2500_us, 100, 1);
  EXPECT_GT(read(d, 500'000_us, 106, 1), 500'100_us);
  EXPECT_EQ(d.unwritten_sectors(), 0);
}

Drive with_write_cache(int write_segments = 1) {
  Drive drive;
  drive.buffer.write_cache = true;
  drive.buffer.write_segments = write_segments;
  return drive;
}

TEST(DiskDrive, TheBufferTakesAWriteAndAnswersReadsOfIt) {
  DiskDrive d = with_write_cache().build();
  EXPECT_EQ(write(d, 0, 5, 2), 90_us);
  EXPECT_EQ(d.unwritten_sectors(), 2);
  EXPECT_EQ(read(d, 20'000_us, 5, 2), 20'070_us);
  EXPECT_EQ(d.unwritten_sectors(), 0);
}

// Block 5 is written from 2,000 to 2,400 us; block 0 comes next at 4,000.
TEST(DiskDrive, AReadWaitsForTheWriteThatIsUnderWay) {
  DiskDrive d = with_write_cache().build();
  write(d, 0, 5, 1);
  EXPECT_EQ(read(d, 1000_us, 0, 1), 4410_us);
}

TEST(DiskDrive, AFullBufferTakesTheNextWriteWhenItHasRoom) {
  DiskDrive one = with_write_cache(1).build();
  write(one, 0, 5, 1);
  EXPECT_EQ(write(one, 100_us, 300, 1), 2410_us);  // block 5 is on the media at 2,400
  DiskDrive two = with_write_cache(2).build();
  write(two, 0, 5, 1);
  EXPECT_EQ(write(two, 100_us, 300, 1), 180_us);
}

TEST(DiskDrive, AWriteThatGoesOnJoinsTheOneThatWaits) {
  DiskDrive d = with_write_cache(1).build();
  write(d, 0, 5, 1);
  EXPECT_EQ(write(d, 20_us, 6, 1), 100_us);  // before the first one has left the buffer
}

TEST(DiskDrive, AFlushEndsWhenEverythingIsOnTheMedia) {
  DiskDrive d = with_write_cache(2).build();
  write(d, 0, 5, 1);
  EXPECT_EQ(d.flush(100_us), 2400_us);
  EXPECT_EQ(d.flush(3000_us), 3000_us);
  EXPECT_EQ(d.unwritten_sectors(), 0);
}

TEST(DiskDrive, ForcedUnitAccessGoesToTheMedia) {
  DiskDrive d = with_write_cache().build();
  EXPECT_EQ(write(d, 0, 5, 1, true), 2400_us);
}

TEST(DiskDrive, WithoutWriteCacheAWriteEndsOnTheMedia) {
  DiskDrive d = Drive().build();
  EXPECT_EQ(write(d, 0, 5, 1), 2400_us);
  EXPECT_EQ(read(d, 20'000_us, 5, 1), 20'060_us);  // and stays in the buffer
}

// Block 1 passes at 400 us, 200 us after the overhead; its data take 300 us on the bus.
TEST(DiskDrive, ABlockThatHasNotCrossedTheBusMissesItsTurn) {
  Drive drive;
  DiskDrive in_time = drive.build();
  EXPECT_EQ(write(in_time, 0, 1, 1), 800_us);
  drive.overheads.bus_write = 300_us;
  DiskDrive late = drive.build();
  EXPECT_EQ(write(late, 0, 1, 1), 4800_us);
}

// The head takes block 2 at 800 us and block 3 at 1,200. At 500 us a block on the bus they are there at 700
// and 1,200.
TEST(DiskDrive, ASlowBusIsWaitedForUntilItCannotRunDry) {
  Drive drive;
  drive.overheads.bus_write = 500_us;
  DiskDrive in_time = drive.build();
  EXPECT_EQ(write(in_time, 0, 2, 2), 1600_us);
  drive.overheads.bus_write = 501_us;
  DiskDrive dry = drive.build();
  EXPECT_EQ(write(dry, 0, 2, 2), 5600_us);
}

// Of four blocks three have crossed the bus at 200 + 3 x 300 us: in time for block 3 at 1,200, not for
// block 2.
TEST(DiskDrive, TheHeadWaitsUntilSoManyBlocksAreInTheBuffer) {
  Drive drive;
  drive.overheads.bus_write = 300_us;
  drive.buffer.write_fill = {{1, 1}, {4, 3}};
  DiskDrive in_time = drive.build();
  EXPECT_EQ(write(in_time, 0, 3, 4), 2800_us);
  DiskDrive late = drive.build();
  EXPECT_EQ(write(late, 0, 2, 4), 6400_us);
  DiskDrive shorter = drive.build();
  EXPECT_EQ(write(shorter, 0, 2, 3), 2000_us);
  drive.overheads.write_start = 101_us;  // 1,201 after all
  DiskDrive slow = drive.build();
  EXPECT_EQ(write(slow, 0, 3, 4), 6800_us);
}

// Plain: the arm moves and the bus begins at 200 us, the status takes 30 us more. A write that does not go on
// from the one before: at 300 and 500 us, its status 40 us.
TEST(DiskDrive, AWriteAfterAnotherOneElsewhereReleasesTheBusOnceMore) {
  Drive drive;
  drive.overheads.write_miss.fill({200_us, 200_us, 10_us, 30_us});
  drive.overheads.extra_disconnect = {300_us, 500_us, 20_us, 40_us};
  DiskDrive d = drive.build();
  EXPECT_EQ(write(d, 0, 0, 1), 4430_us);        // block 0 has gone by at 200 us
  EXPECT_EQ(write(d, 8000_us, 1, 1), 8830_us);  // goes on: block 1 passes at 8,400
  EXPECT_EQ(write(d, 16'000_us, 5, 1), 18'440_us);
  EXPECT_EQ(write(d, 24'300_us, 2, 1), 29'240_us);  // its block is there at 24,810, ten too late
}

// The block is on the media 10 us before the bus is free.
TEST(DiskDrive, TheStatusOfAWriteFollowsWhenTheBusHasBeenReleased) {
  Drive drive;
  drive.overheads.write_miss.fill({200_us, 200_us, 600_us, 30_us});
  DiskDrive d = drive.build();
  EXPECT_EQ(write(d, 0, 1, 1), 840_us);  // 200 + 10 + 600 + 30
}

TEST(DiskDrive, NewContentsReplaceOldOnesInTheBuffer) {
  Drive drive;
  drive.buffer.read_written = false;
  DiskDrive d = drive.build();
  read(d, 0, 0, 2);  // 0 to 7 are in the buffer
  write(d, 20'000_us, 2, 1);
  EXPECT_GT(read(d, 40'000_us, 2, 1), 40'100_us);
  EXPECT_LT(read(d, 60'000_us, 2, 1), 60'100_us);
}

}  // namespace
}  // namespace blkpath
