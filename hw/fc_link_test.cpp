#include <algorithm>
#include <tuple>

#include "hw/fc_frames.hpp"
#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

// A full frame takes (1932 + 68) / 200 MB/s = 10 us, a short one (32 + 68) / 200 MB/s = 0.5 us, a tenancy of
// the loop 2 x 15 x 0.1 + 1 = 4 us.
Model link(const std::string& topology) {
  return {"fc_link",
          {{"topology", topology},
           {"rate", "200MB/s"},
           {"ports", "15"},
           {"frame_payload", "1932B"},
           {"frame_overhead", "68B"},
           {"port_delay", "100ns"},
           {"turnaround", "1us"}}};
}
constexpr std::uint32_t kTwoFrames = 2 * 1932;
const Devices kDisks{.service = 100us, .servers = 8};

TEST(FcLink, OnALoopARequestPaysForEachTenancy) {
  TestPath path({link("loop")}, kDisks);
  path.at(0us, {Op::read, 0, kTwoFrames}).at(1ms, {Op::write, 0, kTwoFrames}).run();
  EXPECT_EQ(path.seen[0].at, Instant{4500ns});      // command: 4 + 0.5
  EXPECT_EQ(path.lat(0), "133us");                  // + 100 + data 4 + 20 + response 4 + 0.5
  EXPECT_EQ(path.seen[1].at, Instant{1ms + 33us});  // command 4.5, ready 4.5, data 24
  EXPECT_EQ(path.lat(1), "137500ns");               // + 100 + response 4.5
}

TEST(FcLink, PointToPointNothingIsArbitrated) {
  TestPath path({link("point_to_point")}, kDisks);
  path.at(0us, {Op::read, 0, kTwoFrames}).at(1ms, {Op::write, 0, kTwoFrames}).run();
  EXPECT_EQ(path.lat(0), "121us");     // 0.5 + 100 + 20 + 0.5
  EXPECT_EQ(path.lat(1), "121500ns");  // 0.5 + 0.5 + 20 + 100 + 0.5
}

// 132 bytes more than a frame: a second one of 200 bytes, 1 us.
TEST(FcLink, TheLastFrameIsAsLongAsItsData) {
  TestPath path({link("point_to_point")}, kDisks);
  path.at(0us, {Op::read, 0, 1932 + 132}).run();
  EXPECT_EQ(path.lat(), "112us");  // 0.5 + 100 + 11 + 0.5
}

// The read's data is ready at 104.5, while a write has the loop from 100 to 133.
TEST(FcLink, ALoopIsOneMediumForBothDirections) {
  TestPath path({link("loop")}, kDisks);
  path.at(0us, {Op::read, 0, kTwoFrames}).at(100us, {Op::write, 0, kTwoFrames}).run();
  EXPECT_EQ(path.done(0), "161500ns");  // 133 + 28.5
}

TEST(FcLink, PointToPointTheDirectionsDoNotMeet) {
  TestPath path({link("point_to_point")}, kDisks);
  path.at(0us, {Op::read, 0, kTwoFrames}).at(100us, {Op::write, 0, kTwoFrames}).run();
  EXPECT_EQ(path.done(0), "121us");
}

TEST(FcLink, OneDirectionCarriesOneRequestAfterTheOther) {
  TestPath path({link("point_to_point")}, kDisks);
  path.at(0us, {Op::write, 0, kTwoFrames}).at(0us, {Op::write, 0, kTwoFrames}).run();
  EXPECT_EQ(path.seen[0].at, Instant{21us});
  EXPECT_EQ(path.seen[1].at, Instant{42us});
}

TEST(FcLink, EachStageBelowIsALun) {
  TestPath path({link("loop")}, {.count = 2});
  path.at(0us, {Op::read, 0, 512, 1}).at(0us, {Op::read, 0, 512, 0}).run();
  EXPECT_EQ(path.seen[0].device, 1u);
  EXPECT_EQ(path.seen[1].device, 0u);
  TestPath beyond({link("loop")}, {.count = 2});
  beyond.at(0us, {Op::read, 0, 512, 2});
  EXPECT_THROW(beyond.sim.run_until(Instant::max()), std::runtime_error);
}

// A loop carries 33 us of a read and 37.5 us of a write; point to point 0.5 + 20 us in the busier direction,
// and half of each when both are equal: out 0.5 + (0.5 + 20) / 2, in 0.5 + 20 / 2.
TEST(FcLink, TheBoundCountsWhatTheMediumCarries) {
  const auto us_per_io = [](const std::string& topology, double reads) {
    TestPath path({link(topology)}, kDisks);
    return 1e6 / path.stages[0]->max_iops({.read_fraction = reads, .block_size = kTwoFrames});
  };
  EXPECT_NEAR(us_per_io("loop", 1), 33, 1e-9);
  EXPECT_NEAR(us_per_io("loop", 0), 37.5, 1e-9);
  EXPECT_NEAR(us_per_io("point_to_point", 1), 20.5, 1e-9);
  EXPECT_NEAR(us_per_io("point_to_point", 0), 21, 1e-9);
  EXPECT_NEAR(us_per_io("point_to_point", 0.5), 10.75, 1e-9);
}

// What data sheets call 1.0625 GBd and so on: bytes per second after line coding.
TEST(FcLink, EachSpeedHasItsBaudRateAndCoding) {
  EXPECT_EQ(byte_rate(FcSpeed::fc1), ByteRate{106'250'000});
  EXPECT_EQ(byte_rate(FcSpeed::fc2), ByteRate{212'500'000});
  EXPECT_EQ(byte_rate(FcSpeed::fc4), 425_MBps);
  EXPECT_EQ(byte_rate(FcSpeed::fc8), 850_MBps);
  EXPECT_EQ(byte_rate(FcSpeed::fc16), 1700_MBps);
  EXPECT_EQ(byte_rate(FcSpeed::fc32), 3400_MBps);
  EXPECT_EQ(byte_rate(FcSpeed::fc32, 200_MBps), 200_MBps);
}

Model link_with(const std::string& topology, const std::vector<std::pair<std::string, std::string>>& more) {
  Model model = link(topology);
  model.params.insert(model.params.end(), more.begin(), more.end());
  return model;
}

TEST(FcLink, ALoneCommandTakesAsLongHoweverTheLoopIsWon) {
  for (const char* access : {"arrival", "fair", "priority"})
    for (const char* frames : {"0", "1"}) {
      TestPath path({link_with("loop", {{"access", access}, {"frames_per_tenancy", frames}})}, kDisks);
      path.at(0us, {Op::read, 0, kTwoFrames}).at(1ms, {Op::write, 0, kTwoFrames}).run();
      EXPECT_EQ(path.lat(0), "133us") << access;
      EXPECT_EQ(path.lat(1), "137500ns") << access;
    }
}

// Commands until 4.5 and 9; the read of LUN 0 has its data at 104.5. Then the loop goes to LUN 0 until 118.5
// (4 + 10), 1 until 132.5, 0 until 146.5, 1 until 160.5, and to the responses until 165 and 169.5. In whole
// sequences: to LUN 0 until 128.5, 1 until 152.5, responses until 157 and 161.5.
TEST(FcLink, APortGivesUpTheLoopToOthersAfterSomeFrames) {
  for (const auto& [frames, first, second] :
       {std::tuple{"1", "165us", "169500ns"}, {"0", "157us", "161500ns"}}) {
    TestPath path({link_with("loop", {{"access", "fair"}, {"frames_per_tenancy", frames}})},
                  {.service = 100us, .servers = 8, .count = 2});
    path.at(0us, {Op::read, 0, kTwoFrames, 0}).at(0us, {Op::read, 0, kTwoFrames, 1}).run();
    EXPECT_EQ(path.done(0), first);
    EXPECT_EQ(path.done(1), second);
  }
}

// 14 drives have four reads each to answer. By turns each answers one before any answers its second; by
// priority the first drive answers all of its own, then the second.
TEST(FcLink, FairnessGivesEachTargetItsTurnAndPriorityStarvesTheLast) {
  for (const std::string access : {"fair", "priority"}) {
    TestPath path({link_with("loop", {{"access", access}})}, {.service = 100ms, .servers = 8, .count = 14});
    for (int k = 0; k < 4; ++k)
      for (std::uint16_t lun = 14; lun-- > 0;) path.at(0us, {Op::read, 0, kTwoFrames, lun});
    path.run();
    std::vector<int> answered(14);
    for (std::size_t i = 0; i < path.order().size(); ++i) {
      const std::size_t lun = 13 - path.order()[i] % 14;
      ++answered[lun];
      const auto [least, most] = std::minmax_element(answered.begin(), answered.end());
      if (access == "fair") {
        EXPECT_LE(*most - *least, 1) << i;
      } else if (i >= 53) {
        EXPECT_EQ(lun, 13u) << "three of its four answers are the last of all";
      }
    }
  }
}

// 64 outstanding, disks that take no time: the link works without a pause.
TEST(FcLink, ASaturatedLinkReachesItsBound) {
  for (const auto& [topology, access] : {std::pair{"point_to_point", "arrival"},
                                         {"loop", "arrival"},
                                         {"loop", "fair"},
                                         {"loop", "priority"}}) {
    TestPath path({link_with(topology, {{"access", access}})}, {.service = 0us, .servers = 64});
    path.probe->blocks = false;
    path.probe->loop(64, 2000, [](int i) { return Io{i % 2 ? Op::read : Op::write, 0, kTwoFrames}; });
    path.run();
    Instant last{};
    for (const Probe::Record& r : path.probe->records) last = std::max(last, r.completed);
    const double bound = path.stages[0]->max_iops({.read_fraction = 0.5, .block_size = kTwoFrames});
    EXPECT_NEAR(2000 / seconds(last.time_since_epoch()), bound, 0.03 * bound) << topology << access;
  }
}

// 50 km: 250 us each way. A read: command 0.5 + 250, 100, data and response 20.5 + 250; a write waits for the
// transfer-ready of its data, another round trip.
TEST(FcLink, ALongCableDelaysEachSequence) {
  TestPath path({link_with("point_to_point", {{"length_km", "50"}})}, kDisks);
  path.at(0us, {Op::read, 0, kTwoFrames}).at(10ms, {Op::write, 0, kTwoFrames}).run();
  EXPECT_EQ(path.lat(0), "621us");
  EXPECT_EQ(path.lat(1), "1121500ns");
}

// A frame takes 10 us and its buffer comes back 500 us later: with 8 buffers 8 frames in 510 us, 63.75 us
// each, with 51 one after the other. Two of them and a response of 0.5 us are a read.
TEST(FcLink, ALinkShortOfCreditSendsThatManyFramesInARoundTrip) {
  for (const auto& [credits, us_per_read] : {std::pair{"8", 128.0}, {"51", 20.5}}) {
    TestPath path({link_with("point_to_point", {{"length_km", "50"}, {"credits", credits}})},
                  {.service = 0us, .servers = 1});
    path.probe->blocks = false;
    path.probe->loop(512, 5000, [](int) { return Io{Op::read, 0, kTwoFrames}; });
    path.run();
    const auto& order = path.order();
    const Time taken = path.io(order.back()).completed - path.io(order.front()).completed;
    EXPECT_NEAR(micros(taken) / 4999, us_per_read, 1e-3 * us_per_read) << credits;
  }
}

TEST(FcLink, ALoopHasNoCable) {
  EXPECT_THROW(TestPath({link_with("loop", {{"length_km", "1"}})}), ConfigError);
}

}  // namespace
}  // namespace blkpath::test
