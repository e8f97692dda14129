#include <nlohmann/json.hpp>

#include "cli/test/program.hpp"

namespace blkpath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(Program, WithoutACommandSaysWhatThereIs) {
  expect_refused({},
                 "a command is missing, one of run, validate, graph, models, trace, replay, import, "
                 "calibrate. For example 'blkpath run ");
  expect_refused({"rnu"}, "there is no command 'rnu'. Did you mean 'run'? The commands are run, ");
  expect_refused({"--seed=1"}, "'--seed=1' is no option of blkpath itself");
}

TEST_F(Program, WithoutAScenarioSaysWhatToType) {
  expect_refused({"run"}, "run: needs a scenario file, for example 'blkpath run scenarios/");
  expect_refused({"graph"}, "graph: needs a scenario file, for example 'blkpath graph scenarios/");
  expect_refused({"validate"}, "validate: needs a case, for example 'blkpath validate validate/cases/");
}

TEST_F(Program, ATraceTakesTheJobsPlace) {
  folder_.write("t.csv",
                "128166372000000000,h,0,Read,4096,4096,50000\n"
                "128166372000100000,h,0,Write,8589934592,8192,50000\n");
  const Outcome o = run({"run", "s.yaml", "--trace", "t.csv", "--set", "trace.remap=wrap"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("Trace t.csv (msr), open: 2 requests of 2 records"));
  expect_refused({"run", "s.yaml", "--trace", "t.csv"},
                 "t.csv: offset: record 2: offset 8589934592 and length 8192");
  expect_refused({"run", "s.yaml", "--trace", "gone.csv"},
                 "command line: --trace: there is no file 'gone.csv'");
  expect_refused({"run", "s.yaml", "--trace", "t.csv", "--job", "job.fio"}, "--job excludes --trace");
  expect_refused({"run", "s.yaml", "--set", "trace.speed=2x"}, "a scenario has a job or a trace, not both");
}

TEST_F(Program, HelpHasExamples) {
  for (const char* command : {"run", "validate", "graph", "models", "calibrate"}) {
    const Outcome o = run({command, "--help"});
    EXPECT_EQ(o.status, 0);
    EXPECT_THAT(o.out, AllOf(HasSubstr("Examples:"), HasSubstr(std::string("blkpath ") + command)));
  }
  EXPECT_THAT(run({"--help"}).out, AllOf(HasSubstr("Examples:"), HasSubstr("COMMAND --help")));
  EXPECT_THAT(run({"--version"}).out, StartsWith("blkpath "));
}

TEST_F(Program, WrongOptionsAreRefused) {
  expect_refused({"run", "s.yaml", "--sett", "size=1GiB"}, "Did you mean '--set'?");
  expect_refused({"run", "s.yaml", "--job", "job.fio", "--fio", "--name=x"}, "--job excludes --fio");
  expect_refused({"run", "s.yaml", "--output-format=xml"}, "--output-format: xml not in {normal,json,json+}");
  expect_refused({"run", "s.yaml", "--seed", "-3"},
                 "--seed: '-3' is not a whole number from 0 up, for example '1'");
  expect_refused({"run", "s.yaml", "--qemu", ""}, "--qemu: needs a value");
  expect_refused({"run", "s.yaml", "--disk", "d"}, "--disk requires --qemu");
  expect_refused({"models", "dsk"}, "there is no model 'dsk'. Did you mean 'disk'?");
}

TEST_F(Program, WrongInputExitsWithTwoAndNamesThePlace) {
  expect_refused({"run", "gone.yaml"}, "cannot read 'gone.yaml': No such file or directory");
  expect_refused({"run", "."}, "it is a folder; a scenario is one file");
  expect_refused({"run", "s.yaml", "--set", "path.link.rate=850"},
                 "command line: path.link.rate: '850' needs a number and a unit, for example '850MB/s'");
  expect_refused({"run", "s.yaml", "--job", "gone.fio"},
                 "cannot read the fio job file 'gone.fio': No such file or directory");
  expect_refused({"run", "s.yaml", "--job", "."}, "cannot read the fio job file '.': it is a folder");
  expect_refused({"run", "s.yaml", "--set", "job.write_lat_log=gone/x", "-o", "report.txt"},
                 "write_lat_log: cannot write 'gone/x_lat.1.log': No such file or directory");
  expect_refused({"run", "s.yaml", "--set", "guest.vcpus=1", "--set", "disk.aio=native", "--qemu",
                  "-drive file=/dev/sdb,if=virtio,format=raw"},
                 "disk.aio: --qemu stands for the whole disk; say it there");
  expect_refused({"run", "s.yaml", "--fio", "--name='x"}, "the quote ' is opened but never closed");
  expect_refused({"run", "s.yaml", "--qemu", "-drive file=/dev/sdb,if=virtio,format=raw"},
                 "this scenario is bare metal");
  expect_refused({"run", "s.yaml", "--set", "guest.vcpus=1", "--qemu",
                  "-drive file=/dev/sdb,if=virtio,format=raw,cache=writeback,aio=native"},
                 "command line: aio: 'native' needs O_DIRECT");
  expect_refused({"run", "s.yaml", "--set", "size=1MiB", "-o", "report.txt"}, "s.yaml:2: job: job 'job': ");
  folder_.write("twice.yaml", "size: 1GiB\nsize: 2GiB\n");
  expect_refused({"graph", "twice.yaml"}, "blkpath: twice.yaml:2: size: stands here for the second time");
  expect_refused({"validate", "gone"}, "there is no case file 'gone'");
}

TEST_F(Program, AnOutputThatCannotBeWrittenIsRefusedBeforeTheRun) {
  expect_refused({"run", "s.yaml", "--runtime", "1000h", "-o", "gone/report.txt"},
                 "command line: --output: cannot write 'gone/report.txt': No such file or directory");
  expect_refused({"run", "s.yaml", "--runtime", "1000h", "-o", "."}, "cannot write '.': it is a folder");
}

TEST_F(Program, RunWritesTheReportWhereItIsTold) {
  const Outcome o = run({"run", "s.yaml", "--json", "-o", "report.json"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out + o.err, IsEmpty());
  const auto document = nlohmann::json::parse(read_whole(folder_.path("report.json")));
  EXPECT_FALSE(document["blkpath"]["interrupted"]);
  EXPECT_GT(document["jobs"][0]["read"]["total_ios"], 0);
}

TEST_F(Program, CtrlCReportsWhatWasCompletedAndExitsWith130) {
  const pid_t pid = start({"run", "s.yaml", "--runtime", "1000h", "--json"});
  wait_for_handler(pid);
  kill(pid, SIGINT);
  const Outcome o = finish(pid);
  EXPECT_EQ(o.status, 130) << o.err;
  const auto document = nlohmann::json::parse(o.out);
  EXPECT_TRUE(document["blkpath"]["interrupted"]);
  EXPECT_GT(document["jobs"][0]["read"]["total_ios"], 0);
}

TEST_F(Program, AClosedPipeEndsItQuietly) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  close(ends[0]);
  const pid_t pid = start({"models"}, ends[1]);
  close(ends[1]);
  const Outcome o = finish(pid);
  EXPECT_EQ(o.status, 141);
  EXPECT_THAT(o.err, IsEmpty());
}

TEST_F(Program, AFullDiskIsSaid) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0) GTEST_SKIP() << "no /dev/full here";
  const Outcome o = finish(start({"models"}, full));
  close(full);
  EXPECT_EQ(o.status, 1);
  EXPECT_THAT(o.err, HasSubstr("standard output: No space left on device"));
}

TEST_F(Program, ParamsListsEveryParameterOnce) {
  const Outcome o = run({"run", "s.yaml", "--params", "--set",
                         "path.link.rate={value: 100MB/s, provenance: measured, source: here}"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(HasSubstr("link.rate"), HasSubstr("measured: here"), Not(HasSubstr("e+0"))));
}

TEST_F(Program, GraphPrintsTextDotAndJson) {
  EXPECT_THAT(run({"graph", "s.yaml"}).out, HasSubstr("bound: "));
  EXPECT_THAT(run({"graph", "s.yaml", "--dot"}).out, StartsWith("digraph"));
  EXPECT_TRUE(nlohmann::json::parse(run({"graph", "s.yaml", "--json"}).out).contains("bound"));
}

}  // namespace
}  // namespace blkpath
