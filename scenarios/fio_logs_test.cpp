#include "scenarios/fio_logs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <system_error>

#include "scenarios/test/temp_folder.hpp"

namespace blkpath {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

LogSample sample(std::int64_t ms, std::int64_t value, Dir dir = Dir::read, Bytes size = 4_KiB) {
  return {Instant{ms * 1ms}, value, dir, size, 8_KiB};
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

class FioLogFiles : public ::testing::Test {
 protected:
  FioLogFiles() {
    report_.specs.resize(1);
    report_.jobs.resize(1);
  }

  const TempFolder temp_;
  const fs::path folder_ = temp_.path();
  FioReport report_;
};

TEST(FioLog, PrintsMillisecondsValueDirectionSizeAndPriority) {
  std::vector<LogSample> log{sample(14, 11204177), sample(52, 4963204, Dir::write)};
  log[1].time += 999us;  // whole milliseconds only
  EXPECT_EQ(fio_log(log, false), "14, 11204177, 0, 4096, 0\n52, 4963204, 1, 4096, 0\n");
}

TEST(FioLog, PutsTheOffsetBeforeThePriority) {
  EXPECT_EQ(fio_log({sample(1, 264, Dir::trim)}, true), "1, 264, 2, 4096, 8192, 0\n");
}

// Both logs are fio 3.33's: null engine, clock replaced by a random one, without and with log_avg_msec=50.
TEST(FioLog, AveragesEachDirectionAsFioDoes) {
  const std::vector<LogSample> raw{sample(14, 11204177),
                                   sample(26, 3130095),
                                   sample(41, 7628508),
                                   sample(52, 4963204, Dir::write),
                                   sample(75, 17948298),
                                   sample(99, 8444698),
                                   sample(121, 18367073, Dir::write),
                                   sample(147, 23600933, Dir::write),
                                   sample(167, 5147749, Dir::write),
                                   sample(184, 11113800)};
  EXPECT_EQ(fio_log(fio_mean_log(raw, 50ms, Instant{184ms}), false),
            "52, 4963204, 1, 0, 0\n75, 9977770, 0, 0, 0\n121, 18367073, 1, 0, 0\n167, 14374341, 1, 0, 0\n"
            "184, 9779249, 0, 0, 0\n");
}

TEST(FioLog, WritesWhatIsLeftOverAtTheEnd) {
  const std::vector<LogSample> raw{sample(1, 10), sample(2, 20), sample(3, 7, Dir::write)};
  EXPECT_EQ(fio_log(fio_mean_log(raw, 50ms, Instant{9ms}), false), "9, 15, 0, 0, 0\n9, 7, 1, 0, 0\n");
}

TEST(FioLog, TurnsIosIntoRatesOverWholeWindows) {
  const std::vector<LogSample> raw{sample(10, 1), sample(99, 1), sample(100, 1), sample(450, 1),
                                   sample(510, 1)};
  EXPECT_EQ(fio_log(fio_rate_log(raw, 100ms, Instant{520ms}, FioRate::iops), false),
            "100, 20, 0, 0, 0\n200, 10, 0, 0, 0\n500, 10, 0, 0, 0\n");
  EXPECT_EQ(fio_log(fio_rate_log(raw, 100ms, Instant{520ms}, FioRate::bandwidth), false),
            "100, 80, 0, 0, 0\n200, 40, 0, 0, 0\n500, 40, 0, 0, 0\n");
}

TEST(FioLog, KeepsSamplesThatAreWindowsAlready) {
  const std::vector<LogSample> raw{sample(500, 3900, Dir::write, Bytes{0})};
  EXPECT_EQ(fio_log(fio_rate_log(raw, 100ms, Instant{520ms}, FioRate::iops), false), "500, 3900, 1, 0, 0\n");
  EXPECT_EQ(fio_log(fio_mean_log(raw, 800ms, Instant{520ms}), false), "500, 3900, 1, 0, 0\n");
}

TEST(FioLog, RefusesAWindowBelowAMillisecond) {
  EXPECT_THROW(fio_mean_log({}, 999us, Instant{}), std::invalid_argument);
}

TEST_F(FioLogFiles, CarryTheJobNumberAndReplaceOldOnes) {
  report_.specs.resize(2);
  report_.jobs.resize(2);
  report_.specs[1].write_lat_log = report_.specs[1].write_bw_log = report_.specs[1].write_iops_log = "run";
  report_.jobs[1].lat_log = {sample(3, 254000)};
  report_.jobs[1].bw_log = {sample(3, 16384)};
  std::ofstream(folder_ / "run_lat.2.log") << "an older and longer log than the new one\n";
  EXPECT_THAT(write_fio_logs(report_, folder_),
              ElementsAre(folder_ / "run_slat.2.log", folder_ / "run_clat.2.log", folder_ / "run_lat.2.log",
                          folder_ / "run_bw.2.log", folder_ / "run_iops.2.log"));
  EXPECT_EQ(text_of(folder_ / "run_lat.2.log"), "3, 254000, 0, 4096, 0\n");
  EXPECT_EQ(text_of(folder_ / "run_bw.2.log"), "3, 16384, 0, 4096, 0\n");
  EXPECT_TRUE(fs::exists(folder_ / "run_slat.2.log"));  // empty, as fio leaves it for a synchronous engine
}

TEST_F(FioLogFiles, AverageWhenTheJobSaysSo) {
  report_.specs[0].write_lat_log = "run";
  report_.specs[0].log_avg = 10ms;
  report_.jobs[0].job_runtime = 20ms;
  report_.jobs[0].clat_log = {sample(1, 10), sample(10, 20), sample(12, 5)};
  write_fio_logs(report_, folder_);
  EXPECT_EQ(text_of(folder_ / "run_clat.1.log"), "10, 15, 0, 0, 0\n20, 5, 0, 0, 0\n");
}

TEST_F(FioLogFiles, ShowOffsetsWhenTheOptionIsSet) {
  report_.specs[0].write_iops_log = "run";
  report_.jobs[0].iops_log = {sample(1, 1)};
  report_.global_options = {{"log_offset", "1"}};
  write_fio_logs(report_, folder_);
  EXPECT_EQ(text_of(folder_ / "run_iops.1.log"), "1, 1, 0, 4096, 8192, 0\n");
  report_.specs[0].options = {{"log_offset", "0"}};  // the job's own word counts
  write_fio_logs(report_, folder_);
  EXPECT_EQ(text_of(folder_ / "run_iops.1.log"), "1, 1, 0, 4096, 0\n");
}

TEST_F(FioLogFiles, ReportAPathThatCannotBeWritten) {
  report_.specs[0].write_bw_log = "missing/run";
  try {
    write_fio_logs(report_, folder_);
    FAIL() << "no error";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_NE(std::string(error.what()).find("missing/run_bw.1.log"), std::string::npos);
  }
}

}  // namespace
}  // namespace blkpath
