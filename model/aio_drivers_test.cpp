// posix_aio, thread_pool, linux_aio and io_uring.
#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

Io at_block(int i) { return {Op::write, i * 1'000'000ll, 4096}; }
const Model kPosix{"posix_aio", {{"enqueue_cost", "4us"}, {"wake", "6us"}, {"reap_cost", "3us"}}};
const Model kBlock{"block_queue", {{"submit_cost", "9us"}}};
const Model kEmulator{"emulator", {{"request_cost", "10us"}, {"complete_cost", "8us"}, {"wake", "5us"}}};
Model aio(const std::string& events) {
  return {"linux_aio", {{"events", events}, {"submit_cost", "2us"}, {"reap_cost", "1us"}}};
}
Model pool(const std::string& workers) {
  return {"thread_pool",
          {{"workers", workers}, {"enqueue_cost", "3us"}, {"wake", "6us"}, {"reap_cost", "2us"}}};
}
Model ring(const std::string& direct) {
  return {
      "io_uring",
      {{"direct", direct}, {"workers", "4"}, {"submit_cost", "2us"}, {"wake", "6us"}, {"reap_cost", "1us"}}};
}
/// As the page cache: the call returns with the completion.
const Devices kSynchronous{.service = 100us, .servers = 12, .returns = Returns::with_completion};

TEST(PosixAio, TheCallerQueuesAndReturns) {
  TestPath path({kPosix}, kSynchronous);
  path.at(0us, {}).run();
  EXPECT_EQ(path.slat(), "4us");
  EXPECT_EQ(path.lat(), "110us");  // 4 + 6 + 100; reaping is left to the thread above
}

// The one thread needs 6 + 1,000 us for each request, however many servers there are: X = 1 / E[S] and
// R = 8 E[S].
TEST(PosixAio, OneRequestAtATimeWhateverTheDepth) {
  TestPath path({kPosix}, {.service = 1ms, .servers = 12});
  path.probe->loop(8, 100, at_block);
  path.run();
  EXPECT_EQ(path.device[0]->deepest, 1);
  EXPECT_EQ(format(path.io(61).completed - path.io(60).completed), "1006us");
  EXPECT_EQ(path.lat(60), format(8 * 1006us));
}

// A: exit 0-10, queueing 10-14, thread 20, I/O until 120, awake 125; 8 + 3, and 1 for B, which is
// outstanding. B, from 20 on, is queued at 34 and taken at 120: 126, 226, 231, then 8 + 3.
TEST(PosixAio, EachCompletionAsksAllOutstandingRequests) {
  Model posix = kPosix;
  posix.params.emplace_back("scan_cost", "1us");
  TestPath path({kEmulator, posix}, kSynchronous);
  path.at(0us, {}).at(20us, {}).run();
  EXPECT_EQ(path.done(0), "137us");
  EXPECT_EQ(path.done(1), "242us");
}

TEST(ThreadPool, AsManyRequestsAtATimeAsWorkers) {
  TestPath path({pool("3")}, {.service = 1ms, .servers = 12});
  for (int i = 0; i < 6; ++i) path.at(0us, at_block(i));
  path.run();
  EXPECT_EQ(path.device[0]->deepest, 3);
  EXPECT_EQ(format(path.io(path.order()[2]).completed.time_since_epoch()), "1009us");  // 3 + 6 + 1000
  EXPECT_EQ(format(path.io(path.order()[5]).completed.time_since_epoch()), "2015us");  // + 6 + 1000
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(path.slat(i), "3us");
}

TEST(ThreadPool, TheEmulatorPaysForReaping) {
  TestPath path({kEmulator, pool("64")}, kSynchronous);
  path.at(0us, {}).run();
  EXPECT_EQ(path.lat(), "134us");  // 10 + 3 + 6 + 100 + 5 + 8 + 2
}

TEST(LinuxAio, ABlockQueueWithRoomReturnsAtOnce) {
  TestPath path({aio("1024"), kBlock}, {.service = 100us});
  path.at(0us, {}).run();
  EXPECT_EQ(path.slat(), "11us");  // 2 + 9
  EXPECT_EQ(path.clat(), "100us");
}

TEST(LinuxAio, OverSomethingSynchronousTheCallIsTheWholeIo) {
  TestPath path({aio("1024")}, kSynchronous);
  path.probe->loop(8, 20, at_block);
  path.run();
  EXPECT_EQ(path.slat(10), "102us");
  EXPECT_EQ(path.clat(10), "0ns");
  EXPECT_EQ(path.device[0]->deepest, 1);
}

// The second one is submitted when the first completes, at 111: 111 + 2 + 9 + 100.
TEST(LinuxAio, BeyondItsEventsRequestsWaitInUserSpaceAndTheCallerDoesNot) {
  TestPath path({aio("1"), kBlock}, {.service = 100us, .servers = 2});
  path.at(0us, {}).at(0us, {}).at(1ms, {}).run();
  EXPECT_EQ(path.slat(0), "11us");
  EXPECT_EQ(path.slat(1), "0ns");
  EXPECT_EQ(path.lat(1), "222us");
  EXPECT_EQ(path.slat(2), "11us");  // the slot of one that waited
}

TEST(IoUring, DirectIoGoesToTheBlockLayerInTheCall) {
  TestPath path({ring("true"), kBlock}, {.service = 100us});
  path.at(0us, {}).run();
  EXPECT_EQ(path.slat(), "11us");  // 2 + 9
  EXPECT_EQ(path.lat(), "111us");
}

TEST(IoUring, BufferedIoDoesNotBlockTheCaller) {
  TestPath path({ring("false")}, kSynchronous);
  path.probe->loop(8, 40, at_block);
  path.run();
  EXPECT_EQ(path.slat(20), "2us");
  EXPECT_EQ(path.device[0]->deepest, 4);  // workers
  EXPECT_EQ(path.lat(0), "108us");        // 2 + 6 + 100
}

TEST(IoUring, DirectIoIsNotBoundByTheWorkers) {
  TestPath path({ring("true"), kBlock}, {.service = 1ms, .servers = 12});
  path.probe->loop(8, 40, at_block);
  path.run();
  EXPECT_EQ(path.device[0]->deepest, 8);
}

}  // namespace
}  // namespace blkpath::test
