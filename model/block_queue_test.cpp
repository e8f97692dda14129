#include <gmock/gmock.h>

#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;
using Params = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t kMi = 1 << 20;
constexpr std::uint32_t kPage = 4096;

Model queue(Params params = {}) {
  params.emplace_back("submit_cost", "9us");
  return {"block_queue", std::move(params)};
}
Io write_at(std::int64_t offset, std::uint8_t flags = 0) { return {Op::write, offset, kPage, 0, flags}; }

TEST(BlockQueue, TheCallReturnsWhenTheRequestIsQueued) {
  TestPath path({queue()});
  path.at(0us, {}).run();
  EXPECT_EQ(path.slat(), "9us");
  EXPECT_EQ(path.lat(), "1009us");
}

// ---- merging ----------------------------------------------------------------------------------------------

TEST(BlockQueue, NeighboursOfOneInstantBecomeOneRequest) {
  TestPath path({queue()});
  for (int i = 0; i < 3; ++i) path.at(0us, write_at(i * kPage));
  path.run();
  ASSERT_EQ(path.seen.size(), 1u);
  EXPECT_EQ(path.seen[0].length, 3 * kPage);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(path.done(i), "1009us");
  EXPECT_THAT(path.order(), ElementsAre(0, 1, 2));
  EXPECT_EQ(path.stat(0, "merged"), 2);
  EXPECT_EQ(path.stat(0, "dispatched"), 1);
}

// Slots are handed out again in reverse; the order of arrival must count, not that of the slots.
TEST(BlockQueue, NeighboursMergeWhateverSlotsTheyGot) {
  TestPath path({queue()});
  for (int i = 0; i < 3; ++i) path.at(0us, write_at(i * kMi));
  for (int i = 0; i < 3; ++i) path.at(10ms, write_at(i * kPage));
  path.run();
  ASSERT_EQ(path.seen.size(), 4u);
  EXPECT_EQ(path.seen[3].length, 3 * kPage);
}

TEST(BlockQueue, ABatchOfTheFlusherMergesAndCostsNobodyTime) {
  TestPath path({queue()});
  for (int i = 0; i < 3; ++i) path.at(0us, write_at(i * kPage, Request::kBackground));
  path.run();
  ASSERT_EQ(path.seen.size(), 1u);
  EXPECT_EQ(path.slat(2), "0ns");
  EXPECT_EQ(path.done(2), "1ms");
}

TEST(BlockQueue, MergingStopsAtTheLargestRequest) {
  TestPath path({queue({{"max_request", "8KiB"}})}, {.servers = 2});
  for (int i = 0; i < 3; ++i) path.at(0us, write_at(i * kPage));
  path.run();
  ASSERT_EQ(path.seen.size(), 2u);
  EXPECT_EQ(path.seen[0].length, 2 * kPage);
  EXPECT_EQ(path.seen[1].length, kPage);
}

TEST(BlockQueue, OnlyLikeNeighboursMerge) {
  const std::vector<Io> others{write_at(2 * kPage),      write_at(-1 * kPage),
                               {Op::read, kPage, kPage}, write_at(kPage, Request::kFua),
                               {Op::flush, kPage, 0},    {Op::write, kPage, kPage, 1}};
  for (const Io& other : others) {
    TestPath path({queue()});
    path.at(0us, write_at(0)).at(0us, other).run();
    EXPECT_EQ(path.seen.size(), 2u);
  }
}

// The device is busy until 1009; C joins B in the queue.
TEST(BlockQueue, WhatWaitsForTheDeviceIsStillMerged) {
  TestPath path({queue({{"queue_depth", "1"}})});
  path.at(0us, write_at(kMi)).at(100us, write_at(0)).at(200us, write_at(kPage)).run();
  EXPECT_EQ(path.seen.size(), 2u);
  EXPECT_EQ(path.slat(2), "9us");
  EXPECT_EQ(path.done(1), "2009us");
  EXPECT_EQ(path.done(2), "2009us");
}

/// Queued in the block layer, in service in the device.
std::pair<Time, Time> block_and_device(const TestPath& path, std::size_t i) {
  return {Time{path.io(i).times[2]}, Time{path.io(i).times[5]}};
}

// A is in the device from 9 to 1009 us, B and C, merged, from then on. B is queued at 109, C at 209 us.
TEST(BlockQueue, BelowAMergedRequestsTimeGoesWhereItsCarriersGoes) {
  TestPath path({queue({{"queue_depth", "1"}})});
  path.at(0us, write_at(kMi)).at(100us, write_at(0)).at(200us, write_at(kPage)).run();
  EXPECT_EQ(block_and_device(path, 1), std::pair(Time{900us}, Time{1ms}));
  EXPECT_EQ(block_and_device(path, 2), std::pair(Time{800us}, Time{1ms}));
}

TEST(BlockQueue, AnErrorReachesAllThatWereMerged) {
  TestPath path({queue()});
  path.device[0]->error = 5;
  for (int i = 0; i < 3; ++i) path.at(0us, write_at(i * kPage));
  path.run();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(path.io(i).error, 5);
}

// ---- bounds -----------------------------------------------------------------------------------------------

TEST(BlockQueue, QueueDepthBoundsWhatIsInTheDevice) {
  TestPath path({queue({{"queue_depth", "2"}})}, {.servers = 4});
  for (int i = 0; i < 4; ++i) path.at(0us, write_at(i * kMi));
  path.run();
  EXPECT_EQ(path.device[0]->deepest, 2);
  EXPECT_EQ(path.done(1), "1009us");
  EXPECT_EQ(path.done(2), "2009us");
  EXPECT_EQ(path.slat(3), "9us");
}

TEST(BlockQueue, NrRequestsPutsTheSubmitterToSleep) {
  TestPath path({queue({{"nr_requests", "2"}, {"batch_requests", "0"}, {"queue_depth", "1"}})});
  for (int i = 0; i < 3; ++i) path.at(0us, write_at(i * kMi));
  path.run();
  EXPECT_EQ(path.slat(1), "9us");
  EXPECT_EQ(path.slat(2), "1009us");
  EXPECT_EQ(path.done(2), "3009us");
}

/// Eight requests fill the queue of one that serves one in a millisecond. @return slat of `count` that come
/// at once
std::vector<std::string> full_queue(const std::string& batch_requests, int count, std::uint8_t flags = 0) {
  TestPath path({queue({{"nr_requests", "8"}, {"batch_requests", batch_requests}, {"queue_depth", "1"}})});
  for (int i = 0; i < count; ++i) path.at(0us, write_at(i * kMi, flags));
  path.run();
  std::vector<std::string> slats;
  for (int i = 0; i < count; ++i) slats.push_back(path.slat(static_cast<std::size_t>(i)));
  return slats;
}

// The eighth request fills the queue and is the first of a batch; who sleeps does so until fewer than eight
// are left.
TEST(BlockQueue, WhoFillsTheQueueMayPutABatchMoreIntoIt) {
  const auto four = full_queue("4", 12);
  EXPECT_EQ(four[10], "9us");  // 11 in the queue
  EXPECT_EQ(four[11], "4009us");
  const auto two = full_queue("2", 10);
  EXPECT_EQ(two[8], "9us");
  EXPECT_EQ(two[9], "2009us");
}
TEST(BlockQueue, HalfAsManyMoreIsTheMost) {
  const auto many = full_queue("100", 13);
  EXPECT_EQ(many[11], "9us");
  EXPECT_EQ(many[12], "5009us");
}
TEST(BlockQueue, TheFlusherHasNoBatch) {
  const auto background = full_queue("4", 10, Request::kBackground);
  EXPECT_EQ(background[7], "0ns");
  EXPECT_EQ(background[8], "1ms");
  EXPECT_EQ(background[9], "2ms");
}
TEST(BlockQueue, ABatchEndsWithItsTime) {
  TestPath path({queue({{"nr_requests", "8"}, {"batch_time", "50us"}, {"queue_depth", "1"}})});
  for (int i = 0; i < 9; ++i) path.at(i == 8 ? 100us : 0us, write_at(i * kMi));
  path.run();
  EXPECT_EQ(path.slat(8), "909us");
}

// When B completes, sleeper D merges with C and needs no request of its own, so E gets it.
TEST(BlockQueue, ASleeperThatMergesLeavesItsPlaceToTheNext) {
  TestPath path({queue({{"nr_requests", "2"}, {"batch_requests", "0"}, {"queue_depth", "1"}})});
  for (const std::int64_t offset : {std::int64_t{0}, kMi, 2 * kMi, 2 * kMi + kPage, 3 * kMi})
    path.at(0us, write_at(offset));
  path.run();
  EXPECT_EQ(path.slat(2), "1009us");
  EXPECT_EQ(path.slat(3), "2009us");
  EXPECT_EQ(path.slat(4), "2009us");
  EXPECT_EQ(path.done(3), "3009us");
  EXPECT_EQ(path.done(4), "4009us");
}

TEST(BlockQueue, EachDeviceHasAQueueOfItsOwn) {
  TestPath path({queue({{"nr_requests", "1"}, {"queue_depth", "1"}})}, {.servers = 2});
  path.at(0us, {Op::read, 0, kPage, 0}).at(0us, {Op::read, 0, kPage, 1}).run();
  EXPECT_EQ(path.slat(1), "9us");
  EXPECT_EQ(path.done(1), "1009us");
}

// ---- elevators --------------------------------------------------------------------------------------------

std::vector<std::int64_t> dispatched(const std::string& elevator) {
  TestPath path({queue({{"elevator", elevator}, {"queue_depth", "1"}})});
  for (const int at : {50, 70, 10, 60, 30}) path.at(Time{at == 50 ? 0us : 100us}, write_at(at * kMi));
  path.run();
  std::vector<std::int64_t> all = path.offsets();
  for (std::int64_t& offset : all) offset /= kMi;
  return all;
}

TEST(BlockQueue, NoopKeepsTheOrderOfArrival) {
  EXPECT_THAT(dispatched("noop"), ElementsAre(50, 70, 10, 60, 30));
}

TEST(BlockQueue, DeadlineGoesUpAndStartsAgainAtTheLowest) {
  EXPECT_THAT(dispatched("deadline"), ElementsAre(50, 60, 70, 10, 30));
}

}  // namespace
}  // namespace blkpath::test
