#include <gmock/gmock.h>

#include "hw/test/saturated.hpp"

namespace blkpath::test {
namespace {

// A byte takes a nanosecond. To open a connection and close it takes 4 x 100 through the expander, 60 and an
// OPEN frame of 40: 500 ns. A command is 28 + 36 bytes: with its connection 564 ns.
Model link(std::vector<std::pair<std::string, std::string>> more = {}) {
  Model model{"sas_link", {{"rate", "1000MB/s"}, {"expander_latency", "100ns"}, {"turnaround", "60ns"}}};
  const bool slow =
      std::any_of(more.begin(), more.end(), [](const auto& p) { return p.first == "target_rate"; });
  if (!slow) more.emplace_back("target_rate", "1000MB/s");
  model.params.insert(model.params.end(), more.begin(), more.end());
  return model;
}
constexpr std::uint32_t kTwoFrames = 2048;
const Devices kDrives{.service = 100us, .servers = 64, .count = 2};

TEST(SasLink, EachTransferOpensAConnection) {
  TestPath path({link()}, kDrives);
  path.at(0us, {Op::read, 0, kTwoFrames}).at(1ms, {Op::write, 0, kTwoFrames}).run();
  EXPECT_EQ(path.seen[0].at, Instant{564ns});
  EXPECT_EQ(path.lat(0), "103244ns");                 // + 100 us + 500 + 2048 + 2 x 36 + response 24 + 36
  EXPECT_EQ(path.seen[1].at, Instant{1ms + 3732ns});  // command 564, ready 500 + 48, data 500 + 2120
  EXPECT_EQ(path.lat(1), "104292ns");                 // + 100 us + 560
}

TEST(SasLink, EachBurstOfAWriteIsAskedFor) {
  TestPath path({link({{"burst", "1KiB"}})}, kDrives);
  path.at(0us, {Op::write, 0, kTwoFrames}).run();
  EXPECT_EQ(path.seen[0].at, Instant{4780ns});  // 564 + 2 x (548 + 500) + 2120
}

TEST(SasLink, ADirectAttachmentHasNoExpanderToPass) {
  TestPath path({link({{"expanders", "0"}})}, kDrives);
  path.at(0us, {Op::read, 0, kTwoFrames}).run();
  EXPECT_EQ(path.seen[0].at, Instant{164ns});
}

TEST(SasLink, ATargetTakesOneConnectionAtATime) {
  TestPath path({link()}, kDrives);
  path.at(0us, {Op::read, 0, kTwoFrames, 0}).at(0us, {Op::read, 0, kTwoFrames, 0}).run();
  EXPECT_EQ(path.seen[1].at, Instant{1128ns});
  TestPath apart({link()}, kDrives);
  apart.at(0us, {Op::read, 0, kTwoFrames, 0}).at(0us, {Op::read, 0, kTwoFrames, 1}).run();
  EXPECT_EQ(apart.seen[1].at, Instant{564ns});
}

TEST(SasLink, ALaneCarriesOneConnectionAtATime) {
  TestPath path({link({{"lanes", "1"}})}, kDrives);
  path.at(0us, {Op::read, 0, kTwoFrames, 0}).at(0us, {Op::read, 0, kTwoFrames, 1}).run();
  EXPECT_EQ(path.seen[1].at, Instant{1128ns});
}

TEST(SasLink, WhoWaitsLongestGoesFirst) {
  TestPath path({link({{"lanes", "1"}})}, kDrives);
  path.at(0ns, {Op::read, 0, 512, 0}).at(100ns, {Op::read, 1, 512, 1}).at(200ns, {Op::read, 2, 512, 0}).run();
  EXPECT_THAT(path.offsets(), testing::ElementsAre(0, 1, 2));
  EXPECT_EQ(path.seen[2].at, Instant{1692ns});
}

// The second one waits for its target from 100 on; the third one's is free.
TEST(SasLink, ABusyTargetLetsOthersPass) {
  TestPath path({link({{"lanes", "2"}})}, kDrives);
  path.at(0ns, {Op::read, 0, 512, 0}).at(100ns, {Op::read, 1, 512, 0}).at(200ns, {Op::read, 2, 512, 1}).run();
  EXPECT_THAT(path.offsets(), testing::ElementsAre(0, 2, 1));
  EXPECT_EQ(path.seen[1].at, Instant{764ns});
  EXPECT_EQ(path.seen[2].at, Instant{1128ns});
  EXPECT_EQ(path.stat(0, "passed"), 1);
}

// At half the rate an OPEN frame takes 80 ns, so a connection 540, and a command 128: 668. The lane of a
// buffering expander has carried it after 540 + 64.
TEST(SasLink, ASlowTargetHoldsAFastLaneUnlessTheExpanderBuffers) {
  const auto second = [](const std::string& buffered) {
    TestPath path({link({{"lanes", "1"}, {"target_rate", "500MB/s"}, {"buffered", buffered}})}, kDrives);
    path.at(0us, {Op::read, 0, kTwoFrames, 0}).at(0us, {Op::read, 0, kTwoFrames, 1}).run();
    EXPECT_EQ(path.seen[0].at, Instant{668ns});
    return format(path.seen[1].at.time_since_epoch());
  };
  EXPECT_EQ(second("false"), "1336ns");
  EXPECT_EQ(second("true"), "1272ns");  // 604 + 668
}

// Sixteen targets keep every lane busy; a read takes 564 + 2680 of one, a write 3732 + 560.
TEST(SasLink, ASaturatedLinkReachesItsBound) {
  for (const std::string lanes : {"1", "4"})
    for (const bool buffered : {false, true}) {
      TestPath path({link({{"lanes", lanes},
                           {"target_rate", buffered ? "500MB/s" : "1000MB/s"},
                           {"buffered", buffered ? "true" : "false"}})},
                    {.service = 0us, .servers = 64, .count = 16});
      const double rate = saturated(path, 128, 8000, [](int i) {
        return Io{i % 3 ? Op::read : Op::write, 0, kTwoFrames, static_cast<std::uint16_t>(i % 16)};
      });
      const double bound = path.stages[0]->max_iops({.read_fraction = 2 / 3.0, .block_size = kTwoFrames});
      if (!buffered) {
        EXPECT_NEAR(bound, 3e9 * std::stod(lanes) / (2 * 3244 + 4292), 1e-3 * bound);
      }
      EXPECT_LE(rate, 1.0001 * bound) << lanes;
      EXPECT_NEAR(rate, bound, 0.03 * bound) << lanes << buffered;
    }
}

TEST(SasLink, WhatIsNoPortIsRefused) {
  EXPECT_THAT(
      [] {
        TestPath path({link({{"lanes", "0"}})});
      },
      testing::ThrowsMessage<ConfigError>(testing::HasSubstr("lanes: 1 to 128, for example 4")));
  EXPECT_THAT(
      [] {
        TestPath path({link({{"target_lanes", "8"}})});
      },
      testing::ThrowsMessage<ConfigError>(testing::HasSubstr("target_lanes: 1 to lanes")));
}

}  // namespace
}  // namespace blkpath::test
