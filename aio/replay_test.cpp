// Whole replays on ordinary files.
#include "aio/replay.hpp"

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <set>
#include <thread>

#include "aio/test/given_requests.hpp"
#include "aio/test/jobs.hpp"
#include "aio/test/temp_file.hpp"
#include "traces/test/error_of.hpp"

namespace blkpath {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr Bytes kSize = 4_MiB;

std::string refusal(const std::vector<JobSpec>& jobs, const ReplayOptions& options) {
  return error_of([&] { replay_all(jobs, options); });
}

class ReplayOnFile : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!file_.has_direct()) GTEST_SKIP() << "no O_DIRECT in " << ::testing::TempDir();
    options_.file = file_.path();
    options_.output = file_.beside(".trace");
  }
  void TearDown() override { unlink(options_.output.c_str()); }
  TempFile file_{kSize.n};
  ReplayOptions options_;
};

TEST_F(ReplayOnFile, EveryIoIsRecordedOnce) {
  const ReplayOutcome outcome = replay_all({read_job(500, 8, kSize)}, options_);
  EXPECT_EQ(outcome.jobs[0].dir[0].ios, 500);
  const std::vector<IoRecord> all = records_of(options_.output);
  ASSERT_EQ(all.size(), 500u);
  for (const IoRecord& r : all) {
    EXPECT_EQ(r.op, Op::read);
    EXPECT_EQ(r.result, 4096);
    EXPECT_LE(r.intended, r.issued);
    EXPECT_LE(r.issued, r.submitted);
    EXPECT_LE(r.submitted, r.reaped);
    EXPECT_LE(r.completed, r.reaped);
    EXPECT_GE(r.completed, r.issued);
  }
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                             [](const IoRecord& a, const IoRecord& b) { return a.issued < b.issued; }));
}

TEST_F(ReplayOnFile, TheTraceAndTheReportAgree) {
  const ReplayOutcome outcome = replay_all({read_job(300, 4, kSize)}, options_);
  double slat = 0, clat = 0;
  for (const IoRecord& r : records_of(options_.output)) {
    slat += static_cast<double>((r.submitted - r.issued).count()) / 300;
    clat += static_cast<double>((r.reaped - r.submitted).count()) / 300;
  }
  EXPECT_NEAR(outcome.jobs[0].dir[0].slat.mean_ns(), slat, 1);
  EXPECT_NEAR(outcome.jobs[0].dir[0].clat.mean_ns(), clat, 1);
}

TEST_F(ReplayOnFile, TheSameSeedGivesTheSameOffsets) {
  std::vector<std::vector<std::int64_t>> offsets(2);
  for (auto& run : offsets) {
    replay_all({read_job(200, 4, kSize)}, options_);
    for (const IoRecord& r : records_of(options_.output)) run.push_back(r.offset);
  }
  EXPECT_EQ(offsets[0], offsets[1]);
}

TEST_F(ReplayOnFile, JobsRunAsThreadsEachWithItsRecords) {
  JobSpec job = read_job(100, 2, 1_MiB);
  job.numjobs = 3;
  job.offset_increment = 1_MiB;
  replay_all({job}, options_);
  std::array<int, 3> count{};
  for (const IoRecord& r : records_of(options_.output)) {
    ++count.at(r.job);
    EXPECT_EQ(r.offset >> 20, r.job);
  }
  EXPECT_EQ(count, (std::array<int, 3>{100, 100, 100}));
}

TEST_F(ReplayOnFile, AnExistingFileIsNotWrittenToUnlessAllowed) {
  EXPECT_THAT(refusal({write_job(10, 1, kSize)}, options_), HasSubstr("exists, and this load writes to it"));
  options_.allow_write = true;
  EXPECT_EQ(refusal({write_job(10, 1, kSize)}, options_), "");
}

TEST_F(ReplayOnFile, ANewFileIsCreatedAndFilled) {
  options_.file = file_.beside(".new");
  const ReplayOutcome outcome = replay_all({read_job(50, 4, 1_MiB)}, options_);
  struct stat info {};
  ASSERT_EQ(stat(options_.file.c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 1 << 20);
  EXPECT_GE(info.st_blocks, 2048) << "a hole would be read without the device";
  EXPECT_EQ(outcome.jobs[0].dir[0].ios, 50);
  unlink(options_.file.c_str());
}

TEST_F(ReplayOnFile, VerifyReadsBackEveryWrite) {
  options_.allow_write = options_.verify = true;
  for (const char* driver : {"linux-aio", "threads", "posix-aio", "sync"}) {
    options_.driver = driver;
    const ReplayOutcome outcome = replay_all({write_job(2000, 8, kSize)}, options_);
    std::set<std::int64_t> blocks;
    for (const IoRecord& r : records_of(options_.output))
      if (r.op == Op::write) blocks.insert(r.offset);
    EXPECT_EQ(outcome.troubles[0].good_units, static_cast<std::int64_t>(blocks.size()) * 8) << driver;
    EXPECT_EQ(outcome.troubles[0].bad_units, 0);
    EXPECT_TRUE(outcome.verified);
  }
}

TEST_F(ReplayOnFile, BlocksThatDirectIoCannotDoAreRefused) {
  JobSpec job = read_job(10, 1, kSize);
  job.bs[0].min = job.bs[0].max = 1000_B;
  EXPECT_THAT(refusal({job}, options_), HasSubstr("with direct=1 blocks must be multiples of"));
}

/// A trace of these requests, as fast as it goes.
ReplayOutcome replay_trace(const std::vector<TraceRequest>& requests, const ReplayOptions& options) {
  JobSpec job = read_job(1, 4, kSize);
  job.replay.emplace();
  job.replay->files = {"web.csv"};
  job.replay->pacing = Pacing::closed;
  return replay(
      {job}, options, [&](const JobSpec&, Bytes) { return std::make_unique<GivenRequests>(requests); },
      [](const ReplayProgress&) { return true; });
}

TEST_F(ReplayOnFile, ATraceInPartsOfBlocksIsRefusedUnlessItIsWidened) {
  const std::vector<TraceRequest> requests{request(0, 4096), request(100, 4096), request(8191, 2)};
  EXPECT_THAT(error_of([&] { replay_trace(requests, options_); }),
              HasSubstr("a request of 4096 bytes at 100 is not in whole blocks of"));
  options_.align = true;
  const ReplayOutcome outcome = replay_trace(requests, options_);
  EXPECT_EQ(outcome.alignments[0].unaligned, 2);
  EXPECT_THAT(outcome.notes, Contains(HasSubstr("2 requests were widened to whole blocks of")));
  const std::vector<IoRecord> all = records_of(options_.output);
  ASSERT_EQ(all.size(), 3u);
  std::int64_t moved = 0;
  for (const IoRecord& r : all) {
    EXPECT_EQ(r.offset % outcome.block, 0);
    EXPECT_EQ(r.result, static_cast<std::int64_t>(r.length));
    moved += r.length;
  }
  EXPECT_EQ(moved, 4096 + 4096 + 2 + outcome.alignments[0].added);
}

TEST_F(ReplayOnFile, PartsOfBlocksThatComeLaterAreCountedAndExplained) {
  std::vector<TraceRequest> requests(512, request(0, 4096));  // what is looked at before the run
  requests.push_back(request(100, 4096));
  const ReplayOutcome outcome = replay_trace(requests, options_);
  EXPECT_EQ(outcome.recorded, 513);
  EXPECT_EQ(outcome.alignments[0].unaligned, 1);
  EXPECT_THAT(outcome.notes, Contains(HasSubstr("--align widens them")));
}

TEST_F(ReplayOnFile, WideningGoesWithATrace) {
  options_.align = true;
  EXPECT_THAT(refusal({read_job(1, 1, kSize)}, options_), HasSubstr("--align: goes with a trace"));
}

TEST_F(ReplayOnFile, AFileCutShortMeanwhileGivesShortReadsAndLosesNothing) {
  JobSpec job = read_job(1, 8, kSize);
  job.time_based = true;
  job.runtime = 600ms;
  std::thread cutter([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_EQ(truncate(file_.path().c_str(), 1 << 20), 0);
  });
  const ReplayOutcome outcome = replay_all({job}, options_);
  cutter.join();
  EXPECT_GT(outcome.troubles[0].short_ios, 0);
  EXPECT_THAT(outcome.notes, Contains(HasSubstr("were cut short")));
  EXPECT_EQ(outcome.recorded, outcome.jobs[0].dir[0].ios);
}

TEST_F(ReplayOnFile, StoppingFinishesWhatIsInFlight) {
  JobSpec job = read_job(1, 8, kSize);
  job.time_based = true;
  job.runtime = 100s;
  int looks = 0;
  const ReplayOutcome outcome =
      replay({job}, options_, {}, [&](const ReplayProgress&) { return ++looks < 5; });
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_GT(outcome.recorded, 0);
  for (const IoRecord& r : records_of(options_.output)) EXPECT_EQ(r.result, 4096);
  EXPECT_THAT(open_trace(options_.output)->meta().machine, HasSubstr("\"driver\":\"linux-aio\""));
}

TEST_F(ReplayOnFile, TheHostIsSampled) {
  options_.sample_host = true;
  JobSpec job = read_job(1, 1, kSize);
  job.time_based = true;
  job.runtime = 300ms;
  replay_all({job}, options_);
  const auto reader = open_trace(options_.output);
  std::vector<IoRecord> some(4096);
  while (reader->read(some) == some.size()) {
  }
  EXPECT_GE(reader->meta().samples.size(), 2u);
  EXPECT_THAT(reader->meta().samples.back(), HasSubstr("\"dirty_kib\":"));
  EXPECT_THAT(reader->meta().machine, HasSubstr("\"dirty_ratio\":"));
}

TEST(Replay, AFullDiskLeavesNoHalfFile) {
  const std::string folder = ::testing::TempDir() + "blkpath-full-" + std::to_string(getpid());
  mkdir(folder.c_str(), 0700);
  if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) {
    rmdir(folder.c_str());
    GTEST_SKIP() << "a small file system cannot be mounted here";
  }
  ReplayOptions options;
  options.file = folder + "/disk";
  JobSpec job = read_job(10, 1, 8_MiB);
  job.direct = false;
  job.engine = IoEngine::psync;
  EXPECT_THAT(refusal({job}, options), HasSubstr("cannot be filled with 8MiB: No space left on device"));
  EXPECT_NE(access(options.file.c_str(), F_OK), 0);
  umount(folder.c_str());
  rmdir(folder.c_str());
}

}  // namespace
}  // namespace blkpath
