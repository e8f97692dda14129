#include <algorithm>

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

// 64 outstanding, disks that take no time: the link works without a pause.
TEST(FcLink, ASaturatedLinkReachesItsBound) {
  for (const std::string topology : {"loop", "point_to_point"}) {
    TestPath path({link(topology)}, {.service = 0us, .servers = 64});
    path.probe->blocks = false;
    path.probe->loop(64, 2000, [](int i) { return Io{i % 2 ? Op::read : Op::write, 0, kTwoFrames}; });
    path.run();
    Instant last{};
    for (const Probe::Record& r : path.probe->records) last = std::max(last, r.completed);
    const double bound = path.stages[0]->max_iops({.read_fraction = 0.5, .block_size = kTwoFrames});
    EXPECT_NEAR(2000 / seconds(last.time_since_epoch()), bound, 0.03 * bound) << topology;
  }
}

}  // namespace
}  // namespace blkpath::test
