#include <gmock/gmock.h>

#include <cerrno>

#include "hw/disk_params.hpp"
#include "model/core/random.hpp"
#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;
using Params = std::vector<std::pair<std::string, std::string>>;

// Two surfaces and 100 cylinders of 10 sectors a track; a turn is 4 ms, a sector 400 us. The head switch, 600
// us, makes a skew of 2 sectors; the next cylinder of a write, 500 + 400 us, one of 3.
Model disk(Params extra = {}) {
  Params params{{"rpm_tolerance", "0"}, {"heads", "2"},          {"overhead", "150us"},
                {"seek_next", "500us"}, {"seek_full", "6500us"}, {"write_settle", "400us"}};
  if (extra.empty() || extra[0].first != "zones") params.emplace_back("zones", "[[100, 10]]");
  for (auto& p : extra) params.push_back(std::move(p));
  return {"disk", std::move(params)};
}
/// A drive alone. Where the platter stands at the start is random, so tests begin with a read of sector 0:
/// when it is complete, the platter has turned by 400 us.
struct Drive : TestPath {
  explicit Drive(Params extra = {}) : TestPath({disk(std::move(extra))}, {.count = 0}) {
    probe->blocks = false;
  }
  Drive& read(Time at, std::int64_t sector) { return at_sector(at, Op::read, sector); }
  Drive& write(Time at, std::int64_t sector) { return at_sector(at, Op::write, sector); }
  Drive& at_sector(Time when, Op op, std::int64_t sector) {
    at(when, {op, sector * 512, op == Op::flush ? 0u : 512u});
    return *this;
  }
  /// From the completion of request `a` to that of request `b`.
  std::string gap(std::size_t a, std::size_t b) const { return format(io(b).completed - io(a).completed); }
};

// ---- rotation ---------------------------------------------------------------------------------------------

// Right after sector 0, sector 1 has just passed when the command is decoded: the next chance is a turn
// later.
TEST(Disk, TheNextSectorRightAfterACompletionCostsAFullTurn) {
  Drive drive;
  drive.probe->loop(1, 5, [](int i) { return Io{Op::write, i * 512, 512}; });
  drive.run();
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(drive.lat(i), "4400us");  // 150 + 3850 + 400
}

TEST(Disk, ACommandThatWaitedWasDecodedMeanwhile) {
  Drive drive;
  drive.read(0us, 0).read(0us, 1).read(0us, 2).run();
  EXPECT_EQ(drive.gap(0, 1), "400us");
  EXPECT_EQ(drive.gap(1, 2), "400us");
}

TEST(Disk, AnIdleDrivePaysOverheadAndThenWaitsForTheSector) {
  const auto latency = [](const char* overhead) {
    Drive drive(Params{{"overhead", overhead}});
    drive.read(0us, 0).run();
    const Time ready = drive.io(0).completed.time_since_epoch();  // the platter has turned by 400 us
    Drive again(Params{{"overhead", overhead}});
    again.read(0us, 0).read(ready + 1ms, 5).run();
    return again.lat(1);
  };
  EXPECT_EQ(latency("150us"), "1ms");  // at 1550: 150, then 450 to 2000, then 400
  EXPECT_EQ(latency("600us"), "1ms");  // at 2000 to the nanosecond
  EXPECT_EQ(latency("601us"), "5ms");  // just missed
}

// 2.5 turns and 150 us after sector 0 was read: the platter stands at 400 + 10,150 - 8,000 = 2,550 us.
TEST(Disk, ThePlatterTurnsOnWhileTheDriveIsIdle) {
  Drive drive;
  drive.read(0us, 0).run();
  const Time ready = drive.io(0).completed.time_since_epoch();
  Drive again;
  again.read(0us, 0).read(ready + 10ms, 0).run();
  EXPECT_EQ(again.lat(1), "2ms");  // 150 + 1450 + 400
}

// ---- the arm ----------------------------------------------------------------------------------------------

// Sectors 9 and 10 lie on two surfaces; 19 and 20 on two cylinders.
TEST(Disk, TheSkewsHideTheWayToTheNextTrack) {
  for (const Op op : {Op::read, Op::write}) {
    Drive drive(Params{{"order", "fcfs"}});
    for (const int sector : {9, 10, 19, 20}) drive.at_sector(0us, op, sector);
    drive.run();
    EXPECT_EQ(drive.gap(0, 1), "1200us");  // 2 sectors of skew, 1 of data
    EXPECT_EQ(drive.gap(2, 3), "1600us");  // 3 sectors of skew, 1 of data
  }
}

double seek_us(std::int64_t cylinder, Op op = Op::read, Params extra = {}) {
  Drive drive(std::move(extra));
  drive.read(0us, 0).at_sector(100ms, op, cylinder * 20).run();
  return 2 * drive.stat(0, "seek");  // the mean of two, of which the first is on cylinder 0
}

// A third of the 99 cylinders' stroke is 33.
TEST(Disk, TheSeekCurvePassesThroughItsThreePoints) {
  EXPECT_DOUBLE_EQ(seek_us(0), 0);
  EXPECT_DOUBLE_EQ(seek_us(1), 500);
  EXPECT_DOUBLE_EQ(seek_us(33), 3400);
  EXPECT_DOUBLE_EQ(seek_us(99), 6500);
  EXPECT_DOUBLE_EQ(seek_us(33, Op::write), 3800);
}

TEST(Disk, SeeksAreMonotoneInDistance) {
  for (const char* average : {"500us", "600us", "3400us", "6400us", "6500us"}) {
    double before = 0;
    for (std::int64_t d = 0; d < 100; ++d) {
      const double seek = seek_us(d, Op::read, {{"seek_average", average}});
      EXPECT_GE(seek, before) << d << " " << average;
      before = seek;
    }
    EXPECT_DOUBLE_EQ(before, 6500);
  }
}

TEST(Disk, ADriveMayHaveFewCylinders) {
  EXPECT_DOUBLE_EQ(seek_us(1, Op::read, {{"zones", "[[2, 10]]"}}), 500);
  EXPECT_DOUBLE_EQ(seek_us(2, Op::read, {{"zones", "[[4, 10]]"}}), 3500);  // half-way
  EXPECT_DOUBLE_EQ(seek_us(3, Op::read, {{"zones", "[[4, 10]]"}}), 6500);
}

// ---- queueing ---------------------------------------------------------------------------------------------

/// Order in which sectors are read that come while the drive reads the first one.
std::vector<std::uint64_t> served(Params params, const std::vector<std::int64_t>& sectors) {
  Drive drive(std::move(params));
  for (const std::int64_t sector : sectors) drive.read(0us, sector);
  return drive.run().order();
}

TEST(Disk, FcfsKeepsTheOrderOfArrival) {
  EXPECT_THAT(served({{"order", "fcfs"}}, {0, 50 * 20, 10 * 20, 90 * 20}), ElementsAre(0, 1, 2, 3));
}

// From cylinder 40 up to 50 and 90, then down to 30 and 10.
TEST(Disk, LookTurnsRoundAtTheLastCommandOnItsWay) {
  EXPECT_THAT(served({{"order", "look"}}, {40 * 20, 50 * 20, 10 * 20, 90 * 20, 30 * 20}),
              ElementsAre(0, 1, 3, 4, 2));
}

TEST(Disk, SptfTakesWhatComesNextUnderTheHead) {
  EXPECT_THAT(served({{"order", "sptf"}}, {0, 5, 3, 8}), ElementsAre(0, 2, 1, 3));
}

// After sector 0 the platter stands at 400 us. Sector 0 again: 3,600 us. The next cylinder begins at
// 800 + 1,200 us: 500 of seek and 1,100 of rotation.
TEST(Disk, SptfPrefersAShortSeekToALongTurn) {
  EXPECT_THAT(served({{"order", "sptf"}}, {0, 0, 20}), ElementsAre(0, 2, 1));
}

TEST(Disk, OnlyTaggedCommandsAreChosenFrom) {
  EXPECT_THAT(served({{"tags", "1"}}, {0, 5, 3}), ElementsAre(0, 1, 2));
  EXPECT_THAT(served({{"tags", "2"}}, {0, 5, 3}), ElementsAre(0, 2, 1));
}

// The fourth and the fifth command find the queue full, and are chosen from once they are in it.
TEST(Disk, ACommandThatCameLateIntoTheQueueIsChosenByItsOwnPlace) {
  EXPECT_THAT(served({{"order", "look"}, {"tags", "2"}}, {40 * 20, 90 * 20, 95 * 20, 50 * 20, 60 * 20}),
              ElementsAre(0, 1, 2, 4, 3));
}

TEST(Disk, ACommandThatHasWaitedMaxAgeGoesFirst) {  // the first read takes 550 us at least
  EXPECT_THAT(served({{"max_age", "500us"}}, {0, 5, 3}), ElementsAre(0, 1, 2));
  EXPECT_THAT(served({{"max_age", "500ms"}}, {0, 5, 3}), ElementsAre(0, 2, 1));
}

// It comes while the arm is on its way from cylinder 0 to 90, and is served when the arm is there.
TEST(Disk, AFlushDoesNotMoveTheArm) {
  Drive drive(Params{{"order", "fcfs"}});
  drive.read(0us, 1800).at_sector(0us, Op::flush, 0).read(0us, 1801).run();
  EXPECT_EQ(drive.gap(0, 1), "0ns");
  EXPECT_EQ(drive.gap(1, 2), "400us");
}

// ---- as a whole -------------------------------------------------------------------------------------------

TEST(Disk, TheLastSectorIsTheEnd) {
  Drive drive;
  drive.read(0us, 1999).run();
  for (const std::int64_t sector : {std::int64_t{2000}, std::int64_t{-1}}) {
    Drive beyond;
    beyond.read(0us, sector);
    EXPECT_THROW(beyond.sim.run_until(Instant::max()), std::runtime_error);
  }
}

// N = X R: what is outstanding, over the run, is 16 but for its end.
TEST(Disk, LittlesLawHolds) {
  for (const char* order : {"fcfs", "look", "sptf"}) {
    Drive drive(Params{{"order", order}});
    Random random(1, order);
    drive.probe->loop(16, 4000, [&](int) {
      return Io{Op::read, static_cast<std::int64_t>(random.below(2000)) * 512, 512};
    });
    drive.run();
    double sum = 0, end = 0;
    for (const Probe::Record& r : drive.probe->records) {
      sum += seconds(r.completed - r.issued);
      end = std::max(end, seconds(r.completed.time_since_epoch()));
    }
    EXPECT_NEAR(sum / end, 16, 0.1) << order;
    EXPECT_LE(seconds(drive.stages[0]->busy()), end);
    EXPECT_GT(seconds(drive.stages[0]->busy()), 0.999 * end);
  }
}

// Everything completes, and a buffer of eight segments between queue and media costs a tenth at most.
TEST(Disk, QueueingWorksWithWriteThroughAndWithWriteBack) {
  const auto seconds_for = [](const char* order, bool write_back) {
    Params params{{"order", order}};
    if (write_back)
      for (const auto& [key, value] : Params{
               {"segments", "8"}, {"segment_size", "8KiB"}, {"write_segments", "8"}, {"write_cache", "true"}})
        params.emplace_back(key, value);
    Drive drive(params);
    Random random(1, "queue");
    drive.probe->loop(16, 2000, [&](int i) {
      return Io{i % 3 == 0 ? Op::read : Op::write, static_cast<std::int64_t>(random.below(2000)) * 512, 512};
    });
    drive.run();
    EXPECT_EQ(drive.probe->records.size(), 2000u);
    double end = 0;
    for (const Probe::Record& r : drive.probe->records) {
      EXPECT_NE(r.completed, Instant::min());
      end = std::max(end, seconds(r.completed.time_since_epoch()));
    }
    return end;
  };
  for (const char* order : {"fcfs", "look", "sptf", "aged_sptf"})
    EXPECT_LT(seconds_for(order, true), 1.1 * seconds_for(order, false)) << order;
}

// FCFS: seek over a third of the stroke, half a turn and the transfer; SPTF does better.
TEST(Disk, RandomReadsTakeTheMeanSeekAndHalfATurn) {
  const auto mean_us = [](const char* order, const char* what) {
    Drive drive(Params{{"order", order}});
    Random random(1, order);
    drive.probe->loop(16, 20'000, [&](int) {
      return Io{Op::read, static_cast<std::int64_t>(random.below(2000)) * 512, 512};
    });
    drive.run();
    return drive.stat(0, what);
  };
  EXPECT_NEAR(mean_us("fcfs", "rotation"), 2000, 60);
  EXPECT_NEAR(mean_us("fcfs", "transfer"), 400, 1e-9);
  EXPECT_NEAR(mean_us("fcfs", "seek"), 3200, 200);
  EXPECT_LT(mean_us("sptf", "seek") + mean_us("sptf", "rotation"), 2600);
}

// All of the disk, and its first fifth, where seeks are short.
TEST(Disk, InOrderOfArrivalScatteredRequestsReachTheEstimate) {
  for (const double span : {1.0, 0.2})
    for (const Op op : {Op::read, Op::write}) {
      Drive drive(Params{{"order", "fcfs"}});
      Random random(1, "scattered");
      constexpr int kCount = 20'000;
      drive.probe->loop(16, kCount, [&](int) {
        return Io{op, static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(2000 * span))) * 512,
                  512};
      });
      drive.run();
      const double reached = kCount / seconds(drive.io(kCount - 1).completed.time_since_epoch());
      const double estimate = drive.stages[0]->max_iops(
          {.read_fraction = op == Op::read ? 1.0 : 0.0, .block_size = 512, .scattered = true, .span = span});
      EXPECT_NEAR(reached / estimate, 1, 0.03) << span;
    }
}

TEST(Disk, ADriveThatReordersHasABoundAndNoEstimate) {
  const LoadShape load{.read_fraction = 1, .block_size = 512, .scattered = true};
  for (const char* order : {"look", "sptf"})  // a seek to the next cylinder and a sector
    EXPECT_NEAR(Drive(Params{{"order", order}}).stages[0]->max_iops(load), 1e6 / 900, 1e-6) << order;
  EXPECT_LT(Drive(Params{{"order", "fcfs"}}).stages[0]->max_iops(load), 200);
}

TEST(Disk, ItHasNoDiscard) {
  Drive drive;
  drive.at_sector(0us, Op::trim, 7).run();
  EXPECT_EQ(drive.io(0).error, EOPNOTSUPP);
}

TEST(Disk, ASequentialQueueStaysBelowTheBound) {
  Drive drive;
  drive.probe->loop(8, 2000, [](int i) { return Io{Op::write, i * 512, 512}; });
  drive.run();
  double end = 0;
  for (const Probe::Record& r : drive.probe->records)
    end = std::max(end, seconds(r.completed.time_since_epoch()));
  const double bound = drive.stages[0]->max_iops({.read_fraction = 0, .block_size = 512, .random = false});
  EXPECT_NEAR(bound, 2500, 1e-6);  // 400 us a sector
  // A cylinder: 20 sectors and the skews, 8,000 + 800 + 1,200 us.
  EXPECT_NEAR(2000 / end, 2000, 20);
}

// ---- parameters -------------------------------------------------------------------------------------------

TEST(DiskParams, AnExtraDisconnectNeedsAllOfItsTimes) {
  DiskParams p;
  p.extra_command = 900us;
  EXPECT_THROW(p.check(), std::invalid_argument);
  p.extra_data = 800us;  // the arm may begin before or after the blocks
  EXPECT_NO_THROW(p.check());
}
TEST(DiskParams, TheFillOfAWriteGrowsWithItsLength) {
  DiskParams p;
  p.write_fill = {{1, 10}, {45, 15}};
  EXPECT_NO_THROW(p.check());
  p.write_fill = {{45, 15}, {1, 10}};
  EXPECT_THROW(p.check(), std::invalid_argument);
  p.write_fill = {{1, 0}};
  EXPECT_THROW(p.check(), std::invalid_argument);
}

}  // namespace
}  // namespace blkpath::test
