// Files, sections and command lines, and the jobs that come of them.
// Expected values without another source were read off fio 3.33 (--parse-only, --showcmd, JSON, header
// lines).
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>

#include "scenarios/test/fio_jobs.hpp"
#include "scenarios/test/temp_folder.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

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
  const JobSpec job = one_job("; a comment\n\n  # another\n\tbs =16k ; trailing\r\niodepth=4#x\r\n");
  EXPECT_EQ(job.bs[0].min, 16_KiB);
  EXPECT_EQ(job.iodepth, 4);
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
  EXPECT_EQ(error_in_job("size=1g\niodeph=4"),
            "t.fio:3: iodeph: is not an option of fio. Did you mean 'iodepth'?");
  EXPECT_EQ(error_in_args({"--name=x", "--rww=read"}),
            "command line: rww: is not an option of fio. Did you mean 'rw'?");
}

TEST(FioJob, AFileNeedsSectionsAndAJob) {
  EXPECT_EQ(error_in_file("bs=4k\n"), "t.fio:1: 'bs=4k' stands outside of a section, for example '[global]'");
  EXPECT_THAT(error_in_file("[global]\nbs=4k\n"), HasSubstr("t.fio: no job is defined"));
  EXPECT_THAT(error_in_file(""), HasSubstr("no job is defined"));
  EXPECT_THAT(error_in_file("[a\n"), HasSubstr("t.fio:1: '[a' is not a section"));
  EXPECT_THAT(error_in_args({"fio"}), HasSubstr("command line: no job is defined"));
  EXPECT_THROW(read_fio_file("no/such/file.fio"), ConfigError);
}

TEST(FioJob, EnvironmentVariablesAndKeywordsAreReplaced) {
  ::setenv("FIO_JOB_TEST_BS", "32k", 1);
  EXPECT_EQ(one_job("bs=${FIO_JOB_TEST_BS}").bs[0].min, 32_KiB);
  ::unsetenv("FIO_JOB_TEST_BS");
  EXPECT_THAT(error_in_job("bs=${FIO_JOB_TEST_BS}"), HasSubstr("bs: needs a value"));
  EXPECT_EQ(one_job("bs=$pagesize").bs[0].min.n, ::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(one_job("size=$pagesize*10").size->n, 10 * ::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(one_job("filename=/dev/x$pagesize").filename, "/dev/x" + std::to_string(::sysconf(_SC_PAGESIZE)));
}

TEST(FioJob, IncludedFilesAreFoundBesideTheirParent) {
  const TempFolder files;
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
  EXPECT_THAT(error_in_args({"--name=x", "--bs", "16q"}), HasSubstr("command line: bs: '16q' is not a size"));
  EXPECT_THAT(error_in_args({"--name=x", "--bs"}), HasSubstr("bs: needs a value"));
}

TEST(FioJob, JobFilesFollowTheCommandLineAndEachStartsAfresh) {
  const TempFolder files;
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

TEST(FioJob, AllJobsTogetherHaveRoomInARun) {
  const std::string aio = "ioengine=libaio\n";
  EXPECT_EQ(error_in_job(aio + "iodepth=1000000"),
            "t.fio:3: iodepth: all jobs together would keep 1000000 requests in flight; a run has room for "
            "32768, for example 'iodepth=32'");
  EXPECT_THAT(error_in_job(aio + "iodepth=32\nnumjobs=1025"), HasSubstr("would keep 32800 requests"));
  EXPECT_EQ(one_job(aio + "iodepth=32\nnumjobs=1024").numjobs, 1024);
  EXPECT_EQ(one_job("iodepth=1000000").iodepth, 1000000);  // a synchronous engine has one
  const std::string half = "ioengine=libaio\niodepth=20000\n";
  EXPECT_THAT(error_in_file("[a]\n" + half + "[b]\n" + half), HasSubstr("would keep 40000 requests"));
  EXPECT_EQ(error_in_file("[a]\n" + half + "[b]\nstonewall\n" + half), "");
}

TEST(FioJob, FiosOwnLimitOfJobsHolds) {
  EXPECT_EQ(error_in_job("numjobs=100000"),
            "t.fio:2: numjobs: makes 100000 jobs in all; fio's limit is 4096, for example 'numjobs=4'");
  EXPECT_EQ(one_job("numjobs=4096").numjobs, 4096);
  EXPECT_THAT(error_in_file("[a]\nnumjobs=4096\n[b]\nbs=4k\n"),
              HasSubstr("t.fio:3: numjobs: makes 4097 jobs"));
}

}  // namespace
}  // namespace blkpath
