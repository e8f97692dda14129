// Links that go down and links that slow down.
#include <cerrno>

#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

// A read takes 0.5 us for its command, 100 us in the device and 20.5 us for data and response: 121 us.
constexpr std::uint32_t kTwoFrames = 2 * 1932;
constexpr Io kRead{Op::read, 0, kTwoFrames};
const Devices kDisks{.service = 100us, .servers = 8};

Model link(const std::vector<std::pair<std::string, std::string>>& more) {
  Model model{"fc_link",
              {{"topology", "point_to_point"},
               {"rate", "200MB/s"},
               {"frame_payload", "1932B"},
               {"frame_overhead", "68B"}}};
  model.params.insert(model.params.end(), more.begin(), more.end());
  return model;
}
/// Down from 1 ms to 2 ms.
Model outage(const std::string& timeout, const std::string& fast_io_fail = "5ms") {
  return link({{"state_profile", "0.001 0\n0.002 1"}, {"timeout", timeout}, {"fast_io_fail", fast_io_fail}});
}

TEST(FcLinkFailure, ALostCommandIsSentAgainWhenItTimesOut) {
  TestPath path({outage("10ms")}, kDisks);
  path.at(950us, kRead).run();
  EXPECT_EQ(path.seen.size(), 2u);
  EXPECT_EQ(path.done(), "11071us");  // 950 + 10000 + 121
  EXPECT_EQ(path.io(0).error, 0);
  EXPECT_EQ(path.stat(0, "lost"), 1);
}

TEST(FcLinkFailure, OrWhenTheLinkIsUpAgain) {
  TestPath path({outage("500us")}, kDisks);
  path.at(950us, kRead).run();
  EXPECT_EQ(path.done(), "2121us");
}

TEST(FcLinkFailure, WhatComesWhileTheLinkIsDownWaits) {
  TestPath path({outage("10ms")}, kDisks);
  path.at(1500us, kRead).run();
  EXPECT_EQ(path.seen.size(), 1u);
  EXPECT_EQ(path.done(), "2121us");
}

// The last byte is there at 1 ms, or a nanosecond later.
TEST(FcLinkFailure, WhatIsThroughWhenTheLinkGoesDownIsThrough) {
  for (const auto& [at, tries] : {std::pair{879us + 0ns, 1u}, {879us + 1ns, 2u}}) {
    TestPath path({outage("10ms")}, kDisks);
    path.at(at, kRead).run();
    EXPECT_EQ(path.seen.size(), tries);
  }
}

// The link has been down for 200 us at 1200: what was lost and what waits fails, and then what comes.
TEST(FcLinkFailure, ALongOutageFailsWhatWaits) {
  TestPath path({outage("10ms", "200us")}, kDisks);
  path.at(950us, kRead).at(1100us, kRead).at(1500us, kRead).at(2000us, kRead).run();
  for (const auto& [i, done] : {std::pair{0u, "1200us"}, {1u, "1200us"}, {2u, "1500us"}}) {
    EXPECT_EQ(path.done(i), done);
    EXPECT_EQ(path.io(i).error, ENOLINK);
  }
  EXPECT_EQ(path.done(3), "2121us");
  EXPECT_EQ(path.io(3).error, 0);
}

// Up for 50 us in every 100, a read never gets through: it is sent at 0.05, 1.05 and 2.05 ms.
TEST(FcLinkFailure, RetriesComeToAnEnd) {
  TestPath path(
      {link({{"state_profile", "0 0\n0.00005 1\nPERIODICITY 0.0001"}, {"timeout", "1ms"}, {"retries", "2"}})},
      kDisks);
  path.at(0us, kRead).run();
  EXPECT_EQ(path.seen.size(), 3u);
  EXPECT_EQ(path.io(0).error, ETIMEDOUT);
  EXPECT_EQ(path.done(), "3050us");
}

TEST(FcLinkFailure, ALoopIsNoDifferent) {
  for (const char* access : {"arrival", "fair"}) {
    Model model = outage("500us");
    model.params[0].second = "loop";
    model.params.insert(model.params.end(),
                        {{"port_delay", "100ns"}, {"turnaround", "1us"}, {"access", access}});
    TestPath path({model}, kDisks);
    path.at(950us, kRead).run();
    EXPECT_EQ(path.seen.size(), 2u);
    EXPECT_EQ(path.done(), "2133us") << access;
  }
}

// From 1 ms at half the rate: 2 x 21 + 100. A transfer that is on the wire goes on at the new rate: the data
// and response of the read at 889 begin at 989.5, half an us is left at 1000 - 9.5 = 10 us of work, which
// takes 20.
TEST(FcLinkFailure, ASlowLinkTakesLonger) {
  for (const char* half : {"0.001 0.5", "0.001 1e8"}) {
    TestPath path({link({{"bandwidth_profile", half}})}, kDisks);
    path.at(889us, kRead).at(2ms, kRead).run();
    EXPECT_EQ(path.done(0), "1020us");
    EXPECT_EQ(path.lat(1), "142us");
  }
}

TEST(FcLinkFailure, ABandwidthOfNothingIsAnOutage) {
  try {
    TestPath path({link({{"bandwidth_profile", "1 0"}})});
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_NE(std::string(e.what()).find("state_profile"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace blkpath::test
