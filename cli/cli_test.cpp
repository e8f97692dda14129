// Runs the built program as a user does and looks at exit status, standard error and what was written.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "scenarios/test/temp_folder.hpp"

namespace blkpath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Outcome {
  int status = -1;  ///< exit status, or minus the signal that ended it
  std::string out, err;
};

std::string read_whole(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// Returns once `pid` catches SIGINT, as Linux tells, or after ten seconds.
void wait_for_handler(pid_t pid) {
  for (int i = 0; i < 1000; ++i) {
    std::stringstream status(read_whole("/proc/" + std::to_string(pid) + "/status"));
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("SigCgt:") &&
          (std::stoull(line.substr(7), nullptr, 16) & (1u << (SIGINT - 1))) != 0)
        return;
    usleep(10'000);
  }
}

class Program : public ::testing::Test {
 protected:
  Program() {
    folder_.write("job.fio",
                  "[job]\nrw=randread\nbs=4k\ndirect=1\nioengine=libaio\niodepth=4\nsize=1g\nruntime="
                  "100ms\ntime_based\n");
    folder_.write("s.yaml",
                  "size: 4GiB\njob: job.fio\npath:\n  hba: {model: hba}\n  link: {model: fc_link}\n"
                  "  shelf: {model: enclosure}\n  spindle: {model: disk}\n");
  }

  /// Starts the program in the folder; `out_fd` replaces its standard output.
  pid_t start(const std::vector<std::string>& args, int out_fd = -1) const {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    if (chdir(folder_.path().c_str()) != 0) _exit(126);
    const int out = out_fd >= 0 ? out_fd : open(out_.path("out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err = open(out_.path("err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    std::vector<char*> argv{const_cast<char*>("blkpath")};
    for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    execv(BLKPATH_BINARY, argv.data());
    _exit(127);
  }
  Outcome finish(pid_t pid) const {
    int status = 0;
    waitpid(pid, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), read_whole(out_.path("out")),
            read_whole(out_.path("err"))};
  }
  Outcome run(const std::vector<std::string>& args) const { return finish(start(args)); }

  /// Exit status 2, the message on standard error, and nothing printed or written.
  void expect_refused(const std::vector<std::string>& args, const std::string& message) const {
    const std::vector<std::string> before = files();
    const Outcome o = run(args);
    EXPECT_EQ(o.status, 2) << o.err;
    EXPECT_THAT(o.err, AllOf(StartsWith("blkpath: "), HasSubstr(message)));
    EXPECT_THAT(o.out, IsEmpty());
    EXPECT_EQ(files(), before);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }

  TempFolder folder_, out_;
};

TEST_F(Program, WithoutACommandSaysWhatThereIs) {
  expect_refused({}, "a command is missing, one of run, validate, graph, models. For example 'blkpath run ");
  expect_refused({"rnu"}, "there is no command 'rnu'. Did you mean 'run'? The commands are run, ");
  expect_refused({"--seed=1"}, "'--seed=1' is no option of blkpath itself");
}

TEST_F(Program, WithoutAScenarioSaysWhatToType) {
  expect_refused({"run"}, "run: needs a scenario file, for example 'blkpath run scenarios/");
  expect_refused({"graph"}, "graph: needs a scenario file, for example 'blkpath graph scenarios/");
  expect_refused({"validate"}, "validate: needs a case, for example 'blkpath validate validate/cases/");
}

TEST_F(Program, HelpHasExamples) {
  for (const char* command : {"run", "validate", "graph", "models"}) {
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
  expect_refused({"run", "s.yaml", "--job", "gone.fio"}, "cannot read the fio job file 'gone.fio'");
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
