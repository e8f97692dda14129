#include <gmock/gmock.h>

#include "hw/test/saturated.hpp"

namespace blkpath::test {
namespace {

// Four lanes of generation 1 carry a byte in a nanosecond.
const Model kLink{"pcie", {{"generation", "1"}, {"lanes", "4"}, {"latency", "100ns"}}};
const Devices kDrives{.service = 100us, .servers = 64};
constexpr std::uint32_t kLength = 4096;

TEST(Pcie, ALoneTransferIsLateByTheSwitchOnly) {
  TestPath path({kLink}, kDrives);
  path.at(0us, {Op::read, 0, kLength}).at(1ms, {Op::write, 0, kLength}).run();
  EXPECT_EQ(path.seen[0].at, Instant{100ns});
  EXPECT_EQ(path.lat(0), "100200ns");
  EXPECT_EQ(path.lat(1), "100200ns");
}

// To the host: 24 for the request that fetches the command, 4096 + 16 x 24 of data, 16 + 24 and 4 + 24. The
// second command is behind the first one's 2 x (4 + 24) + 64 + 20 bytes, so it ends 140 ns later, but its
// data have to wait: the link carried the first one's until 100.1 us.
TEST(Pcie, TheDataOfTwoReadsFollowOneAnother) {
  TestPath path({kLink}, kDrives);
  path.at(0us, {Op::read, 0, kLength}).at(0us, {Op::read, 0, kLength}).run();
  EXPECT_EQ(path.seen[1].at, Instant{240ns});
  EXPECT_EQ(path.done(0), "100200ns");
  EXPECT_EQ(path.done(1), "104772ns");  // 100.1 + 4.572 + 0.1
}

// To the drive: 140 of the command, 4096 + 16 x 20 of data.
TEST(Pcie, TheDataOfTwoWritesFollowOneAnother) {
  TestPath path({kLink}, kDrives);
  path.at(0us, {Op::write, 0, kLength}).at(0us, {Op::write, 0, kLength}).run();
  EXPECT_EQ(path.seen[0].at, Instant{100ns});
  EXPECT_EQ(path.seen[1].at, Instant{4656ns});
}

TEST(Pcie, TheDirectionsDoNotMeet) {
  TestPath path({kLink}, kDrives);
  path.at(0us, {Op::read, 0, kLength}).at(100us, {Op::write, 0, kLength}).run();
  EXPECT_EQ(path.done(0), "100200ns");
  EXPECT_EQ(path.seen[1].at, Instant{100'100ns});
}

// A read of 4 KiB brings 4572 bytes to the host; a write 24 + 8 x 24 + 40 + 28.
TEST(Pcie, TheBoundIsThatOfTheBusierDirection) {
  const auto bytes = [](const std::string& generation, const std::string& lanes, double reads, double rate) {
    TestPath path({{"pcie", {{"generation", generation}, {"lanes", lanes}}}});
    return rate / path.stages[0]->max_iops({.read_fraction = reads, .block_size = kLength});
  };
  EXPECT_NEAR(bytes("1", "1", 1, 250e6), 4572, 1e-6);
  EXPECT_NEAR(bytes("3", "4", 1, 32e9 * 128 / 130 / 8), 4572, 1e-4);
  EXPECT_NEAR(bytes("5", "16", 0, 512e9 * 128 / 130 / 8), 4556, 1e-4);
  EXPECT_NEAR(bytes("2", "8", 0.5, 4e9), (4572 + 284) / 2.0, 1e-6);
}

TEST(Pcie, ASaturatedLinkReachesItsBound) {
  for (const int writes_in_four : {0, 2, 4}) {
    TestPath path({kLink}, {.service = 10us, .servers = 64, .count = 4});
    const double rate = saturated(path, 64, 4000, [&](int i) {
      return Io{i / 4 % 4 < writes_in_four ? Op::write : Op::read, 0, kLength,
                static_cast<std::uint16_t>(i % 4)};
    });
    const double bound =
        path.stages[0]->max_iops({.read_fraction = 1 - writes_in_four / 4.0, .block_size = kLength});
    EXPECT_LE(rate, bound);
    EXPECT_NEAR(rate, bound, 0.03 * bound) << writes_in_four;
  }
}

TEST(Pcie, WhatIsNoLinkIsRefused) {
  const auto build = [](const std::string& key, const std::string& value) {
    TestPath path({{"pcie", {{key, value}}}});
  };
  EXPECT_THAT([&] { build("generation", "6"); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("generation: 1 to 5, for example 3")));
  EXPECT_THAT([&] { build("max_payload", "64B"); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("max_payload: 128B to 4KiB")));
}

}  // namespace
}  // namespace blkpath::test
