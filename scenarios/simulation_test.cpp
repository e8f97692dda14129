#include "scenarios/simulation.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <cmath>

#include "scenarios/test/scenario_test_base.hpp"

namespace blkpath {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Args = std::vector<std::string>;

const std::string kBare = std::string("size: 4GiB\n") + kPath;

Args job(const std::string& name, const Args& more) {
  Args args{"--name=" + name, "--size=1g", "--bs=16k", "--runtime=200ms", "--time_based"};
  args.insert(args.end(), more.begin(), more.end());
  return args;
}
Args joined(Args a, const Args& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
const Args kRandomRead{"--rw=randread", "--direct=1", "--ioengine=libaio", "--iodepth=8"};

class Run : public ScenarioTest {
 protected:
  Run() { fio_args_ = job("job", kRandomRead); }
};

std::int64_t ios(const JobStats& job) {
  std::int64_t all = 0;
  for (const DirStats& dir : job.dir) all += dir.ios;
  return all;
}

/// Sum of the stages' times equals the mean latency of all jobs, to rounding.
void expect_times_add_up(const Result& result) {
  double sum = 0, latency = 0, count = 0;
  for (const StageResult& stage : result.stages) sum += stage.queued_us + stage.service_us;
  for (const JobStats& one : result.jobs)
    for (const DirStats& dir : one.dir) {
      latency += dir.lat.mean_ns() * 1e-3 * static_cast<double>(dir.lat.count());
      count += static_cast<double>(dir.lat.count());
    }
  ASSERT_GT(count, 0);
  EXPECT_NEAR(sum, latency / count, 1e-6 * latency / count);
}

TEST_F(Run, TwoRunsPrintTheSameBytesAndAnotherSeedDoesNot) {
  const std::string once = json(kBare);
  EXPECT_EQ(once, json(kBare));
  EXPECT_NE(once, json(kBare, {.seed = 2}));
}

TEST_F(Run, TwoSimulationsSideBySideDoNotDisturbEachOther) {
  const Scenario scenario = load(kBare, {});
  Simulation one(scenario), other(scenario);
  const Result a = one.run(), b = other.run();
  EXPECT_EQ(a.events, b.events);
  EXPECT_EQ(ios(a.jobs[0]), ios(b.jobs[0]));
}

TEST_F(Run, StageTimesAddUpToTheMeanLatency) { expect_times_add_up(run(kBare)); }

TEST_F(Run, TwoPathsToOneLunShareTheLoad) {
  const std::string text =
      "size: 4GiB\n"
      "path:\n"
      "  multipath: {model: dm_multipath, to: [hba_a, hba_b]}\n"
      "  hba_a: {model: hba, to: link_a}\n"
      "  hba_b: {model: hba, to: link_b}\n"
      "  link_a: {model: fc_link, to: shelf}\n"
      "  link_b: {model: fc_link, to: shelf}\n"
      "  shelf: {model: enclosure, level: jbod}\n"
      "  spindle: {model: disk}\n";
  const Simulation simulation(load(text, {}));
  const PathGraph& graph = simulation.graph();
  EXPECT_EQ(graph.routes(graph.index("fio[0]"), graph.index("spindle")).size(), 2u);
  const Result result = run(text);
  std::map<std::string, std::int64_t> visits;
  for (const StageResult& stage : result.stages) visits[stage.name] = stage.visits;
  EXPECT_GT(visits["link_a"], 0);
  EXPECT_LE(std::abs(visits["link_a"] - visits["link_b"]), 1);
  EXPECT_EQ(visits["shelf"], visits["link_a"] + visits["link_b"]);
  expect_times_add_up(result);
}

TEST_F(Run, JobsMayDifferInEngineAndBeCloned) {
  const Args args = joined(
      joined(job("aio", {"--rw=randread", "--direct=1", "--ioengine=libaio", "--iodepth=4", "--numjobs=3"}),
             job("ring", {"--rw=randread", "--direct=1", "--ioengine=io_uring", "--iodepth=2"})),
      job("plain", {"--rw=randwrite", "--direct=1", "--ioengine=psync"}));
  const Result result = run(kBare, {.fio_args = args});
  ASSERT_EQ(result.jobs.size(), 5u);
  for (const JobStats& one : result.jobs) EXPECT_GT(ios(one), 0) << one.name;
  std::vector<std::string> names;
  for (const StageResult& stage : result.stages) names.push_back(stage.name + "/" + stage.model);
  EXPECT_THAT(names, AllOf(Contains("engine linux_aio/linux_aio"), Contains("engine io_uring/io_uring")));
  expect_times_add_up(result);
}

TEST_F(Run, BufferedAndDirectJobsShareTheCacheOfTheirKernel) {
  const Args args = joined(job("buffered", {"--rw=write", "--ioengine=psync"}), job("direct", kRandomRead));
  const Result bare = run(kBare, {.fio_args = args});
  const std::string guest = kBare + "guest: {vcpus: 1}\ndisk: {if: virtio, cache: none, aio: native}\n";
  const Result inside = run(guest, {.fio_args = args});
  EXPECT_GT(bare.at_risk.n, 0);
  EXPECT_GT(inside.at_risk.n, 0);
  for (const Result* result : {&bare, &inside}) {
    expect_times_add_up(*result);
    // A gigabyte a second is a copy, not a disk; a direct read is one even where others are cached.
    EXPECT_LT(result->jobs[0].dir[1].lat.mean_ns(), 1e6);
    EXPECT_GT(result->jobs[1].dir[0].lat.mean_ns(), 1e6);
  }
}

TEST_F(Run, ABlockSizeSplitWeighsInTheBound) {
  const auto bound = [&](const std::string& bs) {
    return Simulation(load(kBare, {.fio_args = job("job", joined(kRandomRead, {bs}))})).bound().iops;
  };
  EXPECT_DOUBLE_EQ(bound("--bs=10k"), bound("--bssplit=4k/50:16k/50"));
  EXPECT_GT(bound("--bssplit=4k/99:1m/1"), bound("--bssplit=4k/50:1m/50"));
}

constexpr const char* kStriped =
    "size: 4GiB\n"
    "path:\n"
    "  volume: {model: dm_striped, members: 4, chunk: 64KiB}\n"
    "  block: {model: block_queue}\n"
    "  hba: {model: hba}\n"
    "  link: {model: fc_link}\n"
    "  shelf: {model: enclosure, level: jbod}\n"
    "  spindle: {model: disk, count: 4, order: fcfs}\n";

// Parts of a request that meet again on a disk are merged: their time is the merged request's.
// One job of 4 KiB beside one of 1 MiB, whose requests are few: half of them would be a bound that the run
// passes.
TEST_F(Run, JobsThatDifferWeighInTheBoundByWhatTheyDid) {
  Args args = job("small", {"--rw=randread", "--direct=1", "--ioengine=libaio", "--iodepth=32", "--bs=4k"});
  const Args large =
      job("large", {"--rw=randread", "--direct=1", "--ioengine=libaio", "--iodepth=1", "--bs=1m"});
  const Result result = run(kBare, {.fio_args = joined(args, large)});
  ASSERT_EQ(result.jobs.size(), 2u);
  const auto small_ios = static_cast<double>(ios(result.jobs[0])),
             all = small_ios + static_cast<double>(ios(result.jobs[1]));
  ASSERT_GT(small_ios, 10 * (all - small_ios));
  const Bound small = Simulation(load(kBare, {.fio_args = args})).bound();
  EXPECT_LT(result.bound.iops, small.iops);
  EXPECT_GT(result.bound.iops, small.iops / 3);  // half of them: below a tenth
}

TEST_F(Run, TheTimeOfALargeRequestIsSeenWhereItIsSpent) {
  const Result result = run(kStriped, {.fio_args = job("job", joined(kRandomRead, {"--bs=1m"}))});
  expect_times_add_up(result);
  int seen = 0;
  for (const StageResult& stage : result.stages) {
    if (stage.name != "hba" && stage.name != "link" && stage.name != "spindle") continue;
    EXPECT_GT(stage.service_us, 100) << stage.name;
    ++seen;
  }
  EXPECT_EQ(seen, 3);
}

TEST_F(Run, WhatRaidMakesOfAWriteIsInTheBound) {
  const auto bound = [&](const std::string& level, const std::string& rw) {
    const Overrides overrides{.sets = {"path.shelf.level=" + level, "path.volume.members=1",
                                       "path.spindle.order=sptf"},  // a bound without the length of seeks
                              .fio_args = job("job", joined(kRandomRead, {"--rw=" + rw}))};
    return Simulation(load(kStriped, overrides)).bound();
  };
  const Bound plain = bound("raid0", "randwrite");
  EXPECT_THAT(plain.bottleneck, ElementsAre("spindle (4)"));
  EXPECT_NEAR(bound("raid10", "randwrite").iops, plain.iops / 2, 1e-6);
  EXPECT_NEAR(bound("raid5", "randwrite").iops, plain.iops / 4, 1e-6);
  EXPECT_NEAR(bound("raid5", "randread").iops, plain.iops, 1e-6);
}

TEST_F(Run, ARatioOfTwoDrivesIsTheirMean) {
  const auto amplification = [&](const std::string& count) {
    const Result result =
        run("size: 4GiB\npath:\n  shelf: {model: enclosure, level: raid0}\n  drive: {model: ssd, count: " +
                count + "}\n",
            {.fio_args = job("job", joined(kRandomRead, {"--rw=randwrite"}))});
    for (const StatValue& v : result.stages.back().stats)
      if (v.name == "write_amplification") return v.value;
    return 0.0;
  };
  const double one = amplification("1");
  EXPECT_GT(one, 0);
  EXPECT_NEAR(amplification("2"), one, 0.3 * one);
}

TEST_F(Run, WhatTheBoundSaysIsWhatBusyDisksReach) {
  const Scenario scenario =
      load(kStriped, {.fio_args = job("job", joined(kRandomRead, {"--iodepth=64", "--runtime=2s"}))});
  const Result result = Simulation(scenario).run();
  EXPECT_THAT(result.bound.bottleneck, Contains("spindle (4)"));
  const double reached = static_cast<double>(ios(result.jobs[0])) / 2;
  EXPECT_NEAR(reached / result.bound.iops, result.stages.back().busy_percent / 100, 0.05);
  EXPECT_THAT(report_text(scenario, result), Not(HasSubstr("busiest")));
}

// A bound for a drive that reorders is no estimate, and the link's may be lower.
TEST_F(Run, TheBusiestStageIsNamedWhereTheBoundsIsNot) {
  const Scenario scenario = load(kStriped, {.sets = {"path.spindle.order=sptf", "path.link.turnaround=40us"},
                                            .fio_args = job("job", joined(kRandomRead, {"--iodepth=64"}))});
  const Result result = Simulation(scenario).run();
  EXPECT_THAT(result.bound.bottleneck, Contains("link"));
  EXPECT_THAT(report_text(scenario, result), HasSubstr("%; busiest: spindle (4), "));
}

TEST_F(Run, AnAsynchronousDriverWithoutABlockQueueIsNoted) {
  const std::string text = "size: 4GiB\npath: {disk: {model: disk}}\n";
  EXPECT_THAT(run(text).notes, Contains(HasSubstr("path: no block_queue: an asynchronous driver submits one "
                                                  "at a time")));
  EXPECT_THAT(run(kBare).notes, IsEmpty());
  const std::string guest = text + "guest: {vcpus: 1}\ndisk: {if: virtio, cache: none, aio: ";
  EXPECT_THAT(run(guest + "native}\n").notes, Contains(HasSubstr("path: no block_queue")));
  EXPECT_THAT(run(guest + "threads}\n").notes, IsEmpty());
  EXPECT_THAT(run(text, {.fio_args = job("job", {"--rw=read", "--direct=1", "--ioengine=psync"})}).notes,
              IsEmpty());
  const Scenario scenario = load(text, {});
  EXPECT_THAT(report_text(scenario, Simulation(scenario).run()), HasSubstr("note: path: no block_queue"));
}

TEST_F(Run, TrimsFailOnADiskAndEndTheJob) {
  const Result result = run(kBare, {.fio_args = job("job", joined(kRandomRead, {"--rw=randtrim"}))});
  EXPECT_EQ(result.jobs[0].error, EOPNOTSUPP);
  EXPECT_EQ(ios(result.jobs[0]), 0);
  EXPECT_LT(result.simulated, 200ms);
  EXPECT_THAT(result.notes, Contains("job 'job': a disk has no discard, so trims fail with EOPNOTSUPP"));
}

TEST_F(Run, InterruptedItReportsWhatWasCompleted) {
  const Scenario scenario = load(kBare, {.runtime = "1000s"});
  int looks = 0;
  const Result result = Simulation(scenario).run([&](Time, std::int64_t) { return ++looks < 2; });
  EXPECT_TRUE(result.interrupted);
  EXPECT_LT(result.simulated, 1000s);
  EXPECT_GT(ios(result.jobs[0]), 0);
  expect_times_add_up(result);
  EXPECT_THAT(report_text(scenario, result), HasSubstr("note: interrupted"));
}

TEST_F(Run, TheReportSaysWhatAStorageEngineerAsks) {
  const Scenario scenario = load(kBare, {});
  const Result result = Simulation(scenario).run();
  const std::string text = report_text(scenario, result);
  EXPECT_THAT(text, AllOf(HasSubstr("= mean latency (slat + clat)"), HasSubstr("Data at risk: none"),
                          HasSubstr("Bottleneck: "), HasSubstr("this run reached"), HasSubstr(" assumed, "),
                          Not(HasSubstr("e+0"))));
  const std::string params = params_text(result);
  for (const StageParams& stage : result.params)
    for (const ParamInfo& p : stage.params) EXPECT_THAT(params, HasSubstr(stage.stage + "." + p.name));
}

class EveryDisk : public Run,
                  public ::testing::WithParamInterface<std::tuple<const char*, const char*, const char*>> {};

TEST_P(EveryDisk, RunsOrIsRefusedWithAReason) {
  const auto [cache, aio, bus] = GetParam();
  const std::string text =
      kBare + "guest: {vcpus: 1}\n" + "disk: {if: " + bus + ", cache: " + cache + ", aio: " + aio + "}\n";
  const bool direct = std::string(cache) == "none" || std::string(cache) == "directsync";
  const Overrides writes{.fio_args =
                             job("w", {"--rw=randwrite", "--direct=1", "--ioengine=libaio", "--iodepth=8"})};
  if (std::string(aio) == "native" && !direct) {
    EXPECT_THAT(error_of([&] { run(text, writes); }), HasSubstr("'native' needs O_DIRECT"));
    return;
  }
  const Result result = run(text, writes);
  EXPECT_GT(ios(result.jobs[0]), 0);
  expect_times_add_up(result);
  const bool volatile_cache = std::string(cache) == "writeback" || std::string(cache) == "unsafe";
  EXPECT_EQ(result.at_risk.n > 0, volatile_cache);
}
INSTANTIATE_TEST_SUITE_P(OfQemu, EveryDisk,
                         ::testing::Combine(::testing::Values("writeback", "none", "writethrough",
                                                              "directsync", "unsafe"),
                                            ::testing::Values("threads", "native", "io_uring", "posix"),
                                            ::testing::Values("virtio", "ide")),
                         [](const auto& disk) {
                           return std::string(std::get<0>(disk.param)) + "_" + std::get<1>(disk.param) + "_" +
                                  std::get<2>(disk.param);
                         });

}  // namespace
}  // namespace blkpath
