#include "scenarios/fio_job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "model/core/error.hpp"

// Expected values without another source were read off fio 3.33 (--parse-only, --showcmd, JSON, header
// lines).

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

JobSpec one(const std::string& options) { return parse_fio_text("[job]\n" + options, "t.fio").jobs.at(0); }

std::string message(const std::string& text) {
  try {
    parse_fio_text(text, "t.fio");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}
std::string message_of(const std::string& options) { return message("[job]\n" + options); }

std::string message_of_args(const std::vector<std::string>& args) {
  try {
    parse_fio_args(args);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

std::vector<std::int64_t> smallest_blocks(const JobSpec& spec) {
  return {spec.bs[0].min.n, spec.bs[1].min.n, spec.bs[2].min.n};
}
std::vector<std::pair<std::int64_t, int>> shares(const BlockSizes& sizes) {
  std::vector<std::pair<std::int64_t, int>> out;
  for (const BlockSizeShare& share : sizes.split) out.emplace_back(share.size.n, share.percent);
  return out;
}

/// A directory of files that goes away with the test.
class Files {
 public:
  Files() : dir_(std::filesystem::temp_directory_path() / ("fio_job_test_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(dir_);
  }
  ~Files() { std::filesystem::remove_all(dir_); }
  std::string write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((dir_ / name).parent_path());
    std::ofstream(dir_ / name) << text;
    return (dir_ / name).string();
  }

 private:
  std::filesystem::path dir_;
};

TEST(FioJob, TheSeedsCommandLineParses) {
  const FioJobs read = parse_fio_args(
      {"fio", "--name=guestrun", "--filename=/dev/mapper/volumes-fibre", "--rw=randwrite", "--bs=16k",
       "--ioengine=libaio", "--direct=1", "--norandommap", "--runtime=120", "--time_based", "--numjobs=1",
       "--group_reporting", "--thread", "--size=25g", "--write_lat_log", "--write_bw_log", "--iodepth=74"});
  ASSERT_EQ(read.jobs.size(), 1u);
  const JobSpec& job = read.jobs[0];
  EXPECT_EQ(job.name, "guestrun");
  EXPECT_EQ(job.filename, "/dev/mapper/volumes-fibre");
  EXPECT_TRUE(job.random);
  EXPECT_EQ(job.does, (PerDir<bool>{false, true, false}));
  EXPECT_EQ(job.bs[1].min, 16_KiB);
  EXPECT_EQ(job.engine, IoEngine::libaio);
  EXPECT_TRUE(job.direct);
  EXPECT_FALSE(job.random_map);
  EXPECT_EQ(job.runtime, 120s);
  EXPECT_TRUE(job.time_based);
  EXPECT_TRUE(job.group_reporting);
  EXPECT_EQ(job.size, 25_GiB);
  EXPECT_EQ(job.iodepth, 74);
  EXPECT_EQ(job.write_lat_log, "guestrun");
  EXPECT_EQ(job.write_bw_log, "guestrun");
  EXPECT_EQ(job.write_iops_log, "");
  EXPECT_THAT(read.not_modelled, IsEmpty());
}

TEST(FioJob, AnEmptySectionHasFiosDefaults) {
  const JobSpec job = one("");
  EXPECT_EQ(job.name, "job");
  EXPECT_FALSE(job.random);
  EXPECT_EQ(job.does, (PerDir<bool>{true, false, false}));
  EXPECT_THAT(smallest_blocks(job), ElementsAre(4096, 4096, 4096));
  EXPECT_EQ(job.engine, IoEngine::psync);
  EXPECT_EQ(job.iodepth, 1);
  EXPECT_EQ(job.iodepth_low, 1);
  EXPECT_EQ(job.iodepth_batch, 1);
  EXPECT_EQ(job.iodepth_batch_complete_min, 1);
  EXPECT_EQ(job.iodepth_batch_complete_max, 1);
  EXPECT_TRUE(job.rand_repeat);
  EXPECT_FALSE(job.size.has_value());
}

TEST(FioJob, GlobalsApplyOnlyToTheJobsAfterThem) {
  const auto jobs =
      parse_fio_text("[a]\n[global]\nbs=8k\niodepth=4\n[b]\n[global]\nbs=16k\n[c]\niodepth=2\n", "t").jobs;
  ASSERT_EQ(jobs.size(), 3u);
  EXPECT_EQ(jobs[0].bs[0].min, 4_KiB);
  EXPECT_EQ(jobs[1].bs[0].min, 8_KiB);
  EXPECT_EQ(jobs[1].iodepth, 4);
  EXPECT_EQ(jobs[2].bs[0].min, 16_KiB);
  EXPECT_EQ(jobs[2].iodepth, 2);
}

TEST(FioJob, CommentsBlanksAndCarriageReturnsAreSkipped) {
  const JobSpec job = one("; a comment\n\n  # another\n\tbs =16k ; trailing\r\niodepth=4#x\r\n");
  EXPECT_EQ(job.bs[0].min, 16_KiB);
  EXPECT_EQ(job.iodepth, 4);
}

TEST(FioJob, ABlankBeforeAPlainNumberIsFineButBeforeASizeWouldLoseItsUnit) {
  EXPECT_EQ(one("iodepth = 4").iodepth, 4);
  EXPECT_THAT(message_of("bs = 16k"), HasSubstr("t.fio:2: bs: ' 16k' has a blank before it"));
}

TEST(FioJob, KMeansKbBaseAndKibTheOtherOne) {
  for (const auto& [text, bytes] : std::vector<std::pair<std::string, std::int64_t>>{{"4k", 4096},
                                                                                     {"4KB", 4096},
                                                                                     {"4ki", 4096},
                                                                                     {"4KiB", 4000},
                                                                                     {"4096", 4096},
                                                                                     {"4096b", 4096},
                                                                                     {"0x1000", 4096},
                                                                                     {"1m", 1048576}})
    EXPECT_EQ(one("bs=" + text).bs[0].min.n, bytes) << text;
  EXPECT_EQ(one("kb_base=1000\nbs=4k").bs[0].min.n, 4000);
  EXPECT_EQ(one("kb_base=1000\nbs=4kib").bs[0].min.n, 4096);
  EXPECT_EQ(one("size=2t").size->n, std::int64_t{2} << 40);
  EXPECT_EQ(one("size=1p").size->n, std::int64_t{1} << 50);
}

TEST(FioJob, KbBaseCountsForItsWholeSectionInAFileButOnlyOnwardsOnACommandLine) {
  EXPECT_EQ(one("bs=4k\nkb_base=1000").bs[0].min.n, 4000);
  EXPECT_EQ(parse_fio_args({"--name=x", "--bs=4k", "--kb_base=1000"}).jobs[0].bs[0].min.n, 4096);
  EXPECT_EQ(parse_fio_args({"--name=x", "--kb_base=1000", "--bs=4k"}).jobs[0].bs[0].min.n, 4000);
}

TEST(FioJob, BareTimesAreSecondsButThinktimeIsInMicroseconds) {
  EXPECT_EQ(one("runtime=3").runtime, 3s);
  EXPECT_EQ(one("timeout=300ms").runtime, 300ms);
  EXPECT_EQ(one("ramp_time=2M").ramp_time, 2min);
  EXPECT_EQ(one("startdelay=5usec").start_delay, 5us);
  EXPECT_EQ(one("thinktime=250").thinktime, 250us);
  EXPECT_EQ(one("thinktime=2s").thinktime, 2s);
}

TEST(FioJob, NumbersThatFioWouldMisreadAreRefused) {
  EXPECT_EQ(message_of("bs=16q"), "t.fio:2: bs: '16q' is not a size, for example '16k'");
  EXPECT_THAT(message_of("bs=1.5k"), HasSubstr("'1.5k' is not a size"));
  EXPECT_THAT(message_of("runtime=1sec"), HasSubstr("'1sec' has an unknown unit"));
  EXPECT_THAT(message_of("runtime=3.5"), HasSubstr("'3.5' is not a whole number"));
  EXPECT_THAT(message_of("size=150%"), HasSubstr("'150%' is above 100"));
  EXPECT_THAT(message_of("size=99999999t"), HasSubstr("is out of range"));
}

TEST(FioJob, ArithmeticStandsInParentheses) {
  EXPECT_EQ(one("bs=(4*1024)").bs[0].min, 4_KiB);
  EXPECT_EQ(one("bs=(4k + 2^12)").bs[0].min, 8_KiB);
  EXPECT_EQ(one("size=((1+2)*1g - 10%4)").size->n, (std::int64_t{3} << 30) - 2);
  EXPECT_EQ(one("runtime=(2*60)").runtime, 120s);
  EXPECT_EQ(one("runtime=(1s + 500ms)").runtime, 1500ms);
  EXPECT_THAT(message_of("bs=(4*"), HasSubstr("is not an expression"));
  EXPECT_THAT(message_of("bs=(4/0)"), HasSubstr("divides by zero"));
}

TEST(FioJob, CommasSeparateReadWriteAndTrim) {
  EXPECT_THAT(smallest_blocks(one("bs=8k")), ElementsAre(8192, 8192, 8192));
  EXPECT_THAT(smallest_blocks(one("bs=4k,8k")), ElementsAre(4096, 8192, 8192));
  EXPECT_THAT(smallest_blocks(one("bs=8k,16k,")), ElementsAre(8192, 16384, 4096));
  EXPECT_THAT(smallest_blocks(one("bs=8k,,16k")), ElementsAre(8192, 4096, 16384));
  EXPECT_THAT(smallest_blocks(one("bs=,8k")), ElementsAre(4096, 8192, 8192));
  EXPECT_THAT(one("rate=1m,500k").rate, ElementsAre(ByteRate{1048576}, ByteRate{512000}, ByteRate{512000}));
  EXPECT_THAT(one("rate_iops=,200,").rate_iops, ElementsAre(0, 200, 0));
  EXPECT_THAT(one("percentage_random=50,0").percent_random, ElementsAre(50, 0, 0));
}

TEST(FioJob, ABlockSizeRangeHidesBsInAnyOrder) {
  for (const char* options : {"bs=16k\nbsrange=2k-1k", "bsrange=1k:2k\nbs=16k"}) {
    const JobSpec job = one(options);
    EXPECT_EQ(job.bs[0].min, 1_KiB);
    EXPECT_EQ(job.bs[2].max, 2_KiB);
  }
  const JobSpec job = one("bs=8k\nbsrange=4k-8k,");
  EXPECT_EQ(job.bs[0].min, 4_KiB);
  EXPECT_EQ(job.bs[1].min, 8_KiB);
}

TEST(FioJob, ABlockSizeSplitSharesOutWhatIsLeft) {
  EXPECT_THAT(shares(one("bssplit=4k/60:16k/40").bs[1]), ElementsAre(Pair(4096, 60), Pair(16384, 40)));
  EXPECT_THAT(shares(one("bssplit=4k/50:16k/").bs[0]), ElementsAre(Pair(4096, 50), Pair(16384, 50)));
  EXPECT_THAT(shares(one("bssplit=4k:8k:16k").bs[0]),
              ElementsAre(Pair(4096, 33), Pair(8192, 33), Pair(16384, 34)));
  const JobSpec job = one("bssplit=4k/50:64k/50,8k");
  EXPECT_EQ(job.bs[0].max, 64_KiB);
  EXPECT_THAT(shares(job.bs[1]), ElementsAre(Pair(8192, 100)));
  EXPECT_THAT(message_of("bssplit=4k/50:16k/60"), HasSubstr("has percentages that add up to 110, not 100"));
  EXPECT_THAT(message_of("bssplit=4k/50:16k/40"), HasSubstr("add up to 90"));
}

TEST(FioJob, EveryDataDirectionIsKnown) {
  struct Mode {
    const char* name;
    bool random;
    PerDir<bool> does;
  };
  for (const Mode& mode :
       {Mode{"read", false, {true, false, false}}, Mode{"write", false, {false, true, false}},
        Mode{"trim", false, {false, false, true}}, Mode{"randread", true, {true, false, false}},
        Mode{"randwrite", true, {false, true, false}}, Mode{"randtrim", true, {false, false, true}},
        Mode{"rw", false, {true, true, false}}, Mode{"readwrite", false, {true, true, false}},
        Mode{"randrw", true, {true, true, false}}, Mode{"trimwrite", false, {false, true, true}},
        Mode{"randtrimwrite", true, {false, true, true}}}) {
    const JobSpec job = one(std::string("readwrite=") + mode.name);
    EXPECT_EQ(job.random, mode.random) << mode.name;
    EXPECT_EQ(job.does, mode.does) << mode.name;
  }
  EXPECT_THAT(message_of("rw=rand"), HasSubstr("t.fio:2: rw: 'rand' is none of read, write"));
}

TEST(FioJob, ANumberAfterRwIsARunOfRandomOffsetsOrASequentialGap) {
  EXPECT_EQ(one("rw=randrw:8").sequence, 8);
  EXPECT_EQ(one("rw=write:4k").sequence_gap, 4_KiB);
  EXPECT_EQ(one("rw=read:-8k").sequence_gap.n, -8192);
  EXPECT_EQ(one("rw=randrw:8\nrw=randread").sequence, 1);
}

TEST(FioJob, SizesAndOffsetsMayBeInPercent) {
  const JobSpec job = one("size=50%\noffset=25%");
  EXPECT_FALSE(job.size.has_value());
  EXPECT_EQ(job.size_percent, 50);
  EXPECT_EQ(job.offset_percent, 25);
  EXPECT_EQ(one("size=1000k\nio_size=20%").io_size->n, 204800);
  EXPECT_EQ(one("size=50%\nsize=1g").size_percent, 0);
  EXPECT_THAT(message_of("io_size=20%"), HasSubstr("needs a size in bytes"));
}

TEST(FioJob, EnginesAreDriversAndOthersAreNamed) {
  for (const char* name : {"sync", "psync", "vsync", "pvsync", "pvsync2"})
    EXPECT_EQ(one(std::string("ioengine=") + name).engine, IoEngine::psync) << name;
  EXPECT_EQ(one("ioengine=libaio").engine, IoEngine::libaio);
  EXPECT_EQ(one("ioengine=posixaio").engine, IoEngine::posixaio);
  EXPECT_EQ(one("ioengine=io_uring").engine, IoEngine::io_uring);
  EXPECT_THAT(message_of("ioengine=mmap"), HasSubstr("'mmap' is not modelled; modelled are libaio"));
}

TEST(FioJob, DirectAndBufferedAreOneSwitch) {
  EXPECT_TRUE(one("buffered=0").direct);
  EXPECT_FALSE(one("direct=1\nbuffered=1").direct);
  EXPECT_THAT(message_of("direct=true"), HasSubstr("'true' is not a number, for example '1'"));
  EXPECT_THAT(message_of("direct=2"), HasSubstr("'2' is above 1"));
  EXPECT_THAT(message_of("direct"), HasSubstr("t.fio:2: direct: needs a value, for example '1'"));
}

TEST(FioJob, FlagsNeedNoValueButMayHaveOne) {
  EXPECT_FALSE(one("norandommap").random_map);
  EXPECT_FALSE(one("norandommap=2").random_map);
  EXPECT_TRUE(one("norandommap=0").random_map);
  EXPECT_THAT(message_of("norandommap=yes"), HasSubstr("'yes' is not a number"));
  EXPECT_FALSE(parse_fio_text("[global]\nstonewall\n[a]\nstonewall=0\n", "t").jobs[0].stonewall);
}

TEST(FioJob, RandomDistributionsCarryTheirParameters) {
  using Kind = RandomDistribution::Kind;
  EXPECT_EQ(one("random_distribution=zipf").distribution.parameter, 1.1);
  EXPECT_EQ(one("random_distribution=pareto").distribution.parameter, 0.2);
  const JobSpec zipf = one("rw=randread\nrandom_distribution=zipf:1.2:0.25");
  EXPECT_EQ(zipf.distribution.kind, Kind::zipf);
  EXPECT_EQ(zipf.distribution.parameter, 1.2);
  EXPECT_EQ(zipf.distribution.center, 0.25);
  EXPECT_FALSE(zipf.random_map) << "fio: a distribution excludes the random map";
  EXPECT_LT(one("random_distribution=normal:10").distribution.center, 0);
  const auto zones = one("random_distribution=zoned:50/5:30/15:20/").distribution.zones;
  ASSERT_EQ(zones.size(), 3u);
  EXPECT_EQ(zones[1].access, 30);
  EXPECT_EQ(zones[2].size, 80);
  EXPECT_THAT(message_of("random_distribution=zipf:1.0"), HasSubstr("has a theta of 1"));
  EXPECT_THAT(message_of("random_distribution=pareto:1.5"), HasSubstr("outside 0 to 1"));
  EXPECT_THAT(message_of("random_distribution=zoned:60/10:30/"), HasSubstr("add up to 90, not 100"));
}

TEST(FioJob, AnAlignmentOfItsOwnTurnsTheRandomMapOff) {
  EXPECT_TRUE(one("rw=randread\nbs=8k\nblockalign=8k").random_map);
  const JobSpec job = one("rw=randread\nbs=8k\nba=4k");
  EXPECT_FALSE(job.random_map);
  EXPECT_EQ(job.block_align[0], 4_KiB);
  EXPECT_EQ(one("rw=read\nbs=8k\nba=4k").block_align[0].n, 0);
}

TEST(FioJob, DepthsDependOnEachOther) {
  const JobSpec job = one("iodepth=32\niodepth_batch_submit=0\niodepth_batch_complete=4\niodepth_low=64");
  EXPECT_EQ(job.iodepth_batch, 32);
  EXPECT_EQ(job.iodepth_batch_complete_min, 4);
  EXPECT_EQ(job.iodepth_batch_complete_max, 4);
  EXPECT_EQ(job.iodepth_low, 32);
  EXPECT_EQ(one("iodepth=4k").iodepth, 4096) << "counts take suffixes too";
}

TEST(FioJob, SwitchesOfRandomnessAndFlushing) {
  const JobSpec job =
      one("randrepeat=0\nrandseed=0x89\nfsync=4\nfdatasync=8\nfsync_on_close=1\nsync=dsync\nloops=0");
  EXPECT_FALSE(job.rand_repeat);
  EXPECT_EQ(job.rand_seed, 137u);
  EXPECT_EQ(job.fsync, 4);
  EXPECT_EQ(job.fdatasync, 8);
  EXPECT_TRUE(job.end_fsync);
  EXPECT_TRUE(job.dsync);
  EXPECT_FALSE(job.sync);
  EXPECT_EQ(job.loops, 1);
  EXPECT_TRUE(one("randrepeat=0\nallrandrepeat=1").rand_repeat);
  EXPECT_TRUE(one("sync=1").sync);
}

TEST(FioJob, ReportingOptionsAreKept) {
  const JobSpec job =
      one("percentile_list=99.9:50\nlat_percentiles=1\nlog_avg_msec=500\nwrite_bw_log=out\nunit_base=8");
  EXPECT_THAT(job.percentiles, ElementsAre(50, 99.9));
  EXPECT_TRUE(job.lat_percentiles);
  EXPECT_EQ(job.log_avg, 500ms);
  EXPECT_EQ(job.write_bw_log, "out");
  EXPECT_EQ(job.unit_base, 8);
  EXPECT_THAT(message_of("percentile_list=50:200"), HasSubstr("has a percentile outside 0 to 100"));
}

TEST(FioJob, StonewallAndNewGroupStartAReportingGroup) {
  const auto jobs =
      parse_fio_text(
          "[a]\nstonewall\nioengine=libaio\n[b]\nstonewall\nnumjobs=2\n[c]\nnew_group\n[d]\n[e]\n"
          "wait_for_previous\n",
          "t")
          .jobs;
  std::vector<int> groups;
  for (const JobSpec& job : jobs) groups.push_back(job.group);
  EXPECT_THAT(groups, ElementsAre(0, 1, 2, 2, 3));
  EXPECT_TRUE(jobs[4].stonewall);
  EXPECT_FALSE(jobs[2].stonewall);
}

TEST(FioJob, OptionsAreRecordedAsFiosJsonPrintsThem) {
  const FioJobs read = parse_fio_text(
      "[global]\nreadwrite=randread\nblocksize=8k\ngroup_reporting\n[a]\niodepth_batch_submit=1\nthread=0\n"
      "norandommap\n[global]\ntimeout=3\n[b]\nname=bee\nbs=4k,8k\n",
      "t");
  EXPECT_THAT(read.global_options,
              ElementsAre(Pair("rw", "randread"), Pair("bs", "8k"), Pair("runtime", "3")));
  EXPECT_THAT(read.jobs[0].options, ElementsAre(Pair("iodepth_batch", "1"), Pair("thread", "0")));
  EXPECT_THAT(read.jobs[1].options, ElementsAre(Pair("name", "bee"), Pair("bs", "4k,8k")));
  EXPECT_EQ(read.jobs[1].name, "bee");
  EXPECT_EQ(read.jobs[1].runtime, 3s);
  EXPECT_THAT(parse_fio_args({"--name=x", "--bs=8k"}).jobs[0].options,
              ElementsAre(Pair("name", "x"), Pair("bs", "8k")));
}

TEST(FioJob, WhatIsNotModelledIsReportedAndIgnored) {
  const FioJobs read =
      parse_fio_text("[g]\n\nzonemode=strided\nthread\nrefill_buffers\nverify=md5\nss=iops:1%\n", "g.fio");
  EXPECT_THAT(read.not_modelled,
              ElementsAre("g.fio:3: zonemode: not modelled, ignored",
                          "g.fio:6: verify: not modelled, ignored", "g.fio:7: ss: not modelled, ignored"));
}

TEST(FioJob, AnUnknownOptionNamesTheNearestOne) {
  EXPECT_EQ(message_of("size=1g\niodeph=4"),
            "t.fio:3: iodeph: is not an option of fio. Did you mean 'iodepth'?");
  EXPECT_EQ(message_of_args({"--name=x", "--rww=read"}),
            "command line: rww: is not an option of fio. Did you mean 'rw'?");
}

TEST(FioJob, ConflictsAreReportedWhereTheOptionStands) {
  EXPECT_EQ(message_of("rwmixread=101"), "t.fio:2: rwmixread: '101' is above 100, for example '70'");
  EXPECT_EQ(message_of("bs=0"), "t.fio:2: bs: '0' is below 1, for example '16k'");
  EXPECT_THAT(message_of("iodepth=0"), HasSubstr("'0' is below 1"));
  EXPECT_THAT(message_of("numjobs=0"), HasSubstr("'0' is below 1"));
  EXPECT_EQ(message("[global]\niodepth_batch=8\n[job]\niodepth=4"),
            "t.fio:2: iodepth_batch: 8 is more than the iodepth, 4");
  EXPECT_EQ(message_of("bs=4k\ntime_based"),
            "t.fio:3: time_based: needs a runtime, for example 'runtime=60'");
  EXPECT_THAT(message_of("rate=1m\nrate_iops=10"), HasSubstr("rate_iops: excludes rate"));
  EXPECT_EQ(message_of("size=1k"), "t.fio:2: size: 1KiB is less than the smallest block, 4KiB");
  EXPECT_EQ(one("rwmixread=30\nrwmixwrite=80").read_percent, 20);
}

TEST(FioJob, AFileNeedsSectionsAndAJob) {
  EXPECT_EQ(message("bs=4k\n"), "t.fio:1: 'bs=4k' stands outside of a section, for example '[global]'");
  EXPECT_THAT(message("[global]\nbs=4k\n"), HasSubstr("t.fio: no job is defined"));
  EXPECT_THAT(message(""), HasSubstr("no job is defined"));
  EXPECT_THAT(message("[a\n"), HasSubstr("t.fio:1: '[a' is not a section"));
  EXPECT_THAT(message_of_args({"fio"}), HasSubstr("command line: no job is defined"));
  EXPECT_THROW(read_fio_file("no/such/file.fio"), ConfigError);
}

TEST(FioJob, EnvironmentVariablesAndKeywordsAreReplaced) {
  ::setenv("FIO_JOB_TEST_BS", "32k", 1);
  EXPECT_EQ(one("bs=${FIO_JOB_TEST_BS}").bs[0].min, 32_KiB);
  ::unsetenv("FIO_JOB_TEST_BS");
  EXPECT_THAT(message_of("bs=${FIO_JOB_TEST_BS}"), HasSubstr("bs: needs a value"));
  EXPECT_EQ(one("bs=$pagesize").bs[0].min.n, ::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(one("size=$pagesize*10").size->n, 10 * ::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(one("filename=/dev/x$pagesize").filename, "/dev/x" + std::to_string(::sysconf(_SC_PAGESIZE)));
}

TEST(FioJob, IncludedFilesAreFoundBesideTheirParent) {
  Files files;
  files.write("sub/q.inc", "bs=8k\ninclude deeper.inc\n");
  files.write("sub/deeper.inc", "iodepth=3\n");
  const JobSpec job = read_fio_file(files.write("sub/i.fio", "[a]\ninclude q.inc\nnumjobs=2\n")).jobs.at(0);
  EXPECT_EQ(job.bs[0].min, 8_KiB);
  EXPECT_EQ(job.iodepth, 3);
  EXPECT_EQ(job.numjobs, 2);

  files.write("bad.inc", "\n[b]\n");
  files.write("loop.inc", "include loop.inc\n");
  const std::string bad = files.write("bad.fio", "[a]\ninclude bad.inc\n");
  const std::string loop = files.write("loop.fio", "[a]\ninclude loop.inc\n");
  const std::string none = files.write("none.fio", "[a]\ninclude none.inc\n");
  EXPECT_THROW(read_fio_file(bad), ConfigError);
  EXPECT_THROW(read_fio_file(loop), ConfigError);
  EXPECT_THROW(read_fio_file(none), ConfigError);
}

TEST(FioJob, OnACommandLineNameStartsAJobAndWhatIsBeforeIsGlobal) {
  const FioJobs read = parse_fio_args({"--bs=8k", "--direct", "--name", "x", "-rw", "write", "--thread",
                                       "--name=y", "--bs", "16k", "--output-format=json", "--eta", "never"});
  ASSERT_EQ(read.jobs.size(), 2u);
  EXPECT_EQ(read.jobs[0].name, "x");
  EXPECT_EQ(read.jobs[0].bs[0].min, 8_KiB);
  EXPECT_TRUE(read.jobs[0].does[1]);
  EXPECT_EQ(read.jobs[1].bs[0].min, 16_KiB);
  EXPECT_TRUE(read.jobs[1].direct);
  EXPECT_THAT(message_of_args({"--name=x", "--bs", "16q"}),
              HasSubstr("command line: bs: '16q' is not a size"));
  EXPECT_THAT(message_of_args({"--name=x", "--bs"}), HasSubstr("bs: needs a value"));
}

TEST(FioJob, JobFilesFollowTheCommandLineAndEachStartsAfresh) {
  Files files;
  const std::string a = files.write("a.fio", "[global]\niodepth=4\n[a]\n");
  const std::string b = files.write("b.fio", "[b]\n[c]\n");
  const auto jobs = parse_fio_args({"--bs=8k", a, "--name=x", b}).jobs;
  ASSERT_EQ(jobs.size(), 4u);
  EXPECT_EQ(jobs[0].name, "x");
  EXPECT_EQ(jobs[1].name, "a");
  EXPECT_EQ(jobs[1].bs[0].min, 8_KiB);
  EXPECT_FALSE(jobs[1].stonewall);
  EXPECT_EQ(jobs[2].bs[0].min, 4_KiB) << "globals of the first file are forgotten";
  EXPECT_EQ(jobs[2].iodepth, 1);
  EXPECT_TRUE(jobs[2].stonewall);
  EXPECT_EQ(jobs[2].group, 1);
  EXPECT_FALSE(jobs[3].stonewall);
  EXPECT_EQ(parse_fio_args({"--section=c", b}).jobs.size(), 1u);
}

// ---- what the kernel or a run would not take
// ----------------------------------------------------------------

TEST(FioJob, DirectIoIsAlignedToSectors) {
  const std::string direct = "direct=1\nrw=randwrite\n";
  EXPECT_EQ(message_of(direct + "bs=100"),
            "t.fio:4: bs: 100B is no multiple of 512 bytes, to which O_DIRECT answers EINVAL; for example "
            "'bs=4k', or 'direct=0'");
  EXPECT_THAT(message_of(direct + "bsrange=100-4k"), HasSubstr("t.fio:4: bsrange: 100B is no multiple"));
  EXPECT_THAT(message_of(direct + "bssplit=4k/50:1000/50"),
              HasSubstr("t.fio:4: bssplit: 1kB is no multiple"));
  EXPECT_THAT(message_of(direct + "bsrange=4k-8k\nbs_unaligned"), HasSubstr("t.fio:5: bs_unaligned: makes"));
  EXPECT_THAT(message_of(direct + "ba=700"), HasSubstr("t.fio:4: ba: 700B is no multiple"));
  EXPECT_THAT(message_of(direct + "offset=700"), HasSubstr("t.fio:4: offset: 700B is no multiple"));
  EXPECT_THAT(
      message_of("direct=1\nrw=write:100"),
      HasSubstr("t.fio:3: rw: 100B is no multiple of 512 bytes, to which O_DIRECT answers EINVAL; for "
                "example 'rw=write:4k'"));
  EXPECT_EQ(one(direct + "bs=512").bs[1].min.n, 512);
  EXPECT_EQ(one("direct=1\nrw=read\nbs=4k,100").bs[0].min.n, 4096);  // it does not write
  EXPECT_EQ(one("rw=randwrite\nbs=100").bs[1].min.n, 100);           // buffered
}

TEST(FioJob, AllJobsTogetherHaveRoomInARun) {
  const std::string aio = "ioengine=libaio\n";
  EXPECT_EQ(message_of(aio + "iodepth=1000000"),
            "t.fio:3: iodepth: all jobs together would keep 1000000 requests in flight; a run has room for "
            "32768, for example 'iodepth=32'");
  EXPECT_THAT(message_of(aio + "iodepth=32\nnumjobs=1025"), HasSubstr("would keep 32800 requests"));
  EXPECT_EQ(one(aio + "iodepth=32\nnumjobs=1024").numjobs, 1024);
  EXPECT_EQ(one("iodepth=1000000").iodepth, 1000000);  // a synchronous engine has one
  const std::string half = "ioengine=libaio\niodepth=20000\n";
  EXPECT_THAT(message("[a]\n" + half + "[b]\n" + half), HasSubstr("would keep 40000 requests"));
  EXPECT_EQ(message("[a]\n" + half + "[b]\nstonewall\n" + half), "no error");
}

TEST(FioJob, FiosOwnLimitOfJobsHolds) {
  EXPECT_EQ(message_of("numjobs=100000"),
            "t.fio:2: numjobs: makes 100000 jobs in all; fio's limit is 4096, for example 'numjobs=4'");
  EXPECT_EQ(one("numjobs=4096").numjobs, 4096);
  EXPECT_THAT(message("[a]\nnumjobs=4096\n[b]\nbs=4k\n"), HasSubstr("t.fio:3: numjobs: makes 4097 jobs"));
}

}  // namespace
}  // namespace blkpath
