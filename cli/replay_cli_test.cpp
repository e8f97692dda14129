// `blkpath replay` as a user runs it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/test/program.hpp"
#include "traces/format.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Buffered, so that it runs on every file system.
class Replay : public Program {
 protected:
  Replay() { folder_.write("disk.img", std::string(1 << 20, 'x')); }
  std::vector<std::string> command(const std::string& job, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> args{"replay", "--fio", "--name=x --bs=4k --size=1m --ioengine=psync " + job,
                                  "--file", "disk.img"};
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }
  std::vector<IoRecord> records(const std::string& name) const {
    const auto reader = open_trace(folder_.path(name));
    std::vector<IoRecord> all(1 << 21);
    all.resize(reader->read(all));
    return all;
  }
};

TEST_F(Replay, PrintsAsFioAndRecords) {
  const Outcome o = run(command("--rw=read", {"-o", "run.trace", "--json"}));
  EXPECT_EQ(o.status, 0) << o.err;
  const auto document = nlohmann::json::parse(o.out);
  EXPECT_EQ(document["jobs"][0]["read"]["total_ios"], 256);
  EXPECT_EQ(document["blkpath"]["recorded"]["ios"], 256);
  EXPECT_EQ(document["blkpath"]["driver"], "sync");
  const std::vector<IoRecord> all = records("run.trace");
  ASSERT_EQ(all.size(), 256u);
  EXPECT_EQ(all.back().offset, 255 * 4096);
}

TEST_F(Replay, ATraceIsReplayedAndItsLatenessTold) {
  folder_.write("web.csv",
                "issued_ns,op,offset_bytes,length_bytes\n0,read,0,4096\n10000000,read,8192,4096\n20000000,"
                "read,4096,512\n");
  const Outcome o =
      run({"replay", "--trace", "web.csv", "--file", "disk.img", "--buffered", "--driver", "threads",
           "--speed", "2x", "-o", "run.csv", "--max-inflight", "4", "--set", "trace.engine=psync"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("3 requests of 3 records"));
  EXPECT_THAT(o.out, HasSubstr("lateness of submissions: median "));
  const std::vector<IoRecord> all = records("run.csv");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ((all[2].intended - all[0].intended) / 1us, 10'000);  // 20 ms at twice the speed
  EXPECT_EQ(all[1].offset, 8192);
  EXPECT_GE(all[2].issued, all[2].intended);
}

TEST_F(Replay, PartsOfBlocksAreWidenedWhenAsked) {
  const int fd = open(folder_.path("disk.img").c_str(), O_RDONLY | O_DIRECT);
  if (fd < 0) GTEST_SKIP() << "no O_DIRECT in " << folder_.path();
  close(fd);
  folder_.write("web.csv", "issued_ns,op,offset_bytes,length_bytes\n0,read,0,4096\n0,read,100,4096\n");
  std::vector<std::string> args{"replay", "--trace", "web.csv", "--file", "disk.img", "--json"};
  expect_refused(args, "web.csv: a request of 4096 bytes at 100 is not in whole blocks of");
  args.push_back("--align");
  const Outcome o = run(args);
  EXPECT_EQ(o.status, 0) << o.err;
  const auto j = nlohmann::json::parse(o.out)["blkpath"];
  EXPECT_EQ(j["traces"][0]["unaligned"], 1);
  EXPECT_EQ(j["traces"][0]["widened_by_bytes"].get<int>() % j["traces"][0]["block_bytes"].get<int>(), 0);
  EXPECT_THAT(j["notes"].dump(), HasSubstr("1 requests were widened to whole blocks of"));
}

TEST_F(Replay, WritesNothingUnlessAllowed) {
  expect_refused(command("--rw=write", {"-o", "run.trace"}),
                 "--file: 'disk.img': exists, and this load writes to it");
  EXPECT_EQ(read_whole(folder_.path("disk.img")), std::string(1 << 20, 'x'));
  EXPECT_EQ(run(command("--rw=write", {"--allow-write", "--verify"})).status, 0);
}

TEST_F(Replay, WrongInputShowsAGoodExample) {
  expect_refused({"replay"}, "of what? A fio job file, --fio LINE or --trace FILE, for example");
  expect_refused({"replay", "job.fio"}, "--file: on which file? For example --file /tmp/replay.img");
  expect_refused(command("--rw=read", {"--driver", "libaio"}), "--driver: there is no driver 'libaio'");
  expect_refused(command("--rw=read", {"--speed", "2x"}),
                 "--speed: goes with a trace, for example '--trace web.csv'");
  expect_refused(command("--rw=read --size=2m"), "reach beyond the device, which has 1MiB");
  expect_refused(
      {"replay", "--fio", "--name=x --rw=read --size=1m", "--driver", "linux-aio", "--file", "new.img"},
      "'linux-aio' without O_DIRECT does the whole I/O in the submitting call");
  expect_refused(command("--rw=read", {"-o", "gone/run.trace"}), "--output: cannot write 'gone/run.trace'");
  folder_.write("run.trace", "precious");
  expect_refused(command("--rw=read", {"-o", "run.trace"}), "'run.trace' exists; say --force to replace it");
}

TEST_F(Replay, CtrlCLeavesAValidTrace) {
  const pid_t pid = start(command("--rw=randread --time_based --runtime=1000", {"-o", "run.trace"}));
  wait_for_handler(pid);
  usleep(200'000);
  kill(pid, SIGINT);
  const Outcome o = finish(pid);
  EXPECT_EQ(o.status, 130) << o.err;
  EXPECT_THAT(o.out, HasSubstr("interrupted"));
  EXPECT_FALSE(records("run.trace").empty());
}

TEST_F(Replay, AKilledRunLeavesWholeBlocks) {
  const pid_t pid = start(command("--rw=randread --time_based --runtime=1000", {"-o", "run.trace"}));
  wait_for_handler(pid);
  sleep(1);
  kill(pid, SIGKILL);
  EXPECT_EQ(finish(pid).status, -SIGKILL);
  const std::vector<IoRecord> all = records("run.trace");
  EXPECT_FALSE(all.empty());
  for (const IoRecord& r : all) EXPECT_EQ(r.result, 4096);
}

}  // namespace
}  // namespace blkpath
