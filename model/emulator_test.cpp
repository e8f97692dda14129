#include <gmock/gmock.h>

#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;

// The lock is held 3 us for a note, 10 us to take a request down, 8 us to complete it; waking takes 5 us.
Model emulator(const std::string& kick) {
  return {"emulator",
          {{"kick", kick},
           {"kick_cost", "3us"},
           {"request_cost", "10us"},
           {"complete_cost", "8us"},
           {"wake", "5us"}}};
}
const Devices kAsync{.service = 100us, .servers = 10, .returns = Returns::at_once};

TEST(Emulator, InTheExitTheVcpuTakesTheRequestDown) {
  TestPath path({emulator("exit")}, kAsync);
  path.at(0us, {}).run();
  EXPECT_EQ(path.slat(), "10us");
  EXPECT_EQ(path.lat(), "123us");  // 10 + 100 + 5 + 8
}

TEST(Emulator, InTheMainLoopTheKickOnlyLeavesANote) {
  TestPath path({emulator("main_loop")}, kAsync);
  path.at(0us, {}).run();
  EXPECT_EQ(path.slat(), "3us");
  EXPECT_EQ(path.lat(), "126us");  // 3 + 10 + 100 + 5 + 8
}

// A is complete below at 110 and wants the lock at 115; B has it from 108 to 118.
TEST(Emulator, ACompletionWaitsForTheLock) {
  TestPath path({emulator("exit")}, kAsync);
  path.at(0us, {}).at(108us, {}).run();
  EXPECT_EQ(path.done(0), "126us");  // 118 + 8
}

// As before, and C's exit comes at 117, after A's completion: it still gets the lock first, from 118 to 128.
TEST(Emulator, AVcpuGetsTheLockBeforeTheMainLoop) {
  TestPath path({emulator("exit")}, kAsync);
  path.at(0us, {}).at(108us, {}).at(117us, {}).run();
  EXPECT_EQ(path.slat(2), "11us");
  EXPECT_EQ(path.done(0), "136us");
}

// A's completion is handled from 115 to 123; B's exit begins at 116.
TEST(Emulator, AnExitWaitsForACompletionThatHasTheLock) {
  TestPath path({emulator("exit")}, kAsync);
  path.at(0us, {}).at(116us, {}).run();
  EXPECT_EQ(path.done(0), "123us");
  EXPECT_EQ(path.slat(1), "17us");  // 123 + 10 - 116
}

// Notes are left at 3 and 6; then the main loop takes the requests down, until 16 and 26.
TEST(Emulator, KicksThatWaitGoBeforeTheMainLoop) {
  TestPath path({emulator("main_loop")}, kAsync);
  path.at(0us, {}).at(0us, {}).run();
  EXPECT_EQ(path.slat(1), "6us");
  EXPECT_EQ(path.seen[0].at, Instant{16us});
  EXPECT_EQ(path.seen[1].at, Instant{26us});
}

// Nothing below returns before the I/O is complete: the lock is held throughout, and the callback runs at
// once. A: note 0-3, taken down 3-13, I/O 13-1013, callback 1013-1021. B's kick at 100 gets the lock at 1021.
TEST(Emulator, TheNextKickWaitsForASynchronousIo) {
  TestPath path({emulator("main_loop")}, {.service = 1ms});
  path.at(0us, {}).at(100us, {}).run();
  EXPECT_EQ(path.slat(0), "3us");
  EXPECT_EQ(path.done(0), "1021us");
  EXPECT_EQ(path.slat(1), "924us");
}

TEST(Emulator, ASynchronousIoInTheExitIsTheSubmittersWait) {
  TestPath path({emulator("exit")}, {.service = 1ms});
  path.at(0us, {}).at(0us, {}).run();
  EXPECT_EQ(path.slat(0), "1018us");  // 10 + 1000 + 8
  EXPECT_EQ(path.clat(0), "0ns");
  EXPECT_EQ(path.slat(1), "2036us");
  EXPECT_THAT(path.order(), ElementsAre(0, 1));
}

// ---- the collapse of 2008 ---------------------------------------------------------------------------------

std::vector<Model> path_of_2008(const std::string& aligned) {
  return {emulator("main_loop"),
          {"raw", {{"direct", "true"}, {"aligned", aligned}}},
          {"linux_aio", {{"submit_cost", "2us"}, {"reap_cost", "1us"}}},
          {"block_queue", {{"submit_cost", "9us"}, {"queue_depth", "64"}}}};
}
Io scattered(int i) { return {Op::write, i * 1'000'000ll, 16384}; }

// Unaligned buffers under O_DIRECT: one cycle of the lock is the note (3), taking the request down (10 + 2 +
// 9), the I/O (3,400) and its callback (8 + 1). The submitter's next kick waits for a whole cycle. The
// request is complete a cycle later, but fio takes it when it has submitted 73 more: slat is one cycle,
// clat 73.
TEST(Emulator, UnalignedBuffersServeOneRequestWhateverTheDepth) {
  constexpr Time kCycle = 3us + 21us + 3400us + 9us;
  TestPath path(path_of_2008("false"), {.service = 3400us, .servers = 14});
  path.probe->loop(74, 300, scattered, Probe::Reap::one_when_full);
  path.run();
  EXPECT_EQ(path.device[0]->deepest, 1);
  for (const std::size_t i : {150u, 200u}) {
    EXPECT_EQ(path.slat(i), format(kCycle));
    EXPECT_EQ(format(path.io(i).reaped - path.io(i).submitted), format(73 * kCycle));
  }
}

// Aligned ones: 14 servers work, at 14 / 3.4 ms.
TEST(Emulator, AlignedBuffersKeepAllServersBusy) {
  TestPath path(path_of_2008("true"), {.service = 3400us, .servers = 14});
  path.probe->loop(74, 1400, scattered);
  path.run();
  const Time span = path.io(1399).completed - path.io(699).completed;
  EXPECT_NEAR(seconds(span), 700 / 14 * 3400e-6, 0.02 * 0.170);
  EXPECT_LT(path.io(200).submitted - path.io(200).issued, 60us);
}

}  // namespace
}  // namespace blkpath::test
