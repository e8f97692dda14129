#include <gmock/gmock.h>

#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;
using Params = std::vector<std::pair<std::string, std::string>>;

// Two channels of two dies of one plane; a page is 4 units of 4 KiB, and the drive was written in order:
// units 0 to 3 are on die 0 (channel 0), 4 to 7 on die 1 (channel 1), 8 to 11 on die 2 (channel 0), 16 to 19
// on die 0. tR 50 us, tPROG 500 us; a unit crosses a channel in 4 us, a page in 16. A command takes 88 ns on
// PCIe and 10 us in the firmware, 1 of them alone; 4 KiB and the completion take 16 x 280 + 40 = 4520 ns.
Model ssd(const Params& extra = {}) {
  Params params{{"pcie_rate", "1000MB/s"},     {"command_cost", "1us"},
                {"command_latency", "9us"},    {"channels", "2"},
                {"dies_per_channel", "2"},     {"planes_per_die", "1"},
                {"blocks_per_plane", "32"},    {"pages_per_block", "16"},
                {"page_read", "50us"},         {"page_program", "500us"},
                {"block_erase", "3ms"},        {"channel_rate", "1024MB/s"},
                {"over_provisioning", "0.5"},  {"write_buffer", "64KiB"},
                {"precondition", "sequential"}};
  for (const auto& [key, value] : extra) {
    const auto found =
        std::find_if(params.begin(), params.end(), [&key = key](const auto& p) { return p.first == key; });
    if (found == params.end())
      params.emplace_back(key, value);
    else
      found->second = value;
  }
  return {"ssd", std::move(params)};
}
struct Drive : TestPath {
  Drive() : Drive(Params{}) {}
  explicit Drive(const Params& extra) : TestPath({ssd(extra)}, {.count = 0}) { probe->blocks = false; }
  Drive& io(Time when, Op op, std::int64_t unit, std::uint32_t length = 4096, std::uint8_t flags = 0) {
    at(when, {op, unit * 4096, op == Op::flush ? 0 : length, 0, flags});
    return *this;
  }
  Drive& read(Time when, std::int64_t unit, std::uint32_t length = 4096) {
    return io(when, Op::read, unit, length);
  }
  Drive& write(Time when, std::int64_t unit, std::uint32_t length = 4096) {
    return io(when, Op::write, unit, length);
  }
  /// From the completion of request `a` to that of request `b`.
  std::string gap(std::size_t a, std::size_t b) const {
    return format(probe->records[b].completed - probe->records[a].completed);
  }
};
const Params kEmpty{{"precondition", "none"}};
const Params kNoCapacitors{{"power_loss_protection", "false"}};

// ---- reads ------------------------------------------------------------------------------------------------

TEST(Ssd, AReadPassesFirmwareDieChannelAndLink) {
  Drive drive;
  drive.read(0us, 0).run();
  EXPECT_EQ(drive.lat(), "68608ns");  // 88 + 10,000 + 50,000 + 4,000 + 4,520
}

TEST(Ssd, OnSataFramesGoOneWayAtATime) {
  Drive drive(Params{{"interface", "sata"}, {"sata_rate", "1000MB/s"}, {"frame_handshake", "400ns"}});
  drive.read(0us, 0).run();
  // Two register frames of 432, then 64,000 as before, then DMA setup, data and status: 440 + 4,512 + 420.
  EXPECT_EQ(drive.lat(), "70236ns");
}

TEST(Ssd, TwoReadsOnOneDieSerialise) {
  Drive drive;
  drive.read(0us, 0).read(0us, 16).run();
  EXPECT_EQ(drive.lat(0), "68608ns");
  EXPECT_EQ(drive.gap(0, 1), "54us");                      // tR and the transfer
  EXPECT_NEAR(drive.stat(0, "die_wait"), 53.0 / 2, 1e-9);  // the second came 1 us later
}

TEST(Ssd, TwoReadsOnTwoDiesOverlap) {
  Drive drive;
  drive.read(0us, 0).read(0us, 4).run();
  EXPECT_EQ(drive.gap(0, 1), "4520ns");  // the link; the firmware alone would make it 1 us
}

TEST(Ssd, TwoDiesOfAChannelOverlapButForTheChannel) {
  Drive drive(Params{{"channel_rate", "256MB/s"}});  // 16 us
  drive.read(0us, 0).read(0us, 8).run();
  EXPECT_EQ(drive.lat(0), "80608ns");
  EXPECT_EQ(drive.gap(0, 1), "16us");
  EXPECT_NEAR(drive.stat(0, "channel_wait"), 15.0 / 2, 1e-9);
}

TEST(Ssd, UnitsOfOnePageAreReadAtOnceAndPagesOnTheirDies) {
  Drive drive;
  drive.read(0us, 0, 16384).read(1ms, 0, 65536).run();
  EXPECT_EQ(drive.lat(0), "94048ns");   // 10,088 + 50,000 + 16,000, and 64 x 280 + 40
  EXPECT_EQ(drive.lat(1), "163808ns");  // the second die of each channel waits 16,000 for it; 256 x 280 + 40
}

TEST(Ssd, WhatWasNeverWrittenTakesNoDie) {
  Drive drive(kEmpty);
  drive.read(0us, 0).run();
  EXPECT_EQ(drive.lat(), "14608ns");
  EXPECT_EQ(drive.stat(0, "hits"), 100);
}

TEST(Ssd, TheLastByteIsTheEnd) {
  Drive drive;
  const std::int64_t units = drive.stages[0]->luns({}).each.n / 4096;
  EXPECT_EQ(units, 4 * 32 * 16 * 4 * 2 / 3);  // 8192 over-provisioned by half
  drive.read(0us, units - 1).run();
  for (const std::int64_t unit : {units, std::int64_t{-1}}) {
    Drive beyond;
    beyond.read(0us, unit);
    EXPECT_THROW(beyond.sim.run_until(Instant::max()), std::runtime_error);
  }
}

// ---- writes -----------------------------------------------------------------------------------------------

TEST(Ssd, AWriteIsCompleteWhenItsDataAreInTheBuffer) {
  Drive drive;
  drive.write(0us, 0).run();
  EXPECT_EQ(drive.lat(), "14608ns");  // 88 + 10,000 + 4,520
}

// The data of four fill the buffer at 10,088 + 4 x 4,520 = 28,168. Its page is programmed in 16,000 +
// 500,000.
TEST(Ssd, AFullBufferWaitsForAProgram) {
  for (const bool full : {true, false}) {
    Drive drive(Params{{"write_buffer", full ? "16KiB" : "20KiB"}});
    for (int i = 0; i < 5; ++i) drive.write(0us, 100 + i);
    drive.run();
    EXPECT_EQ(drive.done(3), "28168ns");
    EXPECT_EQ(drive.done(4), full ? "548688ns" : "32688ns");
  }
}

// Of five units four are taken: the last one would fit, but a write of four came before.
TEST(Ssd, WritesEnterTheBufferInTheirOrder) {
  Drive drive(Params{{"write_buffer", "20KiB"}});
  drive.write(0us, 100, 16384).write(100us, 200, 16384).write(101us, 300).run();
  EXPECT_THAT(drive.order(), ElementsAre(0, 1, 2));
}

// 1, 2 and 3 are there and 1 is on its way again: there is no room for 5 until it turns out to need none.
TEST(Ssd, AWriteOfWhatIsInTheBufferLeavesItsRoomToOthers) {
  Drive drive(Params{{"write_buffer", "16KiB"}});
  drive.write(0us, 1).write(0us, 2).write(0us, 3).write(100us, 1).write(100us, 5).run();
  EXPECT_EQ(drive.lat(3), "14608ns");
  EXPECT_EQ(drive.lat(4), "19128ns");  // 4,520 later
}

TEST(Ssd, AWriteLongerThanTheBufferPassesThroughIt) {
  Drive drive(Params{{"write_buffer", "16KiB"}});
  drive.write(0us, 0, 65536).write(0us, 100, 65536).run();
  EXPECT_EQ(drive.done(0), "81808ns");  // 10,088 + 256 x 280 + 40
  EXPECT_EQ(drive.gap(0, 1),
            "603720ns");  // two pages on each channel, 2 x 16,000 + 500,000, and its own data
}

TEST(Ssd, WhatIsInTheBufferOrBeingProgrammedIsReadThere) {
  Drive drive;
  for (int i = 0; i < 5; ++i) drive.write(0us, 100 + i);
  drive.read(100us, 100).read(200us, 104).read(1ms, 100).read(2ms, 104).run();
  EXPECT_EQ(drive.lat(5), "14608ns");  // being programmed from 28 us to 544
  EXPECT_EQ(drive.lat(6), "14608ns");
  EXPECT_EQ(drive.lat(7), "68608ns");
  EXPECT_EQ(drive.lat(8), "14608ns");  // nobody asked for the page to be full
}

TEST(Ssd, AUnitWrittenAgainInTheBufferIsProgrammedOnce) {
  Drive drive;
  for (const int unit : {1, 1, 1, 2, 3, 4}) drive.write(0us, unit);
  drive.run();
  EXPECT_NEAR(drive.stat(0, "write_amplification"), 4.0 / 6, 1e-9);
}

TEST(Ssd, AWriteOfPartOfAUnitReadsTheRest) {
  const auto latency = [](const Params& params, std::int64_t offset, std::uint32_t length) {
    Drive drive(params);
    drive.at(0us, {Op::write, offset, length}).run();
    return drive.lat();
  };
  EXPECT_EQ(latency({}, 512, 512), "64688ns");               // 10,088 + 54,000 + (512 + 48) + 40
  EXPECT_EQ(latency(kEmpty, 512, 512), "10688ns");           // nothing to be merged with
  EXPECT_EQ(latency({}, 2048, 4096), "72608ns");             // two units of a page: 10,088 + 58,000 + 4,520
  EXPECT_EQ(latency({}, 3 * 4096 + 2048, 4096), "68608ns");  // two dies
  EXPECT_EQ(latency({}, 2048, 4 * 4096), "82048ns");         // both ends, on two dies; 64 x 280 + 40 of data
}

TEST(Ssd, AWriteOfPartOfABufferedUnitReadsNothing) {
  Drive drive;
  drive.write(0us, 0).at(1ms, {Op::write, 512, 512}).run();
  EXPECT_EQ(drive.lat(1), "10688ns");
}

// ---- flush, FUA, trim -------------------------------------------------------------------------------------

TEST(Ssd, WithCapacitorsAFlushHasNothingToDo) {
  Drive drive;
  drive.write(0us, 0).io(100us, Op::flush, 0).run();
  EXPECT_EQ(drive.lat(1), "10128ns");
}

TEST(Ssd, WithoutThemAFlushWaitsForTheFlash) {
  Drive drive(kNoCapacitors);
  drive.write(0us, 0).io(100us, Op::flush, 0).io(1ms, Op::flush, 0).run();
  EXPECT_EQ(drive.lat(1), "526128ns");  // 10,088 + 16,000 + 500,000 + 40
  EXPECT_EQ(drive.lat(2), "10128ns");
}

// Four writes of 101 to 104 us start a program at 128,168; the flush waits for that one.
TEST(Ssd, AFlushWaitsForWhatIsBeingProgrammedAndNotForWhatComesLater) {
  Drive drive(kNoCapacitors);
  for (int i = 0; i < 4; ++i) drive.write(100us, i);
  drive.io(200us, Op::flush, 0);
  for (int i = 0; i < 4; ++i) drive.write(300us, 10 + i);
  drive.run();
  EXPECT_EQ(drive.done(4), "644208ns");  // 128,168 + 516,000 + 40
}

TEST(Ssd, AWriteWithFuaIsInTheFlash) {
  Drive drive(kNoCapacitors);
  drive.io(0us, Op::write, 0, 4096, Request::kFua).run();
  EXPECT_EQ(drive.lat(), "530648ns");  // 14,608 + 516,000 + 40
  Drive safe;
  safe.io(0us, Op::write, 0, 4096, Request::kFua).run();
  EXPECT_EQ(safe.lat(), "14608ns");
}

TEST(Ssd, ATrimUnmapsWholeUnits) {
  Drive drive;
  drive.at(0us, {Op::trim, 2048, 8192});
  drive.read(1ms, 0).read(2ms, 1).read(3ms, 2).run();
  EXPECT_EQ(drive.lat(0), "10128ns");
  EXPECT_EQ(drive.lat(1), "68608ns");
  EXPECT_EQ(drive.lat(2), "14608ns");
  EXPECT_EQ(drive.lat(3), "68608ns");
}

TEST(Ssd, ATrimReachesTheBuffer) {
  Drive drive(kNoCapacitors);
  drive.write(0us, 0).io(100us, Op::trim, 0).io(200us, Op::flush, 0).read(1ms, 0).run();
  EXPECT_EQ(drive.lat(3), "14608ns");
}

// ---- who goes first ---------------------------------------------------------------------------------------

// One die, and twelve units for it to program. It is free again at 10,088 + 4 x 4,520 + 516,000 = 544,168,
// when two pages and four reads wait.
TEST(Ssd, ReadsGoBeforeAProgramUpToTheBurst) {
  const auto latencies = [](const char* burst) {
    Drive drive(Params{{"channels", "1"}, {"dies_per_channel", "1"}, {"read_burst", burst}});
    for (int i = 0; i < 12; ++i) drive.write(0us, 500 + i);
    for (int i = 0; i < 4; ++i) drive.read(100us, 4 * i);
    drive.run();
    return std::vector{drive.lat(12), drive.gap(12, 13), drive.gap(13, 14), drive.gap(14, 15)};
  };
  EXPECT_THAT(latencies("4"), ElementsAre("502688ns", "54us", "54us", "54us"));
  EXPECT_THAT(latencies("2"), ElementsAre("502688ns", "54us", "570us", "54us"));
  EXPECT_THAT(latencies("1"),
              ElementsAre("502688ns", "570us", "570us", "54us"));  // nothing is left to program
}

TEST(Ssd, NoMoreCommandsAreTakenThanItHasTagsFor) {
  const Params sata{{"interface", "sata"}, {"ncq_depth", "1"}, {"precondition", "none"}};
  Drive one(sata);
  one.read(0us, 0).run();
  Drive two(sata);
  two.read(0us, 0).read(0us, 0).run();
  EXPECT_EQ(two.gap(0, 1), one.lat(0));
}

TEST(Ssd, PcieCarriesBothWaysAtOnceAndSataOne) {
  const auto time = [](const char* interface) {
    Drive drive(Params{{"interface", interface}, {"precondition", "none"}, {"write_buffer", "4MiB"}});
    drive.read(0us, 0, 1 << 20).write(0us, 256, 1 << 20).run();
    return seconds(
        std::max(drive.probe->records[0].completed, drive.probe->records[1].completed).time_since_epoch());
  };
  EXPECT_NEAR(time("nvme"), (1 << 20) * 280.0 / 256 * 1e-9, 20e-6);
  EXPECT_GT(time("sata"), 2 * (1 << 20) / 600e6);
}

}  // namespace
}  // namespace blkpath::test
