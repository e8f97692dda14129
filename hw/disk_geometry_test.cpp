#include "hw/disk_geometry.hpp"

#include <gtest/gtest.h>

#include "model/core/random.hpp"

namespace blkpath {
namespace {

// Two surfaces, a turn of 4 ms. Zone 0: 2 cylinders of 10 sectors a track, 400 us each; the head switch of
// 600 us takes 2 sectors (800 us), the next cylinder, 900 us, 3 (1,200 us). Zone 1: 2 cylinders of 8 sectors
// a track, 500 us each; both take 2 sectors (1,000 us).
const DiskGeometry kSmall({{2, 10}, {2, 8}}, 2, 4ms, 600us, 900us);
const std::vector<DiskZone> kReal{{2400, 625}, {2400, 600}, {2400, 575}, {2400, 545},
                                  {2400, 510}, {2400, 475}, {2400, 435}};

struct Where {
  int cylinder, head, sector;
  Time angle;
  bool operator==(const Where&) const = default;
};
Where where(std::int64_t sector) {
  const DiskPosition p = kSmall.locate(sector);
  return {p.cylinder, p.head, p.sector, Time{p.angle}};
}

TEST(DiskGeometry, TracksFillHeadByHeadThenCylinderByCylinder) {
  EXPECT_EQ(kSmall.sectors(), 72);
  EXPECT_EQ(kSmall.cylinders(), 4);
  EXPECT_EQ(where(0), (Where{0, 0, 0, 0us}));
  EXPECT_EQ(where(9), (Where{0, 0, 9, 3600us}));
  EXPECT_EQ(where(10), (Where{0, 1, 0, 800us}));   // head skew
  EXPECT_EQ(where(13), (Where{0, 1, 3, 2000us}));  // 800 + 3 x 400
  EXPECT_EQ(where(20), (Where{1, 0, 0, 2000us}));  // 800 + 1200
  EXPECT_EQ(where(39), (Where{1, 1, 9, 2400us}));  // 2800 + 9 x 400 - 4000
}

TEST(DiskGeometry, AZoneBeginsASkewAfterTheOneBeforeIt) {
  EXPECT_EQ(where(40), (Where{2, 0, 0, 0us}));  // track of 39 begins at 2800; + 1200 = 4000
  EXPECT_EQ(where(41), (Where{2, 0, 1, 500us}));
  EXPECT_EQ(where(48), (Where{2, 1, 0, 1000us}));
  EXPECT_EQ(where(56), (Where{3, 0, 0, 2000us}));
  EXPECT_EQ(where(71), (Where{3, 1, 7, 2500us}));  // 3000 + 7 x 500 - 4000
  EXPECT_EQ(kSmall.locate(39).zone, 0);
  EXPECT_EQ(kSmall.locate(40).zone, 1);
}

TEST(DiskGeometry, AWholeTrackIsOneTurn) {
  DiskPosition end;
  EXPECT_EQ(kSmall.transfer(kSmall.locate(0), 10, &end), Time{4ms});
  for (const Time turn : {Time{4'000'000}, Time{3'999'997}, Time{5'555'556}}) {
    const DiskGeometry real(kReal, 4, turn, 600us, 900us);
    std::int64_t first = 0;
    for (const DiskZone& zone : kReal) {
      const Time track = real.transfer(real.locate(first), zone.sectors_per_track, &end);
      EXPECT_LE(track, turn);
      EXPECT_GE(track, turn - Time{1});
      first += zone.cylinders * 4 * zone.sectors_per_track;
    }
  }
}

TEST(DiskGeometry, ATransferPaysForSwitchesBetweenItsTracks) {
  DiskPosition end;
  EXPECT_EQ(kSmall.transfer(kSmall.locate(8), 4, &end), Time{2400us});   // 2 x 400 + 800 + 2 x 400
  EXPECT_EQ(kSmall.transfer(kSmall.locate(18), 4, &end), Time{2800us});  // 2 x 400 + 1200 + 2 x 400
  EXPECT_EQ(kSmall.transfer(kSmall.locate(0), 20, &end), Time{8800us});  // two turns and a head switch
  EXPECT_EQ(end.cylinder, 0);
  EXPECT_EQ(end.head, 1);
}

// Sectors 38 and 39, the skew of zone 0, sectors 40 and 41.
TEST(DiskGeometry, ATransferGoesOnAtTheNextZonesRate) {
  DiskPosition end;
  EXPECT_EQ(kSmall.transfer(kSmall.locate(38), 4, &end), Time{3000us});  // 800 + 1200 + 2 x 500
  EXPECT_EQ(end.cylinder, 2);
  EXPECT_EQ(end.head, 0);
  EXPECT_EQ(end.sector, 2);
  EXPECT_EQ(end.zone, 1);
}

// The head may reach the next sector a few ns early, never late: that would cost a whole turn.
TEST(DiskGeometry, TheNextSectorIsNeverMissedByRounding) {
  Random random(1, "positions");
  for (const Time turn : {Time{4'000'000}, Time{3'996'003}, Time{4'003'999}, Time{8'333'333}}) {
    const DiskGeometry real(kReal, 4, turn, 600us, 900us);
    for (int i = 0; i < 20'000; ++i) {
      const auto count = static_cast<std::int64_t>(1 + random.below(2000));
      const auto first =
          static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(real.sectors() - count)));
      const DiskPosition at = real.locate(first), next = real.locate(first + count);
      DiskPosition end;
      std::int64_t angle = at.angle + real.transfer(at, count, &end).count();
      if (next.head != end.head || next.cylinder != end.cylinder) {  // the transfer ended with its track
        ASSERT_EQ(next.sector, 0);
        continue;
      }
      const std::int64_t wait = ((next.angle - angle) % turn.count() + turn.count()) % turn.count();
      ASSERT_LE(wait, 6) << "sector " << first << ", " << count;  // one for each track, and its skew
    }
  }
}

TEST(DiskGeometry, TheSkewLeavesTimeToReachTheNextTrack) {
  const DiskGeometry real(kReal, 4, Time{3'999'997}, 600us, 900us);
  DiskPosition end;
  std::int64_t first = 0;
  for (const DiskZone& zone : kReal)
    for (const int track : {0, 3}) {  // to the next head, to the next cylinder
      const std::int64_t sector = first + track * zone.sectors_per_track;
      const DiskPosition at = real.locate(sector), next = real.locate(sector + zone.sectors_per_track);
      const std::int64_t angle = at.angle + real.transfer(at, zone.sectors_per_track, &end).count();
      const std::int64_t turn = real.revolution().count();
      const std::int64_t gap = ((next.angle - angle) % turn + turn) % turn;
      const std::int64_t needed = track == 0 ? 600'000 : 900'000;
      EXPECT_GE(gap, needed);
      EXPECT_LE(gap, needed + turn / zone.sectors_per_track + 2);
      if (track == 3) first += zone.cylinders * 4 * zone.sectors_per_track;
    }
}

}  // namespace
}  // namespace blkpath
