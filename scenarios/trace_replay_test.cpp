// From a trace file and its section to what a run says of it.
#include <gmock/gmock.h>

#include "scenarios/test/scenario_test_base.hpp"
#include "scenarios/trace_source.hpp"
#include "traces/test/shared_trace.hpp"

namespace blkpath {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// Four records, 10 ms apart, of two devices; the third has no length. Each but that took 5 ms.
constexpr const char* kTrace =
    "128166372000000000,h,0,Read,4096,4096,50000\n"
    "128166372000100000,h,1,Write,8589934592,8192,50000\n"
    "128166372000200000,h,0,Read,0,0,0\n"
    "128166372000300000,h,0,Read,8192,4096,50000\n";

class Replay : public ScenarioTest {
 protected:
  Replay() { folder_.write("t.csv", kTrace); }

  std::string scenario(const std::string& trace, const std::string& size = "4GiB") const {
    return "size: " + size + "\n" + trace + kPath;
  }
  std::string error(const std::string& text, const Overrides& overrides = {}) {
    return refusal_of([&] { run(text, overrides); });
  }
  std::string error_with(const std::string& key) {
    return error(scenario("trace: {file: t.csv, remap: wrap, " + key + "}\n"));
  }
};

TEST_F(Replay, ATraceIsFoundBesideItsScenarioAndReported) {
  const Scenario s = load(scenario("trace: {file: t.csv, remap: wrap}\n"));
  const Result result = Simulation(s).run();
  ASSERT_EQ(result.jobs.size(), 1u);
  EXPECT_EQ(result.jobs[0].name, "t.csv");
  EXPECT_EQ(result.jobs[0].dir[0].ios, 2);
  EXPECT_EQ(result.jobs[0].dir[1].bytes, 8_KiB);
  ASSERT_EQ(result.replays.size(), 1u);
  const ReplayStats& stats = result.replays[0].stats;
  EXPECT_EQ(stats.source.records, 4);
  EXPECT_EQ(stats.source.empty, 1);
  EXPECT_EQ(stats.requests, 3);
  EXPECT_EQ(stats.recorded.mean_ns(), 5e6);
  EXPECT_EQ(stats.predicted.count(), 3);
  EXPECT_GT(result.simulated, 30ms);
  EXPECT_LT(result.simulated, 60ms);
  EXPECT_THAT(report_text(s, result),
              AllOf(HasSubstr("t.csv (msr), open: 3 requests of 4 records, 1 in flight at most"),
                    HasSubstr("left out: 1 of no length"), HasSubstr("  recorded in the trace"),
                    HasSubstr("over 3 requests")));
  EXPECT_EQ(report_json(s, result)["trace"][0]["recorded"]["mean_us"], 5000.0);
}

TEST_F(Replay, TwoRunsPrintTheSameBytes) {
  const std::string text = scenario("trace: {file: t.csv, remap: wrap}\n");
  EXPECT_EQ(json(text), json(text));
}

TEST_F(Replay, TheBoundIsThatOfWhatTheTraceHeld) {
  const auto bound = [&](const std::string& key) {
    return run(scenario("trace: {file: t.csv, remap: wrap, " + key + "}\n")).bound.iops;
  };
  EXPECT_NE(bound("device: 0"), bound("device: 1"));  // reads of 4 KiB, a write of 8
}

TEST_F(Replay, OneDeviceOfTheTraceCanBeChosen) {
  const Result result = run(scenario("trace: {file: t.csv, device: 0}\n"));
  EXPECT_EQ(result.jobs[0].dir[0].ios, 2);
  EXPECT_EQ(result.jobs[0].dir[1].ios, 0);
  EXPECT_EQ(result.replays[0].stats.source.elsewhere, 1);
  EXPECT_THAT(error_with("device: 7"),
              AllOf(StartsWith("t.csv: holds no request to replay: of 4 records, 4 are for other devices")));
}

TEST_F(Replay, AnOffsetBeyondTheDeviceNamesItsRecordAndWhatHelps) {
  EXPECT_EQ(error(scenario("trace: {file: t.csv}\n")),
            "t.csv: offset: record 2: offset 8589934592 and length 8192 reach beyond the device, which has "
            "4GiB; make room "
            "with 'size', or place it with 'remap', for example 'remap: wrap'");
  EXPECT_EQ(error(scenario("trace: {file: t.csv, remap: wrap}\n")), "");
  EXPECT_EQ(error(scenario("trace: {file: t.csv}\n", "9GiB")), "");
  EXPECT_THAT(error(scenario("trace: {file: t.csv, offset: 2GiB}\n", "10GiB")),
              HasSubstr("the device, which has 8GiB behind offset 2GiB"));
  EXPECT_EQ(error_with("offset: 4GiB"),
            "x.yaml:2: offset: offset 4GiB leaves nothing of the device, which has 4GiB");
}

std::vector<std::int64_t> offsets(const Scenario& scenario) {
  JobSpec job = scenario.jobs.jobs[0];
  const auto source = open_request_source(job, scenario.size);
  std::vector<TraceRequest> all(8);
  all.resize(source->next(all));
  std::vector<std::int64_t> out;
  for (const TraceRequest& t : all) out.push_back(t.offset);
  return out;
}

TEST_F(Replay, OffsetsAreWrappedOrScaledOntoTheDevice) {
  EXPECT_THAT(offsets(load(scenario("trace: {file: t.csv, remap: wrap, offset: 1GiB}\n"))),
              ElementsAre((1 << 30) + 4096, std::int64_t{2} * (1 << 30) + (1 << 30), (1 << 30) + 8192));
  // The trace ends at 8 GiB and 8 KiB: its last request is moved to the device's last 8 KiB.
  EXPECT_THAT(offsets(load(scenario("trace: {file: t.csv, remap: scale}\n", "1MiB"))),
              ElementsAre(0, (1 << 20) - 8192, 0));
  EXPECT_THAT(offsets(load(scenario("trace: {file: t.csv, remap: scale, span: 16GiB}\n", "1MiB"))),
              ElementsAre(0, 1 << 19, 0));
}

TEST_F(Replay, MalformedAndUnplacedRecordsAreNamed) {
  folder_.write("bad.csv", std::string(kTrace) + "nonsense\n");
  EXPECT_THAT(error(scenario("trace: {file: bad.csv, format: msr, remap: wrap}\n")),
              StartsWith("bad.csv:5: "));
  const Result result = run(scenario("trace: {file: bad.csv, format: msr, remap: wrap, skip_bad: 1}\n"));
  EXPECT_EQ(result.replays[0].stats.source.malformed, 1);
}

TEST_F(Replay, EveryKeyIsCheckedAndSaysWhatIsGood) {
  EXPECT_EQ(error_with("mode: opne"),
            "x.yaml:2: trace.mode: 'opne' is none of open, closed, dependent, for example 'open'");
  EXPECT_EQ(error_with("speed: 2"), "x.yaml:2: trace.speed: '2' needs an x, for example '2x'");
  EXPECT_THAT(error_with("speed: 0x"), HasSubstr("is not between 0.000001x and 1000000x"));
  EXPECT_THAT(error_with("iodepth: 0"),
              HasSubstr("trace.iodepth: '0' is not in 1 to 32768, for example '32'"));
  EXPECT_THAT(error_with("max_inflight: many"), HasSubstr("'many' is not a whole number"));
  EXPECT_THAT(error_with("offset: 12"), HasSubstr("'12' needs a number and a unit"));
  EXPECT_THAT(error_with("format: mrs"), HasSubstr("there is no trace format 'mrs'. Did you mean 'msr'?"));
  EXPECT_THAT(error_with("engine: aio"), HasSubstr("'aio' is none of libaio, posixaio, io_uring, psync"));
  EXPECT_THAT(error_with("span: 0B"), HasSubstr("is no span, for example '100GiB'"));
  EXPECT_EQ(error_with("max_infight: 2"),
            "x.yaml:2: trace.max_infight: unknown key. Did you mean 'max_inflight'?");
  EXPECT_EQ(error(scenario("trace: {file: gone.csv}\n")),
            "x.yaml:2: trace.file: there is no file 'gone.csv'");
  EXPECT_THAT(error(scenario("trace: {mode: open}\n")),
              HasSubstr("x.yaml:2: trace.file: which trace must be said"));
  EXPECT_THAT(error(scenario("trace: t.csv\n")),
              HasSubstr("x.yaml:2: trace: needs keys, for example 'trace: {file: "));
}

TEST_F(Replay, AJobAndATraceExcludeEachOtherUnlessTheCommandLineChooses) {
  folder_.write("job.fio", "[job]\nrw=randread\ndirect=1\nsize=1g\nnumber_ios=5\n");
  const std::string both = scenario("job: job.fio\ntrace: {file: t.csv, remap: wrap}\n");
  EXPECT_THAT(error(both), StartsWith("x.yaml:3: trace: a scenario has a job or a trace, not both"));
  EXPECT_EQ(run(both, {.sets = {"job=none"}}).replays.size(), 1u);
  EXPECT_THAT(run(both, {.job_file = folder_.path("job.fio")}).replays, IsEmpty());
  const Result chosen = run(both, {.sets = {"trace.speed=2x"}, .trace_file = folder_.path("t.csv")});
  EXPECT_EQ(chosen.replays[0].spec.speed, 2);
  EXPECT_EQ(chosen.replays[0].spec.remap, Remap::wrap);
  EXPECT_EQ(run(scenario("job: job.fio\n", "9GiB"), {.trace_file = folder_.path("t.csv")}).replays.size(),
            1u);
  EXPECT_EQ(error(scenario("job: job.fio\n"), {.trace_file = "gone.csv"}),
            "command line: --trace: there is no file 'gone.csv'");
}

TEST_F(Replay, FiosOptionsHoldWhereTheyDoNotSayWhatIsIssued) {
  const std::string text = scenario("trace: {file: t.csv, remap: wrap}\n");
  EXPECT_EQ(run(text, {.runtime = "20ms"}).replays[0].stats.requests, 2);
  EXPECT_THAT(error(text, {.sets = {"job.bs=4k"}}),
              StartsWith("command line: job.bs: this scenario replays a trace"));
}

TEST_F(Replay, AGuestReplaysATraceToo) {
  const std::string guest = scenario("trace: {file: t.csv, remap: wrap, direct: false}\n") +
                            "guest: {vcpus: 1}\ndisk: {if: virtio, cache: writeback, aio: threads}\n";
  const Result result = run(guest);
  EXPECT_EQ(result.jobs[0].dir[1].ios, 1);
  EXPECT_EQ(result.at_risk, 8_KiB);
  EXPECT_THAT(error(guest, {.qemu = "-drive file=/dev/sdb,format=raw,if=virtio,cache=none,readonly=on"}),
              AllOf(StartsWith("t.csv: readonly: record 2: it writes"), HasSubstr("read-only")));
}

class Iolog : public Replay {
 protected:
  Iolog() {
    folder_.write("log",
                  "fio version 3 iolog\n1 /d add\n1 /d open\n1001 /d read 0 4096\n21001 /d write 12288 8192\n"
                  "21001 /d sync 0 0\n41001 /d write 40960 4096\n41002 /d close\n");
    folder_.write("job.fio", "[replay]\nread_iolog=log\nioengine=libaio\ndirect=1\niodepth=4\n");
  }
  Result with(const std::vector<std::string>& sets) {
    return run(scenario("job: job.fio\n"), {.sets = sets});
  }
};

TEST_F(Iolog, IsReplayedFromBesideItsJobFile) {
  const Result result = with({});
  const JobStats& job = result.jobs[0];
  EXPECT_EQ(job.dir[0].ios, 1);
  EXPECT_EQ(job.dir[1].bytes, 12_KiB);
  EXPECT_EQ(job.total_syncs, 1);
  EXPECT_GT(result.simulated, 40ms);  // as long after the first as in the log
  EXPECT_LT(result.simulated, 60ms);
}
TEST_F(Iolog, ReplayOptionsAreHeeded) {
  EXPECT_LT(with({"job.replay_no_stall=1"}).simulated, 30ms);
  EXPECT_GT(with({"job.replay_time_scale=50"}).simulated, 80ms);
  EXPECT_EQ(with({"job.replay_skip=write,sync"}).jobs[0].dir[1].ios, 0);
  EXPECT_EQ(with({"job.number_ios=1"}).replays[0].stats.requests, 1);
  const Scenario s =
      load(scenario("job: job.fio\n"), {.sets = {"job.replay_scale=3", "job.replay_align=4k"}});
  EXPECT_THAT(offsets(s), ElementsAre(0, 4096, 0, 12288));
}
TEST_F(Iolog, OptionsOfAReplayThatAreNotModelledAreSaid) {
  const Scenario s = load(scenario("job: job.fio\n"), {.sets = {"job.thinktime=5", "job.bs=8k"}});
  EXPECT_THAT(s.notes, ElementsAre("command line: thinktime: not modelled with read_iolog, ignored"));
}
TEST_F(Iolog, WrongValuesAreRefused) {
  const auto refused = [&](const std::string& set) {
    return error(scenario("job: job.fio\n"), {.sets = {set}});
  };
  EXPECT_EQ(refused("job.read_iolog=gone"), "command line: read_iolog: there is no file 'gone'");
  EXPECT_THAT(refused("job.replay_align=3"),
              HasSubstr("replay_align: '3' is no power of 2, for example '4k'"));
  EXPECT_THAT(refused("job.replay_skip=reads"), HasSubstr("is no list of read, write, trim, sync"));
}

TEST_F(Replay, ARecordedServerIsReplayedOnADisk) {
  const std::string file = shared_trace("traces/msr-cambridge1-sample.csv");
  if (file.empty()) GTEST_SKIP() << "the recording is absent";
  const Result result =
      run(scenario("trace: {file: " + file + ", remap: wrap, max_inflight: 256}\n", "16GiB"));
  const ReplayStats& stats = result.replays[0].stats;
  EXPECT_EQ(stats.source.records, 1000);
  EXPECT_EQ(stats.requests + stats.source.empty, 1000);
  EXPECT_EQ(stats.recorded.count(), result.jobs[0].dir[0].ios + result.jobs[0].dir[1].ios);
  EXPECT_LE(stats.deepest, 256);
  EXPECT_GT(stats.predicted.mean_ns(), 1e6);  // a disk's, and not a cache's
}

}  // namespace
}  // namespace blkpath
