#include "hw/raid_planner.hpp"

#include <gmock/gmock.h>

namespace blkpath::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Write = RaidPlanner::StripeWrite;

constexpr std::int64_t kKi = 1024, kChunk = 64 * kKi;

/// A set whose stripe 1 is looked at: of RAID 5 over n disks it has P on disk n - 2 and its data from disk
/// n - 1 on (n - 1, 0, 1, ...); of RAID 6 P on n - 2, Q on n - 1 and data from 0 on.
struct Set {
  Set(RaidLevel level, std::int64_t disks, std::vector<std::int64_t> gone = {},
      ParityWrite parity = ParityWrite::automatic)
      : layout(level, disks, Bytes{kChunk}),
        members(layout),
        in_flight(static_cast<std::size_t>(disks)),
        planner(layout, members, parity, MirrorRead::in_turn, in_flight) {
    for (const std::int64_t m : gone) members.fail(m);
  }
  DiskPlan read(std::int64_t begin, std::int64_t end) {
    DiskPlan plan;
    planner.read(layout.stripe_bytes() + begin, end - begin, plan);
    return plan;
  }
  DiskPlan before(std::int64_t begin, std::int64_t end) {
    DiskPlan plan;
    way = planner.read_before({1, begin, end}, plan);
    return plan;
  }
  DiskPlan write(std::int64_t begin, std::int64_t end) {
    DiskPlan plan;
    planner.write_stripe({1, begin, end}, plan);
    return plan;
  }
  RaidLayout layout;
  RaidMembers members;
  std::vector<std::int32_t> in_flight;
  RaidPlanner planner;
  Write way = Write::full;
};

/// Rows of stripe 1.
DiskIo r(std::uint16_t disk, std::int64_t begin, std::int64_t end) {
  return {disk, Op::read, kChunk + begin, end - begin};
}
DiskIo w(std::uint16_t disk, std::int64_t begin, std::int64_t end) {
  return {disk, Op::write, kChunk + begin, end - begin};
}

TEST(RaidPlanner, ASmallWriteToRaid5ReadsTwoAndWritesTwo) {
  Set set(RaidLevel::raid5, 6);  // data on 5, 0, 1, 2, 3, P on 4
  EXPECT_THAT(set.before(kChunk + 4096, kChunk + 8192), ElementsAre(r(0, 4096, 8192), r(4, 4096, 8192)));
  EXPECT_EQ(set.way, Write::rmw);
  EXPECT_THAT(set.write(kChunk + 4096, kChunk + 8192), ElementsAre(w(0, 4096, 8192), w(4, 4096, 8192)));
}

TEST(RaidPlanner, ASmallWriteToRaid6ReadsThreeAndWritesThree) {
  Set set(RaidLevel::raid6, 8);  // data on 0 to 5, P on 6, Q on 7
  EXPECT_THAT(set.before(0, 4096), ElementsAre(r(0, 0, 4096), r(6, 0, 4096), r(7, 0, 4096)));
  EXPECT_THAT(set.write(0, 4096), ElementsAre(w(0, 0, 4096), w(6, 0, 4096), w(7, 0, 4096)));
}

// Of five columns, a write of c of them reads c + 1 or 5 - c: 2 of the one, then 3, 2, 1, 0 of the other.
TEST(RaidPlanner, AutoReadsFromFewerDisks) {
  const Write expected[] = {Write::rmw, Write::reconstruct, Write::reconstruct, Write::reconstruct,
                            Write::full};
  const std::size_t reads[] = {2, 3, 2, 1, 0};
  for (int c = 1; c <= 5; ++c) {
    Set set(RaidLevel::raid5, 6);
    EXPECT_EQ(set.before(0, c * kChunk).size(), reads[c - 1]);
    EXPECT_EQ(set.way, expected[c - 1]) << c;
    EXPECT_EQ(set.write(0, c * kChunk).size(), static_cast<std::size_t>(c) + 1);
  }
}

// Three columns, one of them written: two reads either way.
TEST(RaidPlanner, ATieIsReconstructed) {
  Set set(RaidLevel::raid5, 4);  // data on 3, 0, 1, P on 2
  EXPECT_THAT(set.before(0, 4096), ElementsAre(r(0, 0, 4096), r(1, 0, 4096)));
  EXPECT_EQ(set.way, Write::reconstruct);
}

TEST(RaidPlanner, TheWayCanBeSet) {
  Set rmw(RaidLevel::raid5, 6, {}, ParityWrite::rmw);
  EXPECT_EQ(rmw.before(0, 4 * kChunk).size(), 5u);
  EXPECT_THAT(rmw.before(0, 5 * kChunk), IsEmpty());                   // all of it: no need to read
  Set reconstruct(RaidLevel::raid6, 8, {}, ParityWrite::reconstruct);  // as md before Linux 4.1
  EXPECT_EQ(reconstruct.before(0, 4096).size(), 5u);
}

// The last 4 KiB of column 0 and the first 4 KiB of column 1: two rows, each with a parity of its own.
TEST(RaidPlanner, WhatDoesNotOverlapUpdatesTwoPiecesOfParity) {
  Set set(RaidLevel::raid5, 6);
  const std::int64_t b = kChunk - 4096, e = kChunk + 4096;
  EXPECT_THAT(set.before(b, e), ElementsAre(r(5, b, kChunk), r(0, 0, 4096), r(4, 0, 4096), r(4, b, kChunk)));
  EXPECT_THAT(set.write(b, e), ElementsAre(w(5, b, kChunk), w(0, 0, 4096), w(4, 0, 4096), w(4, b, kChunk)));
}

// From 32 KiB on in column 0 to 48 KiB in column 1: parity of the whole chunk. rmw: both columns' pieces and
// parity; reconstruct, of three columns: the rest of both and all of the third, as many, and so it is taken.
TEST(RaidPlanner, WhatOverlapsUpdatesParityOnce) {
  Set set(RaidLevel::raid5, 4);
  const std::int64_t b = 32 * kKi, e = kChunk + 48 * kKi;
  EXPECT_THAT(set.before(b, e), ElementsAre(r(3, 0, 32 * kKi), r(0, 48 * kKi, kChunk), r(1, 0, kChunk)));
  EXPECT_THAT(set.write(b, e), ElementsAre(w(3, b, kChunk), w(0, 0, 48 * kKi), w(2, 0, kChunk)));
  Set rmw(RaidLevel::raid5, 4, {}, ParityWrite::rmw);
  EXPECT_THAT(rmw.before(b, e), ElementsAre(r(3, b, kChunk), r(0, 0, 48 * kKi), r(2, 0, kChunk)));
}

// ---- with members gone ------------------------------------------------------------------------------------

TEST(RaidPlanner, ADegradedReadReadsAllTheOthers) {
  Set set(RaidLevel::raid5, 4, {0});  // data on 3, 0, 1, P on 2
  EXPECT_THAT(set.read(kChunk, kChunk + 4096), ElementsAre(r(3, 0, 4096), r(1, 0, 4096), r(2, 0, 4096)));
  EXPECT_THAT(set.read(0, 4096), ElementsAre(r(3, 0, 4096)));
}

// 60 KiB of column 0 to 4 KiB of column 1, which is gone: what is read for itself and for column 1 is one
// read.
TEST(RaidPlanner, ADegradedReadReadsNoDiskTwice) {
  Set set(RaidLevel::raid5, 4, {0});
  EXPECT_THAT(set.read(60 * kKi, kChunk + 4096), ElementsAre(r(3, 0, kChunk), r(1, 0, 4096), r(2, 0, 4096)));
}

TEST(RaidPlanner, Raid6ReadsWithP_ThenWithQ_ThenWithBoth) {
  Set one(RaidLevel::raid6, 6, {0});  // data on 0 to 3, P on 4, Q on 5
  EXPECT_THAT(one.read(0, 512), ElementsAre(r(1, 0, 512), r(2, 0, 512), r(3, 0, 512), r(4, 0, 512)));
  Set without_p(RaidLevel::raid6, 6, {0, 4});
  EXPECT_THAT(without_p.read(0, 512), ElementsAre(r(1, 0, 512), r(2, 0, 512), r(3, 0, 512), r(5, 0, 512)));
  Set two(RaidLevel::raid6, 6, {0, 1});
  EXPECT_THAT(two.read(0, 512), ElementsAre(r(2, 0, 512), r(3, 0, 512), r(4, 0, 512), r(5, 0, 512)));
}

TEST(RaidPlanner, AWriteToWhatIsGoneReadsTheOtherDataAndWritesParity) {
  Set set(RaidLevel::raid5, 6, {0});  // data on 5, 0, 1, 2, 3, P on 4
  EXPECT_THAT(set.before(kChunk, kChunk + 4096),
              ElementsAre(r(5, 0, 4096), r(1, 0, 4096), r(2, 0, 4096), r(3, 0, 4096)));
  EXPECT_THAT(set.write(kChunk, kChunk + 4096), ElementsAre(w(4, 0, 4096)));
}

// Reconstruct cannot be: it would need the column that is gone, though four columns of five are written.
TEST(RaidPlanner, AWriteBesideWhatIsGoneIsReadModifyWrite) {
  Set set(RaidLevel::raid5, 6, {3});
  EXPECT_THAT(set.before(0, 4 * kChunk), ElementsAre(r(5, 0, kChunk), r(0, 0, kChunk), r(1, 0, kChunk),
                                                     r(2, 0, kChunk), r(4, 0, kChunk)));
  EXPECT_EQ(set.way, Write::rmw);
}

TEST(RaidPlanner, WithoutParityNothingIsReadForIt) {
  Set set(RaidLevel::raid5, 6, {4});
  EXPECT_THAT(set.before(0, 4096), IsEmpty());
  EXPECT_THAT(set.write(0, 4096), ElementsAre(w(5, 0, 4096)));
  Set q_only(RaidLevel::raid6, 8, {6});  // data on 0 to 5, P on 6, Q on 7
  EXPECT_THAT(q_only.before(0, 4096), ElementsAre(r(0, 0, 4096), r(7, 0, 4096)));
}

// Column 0 is gone and written, column 1 is gone and kept: its new parity needs all that is left.
TEST(RaidPlanner, Raid6WithoutTwoReadsAllThatIsLeft) {
  Set set(RaidLevel::raid6, 6, {0, 1});
  EXPECT_THAT(set.before(0, 512), ElementsAre(r(2, 0, 512), r(3, 0, 512), r(4, 0, 512), r(5, 0, 512)));
  EXPECT_THAT(set.write(0, 512), ElementsAre(w(4, 0, 512), w(5, 0, 512)));
}

// Rows of column 0 are gone and partly written: where it is written the rest of the stripe is read, where it
// is not the other column's old data and parity.
TEST(RaidPlanner, DegradedRowsAreEachWrittenInTheirOwnWay) {
  Set set(RaidLevel::raid5, 4, {3});  // data on 3, 0, 1, P on 2
  EXPECT_THAT(set.before(32 * kKi, 2 * kChunk),
              ElementsAre(r(0, 0, 32 * kKi), r(1, 32 * kKi, kChunk), r(2, 0, 32 * kKi)));
}

TEST(RaidPlanner, WhatIsRebuiltIsReadFromTheSpare) {
  Set set(RaidLevel::raid5, 4, {0});
  set.members.begin_rebuild(0, 4);
  set.members.advance(2 * kChunk - 1);
  EXPECT_EQ(set.read(kChunk, kChunk + 512).size(), 3u);
  set.members.advance(1);
  EXPECT_THAT(set.read(kChunk, kChunk + 512), ElementsAre(r(4, 0, 512)));
  EXPECT_THAT(set.write(kChunk, kChunk + 512), ElementsAre(w(4, 0, 512), w(2, 0, 512)));
}

// ---- mirrors ----------------------------------------------------------------------------------------------

TEST(RaidPlanner, Raid1ReadsTheMirrorsInTurnAndSkipsOneThatIsGone) {
  Set set(RaidLevel::raid1, 3, {1});
  std::vector<std::uint16_t> disks;
  for (int i = 0; i < 4; ++i) disks.push_back(set.read(0, 1 << 20)[0].disk);
  EXPECT_THAT(disks, ElementsAre(0, 2, 0, 2));
  DiskPlan plan;
  set.planner.write(Op::write, 3 * kChunk, 1 << 20, plan);
  EXPECT_THAT(plan, ElementsAre(DiskIo{0, Op::write, 3 * kChunk, 1 << 20},
                                DiskIo{2, Op::write, 3 * kChunk, 1 << 20}));
}

TEST(RaidPlanner, TheLeastBusyMirrorIsRead) {
  const RaidLayout layout(RaidLevel::raid10, 4, Bytes{kChunk});
  const RaidMembers members(layout);
  const std::vector<std::int32_t> in_flight{2, 1, 0, 0};
  RaidPlanner planner(layout, members, ParityWrite::automatic, MirrorRead::least_busy, in_flight);
  DiskPlan plan;
  planner.read(0, 2 * kChunk, plan);
  EXPECT_THAT(plan, ElementsAre(DiskIo{1, Op::read, 0, kChunk}, DiskIo{2, Op::read, 0, kChunk}));
}

TEST(RaidMembers, ALevelBearsSoManyFailures) {
  const auto offline = [](RaidLevel level, std::vector<std::int64_t> gone) {
    return Set(level, 4, std::move(gone)).members.offline();
  };
  EXPECT_TRUE(offline(RaidLevel::raid0, {0}));
  EXPECT_FALSE(offline(RaidLevel::raid1, {0, 1, 3}));
  EXPECT_TRUE(offline(RaidLevel::raid1, {0, 1, 2, 3}));
  EXPECT_FALSE(offline(RaidLevel::raid10, {0, 2}));
  EXPECT_TRUE(offline(RaidLevel::raid10, {0, 1}));
  EXPECT_FALSE(offline(RaidLevel::raid5, {0}));
  EXPECT_TRUE(offline(RaidLevel::raid5, {0, 1}));
  EXPECT_FALSE(offline(RaidLevel::raid6, {0, 1}));
  EXPECT_TRUE(offline(RaidLevel::raid6, {0, 1, 2}));
}

}  // namespace
}  // namespace blkpath::test
