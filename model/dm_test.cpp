// Device mapper: linear, striped, multipath.
#include <gmock/gmock.h>

#include <cerrno>

#include "model/core/random.hpp"
#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kKi = 1024, kMi = 1024 * kKi;

struct Place3 {
  std::uint16_t target;
  std::int64_t offset;
  std::uint32_t length;
  bool operator==(const Place3&) const = default;
};
std::vector<Place3> places(const TestPath& path) {
  std::vector<Place3> all;
  for (const Seen& s : path.seen) all.push_back({s.target, s.offset, s.length});
  return all;
}
Model striped(const std::string& members, const std::string& start = "0B") {
  return {"dm_striped", {{"members", members}, {"chunk", "64KiB"}, {"start", start}}};
}
const Devices kWide{.service = 1ms, .servers = 32, .returns = Returns::at_once};

TEST(DmLinear, MovesOffsetsToAMember) {
  TestPath path({{"dm_linear", {{"start", "1MiB"}, {"member", "3"}}}}, kWide);
  path.at(0us, {Op::read, 4096, 512}).run();
  EXPECT_THAT(places(path), ElementsAre(Place3{3, kMi + 4096, 512}));
}

// Chunk c lies on member c mod 3, at 1 MiB + (c div 3) x 64 KiB.
TEST(DmStriped, DealsChunksToTheMembersInTurn) {
  TestPath path({striped("3", "1MiB")}, kWide);
  for (const int chunk : {0, 1, 2, 3, 7}) path.at(0us, {Op::read, chunk * 64 * kKi, 65536});
  path.at(0us, {Op::read, 5 * 64 * kKi + 4096, 512}).run();
  EXPECT_THAT(places(path), ElementsAre(Place3{0, kMi, 65536}, Place3{1, kMi, 65536}, Place3{2, kMi, 65536},
                                        Place3{0, kMi + 64 * kKi, 65536}, Place3{1, kMi + 128 * kKi, 65536},
                                        Place3{2, kMi + 68 * kKi, 512}));
}

// 60 KiB to 132 KiB: the last 4 KiB of chunk 0, all of chunk 1, the first 4 KiB of chunk 2.
TEST(DmStriped, SplitsARequestThatCrossesChunks) {
  TestPath path({striped("3")}, kWide);
  path.at(0us, {Op::write, 60 * kKi, 72 * 1024}).run();
  EXPECT_THAT(places(path), ElementsAre(Place3{0, 60 * kKi, 4096}, Place3{1, 0, 65536}, Place3{2, 0, 4096}));
  EXPECT_EQ(path.lat(), "1ms");
}

TEST(DmStriped, ARequestThatEndsWithItsChunkIsNotSplit) {
  TestPath path({striped("3")}, kWide);
  path.at(0us, {Op::write, 60 * kKi, 4096}).run();
  EXPECT_EQ(path.seen.size(), 1u);
}

// Chunks 0 and 2 go to member 0, whose queue has one place: the call returns when chunk 0 is complete, at
// 1009, and the request when chunk 2 is.
TEST(DmStriped, TheCallReturnsOnceWhenThatOfTheLastPartHas) {
  TestPath path({striped("2"),
                 {"block_queue", {{"nr_requests", "1"}, {"max_request", "64KiB"}, {"submit_cost", "9us"}}}},
                {.service = 1ms, .servers = 4});
  path.at(0us, {Op::write, 0, 3 * 65536}).run();
  EXPECT_EQ(path.slat(), "1009us");
  EXPECT_EQ(path.lat(), "2009us");
}

TEST(DmStriped, PartsThatMeetAgainOnAMemberAreMergedBelow) {
  TestPath path({striped("2"), {"block_queue"}}, kWide);
  path.at(0us, {Op::write, 0, 4 * 65536}).run();
  EXPECT_THAT(places(path), ElementsAre(Place3{0, 0, 131072}, Place3{1, 0, 131072}));
}

TEST(DmStriped, WhatAMergedPartWaitedForIsSeenInItsParent) {
  TestPath path({striped("2"), {"block_queue", {{"submit_cost", "9us"}}}}, kWide);
  path.at(0us, {Op::write, 0, 4 * 65536}).run();
  EXPECT_THAT(path.io(0).times, ElementsAre(0, 0, 0, 0, 0, 9000, 0, 1000000));
}

// 16 KiB lie in one chunk; 96 KiB in two, 48 KiB each; 1 MiB on all three members.
TEST(DmStriped, ABoundKnowsHowManyMembersARequestTakes) {
  const TestPath path({striped("3")}, kWide);
  const auto down = [&](double kib) { return path.stages[0]->passed_down({.block_size = kib * 1024}); };
  EXPECT_EQ(down(16).per_io, 1);
  EXPECT_EQ(down(96).per_io, 2);
  EXPECT_EQ(down(96).block_size, 48 * 1024);
  EXPECT_EQ(down(1024).per_io, 3);
}

TEST(DmStriped, AFlushGoesToEveryMember) {
  TestPath path({striped("3")}, kWide);
  path.at(0us, {Op::flush, 0, 0}).run();
  EXPECT_THAT(places(path), ElementsAre(Place3{0, 0, 0}, Place3{1, 0, 0}, Place3{2, 0, 0}));
  EXPECT_EQ(path.slat(), "0ns");
}

TEST(DmStriped, AnErrorOfOnePartIsTheRequests) {
  TestPath path({striped("3")}, kWide);
  path.device[0]->error = 5;
  path.at(0us, {Op::write, 0, 65536 * 2}).run();
  EXPECT_EQ(path.io(0).error, 5);
}

// A stripe of stripes: each part of the upper one is split again, while the upper one is still sending.
TEST(DmStriped, StripesStack) {
  TestPath path({{"dm_striped", {{"members", "2"}, {"chunk", "128KiB"}}}, striped("2"), {"block_queue"}},
                kWide);
  path.at(0us, {Op::write, 0, 256 * 1024}).run();
  std::int64_t bytes = 0;
  for (const Seen& s : path.seen) bytes += s.length;
  EXPECT_EQ(bytes, 256 * kKi);
}

TEST(DmStriped, BytesInAreBytesOut) {
  TestPath path({striped("5"), {"block_queue", {{"nr_requests", "4"}, {"queue_depth", "2"}}}},
                {.service = 100us, .servers = 5});
  Random random(1, "test");
  std::int64_t in = 0, out = 0;
  path.probe->loop(16, 500, [&](int) {
    const Io io{random.below(2) ? Op::read : Op::write,
                static_cast<std::int64_t>(random.below(100'000)) * 512,
                static_cast<std::uint32_t>((1 + random.below(1000)) * 512)};
    in += io.length;
    return io;
  });
  path.run();
  for (const Seen& s : path.seen) out += s.length;
  EXPECT_EQ(in, out);
}

TEST(DmMultipath, UsesItsPathsInTurn) {
  for (const auto& [repeat, expected] : {std::pair{"1", std::vector<std::size_t>{0, 1, 2, 0, 1}},
                                         std::pair{"2", std::vector<std::size_t>{0, 0, 1, 1, 2}}}) {
    TestPath path({{"dm_multipath", {{"repeat", repeat}}}}, {.returns = Returns::at_once, .count = 3});
    for (int i = 0; i < 5; ++i) path.at(0us, {});
    path.run();
    std::vector<std::size_t> used;
    for (const Seen& s : path.seen) used.push_back(s.device);
    EXPECT_EQ(used, expected);
  }
}

std::vector<std::size_t> used(const TestPath& path) {
  std::vector<std::size_t> all;
  for (const Seen& s : path.seen) all.push_back(s.device);
  return all;
}
const Devices kTwo{.service = 1ms, .servers = 8, .count = 2};
Model multipath(const std::vector<std::pair<std::string, std::string>>& params) {
  return {"dm_multipath", params};
}

// At 1.3 ms each path has one request in flight, one of 1.2 and one of 0.5 ms; in turn it would be path 1's.
TEST(DmMultipath, TheShortestQueueIsTheNextPath) {
  TestPath path({multipath({{"selector", "queue_length"}})}, kTwo);
  for (const Time t : {0us, 500us, 1200us, 1300us}) path.at(t, {});
  path.run();
  EXPECT_THAT(used(path), ElementsAre(0, 1, 0, 0));
}

// Path 0 answers at 1 ms with an error of its own: the request goes down path 1 and so does the next one.
TEST(DmMultipath, ARequestThatAPathFailsGoesDownAnother) {
  TestPath path({multipath({})}, kTwo);
  path.device[0]->error = ENOLINK;
  path.at(0us, {}).at(3ms, {}).at(5ms, {});
  path.sim.run_until(Instant{1s});
  EXPECT_THAT(used(path), ElementsAre(0, 1, 1, 1));
  EXPECT_EQ(path.lat(0), "2ms");
  EXPECT_EQ(path.io(0).error, 0);
  EXPECT_EQ(path.stat(0, "path_failures"), 1);
  EXPECT_EQ(path.stat(0, "retries"), 1);
}

TEST(DmMultipath, AnErrorOfTheDeviceIsNotThePaths) {
  TestPath path({multipath({})}, kTwo);
  path.device[0]->error = EOPNOTSUPP;
  path.at(0us, {}).at(3ms, {}).at(5ms, {}).run();
  EXPECT_THAT(used(path), ElementsAre(0, 1, 0));
  EXPECT_EQ(path.io(0).error, EOPNOTSUPP);
}

TEST(DmMultipath, WithoutAPathARequestFails) {
  TestPath path({multipath({})}, kTwo);
  for (TestDevice* device : path.device) device->error = ENOLINK;
  path.at(0us, {}).at(3ms, {});
  path.sim.run_until(Instant{1s});
  EXPECT_EQ(path.io(0).error, EIO);
  EXPECT_EQ(path.lat(0), "2ms");
  EXPECT_EQ(path.lat(1), "0ns");
}

TEST(DmMultipath, TheCallOfARequestThatIsSentAgainReturnsOnce) {
  Devices devices = kTwo;
  devices.returns = Returns::at_once;
  TestPath path({multipath({})}, devices);
  path.device[0]->error = ENOLINK;
  path.at(1ms, {});
  path.sim.run_until(Instant{1s});
  EXPECT_EQ(path.slat(), "0ns");
  EXPECT_EQ(path.lat(), "2ms");
}

/// Path 0 fails at 1 ms and works again from 7 s on: checks at 5.001 s and, after an answer of 1 ms, 10.002
/// s. Requests a microsecond before path 0 is used again, at 10.003 s, and after it.
std::vector<std::size_t> after_a_failure(const Model& model) {
  TestPath path({model}, kTwo);
  path.device[0]->error = ENOLINK;
  path.at(0us, {}).at(10'002'999us, {}).at(10'003'001us, {}).at(10'003'002us, {});
  path.sim.run_until(Instant{7s});
  EXPECT_THAT(used(path), ElementsAre(0, 1, 0));
  path.device[0]->error = 0;
  path.run();
  std::vector<std::size_t> all = used(path);
  EXPECT_EQ(path.seen[3].at, Instant{10'002ms});
  all.erase(all.begin(), all.begin() + 4);
  return all;
}

TEST(DmMultipath, ACheckedPathIsUsedAgain) {
  EXPECT_THAT(after_a_failure(multipath({})), ElementsAre(1, 0, 1));
}

TEST(DmMultipath, FailoverGoesBackWhenTold) {
  EXPECT_THAT(after_a_failure(multipath({{"policy", "failover"}})), ElementsAre(1, 1, 1));
  EXPECT_THAT(after_a_failure(multipath({{"policy", "failover"}, {"failback", "immediate"}})),
              ElementsAre(1, 0, 0));
}

}  // namespace
}  // namespace blkpath::test
