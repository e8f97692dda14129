#include "hw/track_layout.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace blkpath {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// One zone of 3 cylinders, 2 heads, 10 sectors a track; skews of 2 sectors to the next head, 3 to the next
// cylinder.
TrackLayout small() {
  TrackLayout l;
  l.zones = {{0, 2, 10, 0, 0, 2, 3, 0}};
  l.heads = 2;
  return l;
}
/// "cylinder/head/tenth of a turn"
std::string where(const RunTable& t, std::int64_t lbn) {
  const DiskRun r = t.find(lbn);
  const long tenths = std::lround(r.angle(lbn) * 0x1p-32 * 10) % 10;
  return std::to_string(r.cylinder) + "/" + std::to_string(r.head) + "/" + std::to_string(tenths);
}

TEST(TrackLayout, SkewsAddUpFromTrackToTrack) {
  const RunTable t = small().table();
  EXPECT_EQ(t.sectors(), 60);
  EXPECT_EQ(where(t, 0), "0/0/0");
  EXPECT_EQ(where(t, 10), "0/1/2");
  EXPECT_EQ(where(t, 20), "1/0/5");
  EXPECT_EQ(where(t, 34), "1/1/1");  // 5 + 2 + 4
}

TEST(TrackLayout, SerpentineGoesBackFromTheLastHead) {
  TrackLayout l = small();
  l.order = TrackOrder::serpentine;
  const RunTable t = l.table();
  EXPECT_EQ(where(t, 10), "0/1/2");
  EXPECT_EQ(where(t, 20), "1/1/5");
  EXPECT_EQ(where(t, 30), "1/0/7");
  EXPECT_EQ(where(t, 40), "2/0/0");
}

TEST(TrackLayout, TheSecondZoneCountsItsOwnCylindersOrTheDisks) {
  TrackLayout l = small();
  l.zones.push_back({3, 4, 10, 5, 0, 2, 3, 0});
  l.order = TrackOrder::serpentine;
  EXPECT_EQ(where(l.table(), 60), "3/0/5");  // the zone's offset
  l.order = TrackOrder::serpentine_of_disk;
  EXPECT_EQ(where(l.table(), 60), "3/1/5");
}

TEST(TrackLayout, SlippedSectorsMoveWhatFollowsIntoTheSpares) {
  TrackLayout l = small();
  l.sparing = Sparing::zone;
  l.zones[0].spares = 4;
  l.slips = {{0, 3}, {0, 12}};
  const RunTable t = l.table();
  EXPECT_EQ(t.sectors(), 56);  // 60 - 4, whatever slips
  EXPECT_EQ(where(t, 2), "0/0/2");
  EXPECT_EQ(where(t, 3), "0/0/4");
  EXPECT_EQ(where(t, 9), "0/1/2");   // position 10
  EXPECT_EQ(where(t, 11), "0/1/5");  // position 13
  l.sparing = Sparing::zone_apart;
  EXPECT_EQ(l.table().sectors(), 54);
}

TEST(TrackLayout, SparesStandWhereTheSchemeSays) {
  TrackLayout l = small();
  l.zones[0].spares = 2;
  const auto first_of_second_cylinder = [&](Sparing s, std::int64_t lbn) {
    l.sparing = s;
    return where(l.table(), lbn);
  };
  EXPECT_EQ(first_of_second_cylinder(Sparing::cylinder, 18), "1/0/5");
  EXPECT_EQ(first_of_second_cylinder(Sparing::track, 16), "1/0/5");
  EXPECT_EQ(first_of_second_cylinder(Sparing::cylinder_front, 18), "1/0/7");
  l.spare_range = 2;
  EXPECT_EQ(first_of_second_cylinder(Sparing::range, 20), "1/0/5");
  EXPECT_EQ(first_of_second_cylinder(Sparing::range, 38), "2/0/0");
}

TEST(TrackLayout, WholeTracksSlip) {
  TrackLayout l = small();
  l.sparing = Sparing::tracks_of_zone;
  l.zones[0].spares = 2;
  l.slips = {{0, 1}};
  const RunTable t = l.table();
  EXPECT_EQ(t.sectors(), 40);
  EXPECT_EQ(where(t, 10), "1/0/5");
}

TEST(TrackLayout, ReservedSectorsHoldNoBlocks) {
  TrackLayout l = small();
  l.zones[0].reserved = 13;
  const RunTable t = l.table();
  EXPECT_EQ(t.sectors(), 47);
  EXPECT_EQ(where(t, 0), "0/1/5");
}

TEST(TrackLayout, ARemappedBlockIsElsewhereAndItsNeighboursStay) {
  TrackLayout l = small();
  l.remaps = {{0, 5, 59}};
  const RunTable t = l.table();
  EXPECT_EQ(where(t, 4), "0/0/4");
  EXPECT_EQ(where(t, 5), "2/1/1");  // position 59: 0 + 10 + 2 + 9 = 21 tenths
  EXPECT_EQ(where(t, 6), "0/0/6");
}

TEST(TrackLayout, HoldsNoMoreBlocksThanItIsSaidTo) {
  TrackLayout l = small();
  l.most_blocks = 25;
  EXPECT_EQ(l.table().sectors(), 25);
}

TEST(TrackLayout, AZoneWithoutCylindersIsRefused) {
  TrackLayout l = small();
  l.zones[0].last_cylinder = -1;
  EXPECT_THAT([&] { l.table(); }, ThrowsMessage<std::invalid_argument>(HasSubstr("zone 0")));
}

TEST(RunTable, AGapIsRefused) {
  const std::uint64_t pitch = sector_pitch(10);
  EXPECT_THROW(RunTable({{0, 10, 0, 0, 0, pitch}, {11, 5, 0, 1, 0, pitch}}), std::invalid_argument);
}

}  // namespace
}  // namespace blkpath
