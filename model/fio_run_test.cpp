#include "model/fio_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "model/fio_test_path.hpp"

namespace blkpath {
namespace {
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using ::testing::UnorderedElementsAre;

std::vector<std::int64_t> blocks(const FakePath& p) {
  std::vector<std::int64_t> out;
  for (const auto& s : p.device->seen) out.push_back(s.offset / 4096);
  return out;
}
std::function<void()> make(const JobSpec& job) {
  return [job] { FioRun({job}, {}, 1_GiB); };
}

TEST(FioRun, ClonesAreExpandedAndMovedByOffsetIncrement) {
  JobSpec job = sequential_reads(1);
  job.numjobs = 3;
  job.offset = 4_KiB;
  job.offset_increment = 1_MiB;
  FioRun run({job}, {}, 1_GiB);
  ASSERT_EQ(run.expanded().size(), 3u);
  EXPECT_EQ(run.expanded()[2].offset, 2_MiB + 4_KiB);
  EXPECT_EQ(run.expanded()[2].size, 64_KiB);
  EXPECT_EQ(run.expanded()[2].numjobs, 1);
}
TEST(FioRun, SizesInPercentAndAbsentOnesComeFromTheDevice) {
  JobSpec half = sequential_reads(1), rest = half;
  half.size.reset();
  half.size_percent = 50;
  rest.size.reset();
  rest.offset = 1_GiB - 12_KiB - Bytes{512};
  FioRun run({half, rest}, {}, 1_GiB);
  EXPECT_EQ(run.expanded()[0].size, 512_MiB);
  EXPECT_EQ(run.expanded()[1].size, 12_KiB);
}
TEST(FioRun, WhatDoesNotFitIsRefusedWithNameAndSizes) {
  JobSpec job = sequential_reads(1);
  job.name = "big";
  job.size = 2_GiB;
  EXPECT_THAT(make(job), ThrowsMessage<std::invalid_argument>(HasSubstr("job 'big'")));
  EXPECT_THAT(make(job), ThrowsMessage<std::invalid_argument>(HasSubstr("2GiB")));
  EXPECT_THAT(make(job), ThrowsMessage<std::invalid_argument>(HasSubstr("1GiB")));
  job.size = 512_MiB;
  job.offset = 768_MiB;
  EXPECT_THROW(make(job)(), std::invalid_argument);
  job.offset = 512_MiB;
  EXPECT_NO_THROW(make(job)());
  job.size = 2_KiB;
  EXPECT_THAT(make(job), ThrowsMessage<std::invalid_argument>(HasSubstr("holds no block")));
}
TEST(FioRun, ClonesOfAReplayTakeTurnsWithItsFilesAndHaveTheWholeDevice) {
  JobSpec job = sequential_reads(1);
  job.numjobs = 3;
  job.offset = 4_KiB;
  job.replay.emplace().files = {"a", "b"};
  FioRun run({job}, {}, 1_GiB);
  ASSERT_EQ(run.expanded().size(), 3u);
  EXPECT_EQ(run.expanded()[1].replay->files, std::vector<std::string>{"b"});
  EXPECT_EQ(run.expanded()[2].replay->files, std::vector<std::string>{"a"});
  EXPECT_EQ(run.expanded()[2].offset, 0_B);
  EXPECT_EQ(run.expanded()[2].size, 1_GiB);
}
TEST(FioRun, ABadDistributionNamesItsJob) {
  JobSpec job = random_writes(1);
  job.distribution.kind = RandomDistribution::Kind::zipf;
  job.distribution.parameter = 1;
  EXPECT_THAT([&] { FakePath p({job}); }, ThrowsMessage<std::invalid_argument>(HasSubstr("job 'job'")));
}
TEST(FioRun, RuntimeStopsIssuingAndWhatIsInFlightStillCounts) {
  FakePath p({random_writes(4)}, 300ms, 4);  // ends at 0.3, 0.6, 0.9, 1.2
  p.go();
  EXPECT_EQ(p.writes().ios, 16);
  EXPECT_EQ(p.job().job_runtime, 1200ms);
  EXPECT_EQ(p.writes().runtime, 1200ms);
  EXPECT_TRUE(p.run.done());
  EXPECT_TRUE(p.sim.stopped());
  EXPECT_EQ(p.sim.open_requests(), 0u);
}
TEST(FioRun, WithoutRuntimeAJobEndsAfterItsSize) {
  FakePath p({sequential_reads(4)});
  p.go();
  EXPECT_EQ(p.reads().ios, 16);
  EXPECT_EQ(p.reads().bytes, 64_KiB);
  EXPECT_EQ(p.job().job_runtime, 16ms);
}
TEST(FioRun, LoopsIoSizeAndNumberIosAreTotals) {
  JobSpec loops = sequential_reads(4), more = loops, less = loops, few = loops;
  loops.loops = 3;
  more.io_size = 100_KiB;  // fio: 16 I/Os, then 9 more from the start
  less.io_size = 20_KiB;
  few.number_ios = 7;
  const auto count = [](const JobSpec& job) { return FakePath({job}).go().reads().ios; };
  EXPECT_EQ(count(loops), 48);
  EXPECT_EQ(count(more), 25);
  EXPECT_EQ(count(less), 5);
  EXPECT_EQ(count(few), 7);
  FakePath p({more});
  p.go();
  EXPECT_EQ(blocks(p)[16], 0);
}
TEST(FioRun, RampTimeIsLeftOutOfTheStatistics) {
  JobSpec job = random_writes(2);
  job.ramp_time = 500ms;
  FakePath p({job}, 1ms, 2);
  p.go();
  EXPECT_NEAR(static_cast<double>(p.writes().ios), 2000, 4);
  EXPECT_NEAR(seconds(p.job().job_runtime), 1, 0.002);
  EXPECT_NEAR(seconds(p.sim.now().time_since_epoch()), 1.5, 0.002);
  EXPECT_EQ(p.run.measured_time(), p.job().job_runtime);
  EXPECT_EQ(p.booked(), p.latencies());
}
TEST(FioRun, AJobThatEndsInItsRampMeasuresNothing) {
  JobSpec job = sequential_reads(2);
  job.ramp_time = 10s;
  FakePath p({job});
  p.go();
  EXPECT_EQ(p.reads().ios, 0);
  EXPECT_EQ(p.booked(), 0);
  EXPECT_EQ(p.run.measured_time(), Time{0});
}
TEST(FioRun, StonewallWaitsForAllJobsBefore) {
  JobSpec first = sequential_reads(1), second = first, third = first;
  first.size = 8_KiB;
  second.offset = 1_MiB;
  second.size = 8_KiB;
  second.stonewall = true;
  third.offset = 2_MiB;
  third.size = 8_KiB;
  FakePath p({first, first, second, third}, 1ms, 2);
  p.go();
  EXPECT_THAT(blocks(p), UnorderedElementsAre(0, 0, 1, 1, 256, 512, 257, 513));
  EXPECT_EQ(p.device->seen[3].offset, 4096);
  EXPECT_EQ(p.device->seen[4].at, Instant{2ms});
}
TEST(FioRun, StartdelayCountsFromTheStartOfTheRun) {  // fio: also for a job behind a stonewall
  JobSpec first = sequential_reads(1), second = first, third = first;
  first.size = second.size = third.size = 4_KiB;
  first.start_delay = 5ms;
  second.stonewall = third.stonewall = true;
  second.start_delay = 20ms;
  third.start_delay = 7ms;
  FakePath p({first, second, third});
  p.go();
  ASSERT_EQ(p.device->seen.size(), 3u);
  EXPECT_EQ(p.device->seen[0].at, Instant{5ms});
  EXPECT_EQ(p.device->seen[1].at, Instant{20ms});
  EXPECT_EQ(p.device->seen[2].at, Instant{21ms});
}
TEST(FioRun, TheSameSeedGivesTheSameRunAndAnotherDoesNot) {
  const auto offsets = [](std::uint64_t seed, std::optional<std::uint64_t> rand_seed) {
    JobSpec job = random_writes(4);
    job.rand_seed = rand_seed;
    FakePath p({job}, 1ms, 1, Time{0}, {2us, 1us}, seed);
    p.go();
    return blocks(p);
  };
  EXPECT_EQ(offsets(1, {}), offsets(1, {}));
  EXPECT_NE(offsets(1, {}), offsets(2, {}));
  EXPECT_EQ(offsets(1, 9), offsets(2, 9));
}
TEST(FioRun, ClonesDrawTheirOwnNumbers) {
  JobSpec job = random_writes(1);
  job.numjobs = 2;
  FakePath p({job}, 1ms, 2);
  p.go();
  EXPECT_NE(blocks(p)[0], blocks(p)[1]);
}
TEST(FioRun, RequestStopClosesTheStatisticsAtOnce) {
  JobSpec later = random_writes(4);
  later.stonewall = true;
  FakePath p({random_writes(4), later}, 10ms, 4);
  p.sim.run_until(Instant{105ms});
  p.run.request_stop();
  EXPECT_TRUE(p.run.done());
  EXPECT_EQ(p.writes(0).ios, 40);
  EXPECT_EQ(p.job(0).job_runtime, 105ms);
  EXPECT_EQ(p.writes(1).ios, 0);
  EXPECT_EQ(p.booked(), p.latencies());
  while (!p.sim.idle()) p.sim.step();
  EXPECT_EQ(p.device->seen.size(), 44u);
  EXPECT_EQ(p.sim.open_requests(), 0u);
}

}  // namespace
}  // namespace blkpath
