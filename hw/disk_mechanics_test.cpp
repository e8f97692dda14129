#include "hw/disk_mechanics.hpp"

#include <gtest/gtest.h>

#include "hw/zoned_layout.hpp"
#include "model/core/random.hpp"

namespace blkpath {
namespace {

// Two surfaces, a turn of 4 ms. Zone 0: 2 cylinders of 10 sectors, 400 us each; skews of 800 us to the next
// head, 1,200 us to the next cylinder. Zone 1: 2 cylinders of 8 sectors, 500 us each.
const auto kSmall =
    std::make_shared<ZonedLayout>(std::vector<DiskZone>{{2, 10}, {2, 8}}, 2, 4ms, 600us, 900us);
DiskMechanics small(bool zero_latency = false) {
  return {kSmall,
          std::make_shared<SeekCurve>(900us, 900us, 900us, 4),
          {.revolution = 4'000'000, .head_switch = 600'000, .zero_latency_read = zero_latency}};
}
/// Reads blocks [lbn, end) from a date on, the arm standing on cylinder 0, head 0.
MediaPass read(std::int64_t lbn, std::int64_t end, std::int64_t date, const DiskMechanics& m = small()) {
  return m.pass({lbn, date, {}}, end, false);
}

TEST(DiskMechanics, AWholeTrackIsOneTurn) {
  for (const std::int64_t turn : {4'000'000, 3'999'997, 5'555'556}) {
    const DiskMechanics m(kSmall, std::make_shared<SeekCurve>(900us, 900us, 900us, 4), {.revolution = turn});
    const MediaPass p = m.pass({0, 0, {}}, 10, false);
    EXPECT_EQ(p.end - p.begin, turn);
  }
}

TEST(DiskMechanics, TheSectorThatHasJustPassedCostsAFullTurn) {
  EXPECT_EQ(read(1, 2, 400'000).begin, 400'000);
  EXPECT_EQ(read(1, 2, 400'100).begin, 4'400'000);
}

TEST(DiskMechanics, ATransferPaysForSwitchesBetweenItsTracks) {
  EXPECT_EQ(read(8, 12, 3'200'000).end, 3'200'000 + 2'400'000);  // 2 x 400 + 800 + 2 x 400
  EXPECT_EQ(read(0, 20, 0).end, 8'800'000);                      // two turns and a head switch
  const MediaPass p = read(0, 20, 0);
  EXPECT_EQ(p.at.cylinder, 0);
  EXPECT_EQ(p.at.head, 1);
}

// Sectors 38 and 39, the skew of zone 0, sectors 40 and 41 at 500 us each.
TEST(DiskMechanics, ATransferGoesOnAtTheNextZonesRate) {
  const MediaPass p = read(38, 42, 0);
  EXPECT_EQ(p.end - p.begin, 3'000'000);  // 800 + 1200 + 2 x 500
  EXPECT_EQ(p.at.cylinder, 2);
}

// The arm arrives at 2,000 us, with sectors 0 to 4 of the track gone by: 5 to 9 come first, then 0 to 4.
TEST(DiskMechanics, WithZeroLatencyATrackTakesATurnWhereverTheArmArrives) {
  EXPECT_EQ(read(0, 10, 2'000'000).end, 8'000'000);
  EXPECT_EQ(read(0, 10, 2'000'000, small(true)).end,
            6'400'000);  // 5 sectors, the turn's rest, 5 and the one under way
  EXPECT_EQ(read(7, 9, 2'000'000, small(true)).end, 3'600'000);  // not reached yet: no difference
}

TEST(DiskMechanics, WritesSettle) {
  const DiskMechanics m(
      kSmall, std::make_shared<SeekCurve>(900us, 900us, 900us, 4),
      {.revolution = 4'000'000, .head_switch = 600'000, .write_settle = 300'000, .write_seek_min = 100'000});
  EXPECT_EQ(m.seek({0, 0}, {1, 0}, false), 900'000);
  EXPECT_EQ(m.seek({0, 0}, {1, 0}, true), 1'200'000);
  EXPECT_EQ(m.seek({0, 0}, {0, 1}, true), 600'000);
  EXPECT_EQ(m.seek({0, 0}, {0, 0}, true), 100'000);
  EXPECT_EQ(m.seek({0, 0}, {0, 0}, false), 0);
}

TEST(DiskMechanics, SeeksTakeLongerOneWayThanTheOther) {
  const DiskMechanics m(kSmall, std::make_shared<SeekCurve>(900us, 900us, 900us, 4),
                        {.revolution = 4'000'000, .head_switch = 600'000, .seek_bias = 200'000});
  EXPECT_EQ(m.seek({0, 0}, {2, 0}, false), 1'100'000);
  EXPECT_EQ(m.seek({2, 0}, {0, 0}, false), 700'000);
  EXPECT_EQ(m.seek({0, 0}, {1, 0}, false), 900'000);  // the step that skew makes room for
}

// Four blocks of 400 us each begin to pass at 0. A block takes 100 us on the bus: it waits for the last one.
// At 1,000 us it is the bus that takes longer.
TEST(DiskMechanics, TheBusFollowsTheMediaOrHoldsThemUp) {
  EXPECT_EQ(small().pass({0, 0, {}}, 4, false, 1, 100'000).bus_end, 1'700'000);
  EXPECT_EQ(small().pass({0, 0, {}}, 4, false, 1, 1'000'000).bus_end, 4'400'000);
  EXPECT_EQ(small().pass({0, 0, {}}, 4, false, 3).marked, 1'200'000);
}

TEST(DiskMechanics, ReadingOnStopsAtWholeSectorsAndAtTheEnd) {
  const MediaCursor begin{0, 0, {}};
  EXPECT_EQ(small().read_on(begin, 20, 1'000'000).lbn, 2);
  EXPECT_EQ(small().read_on(begin, 20, 4'500'000).lbn, 10);  // between the tracks
  EXPECT_EQ(small().read_on(begin, 20, 5'200'000).lbn, 11);  // 4,000 + 800 + 400
  EXPECT_EQ(small().read_on(begin, 20, 100'000'000).lbn, 20);
  EXPECT_EQ(small().read_on(begin, 20, 100'000'000).date, 8'800'000);
}

// The next block begins where the last one ended, however the turn divides.
TEST(DiskMechanics, TheNextSectorIsNeverMissedByRounding) {
  Random random(1, "positions");
  const auto real =
      std::make_shared<ZonedLayout>(std::vector<DiskZone>{{2400, 625}, {2400, 435}}, 4, 4ms, 600us, 900us);
  const auto seek = std::make_shared<SeekCurve>(500us, 3ms, 6ms, real->cylinders());
  for (const std::int64_t turn : {4'000'000, 3'996'003, 4'003'999, 8'333'333}) {
    const DiskMechanics m(real, seek, {.revolution = turn, .phase = 123'457, .head_switch = 600'000});
    for (int i = 0; i < 20'000; ++i) {
      const auto first =
          static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(real->sectors() - 3000)));
      const std::int64_t count = 1 + static_cast<std::int64_t>(random.below(2000));
      const MediaPass p = m.pass({first, 0, {}}, first + count, false);
      const MediaPass next = m.pass({first + count, p.end, p.at}, first + count + 1, false);
      ASSERT_LT(next.begin - p.end, turn / 2) << "block " << first << ", " << count;
    }
  }
}

}  // namespace
}  // namespace blkpath
