#include <cerrno>

#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

using Params = std::vector<std::pair<std::string, std::string>>;

// 100 us to read, 50 us to write, 4096 bytes cross the link in 10 us.
Model device(const Params& extra = {}) {
  Params params{{"read", "[[0, 100us]]"},
                {"write", "[[0, 50us]]"},
                {"link_rate", "409600kB/s"},
                {"command_cost", "0s"}};
  for (const auto& p : extra) {
    std::erase_if(params, [&](const auto& old) { return old.first == p.first; });
    params.push_back(p);
  }
  return {"calibrated", std::move(params)};
}
const Devices kNone{.count = 0};
Io read(std::int64_t block) { return {Op::read, block * 4096}; }
Io write(std::int64_t block, std::uint8_t flags = 0) { return {Op::write, block * 4096, 4096, 0, flags}; }

TEST(Calibrated, ARequestIsServedAndCrossesTheLink) {
  TestPath path({device({{"command_cost", "3us"}})}, kNone);
  path.at(0us, read(7)).at(1ms, write(9)).run();
  EXPECT_EQ(path.lat(0), "113us");
  EXPECT_EQ(path.lat(1), "63us");
}

// Served together from 0 to 100, then one after the other across the link.
TEST(Calibrated, TwoReadsMeetOnTheLink) {
  TestPath path({device()}, kNone);
  path.at(0us, read(7)).at(0us, read(9)).run();
  EXPECT_EQ(path.lat(0), "110us");
  EXPECT_EQ(path.lat(1), "120us");
}

// The third starts when the first is served, at 100.
TEST(Calibrated, ThreeOnTwoServersSerialise) {
  TestPath path({device({{"servers", "2"}})}, kNone);
  path.at(0us, read(1)).at(0us, read(3)).at(0us, read(5)).run();
  EXPECT_EQ(path.lat(1), "120us");
  EXPECT_EQ(path.lat(2), "210us");
}

// The second enters when the first has left, at 110.
TEST(Calibrated, ATagIsKeptUntilTheEnd) {
  TestPath path({device({{"tags", "1"}})}, kNone);
  path.at(0us, read(1)).at(0us, read(3)).run();
  EXPECT_EQ(path.lat(1), "220us");
}

// Chunks 0 and 1 of 64 KiB lie on different lanes, 0 and 2 on the same.
TEST(Calibrated, EachLaneHasALink) {
  TestPath path({device({{"lanes", "2"}})}, kNone);
  path.at(0us, read(0)).at(0us, read(16)).at(1ms, read(1)).at(1001us, read(33)).run();
  EXPECT_EQ(path.lat(0), "110us");
  EXPECT_EQ(path.lat(1), "110us");
  EXPECT_EQ(path.lat(3), "119us");  // served at 101, the link is free at 110
}

// 20 us to go on, and 1 us for each of 4 KiB; a read in between does not disturb a sequence of writes.
TEST(Calibrated, WhatGoesOnHasATableOfItsOwn) {
  TestPath path({device({{"write_sequential", "[[0, 20us]]"}, {"write_per_kib", "1us"}})}, kNone);
  path.at(0us, write(1)).at(1ms, read(9)).at(2ms, write(2)).at(3ms, write(9)).run();
  EXPECT_EQ(path.lat(0), "64us");
  EXPECT_EQ(path.lat(2), "34us");
  EXPECT_EQ(path.lat(3), "64us");
}

// Half of 8 KiB. The first write goes to the media at once, until 60; the next two fill the open half and are
// taken; the fourth waits for the change at 60. Each crosses the link first, at 10, 20, 30, 40.
TEST(Calibrated, AFullBufferWaitsForTheMedia) {
  TestPath path({device({{"write_buffer", "8KiB"}, {"write_ack", "[[0, 5us]]"}})}, kNone);
  for (int i = 0; i < 4; ++i) path.at(0us, write(2 * i));
  path.run();
  EXPECT_EQ(path.lat(0), "15us");
  EXPECT_EQ(path.lat(1), "25us");
  EXPECT_EQ(path.lat(2), "35us");
  EXPECT_EQ(path.lat(3), "65us");
}

// The halves change at 60 and at 60 + 2 x 50: the sixth write, behind two that wait, is taken at 160.
TEST(Calibrated, WhoWaitsForTheBufferFillsIt) {
  TestPath path({device({{"write_buffer", "8KiB"}, {"write_ack", "[[0, 5us]]"}})}, kNone);
  for (int i = 0; i < 6; ++i) path.at(0us, write(2 * i));
  path.run();
  EXPECT_EQ(path.lat(4), "65us");
  EXPECT_EQ(path.lat(5), "165us");
}

// The write at 10 is on the media at 60, the one at 210 at 260; nothing is at risk then.
TEST(Calibrated, FlushAndFuaWaitForTheMedia) {
  TestPath path({device({{"write_buffer", "8KiB"}})}, kNone);
  path.at(0us, write(1)).at(20us, {Op::flush, 0, 0}).at(200us, write(5, Request::kFua)).run();
  EXPECT_EQ(path.lat(1), "40us");
  EXPECT_EQ(path.lat(2), "60us");
  EXPECT_EQ(path.stages[0]->at_risk(), Bytes{0});
}

TEST(Calibrated, WhatIsBufferedIsAtRisk) {
  TestPath path({device({{"write_buffer", "64KiB"}})}, kNone);
  for (int i = 0; i < 4; ++i) path.at(0us, write(2 * i));
  path.sim.run_until(Instant{45us});
  EXPECT_EQ(path.stages[0]->at_risk(), 16_KiB);
}

// From three outstanding on: the first is done at 110 and collected, the interrupt comes 50 later, for all.
TEST(Calibrated, CompletionsAreCollectedForOneInterrupt) {
  TestPath path({device({{"coalesce_from", "3"}, {"coalesce_time", "50us"}})}, kNone);
  for (int i = 0; i < 3; ++i) path.at(0us, read(2 * i));
  path.at(1ms, read(1)).at(2ms, read(5)).run();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(path.lat(i), "160us");
  EXPECT_EQ(path.lat(3), "110us");
}

// A platter that turns so fast that only the arm counts: 1 ms for each seek, from the middle. While the first
// is served the second is chosen, for it is alone; of the others the nearest to the second goes first.
TEST(Calibrated, AnArmGoesToTheNearestOfThoseNotYetChosen) {
  const Params arm{{"turn", "1ns"}, {"seek_base", "1ms"}, {"seek_full", "2ms"},  {"order", "seek"},
                   {"read", "[]"},  {"capacity", "4MiB"}, {"link_rate", "4GB/s"}};
  TestPath path({device(arm)}, kNone);
  for (const int block : {500, 900, 100, 550, 800}) path.at(0us, read(block));
  path.run();
  EXPECT_EQ(path.order(), (std::vector<std::uint64_t>{0, 1, 4, 3, 2}));
  Params fcfs = arm;
  fcfs[3].second = "fcfs";
  TestPath in_order({device(fcfs)}, kNone);
  for (const int block : {500, 900, 100, 550, 800}) in_order.at(0us, read(block));
  in_order.run();
  EXPECT_EQ(in_order.order(), (std::vector<std::uint64_t>{0, 1, 2, 3, 4}));
}

// At a quarter of the stroke from the middle: 1 + (9 - 1) sqrt(1/4) = 5 ms, after 100 us of decoding.
TEST(Calibrated, ASeekGrowsWithTheRootOfTheDistance) {
  TestPath path({device({{"turn", "1ns"}, {"seek_base", "1ms"}, {"seek_full", "9ms"}, {"capacity", "4MiB"}})},
                kNone);
  path.at(0us, read(768)).run();
  EXPECT_NEAR(micros(path.io(0).completed - Instant{}), 5110, 0.01);
}

// What has waited longest goes first when it is older than max_age, far as it may be.
TEST(Calibrated, NothingWaitsForEverAtTheArm) {
  const auto rank_of_far = [](const char* max_age) {
    TestPath path({device({{"turn", "1ns"},
                           {"seek_base", "1ms"},
                           {"seek_full", "2ms"},
                           {"order", "seek"},
                           {"capacity", "4MiB"},
                           {"max_age", max_age}})},
                  kNone);
    for (const int block : {500, 510, 1000, 520, 530, 540, 550}) path.at(0us, read(block));
    path.run();
    return std::find(path.order().begin(), path.order().end(), 2u) - path.order().begin();
  };
  EXPECT_EQ(rank_of_far("1s"), 6);
  EXPECT_EQ(rank_of_far("0s"), 2);
}

TEST(Calibrated, WhatItCannotDoIsRefused) {
  TestPath path({device({{"capacity", "4MiB"}})}, kNone);
  path.at(0us, {Op::trim, 0, 4096}).run();
  EXPECT_EQ(path.io(0).error, EOPNOTSUPP);
  TestPath beyond({device({{"capacity", "4MiB"}})}, kNone);
  beyond.at(0us, read(1024));
  EXPECT_THROW(beyond.sim.run_until(Instant::max()), std::runtime_error);
}

TEST(Calibrated, WrongParametersAreRefusedWithAGoodExample) {
  const auto refusal = [](const Params& params) {
    try {
      TestPath path({device(params)}, kNone);
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_NE(refusal({{"read", "[[0.5, 2us], [0.4, 3us]]"}}).find("read: quantiles go up"), std::string::npos);
  EXPECT_NE(refusal({{"write", "[[0.5, 2us], [0.6, 1us]]"}}).find("write: quantiles go up"),
            std::string::npos);
  EXPECT_NE(refusal({{"servers", "0"}}).find("servers: 1 to"), std::string::npos);
  EXPECT_NE(refusal({{"tags", "0"}}).find("tags: 1 to"), std::string::npos);
  EXPECT_NE(refusal({{"seek_base", "2ms"}, {"seek_full", "1ms"}}).find("seek_base <="), std::string::npos);
}

// Bounds: 32 places of 100 us; the link's 10 us; a buffer's 50 us for each write.
TEST(Calibrated, TheBoundIsTheScarcestOfWhatServes) {
  const auto bound = [](const Params& params, double reads) {
    TestPath path({device(params)}, kNone);
    return path.stages[0]->max_iops({.read_fraction = reads, .block_size = 4096});
  };
  EXPECT_NEAR(bound({{"servers", "4"}}, 1), 40'000, 1);
  EXPECT_NEAR(bound({}, 1), 100'000, 1);
  EXPECT_NEAR(bound({{"lanes", "2"}}, 1), 200'000, 1);
  EXPECT_NEAR(bound({{"write_buffer", "64KiB"}}, 0), 20'000, 1);
}

}  // namespace
}  // namespace blkpath::test
