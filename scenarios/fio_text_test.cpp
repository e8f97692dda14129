#include "scenarios/fio_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace blkpath {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// One libaio job that wrote `ios` times 16 KiB in `ms`, each with the same latency.
FioReport one_writer(std::int64_t ios, std::int64_t ms, Time slat = 4us, Time clat = 250us) {
  FioReport report;
  report.version = "0.1.0";
  JobSpec spec;
  spec.name = "test";
  spec.random = true;
  spec.does = {false, true, false};
  for (BlockSizes& bs : spec.bs) bs.min = bs.max = 16_KiB;
  spec.engine = IoEngine::libaio;
  spec.iodepth = 74;
  JobStats job;
  job.name = "test";
  DirStats& write = job.dir[1];
  write.ios = ios;
  write.bytes = 16_KiB * ios;
  write.runtime = job.job_runtime = ms * 1ms;
  for (std::int64_t i = 0; i < ios; ++i) {
    write.slat.add(slat);
    write.clat.add(clat);
    write.lat.add(slat + clat);
    job.add_lat_class(clat);
  }
  job.depth[6] = ios;
  job.submit[1] = job.submit_calls = job.complete[1] = job.complete_calls = ios;
  report.specs = {spec};
  report.jobs = {job};
  return report;
}

/// `report` with its only job repeated as `n` clones.
FioReport clones(FioReport report, int n) {
  report.specs[0].numjobs = n;
  report.specs.resize(static_cast<std::size_t>(n), report.specs[0]);
  report.jobs.resize(static_cast<std::size_t>(n), report.jobs[0]);
  return report;
}

// Each pair was read off fio 3.33's header, which prints `bs` in this format.
TEST(FioNumber, KeepsFourCharactersAndRoundsTheFractionOnItsOwn) {
  EXPECT_EQ(fio_number(9999, 4, true, "B"), "9999B");
  EXPECT_EQ(fio_number(10000, 4, true, "B"), "9.77KiB");
  EXPECT_EQ(fio_number(10239, 4, true, "B"), "10.00KiB");
  EXPECT_EQ(fio_number(10240, 4, true, "B"), "10.0KiB");
  EXPECT_EQ(fio_number(102349, 4, true, "B"), "100.0KiB");
  EXPECT_EQ(fio_number(10485759, 4, true, "B"), "10.00MiB");
  EXPECT_EQ(fio_number(1023999, 4, true, "B"), "1000KiB");
  EXPECT_EQ(fio_number(65536, 4, false, "B"), "65.5kB");
  EXPECT_EQ(fio_number(8388608, 4, false, "B"), "8389kB");
}

TEST(FioNumber, SwitchesToThousandsOnlyWhenTheDigitsDoNotFit) {
  EXPECT_EQ(fio_number(3452234, 4, false, ""), "3452k");
  EXPECT_EQ(fio_number(999999, 6, false, ""), "999999");
  EXPECT_EQ(fio_number(1039500, 6, false, ""), "1039.5k");
  EXPECT_EQ(fio_number(79268269, 6, false, ""), "79268k");
}

TEST(FioText, PrintsOneJobAsFioDoes) {
  FioReport report = one_writer(470080, 120019);
  report.jobs[0].dir[1].bw_kib.add(62000);
  report.jobs[0].dir[1].bw_kib.add(63000);
  report.jobs[0].dir[1].iops.add(3900);
  report.jobs[0].usr_cpu = 12s;
  report.jobs[0].sys_cpu = 6s;
  report.jobs[0].context_switches = 17;
  const char* bs = "16.0KiB-16.0KiB";
  const std::string expected =
      std::string("test: (g=0): rw=randwrite, bs=(R) ") + bs + ", (W) " + bs + ", (T) " + bs +
      ", ioengine=libaio, iodepth=74\n"
      "blkpath-0.1.0\n"
      "Starting 1 process\n"
      "\n"
      "test: (groupid=0, jobs=1): err= 0: pid=0: Thu Jan  1 00:00:00 1970\n"
      "  write: IOPS=3916, BW=61.2MiB/s (64.2MB/s)(7345MiB/120019msec); 0 zone resets\n"
      "    slat (nsec): min=4000, max=4000, avg=4000.00, stdev= 0.00\n"
      "    clat (nsec): min=250000, max=250000, avg=250000.00, stdev= 0.00\n"
      "     lat (nsec): min=254000, max=254000, avg=254000.00, stdev= 0.00\n"
      "    clat percentiles (usec):\n"
      "     |  1.00th=[  251],  5.00th=[  251], 10.00th=[  251], 20.00th=[  251],\n"
      "     | 30.00th=[  251], 40.00th=[  251], 50.00th=[  251], 60.00th=[  251],\n"
      "     | 70.00th=[  251], 80.00th=[  251], 90.00th=[  251], 95.00th=[  251],\n"
      "     | 99.00th=[  251], 99.50th=[  251], 99.90th=[  251], 99.95th=[  251],\n"
      "     | 99.99th=[  251]\n"
      "   bw (  KiB/s): min=62000, max=63000, per=99.73%, avg=62500.00, stdev=707.11, samples=2\n"
      "   iops        : min= 3900, max= 3900, avg=3900.00, stdev= 0.00, samples=1\n"
      "  lat (usec)   : 500=100.00%\n"
      "  cpu          : usr=10.00%, sys=5.00%, ctx=17, majf=0, minf=0\n"
      "  IO depths    : 1=0.0%, 2=0.0%, 4=0.0%, 8=0.0%, 16=0.0%, 32=0.0%, >=64=100.0%\n"
      "     submit    : 0=0.0%, 4=100.0%, 8=0.0%, 16=0.0%, 32=0.0%, 64=0.0%, >=64=0.0%\n"
      "     complete  : 0=0.0%, 4=100.0%, 8=0.0%, 16=0.0%, 32=0.0%, 64=0.0%, >=64=0.0%\n"
      "     issued rwts: total=0,470080,0,0 short=0,0,0,0 dropped=0,0,0,0\n"
      "     latency   : target=0, window=0, percentile=100.00%, depth=74\n"
      "\n"
      "Run status group 0 (all jobs):\n"
      "  WRITE: bw=61.2MiB/s (64.2MB/s), 61.2MiB/s-61.2MiB/s (64.2MB/s-64.2MB/s), io=7345MiB (7702MB), "
      "run=120019-120019msec\n";
  EXPECT_EQ(fio_normal(report), expected);
}

TEST(FioText, PicksMicrosecondsOnlyWhenTheSpreadIsWorthIt) {
  FioReport report = one_writer(1, 10, 2001ns, 2001ns);
  LatencyStat& clat = report.jobs[0].dir[1].clat;
  clat.add(100us);  // min > 2000 ns, max > 99999 ns and stdev > 1000 ns
  EXPECT_THAT(fio_normal(report), HasSubstr("    clat (usec): min=2, max=100, avg=51.00, stdev=69.30\n"));
  clat.add(2000ns);
  EXPECT_THAT(fio_normal(report), HasSubstr("    clat (nsec): min=2000, max=100000, avg="));
}

TEST(FioText, PicksMillisecondsAboveTwoOfThem) {
  FioReport report = one_writer(1, 1000, 4us, 3ms);
  report.jobs[0].dir[1].clat.add(1500ms);
  const std::string text = fio_normal(report);
  EXPECT_THAT(text, HasSubstr("    clat (msec): min=3, max=1500, avg=751.50, stdev=1058.54\n"));
  EXPECT_THAT(text, HasSubstr("    clat percentiles (msec):\n     |  1.00th=[    3],"));
}

TEST(FioText, PutsThreePercentilesOnALineWhenTheyAreWide) {
  FioReport report = one_writer(1, 1000, 4us, 1272ns);
  report.jobs[0].dir[1].clat.add(79'167'488ns);
  report.specs[0].percentiles = {99.99, 1, 50, 90};
  EXPECT_THAT(fio_normal(report),
              HasSubstr("    clat percentiles (nsec):\n"
                        "     |  1.00th=[    1272], 50.00th=[    1272], 90.00th=[79167488],\n"
                        "     | 99.99th=[79167488]\n"));
}

TEST(FioText, ShowsAsManyDecimalsAsTheFinestPercentileNeeds) {
  FioReport report = one_writer(1, 1000, 4us, 41ns);
  report.specs[0].percentiles = {100, 50, 99.9999, 0.5};
  EXPECT_THAT(fio_normal(report),
              HasSubstr("     |  0.5000th=[   41], 50.0000th=[   41], 99.9999th=[   41],\n"
                        "     | 100.0000th=[   41]\n"));
}

TEST(FioText, PrintsLatPercentilesOnlyWhenAsked) {
  FioReport report = one_writer(1, 1000);
  EXPECT_THAT(fio_normal(report), Not(HasSubstr("    lat percentiles")));
  report.specs[0].clat_percentiles = false;
  report.specs[0].lat_percentiles = report.specs[0].slat_percentiles = true;
  const std::string text = fio_normal(report);
  EXPECT_THAT(text, HasSubstr("    slat percentiles (nsec):\n"));
  EXPECT_THAT(text, HasSubstr("    lat percentiles (usec):\n"));
  EXPECT_THAT(text, Not(HasSubstr("clat percentiles")));
}

TEST(FioText, LeavesOutWhatDidNotHappen) {
  FioReport report = one_writer(3, 1);
  report.jobs[0].dir[1].slat = LatencyStat{};
  const std::string text = fio_normal(report);
  for (const char* absent : {"read:", "trim:", "slat", "READ", "bw (", "iops  ", "fsync"})
    EXPECT_THAT(text, Not(HasSubstr(absent)));
}

TEST(FioText, ShowsAClassThatWasHitAtAll) {
  FioReport report = one_writer(100000, 1000);
  report.jobs[0].depth[0] = 1;
  report.jobs[0].lat_ms[11] = 1;
  const std::string text = fio_normal(report);
  EXPECT_THAT(text, HasSubstr("IO depths    : 1=0.1%, 2=0.0%,"));
  EXPECT_THAT(text, HasSubstr("  lat (msec)   : >=2000=0.01%\n"));
}

TEST(FioText, StartsANewLineAfterFiveLatencyClasses) {
  FioReport report = one_writer(7, 1);
  report.jobs[0].lat_us = {1, 1, 1, 1, 1, 1, 1, 0, 0, 0};
  EXPECT_THAT(fio_normal(report),
              HasSubstr("  lat (usec)   : 2=14.29%, 4=14.29%, 10=14.29%, 20=14.29%, 50=14.29%\n"
                        "  lat (usec)   : 100=14.29%, 250=14.29%\n"));
}

TEST(FioText, RoundsTheRuntimeUpToAMillisecond) {
  FioReport report = one_writer(1, 1);
  report.jobs[0].dir[1].runtime = 5ms + 1us;
  EXPECT_THAT(fio_normal(report), HasSubstr("(16.0KiB/6msec)"));
  report.jobs[0].dir[1].runtime = 5ms;
  EXPECT_THAT(fio_normal(report), HasSubstr("(16.0KiB/5msec)"));
  report.jobs[0].dir[1].runtime = 100ns;
  EXPECT_THAT(fio_normal(report), HasSubstr("(16.0KiB/1msec)"));
}

TEST(FioText, ListsClonesOnceAndReportsEach) {
  const std::string text = fio_normal(clones(one_writer(100, 1000), 3));
  EXPECT_THAT(text,
              HasSubstr("iodepth=74\n...\nblkpath-0.1.0\nStarting 3 processes\n\ntest: (groupid=0, jobs=1)"));
  EXPECT_THAT(text, HasSubstr("  WRITE: bw=4800KiB/s (4915kB/s), 1600KiB/s-1600KiB/s (1638kB/s-1638kB/s), "
                              "io=4800KiB (4915kB), run=1000-1000msec\n"));
}

TEST(FioText, GroupReportingAddsBandwidthSamplesSideBySide) {
  FioReport report = clones(one_writer(100, 1000), 2);
  for (JobSpec& spec : report.specs) spec.group_reporting = true;
  for (JobStats& job : report.jobs) {
    job.dir[1].bw_kib.add(1000);
    job.dir[1].bw_kib.add(2000);
    job.usr_cpu = 500ms;
  }
  const std::string text = fio_normal(report);
  EXPECT_THAT(text, HasSubstr("test: (groupid=0, jobs=2): err= 0"));
  EXPECT_THAT(text, HasSubstr("min= 2000, max= 4000, per=93.75%, avg=3000.00, stdev=577.35, samples=4\n"));
  EXPECT_THAT(text, HasSubstr("usr=50.00%"));
}

TEST(FioText, AJobThatAsksForItJoinsTheGroupBlockBeforeIt) {
  FioReport report = clones(one_writer(1, 1), 2);
  report.specs[1].group_reporting = true;
  EXPECT_THAT(fio_normal(report), HasSubstr("jobs=2"));
  report.specs[0].group_reporting = true;
  report.specs[1].group_reporting = false;
  EXPECT_THAT(fio_normal(report), Not(HasSubstr("jobs=2")));
}

TEST(FioText, FollowsKbBaseAndUnitBase) {
  FioReport report = one_writer(100, 1000);
  report.specs[0].kb_base = 1000;
  EXPECT_THAT(fio_normal(report), HasSubstr("BW=1638kB/s (1600KiB/s)(1638kB/1000msec)"));
  report.specs[0].unit_base = 1;
  EXPECT_THAT(fio_normal(report), HasSubstr("BW=13.1Mbit/s (12.5Mibit/s)(1638kB/1000msec)"));
}

TEST(FioText, NamesTheErrorOfAFailedJob) {
  FioReport report = one_writer(1, 1);
  report.jobs[0].error = 28;
  EXPECT_THAT(fio_normal(report), HasSubstr("err=28 (file:blkpath:0, func=io_u error, error=No space left on "
                                            "device): pid=0:"));
}

TEST(FioText, PrintsFlushLatencies) {
  FioReport report = one_writer(1, 1);
  report.jobs[0].sync_lat.add(948us);
  report.jobs[0].total_syncs = 1;
  const std::string text = fio_normal(report);
  EXPECT_THAT(text,
              HasSubstr("  fsync/fdatasync/sync_file_range:\n    sync (nsec): min=948000, max=948000,"));
  EXPECT_THAT(text, HasSubstr("    sync percentiles (usec):\n"));
  EXPECT_THAT(text, HasSubstr("total=0,1,0,1 short"));
}

TEST(FioText, ShowsTheRangeOfABsSplit) {
  FioReport report = one_writer(1, 1);
  report.specs[0].bs[0].split = {{64_KiB, 80}, {4_KiB, 20}};
  EXPECT_THAT(fio_normal(report), HasSubstr("bs=(R) 4096B-64.0KiB, (W)"));
}

TEST(FioText, RefusesAReportWithoutASpecForEachJob) {
  FioReport report = one_writer(1, 1);
  report.specs.clear();
  EXPECT_THROW(fio_normal(report), std::invalid_argument);
}

}  // namespace
}  // namespace blkpath
