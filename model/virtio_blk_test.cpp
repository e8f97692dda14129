#include <gmock/gmock.h>

#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;

Model ring(const std::string& queue_size, const std::string& indirect) {
  return {"virtio_blk",
          {{"queue_size", queue_size},
           {"indirect", indirect},
           {"segment", "4KiB"},
           {"kick_cost", "3us"},
           {"interrupt_cost", "4us"}}};
}
const Devices kWide{.service = 100us, .servers = 10, .returns = Returns::at_once};
constexpr Io kSmall{Op::read, 0, 4096}, kBig{Op::read, 0, 16384};

TEST(VirtioBlk, ARequestIsKickedAndInterrupts) {
  TestPath path({ring("8", "on")}, kWide);
  path.at(0us, {}).run();
  EXPECT_EQ(path.slat(), "3us");
  EXPECT_EQ(path.lat(), "107us");  // 3 + 100 + 4
}

// The first two reach the device at 3 and leave it at 103, when the third is kicked.
TEST(VirtioBlk, WhatFindsTheRingFullWaitsInTheGuestAndItsSubmitterReturnsAtOnce) {
  TestPath path({ring("2", "on")}, kWide);
  path.at(0us, {}).at(0us, {}).at(0us, {}).run();
  EXPECT_EQ(path.slat(1), "3us");
  EXPECT_EQ(path.slat(2), "0ns");
  EXPECT_EQ(path.done(1), "107us");
  EXPECT_EQ(path.done(2), "210us");  // 103 + 3 + 100 + 4
  EXPECT_EQ(path.device[0]->deepest, 2);
}

TEST(VirtioBlk, WithIndirectARequestOfAnySizeTakesOneDescriptor) {
  TestPath path({ring("2", "on")}, kWide);
  path.at(0us, {Op::read, 0, 1 << 20}).at(0us, kBig).run();
  EXPECT_EQ(path.device[0]->deepest, 2);
}

// Header and status, and one descriptor for each segment of 4 KiB: 3 for 4 KiB, 4 for one byte more.
TEST(VirtioBlk, WithoutIndirectSegmentsTakeDescriptors) {
  for (const auto& [length, together] : {std::pair{4096u, 3}, std::pair{4097u, 2}, std::pair{16384u, 1}}) {
    TestPath path({ring("11", "off")}, kWide);
    for (int i = 0; i < 3; ++i) path.at(0us, {Op::read, 0, length});
    path.run();
    EXPECT_EQ(path.device[0]->deepest, together) << length;
  }
}

TEST(VirtioBlk, ARequestThatNeedsMoreThanTheRingGoesAlone) {
  TestPath path({ring("4", "off")}, kWide);
  path.at(0us, kBig).at(0us, kSmall).run();
  EXPECT_EQ(path.done(0), "107us");
  EXPECT_EQ(path.done(1), "210us");
}

// A flush takes 2 descriptors, which would fit beside the first request's 6, but another one waits before it.
TEST(VirtioBlk, TheGuestsQueueIsNotOvertaken) {
  TestPath path({ring("8", "off")}, kWide);
  path.at(0us, kBig).at(0us, {Op::write, 0, 16384}).at(0us, {Op::flush, 0, 0}).run();
  EXPECT_EQ(path.slat(2), "0ns");
  EXPECT_THAT(path.order(), ElementsAre(0, 1, 2));
}

// Slots are used again: a request that waited must not swallow the return of a later one's call.
TEST(VirtioBlk, ALaterRequestInTheSlotOfOneThatWaitedReturnsToo) {
  for (const Returns returns : {Returns::at_once, Returns::never}) {
    TestPath path({ring("1", "on")}, {.service = 100us, .returns = returns});
    path.at(0us, {}).at(0us, {}).at(1ms, {}).at(2ms, {}).run();
    for (const std::size_t i : {2u, 3u})
      EXPECT_EQ(path.io(i).submitted != Instant::min(), returns == Returns::at_once);
  }
}

}  // namespace
}  // namespace blkpath::test
