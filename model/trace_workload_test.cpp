#include "model/trace_workload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/fio_test_path.hpp"

namespace blkpath {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class ListSource final : public RequestSource {
 public:
  explicit ListSource(std::vector<TraceRequest> list) : list_(std::move(list)) {}
  std::size_t next(std::span<TraceRequest> out) override {
    const std::size_t n = std::min(out.size(), list_.size() - at_);
    std::copy_n(list_.begin() + static_cast<std::ptrdiff_t>(at_), n, out.begin());
    at_ += n;
    return n;
  }
  SourceFacts facts() const override {
    SourceFacts facts;
    facts.file = "list";
    return facts;
  }

 private:
  std::vector<TraceRequest> list_;
  std::size_t at_ = 0;
};

/// 4 KiB reads issued at `times`, one block after the other; each took `latency` in the trace when that is
/// given.
std::vector<TraceRequest> reads_at(const std::vector<Time>& times, Time latency = TraceRequest::kUnknown) {
  std::vector<TraceRequest> list;
  for (const Time t : times)
    list.push_back({t, latency == TraceRequest::kUnknown ? latency : t + latency,
                    static_cast<std::int64_t>(list.size()) * 4096, 4096, Op::read, 0});
  return list;
}
JobSpec replay(Pacing pacing, int depth = 1) {
  JobSpec job;
  job.engine = IoEngine::libaio;
  job.direct = true;
  job.iodepth = depth;
  job.replay.emplace();
  job.replay->files = {"list"};
  job.replay->pacing = pacing;
  return job;
}

struct ReplayPath : FakePath {
  ReplayPath(const JobSpec& job, std::vector<TraceRequest> list, Time service = 1ms, std::size_t servers = 1,
             Time call = Time{0}, FioParams params = {Time{0}, Time{0}})
      : FakePath({job}, service, servers, call, params, 1,
                 [list](const JobSpec&) { return std::make_unique<ListSource>(list); }) {
    go();
  }
  const ReplayStats& replayed() const { return run.replays().at(0); }
  std::vector<Time> issued() const {
    std::vector<Time> all;
    for (const FakeDevice::Seen& s : device->seen) all.push_back(s.at.time_since_epoch());
    return all;
  }
};

TEST(TraceWorkload, OneRequestGoesDownAtItsTime) {
  const ReplayPath p(replay(Pacing::open), reads_at({7ms}));
  EXPECT_THAT(p.issued(), ElementsAre(7ms));
  EXPECT_EQ(p.reads().ios, 1);
  EXPECT_EQ(p.reads().bytes, 4_KiB);
  EXPECT_EQ(p.reads().lat.max(), 1ms);
  EXPECT_EQ(p.job().job_runtime, 8ms);
  EXPECT_EQ(p.device->seen[0].flags, Request::kDirect);
  EXPECT_TRUE(p.run.done());
}
TEST(TraceWorkload, OfTwoThatCollideTheSecondWaits) {
  const ReplayPath p(replay(Pacing::open), reads_at({1ms, 1ms, 1500us}));
  EXPECT_THAT(p.issued(), ElementsAre(1ms, 1ms, 1500us));
  EXPECT_EQ(p.reads().lat.min(), 1ms);
  EXPECT_EQ(p.reads().lat.max(), 2500us);  // 1.5 ms in the queue behind the two
  EXPECT_EQ(p.reads().lat.sum_ns(), Time{1ms + 2ms + 2500us}.count());
  EXPECT_EQ(p.booked(), p.latencies());
  EXPECT_EQ(p.replayed().deepest, 3);
  EXPECT_EQ(p.replayed().lateness.count(), 0);
}
TEST(TraceWorkload, TwiceTheSpeedHalvesTime) {
  JobSpec job = replay(Pacing::open);
  job.replay->speed = 2;
  EXPECT_THAT(ReplayPath(job, reads_at({2ms, 7ms})).issued(), ElementsAre(1ms, 3500us));
}
TEST(TraceWorkload, ALimitOfRequestsInFlightMakesThemLate) {
  JobSpec job = replay(Pacing::open);
  job.replay->max_in_flight = 1;
  const ReplayPath p(job, reads_at({0ms, 200us, 5ms}));
  EXPECT_THAT(p.issued(), ElementsAre(0ms, 1ms, 5ms));
  EXPECT_EQ(p.replayed().lateness.count(), 1);
  EXPECT_EQ(p.replayed().lateness.max(), 800us);
  EXPECT_EQ(p.reads().lat.max(), 1ms);  // lateness is not latency
  EXPECT_EQ(p.replayed().deepest, 1);
}
TEST(TraceWorkload, StampsThatGoBackAreIssuedAtOnceInTheirOrder) {
  const ReplayPath p(replay(Pacing::open), reads_at({3ms, 1ms, 2ms, 4ms}), 1us);
  EXPECT_THAT(p.issued(), ElementsAre(3ms, 3ms, 3ms, 4ms));
  EXPECT_EQ(p.device->seen[1].offset, 4096);
  EXPECT_EQ(p.replayed().backwards, 2);
  EXPECT_EQ(p.replayed().lateness.count(), 0);
}
TEST(TraceWorkload, AClosedLoopKeepsItsDepthAndForgetsTheStamps) {
  const ReplayPath p(replay(Pacing::closed, 2), reads_at({0s, 1s, 2s, 3s, 4s}), 1ms, 2);
  EXPECT_THAT(p.issued(), ElementsAre(0ms, 0ms, 1ms, 1ms, 2ms));
  EXPECT_EQ(p.device->deepest, 2);
}
TEST(TraceWorkload, DependentRequestsThinkAsLongAsInTheTrace) {
  // In the trace each took 300 us; the pauses after them were 700 us, 1.2 ms, and none.
  const ReplayPath p(replay(Pacing::dependent), reads_at({0ms, 1ms, 2500us, 2700us}, 300us));
  EXPECT_THAT(p.issued(), ElementsAre(0ms, 1700us, 3900us, 4900us));
  EXPECT_EQ(p.replayed().overlapped, 1);
  EXPECT_EQ(p.device->deepest, 1);
  EXPECT_EQ(p.replayed().recorded.max(), 300us);
  EXPECT_EQ(p.replayed().predicted.min(), 1ms);
  EXPECT_EQ(p.replayed().predicted.count(), 4);
}
TEST(TraceWorkload, ThinkTimeIsScaledToo) {
  JobSpec job = replay(Pacing::dependent);
  job.replay->speed = 0.5;
  EXPECT_THAT(ReplayPath(job, reads_at({1ms, 2ms}, 300us)).issued(), ElementsAre(2ms, 2ms + 1ms + 1400us));
}
TEST(TraceWorkload, DependentRequestsNeedCompletions) {
  EXPECT_THAT(
      [] {
        ReplayPath(replay(Pacing::dependent), reads_at({0ms, 1ms}));
      },
      ThrowsMessage<ConfigError>(HasSubstr("request 1 of 'list' has none, for example 'open'")));
  EXPECT_EQ(ReplayPath(replay(Pacing::dependent), reads_at({5ms})).issued().size(), 1u);
}
TEST(TraceWorkload, StallsAreCountedFromTheIssueBefore) {
  // Behind the second, which has to wait for its turn, everything is as much later.
  const ReplayPath p(replay(Pacing::stalls), reads_at({4ms, 4200us, 9ms, 12ms}));
  EXPECT_THAT(p.issued(), ElementsAre(0ms, 1ms, 5800us, 8800us));
  EXPECT_EQ(p.replayed().lateness.count(), 1);
  EXPECT_EQ(p.replayed().lateness.max(), 800us);
}
TEST(TraceWorkload, OneThreadPaysForItsWorkAndIsBlockedInTheCall) {
  JobSpec job = replay(Pacing::stalls, 4);
  job.replay->one_thread = true;
  const ReplayPath p(job, reads_at({0ms, 0ms, 0ms}), 1ms, 4, 100us, {2us, 1us});
  EXPECT_THAT(p.issued(), ElementsAre(2us, 104us, 206us));
  EXPECT_EQ(p.reads().slat.max(), 100us);
  EXPECT_EQ(p.job().usr_cpu, 6us);
  EXPECT_EQ(p.booked(), p.latencies());
  const ReplayPath many(replay(Pacing::open), reads_at({0ms, 0ms, 0ms}), 1ms, 4, 100us, {2us, 1us});
  EXPECT_THAT(many.issued(), ElementsAre(0us, 0us, 0us));
  EXPECT_EQ(many.reads().slat.max(), 100us);
  EXPECT_EQ(many.booked(), many.latencies());
}
TEST(TraceWorkload, ASynchronousEngineHasNoSlat) {
  JobSpec job = replay(Pacing::closed, 3);
  job.engine = IoEngine::psync;
  const ReplayPath callers(job, reads_at({0ms, 0ms, 0ms}), 1ms, 4, 100us);
  EXPECT_EQ(callers.device->deepest, 3);
  EXPECT_EQ(callers.reads().slat.count(), 0);
  EXPECT_EQ(callers.reads().clat.max(), 1100us);
  job.replay->one_thread = true;
  EXPECT_THAT(ReplayPath(job, reads_at({0ms, 0ms, 0ms}), 1ms, 4).issued(), ElementsAre(0ms, 1ms, 2ms));
}
TEST(TraceWorkload, FlushesAndTrimsPassAsSuch) {
  std::vector<TraceRequest> list = reads_at({0ms, 1ms, 2ms});
  list[0].op = Op::trim;
  list[1] = {1ms, TraceRequest::kUnknown, 0, 0, Op::flush, 0};
  list[2].op = Op::write;
  list[2].flags = Request::kFua;
  const ReplayPath p(replay(Pacing::open), list, 10us);
  EXPECT_EQ(p.device->seen[0].op, Op::trim);
  EXPECT_EQ(p.device->seen[1].op, Op::flush);
  EXPECT_EQ(p.device->seen[2].flags, Request::kFua | Request::kDirect);
  EXPECT_EQ(p.job().dir[static_cast<std::size_t>(Dir::trim)].ios, 1);
  EXPECT_EQ(p.job().total_syncs, 1);
  EXPECT_EQ(p.job().sync_lat.max(), 10us);
  EXPECT_EQ(p.writes().ios, 1);
  EXPECT_EQ(p.replayed().requests, 3);
}
/// Refuses what it gets.
class BrokenDevice final : public Stage {
 public:
  void submit(Slot s) override {
    sim()[s].error = 5;
    sim().hold(s, Time{0}, 1ms);
  }
  void on_event(Slot s) override { sim().up(s); }
};
ReplayStats replay_on_broken_device(const JobSpec& job) {
  Sim sim(1);
  FioRun run({job}, {}, 1_GiB, [](const JobSpec&) {
    return std::make_unique<ListSource>(reads_at({0ms, 5ms, 9ms}, 2ms));
  });
  const StageId top = run.add_to(sim)[0];
  sim.connect(top, sim.add(std::make_unique<BrokenDevice>(), "device", "device"));
  sim.start();
  sim.run_until(Instant::max());
  EXPECT_EQ(run.stats()[0].error, 5);
  return run.replays().at(0);
}
TEST(TraceWorkload, WhatFailsIsCountedAndNotCompared) {
  JobSpec job = replay(Pacing::open);
  const ReplayStats open = replay_on_broken_device(job);
  EXPECT_EQ(open.failed, 3);
  EXPECT_EQ(open.recorded.count(), 0);
  job.replay->one_thread = true;
  job.replay->pacing = Pacing::stalls;
  EXPECT_EQ(replay_on_broken_device(job).requests, 1);  // fio ends the job
}
TEST(TraceWorkload, RuntimeEndsIt) {
  JobSpec job = replay(Pacing::open);
  job.runtime = 10ms;
  const ReplayPath p(job, reads_at({0ms, 9999us, 10ms, 11ms}));
  EXPECT_EQ(p.reads().ios, 2);
  EXPECT_EQ(p.job().job_runtime, 10999us);
  EXPECT_EQ(ReplayPath(job, reads_at({0ms, 1h})).job().job_runtime, 10ms);
}
TEST(TraceWorkload, TheReportKnowsWhatTheTraceHeld) {
  std::vector<TraceRequest> list = reads_at({0ms, 1ms, 2ms});
  list[2].length = 65536;
  const ReplayPath p(replay(Pacing::open), list, 10us);
  const JobSpec& job = p.run.expanded()[0];
  EXPECT_EQ(job.does, (PerDir<bool>{true, false, false}));
  EXPECT_EQ(job.bs[0].min, 4_KiB);
  EXPECT_EQ(job.bs[0].max, 64_KiB);
  EXPECT_FALSE(job.random);
}
TEST(TraceWorkload, MoreThanAClockCanTellIsRefused) {
  EXPECT_THAT(
      [] {
        ReplayPath(replay(Pacing::open), reads_at({0ms, 100h}));
      },
      ThrowsMessage<ConfigError>(HasSubstr("a run lasts 78 hours at most, for example 'speed: 3x'")));
}
TEST(TraceWorkload, AnOverloadWithoutALimitSaysWhatToDo) {
  EXPECT_THAT([] { ReplayPath(replay(Pacing::open), reads_at(std::vector<Time>(40'000, 1ms))); },
              ThrowsMessage<ConfigError>(HasSubstr("32768 requests are in flight")));
  JobSpec job = replay(Pacing::open);
  job.replay->max_in_flight = 512;
  EXPECT_EQ(ReplayPath(job, reads_at(std::vector<Time>(40'000, 1ms))).reads().ios, 40'000);
}
TEST(TraceWorkload, ManyRequestsInFlightObeyLittlesLaw) {
  std::vector<Time> times;
  for (int i = 0; i < 20'000; ++i) times.push_back(i * 100us);
  const ReplayPath p(replay(Pacing::open), reads_at(times), 350us, 4);
  EXPECT_EQ(p.reads().lat.max(), 350us);
  EXPECT_EQ(p.device->deepest, 4);
  EXPECT_EQ(p.booked(), p.latencies());
}

}  // namespace
}  // namespace blkpath
