// Replays on a device whose law is known: a FUSE file with some servers that each take a fixed time.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "aio/test/jobs.hpp"
#include "aio/test/temp_file.hpp"

namespace blkpath {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr Bytes kSize = 16_MiB;

class KnownDevice : public ::testing::Test {
 protected:
  /// @param fault  errno, first byte, byte behind the last
  void start(int servers, Time service, const std::vector<std::string>& fault = {}) {
    mkdir(folder_.c_str(), 0700);
    std::vector<std::string> args{BLKPATH_FUSE_DEVICE, folder_, std::to_string(kSize.n),
                                  std::to_string(servers), std::to_string(service / 1us)};
    args.insert(args.end(), fault.begin(), fault.end());
    pid_ = fork();
    if (pid_ == 0) {
      std::vector<char*> argv;
      for (std::string& arg : args) argv.push_back(arg.data());
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    struct stat info {};
    for (int i = 0; i < 500 && stat(disk().c_str(), &info) != 0; ++i) {
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
        pid_ = -1;
        GTEST_SKIP() << "no FUSE file system can be mounted here";
      }
      usleep(10'000);
    }
    options_.file = disk();
    options_.output = folder_ + ".trace";
    options_.allow_write = true;
  }
  void TearDown() override {
    if (pid_ > 0) {
      umount2(folder_.c_str(), MNT_DETACH);
      kill(pid_, SIGTERM);
      waitpid(pid_, nullptr, 0);
    }
    unlink(options_.output.c_str());
    rmdir(folder_.c_str());
  }
  std::string disk() const { return folder_ + "/disk"; }
  /// @return IOPS of 16 KiB random writes at iodepth 32 for a second
  double iops(const std::string& driver) {
    options_.driver = driver;
    JobSpec job = write_job(1, 32, kSize);
    job.bs[1].min = job.bs[1].max = 16_KiB;
    job.time_based = true;
    job.runtime = 1s;
    const DirStats s = replay_all({job}, options_).jobs[0].dir[1];
    const double rate = static_cast<double>(s.ios) / seconds(s.runtime);
    // Little's law: 32 are in flight, fewer while the last ones drain.
    const double in_flight = rate * (s.slat.mean_ns() + s.clat.mean_ns()) * 1e-9;
    EXPECT_LT(in_flight, 32.5) << driver;
    EXPECT_GT(in_flight, 24) << driver;
    return rate;
  }

  std::string folder_ = ::testing::TempDir() + "blkpath-known-" + std::to_string(getpid());
  pid_t pid_ = -1;
  ReplayOptions options_;
};

TEST_F(KnownDevice, PosixAioServesADescriptorOneAtATime) {
  start(8, 4ms);
  if (IsSkipped()) return;
  // Eight servers of 4 ms carry 2,000 I/Os a second; one after the other 250.
  const double asynchronous = iops("linux-aio"), serial = iops("posix-aio");
  EXPECT_LE(asynchronous, 2000 * 1.02);
  EXPECT_LE(serial, 250 * 1.02);
  EXPECT_GT(asynchronous, 4 * serial);  // 8 but for what FUSE and a busy processor cost
}

TEST_F(KnownDevice, AnErrorInTheMiddleIsRecordedWhereItWas) {
  start(4, 0us, {std::to_string(EIO), "1048576", "1064960"});  // four blocks of 4 KiB
  if (IsSkipped()) return;
  JobSpec job = read_job(1, 8, kSize);
  job.random = false;
  job.io_size = kSize;
  for (const char* driver : {"linux-aio", "posix-aio", "threads", "sync"}) {
    options_.driver = driver;
    const ReplayOutcome outcome = replay_all({job}, options_);
    EXPECT_EQ(outcome.troubles[0].failed, 4) << driver;
    EXPECT_THAT(outcome.notes, Contains(HasSubstr("4 I/Os failed; the first: read of 4096 bytes at ")));
    EXPECT_EQ(outcome.jobs[0].error, EIO);
    const std::vector<IoRecord> all = records_of(options_.output);
    EXPECT_EQ(all.size(), static_cast<std::size_t>(kSize / 4_KiB));
    for (const IoRecord& r : all)
      EXPECT_EQ(r.result, r.offset >= 1048576 && r.offset < 1064960 ? -EIO : 4096)
          << driver << " at " << r.offset;
  }
}

TEST_F(KnownDevice, AFullDeviceIsRecordedAndVerifyPassesOverIt) {
  start(4, 0us, {std::to_string(ENOSPC), "8388608", "16777216"});
  if (IsSkipped()) return;
  options_.verify = true;
  const ReplayOutcome outcome = replay_all({write_job(1000, 8, kSize)}, options_);
  EXPECT_GT(outcome.troubles[0].failed, 300);
  EXPECT_EQ(outcome.troubles[0].bad_units, 0);
  EXPECT_GT(outcome.troubles[0].good_units, 0);
  EXPECT_THAT(outcome.notes, Contains(HasSubstr("No space left on device")));
}

}  // namespace
}  // namespace blkpath
