// What fio 3.33 did in the comments below was seen with its libaio calls answered by a stand-in of known
// speed.
#include "model/fio_workload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/fio_test_path.hpp"

namespace blkpath {
namespace {
using ::testing::Each;
using ::testing::ElementsAre;

std::vector<double> times_ms(const FakePath& path, std::size_t most) {
  std::vector<double> out;
  for (const FakeDevice::Seen& s : path.device->seen)
    if (out.size() < most) out.push_back(micros(s.at.time_since_epoch()) / 1000);
  return out;
}
std::int64_t sum(const auto& counts) {
  std::int64_t all = 0;
  for (const auto c : counts) all += c;
  return all;
}

TEST(FioWorkload, LittlesLawHolds) {
  for (const int depth : {1, 4, 16, 74}) {
    FakePath p({random_writes(depth)}, 1ms, 4, 10us);
    p.go();
    const double iops = static_cast<double>(p.writes().ios) / seconds(p.writes().runtime);
    EXPECT_NEAR(iops * p.writes().lat.mean_ns() * 1e-9, depth, depth * 0.03) << depth;
    EXPECT_EQ(p.device->deepest, depth);
  }
}
TEST(FioWorkload, ASynchronousEngineDoesOneAtATimeAndHasNoSlat) {
  JobSpec job = random_writes(16);
  job.engine = IoEngine::psync;
  FakePath p({job}, 1ms, 4, 100us, {2us, 1us});
  p.go();
  EXPECT_EQ(p.device->deepest, 1);
  EXPECT_EQ(p.writes().slat.count(), 0);
  EXPECT_EQ(p.writes().clat.min(), 1100us);
  EXPECT_EQ(p.writes().clat.max(), 1100us);
  EXPECT_EQ(p.writes().ios, 907);  // 1 s / 1,103 us, and the one under way
  EXPECT_EQ(p.job().depth[0], 907);
  EXPECT_EQ(p.booked(), p.latencies());
}
TEST(FioWorkload, SlatIsTheTimeBlockedInTheSubmittingCall) {
  FakePath p({random_writes(4)}, 1ms, 4, 100us, {2us, 1us});
  p.go();
  EXPECT_EQ(p.writes().slat.min(), 100us);
  EXPECT_EQ(p.writes().slat.max(), 100us);
  EXPECT_EQ(p.writes().clat.min(), 1ms);
  EXPECT_EQ(p.writes().slat.count(), p.writes().ios);
}
TEST(FioWorkload, TimesByBucketAddUpToSlatPlusClatExactly) {
  JobSpec batched = random_writes(32);
  batched.iodepth_batch = 8;
  batched.iodepth_batch_complete_min = 4;
  batched.iodepth_batch_complete_max = 16;
  JobSpec synchronous = random_writes(1);
  synchronous.engine = IoEngine::psync;
  FakePath p({batched, synchronous, random_writes(7)}, 333us, 3, 17us, {2us, 1us});
  p.go();
  EXPECT_GT(p.run.measured_ios(), 5000);
  EXPECT_EQ(p.booked(), p.latencies());
  const DirStats& w = p.writes();
  EXPECT_EQ(w.lat.sum_ns(), w.slat.sum_ns() + w.clat.sum_ns());
}
TEST(FioWorkload, WaitingToBeReapedIsQueuedAtTheWorkload) {
  // Both are done after 1 ms, but the second is reaped when the first has been paid for and replaced.
  JobSpec job = random_writes(2);
  job.time_based = false;
  job.number_ios = 4;
  FakePath p({job}, 1ms, 2, Time{0}, {Time{0}, 50us});
  p.go();
  EXPECT_EQ(p.run.bucket_sums()[0], Time{50us}.count());
  EXPECT_EQ(p.booked(), p.latencies());
}
TEST(FioWorkload, ReapsOneAtATimeAndAllThatIsLeftAtTheEnd) {
  // fio, depth 16 on one server of 3.4 ms: io_getevents(1, 1) each time, (15, 15) at the end, clat max 102.0
  // ms.
  JobSpec job = random_writes(16);
  job.runtime = 2s;
  FakePath p({job}, 3400us);
  p.go();
  EXPECT_EQ(p.writes().ios, 604);
  EXPECT_EQ(p.writes().clat.max(), 3400us * 30);
  EXPECT_THAT(p.job().complete, ElementsAre(0, 589, 0, 1, 0, 0, 0));
  EXPECT_THAT(p.job().depth, ElementsAre(1, 2, 4, 8, 589, 0, 0));
}
TEST(FioWorkload, DrainsToIodepthLowAndKeepsCountTowardsABatch) {
  // fio submits 10 as 4 4 2, the 2 with io_getevents; they count towards the next batch: 2 4 4, then 4 4 2
  // again.
  JobSpec job = random_writes(16);
  job.iodepth_batch = 4;
  job.iodepth_batch_complete_min = 2;
  job.iodepth_batch_complete_max = 8;
  job.iodepth_low = 6;
  FakePath p({job}, 3400us);
  p.go();
  EXPECT_EQ(p.job().complete[2], 1);  // the last 8 or fewer
  std::int64_t calls = p.job().submit_calls;
  EXPECT_NEAR(static_cast<double>(p.writes().ios) / static_cast<double>(calls), 10.0 / 3, 0.1);
  EXPECT_EQ(p.device->deepest, 16);
}
TEST(FioWorkload, ABatchGoesDownOneAfterTheOtherAndSlatRunsToTheEndOfTheCall) {
  JobSpec job = random_writes(4);
  job.iodepth_batch = 4;
  job.iodepth_batch_complete_min = 4;
  job.time_based = false;
  job.number_ios = 4;
  FakePath p({job}, 1ms, 4, 10us, {2us, 1us});
  p.go();
  EXPECT_EQ(times_ms(p, 4), (std::vector<double>{0.008, 0.018, 0.028, 0.038}));
  EXPECT_EQ(p.writes().slat.max(), 46us);  // prepared at 2 us, all returned at 48 us
  EXPECT_EQ(p.writes().slat.min(), 40us);
  EXPECT_EQ(p.writes().clat.max(), p.writes().clat.min());
  EXPECT_THAT(p.job().submit, ElementsAre(0, 1, 0, 0, 0, 0, 0));
  EXPECT_EQ(p.booked(), p.latencies());
}
TEST(FioWorkload, LatencyClassesAreThoseOfClat) {  // fio, 5 ms in io_submit and 15 ms after it: class 20 ms
  FakePath p({random_writes(1)}, 15ms, 1, 6ms);
  p.go();
  EXPECT_EQ(p.job().lat_ms[3], p.writes().ios);
}
TEST(FioWorkload, FsyncIsSynchronousButDoesNotDrainTheQueue) {  // fio: 7 syncs, depths 1 2 44
  JobSpec job = random_writes(4);
  job.time_based = false;
  job.number_ios = 40;
  job.fsync = 5;
  FakePath p({job}, 2ms, 4);
  p.go();
  EXPECT_EQ(p.job().total_syncs, 7);
  EXPECT_EQ(p.job().sync_lat.count(), 7);
  EXPECT_THAT(p.job().depth, ElementsAre(1, 2, 44, 0, 0, 0, 0));
  EXPECT_EQ(p.device->seen[5].op, Op::flush);
  EXPECT_EQ(p.writes().ios, 40);
  EXPECT_EQ(p.booked(), p.latencies());
}
TEST(FioWorkload, EndFsyncComesLastAndStaysOutOfTheStatistics) {
  JobSpec job = random_writes(4);
  job.time_based = false;
  job.number_ios = 10;
  job.end_fsync = true;
  FakePath p({job}, 2ms, 4);
  p.go();
  ASSERT_EQ(p.device->seen.size(), 11u);
  EXPECT_EQ(p.device->seen.back().op, Op::flush);
  EXPECT_EQ(p.job().total_syncs, 0);
  EXPECT_EQ(p.job().job_runtime, 8ms);
}
TEST(FioWorkload, ThinktimeDrainsSpinsAndSleeps) {
  // fio, depth 4 on one server of 1 ms: after the 6th completion it drains to 9 ms and is back at 29 ms; then
  // the next three make twelve.
  JobSpec job = random_writes(4);
  job.thinktime = 20ms;
  job.thinktime_spin = 2ms;
  job.thinktime_blocks = 6;
  FakePath p({job});
  p.go();
  EXPECT_EQ(times_ms(p, 14), (std::vector<double>{0, 0, 0, 0, 1, 2, 3, 4, 5, 29, 29, 29, 29, 30}));
}
TEST(FioWorkload, RateSleepsAfterDrainingForTheTimeWorkedOutBefore) {  // fio: 0.2 13.2 23.2 33.9 43.3
  JobSpec job = random_writes(8);
  job.runtime = 2s;
  job.rate_iops[1] = 100;
  FakePath p({job}, 3ms);
  p.go();
  EXPECT_EQ(times_ms(p, 5), (std::vector<double>{0, 13, 23, 33, 43}));
  EXPECT_EQ(p.writes().ios, 200);
}
TEST(FioWorkload, RateInBytesIsMet) {
  JobSpec job = random_writes(8);
  job.runtime = 10s;
  job.rate[1] = ByteRate{(1_MiB).n};
  FakePath p({job}, 3ms);
  p.go();
  EXPECT_NEAR(static_cast<double>(p.writes().bytes.n) / seconds(p.writes().runtime), 0x1p20, 0x1p20 * 0.005);
}
TEST(FioWorkload, AMixedJobKeepsEachDirectionsRate) {  // fio: 100 reads and 40 writes in 2 s
  JobSpec job = random_writes(4);
  job.does = {true, true, false};
  job.runtime = 2s;
  job.rate_iops = {50, 20, 0};
  FakePath p({job});
  p.go();
  EXPECT_NEAR(static_cast<double>(p.reads().ios), 100, 1);
  EXPECT_NEAR(static_cast<double>(p.writes().ios), 40, 1);
}
TEST(FioWorkload, ThinktimeIsNotCutShortByRuntime) {  // fio: runtime=1, thinktime=3s ends at 3.009 s
  JobSpec job = random_writes(4);
  job.thinktime = 3s;
  job.thinktime_blocks = 6;
  FakePath p({job});
  p.go();
  EXPECT_EQ(p.writes().ios, 9);
  EXPECT_EQ(p.job().job_runtime, 3009ms);
}
TEST(FioWorkload, PoissonArrivalsComeAtTheRate) {
  JobSpec job = random_writes(16);
  job.runtime = 20s;
  job.rate_iops[1] = 500;
  job.rate_poisson = true;
  FakePath p({job}, 10us, 4);
  p.go();
  EXPECT_NEAR(static_cast<double>(p.writes().ios), 10'000, 300);  // 3 sigma
}
TEST(FioWorkload, FlagsSayHowTheFileWasOpened) {
  JobSpec job = random_writes(1);
  job.direct = job.sync = true;
  FakePath p({job});
  p.go();
  EXPECT_EQ(p.device->seen[0].flags, Request::kDirect | Request::kFua);
  EXPECT_EQ(p.device->seen[0].length, 16384u);
}
TEST(FioWorkload, BandwidthIsSampledEachHalfSecond) {
  JobSpec job = random_writes(1);
  job.runtime = 2100ms;
  FakePath p({job});
  p.go();
  EXPECT_EQ(p.writes().iops.count(), 4);
  EXPECT_NEAR(p.writes().iops.mean(), 1000, 2);
  EXPECT_NEAR(p.writes().bw_kib.mean(), 16000, 32);
}
TEST(FioWorkload, LogsAreKeptOnlyWhenAskedFor) {
  JobSpec job = random_writes(4);
  JobSpec logging = job, averaging = job;
  logging.write_lat_log = logging.write_iops_log = "x";
  averaging.write_bw_log = averaging.write_lat_log = "x";
  averaging.log_avg = 100ms;
  FakePath p({job, logging, averaging}, 1ms, 12);
  p.go();
  EXPECT_TRUE(p.job(0).clat_log.empty());
  EXPECT_TRUE(p.job(0).bw_log.empty());
  const auto ios = static_cast<std::size_t>(p.writes(1).ios);
  EXPECT_EQ(p.job(1).clat_log.size(), ios);
  EXPECT_EQ(p.job(1).slat_log.size(), ios);
  EXPECT_EQ(p.job(1).lat_log.size(), ios);
  EXPECT_EQ(p.job(1).iops_log.size(), ios);
  EXPECT_TRUE(p.job(1).bw_log.empty());
  EXPECT_NEAR(static_cast<double>(p.job(2).clat_log.size()), 10, 1);
  ASSERT_GE(p.job(2).bw_log.size(), 10u);
  EXPECT_NEAR(static_cast<double>(p.job(2).bw_log[5].value), 64000, 640);
  EXPECT_EQ(p.job(2).clat_log[3].value, Time{1ms}.count());
}
TEST(FioWorkload, CpuTimeIsWhatThePartsCost) {
  JobSpec job = random_writes(4);
  job.time_based = false;
  job.number_ios = 100;
  FakePath p({job}, 1ms, 4, 10us, {2us, 1us});
  p.go();
  EXPECT_EQ(p.job().usr_cpu, 200us);
  EXPECT_EQ(p.job().sys_cpu, 1100us);
  EXPECT_GT(p.job().context_switches, 100);
}
TEST(FioWorkload, BlocksInTheRegionAreWrittenOnceByAMappedJob) {
  JobSpec job = random_writes(8);
  job.random_map = true;
  job.time_based = false;
  job.size = 16_MiB;
  FakePath p({job}, 10us, 4);
  p.go();
  std::vector<int> visits(1024);
  for (const auto& s : p.device->seen) ++visits[static_cast<std::size_t>(s.offset / 16384)];
  EXPECT_THAT(visits, Each(1));
  EXPECT_EQ(sum(p.job().depth), 1024);
}

}  // namespace
}  // namespace blkpath
