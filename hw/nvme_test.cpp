#include <gmock/gmock.h>

#include <array>

#include "hw/test/saturated.hpp"

namespace blkpath::test {
namespace {

Model nvme(const std::vector<std::pair<std::string, std::string>>& more = {}) {
  Model model{"nvme", {{"submit_cost", "1us"}, {"interrupt_cost", "3us"}, {"completion_cost", "1us"}}};
  model.params.insert(model.params.end(), more.begin(), more.end());
  return model;
}
const Devices kDrive{.service = 100us, .servers = 512};

TEST(Nvme, ACommandCostsASubmissionAnInterruptAndACompletion) {
  TestPath path({nvme()}, kDrive);
  path.at(0us, {}).run();
  EXPECT_EQ(path.seen[0].at, Instant{1us});
  EXPECT_EQ(path.lat(), "105us");
  EXPECT_EQ(path.stages[0]->cpu(), 5us);
}

// The second entry comes at 102, while the handler works on the first one until 105.
TEST(Nvme, AHandlerTakesWhatComesWhileItRuns) {
  TestPath path({nvme()}, kDrive);
  path.at(0us, {}).at(0us, {}).run();
  EXPECT_EQ(path.lat(0), "105us");
  EXPECT_EQ(path.lat(1), "106us");
  EXPECT_EQ(path.stages[0]->cpu(), 7us);
  EXPECT_EQ(path.stat(0, "interrupts"), 1);
  EXPECT_EQ(path.stat(0, "per_interrupt"), 2);
}

// Of two drives on one processor the second one's entry is there at 102, too; its interrupt comes at 105.
TEST(Nvme, AnotherDrivesEntryWaitsForItsOwnInterrupt) {
  Devices two = kDrive;
  two.count = 2;
  TestPath path(
      {nvme({{"queues", "1"}}), {"pcie", {{"generation", "5"}, {"lanes", "16"}, {"latency", "0ns"}}}}, two);
  path.at(0us, {.target = 0}).at(0us, {.target = 1}).at(1ms, {.target = 1}).run();
  EXPECT_EQ(path.lat(0), "105us");
  EXPECT_EQ(path.lat(1), "109us");
  EXPECT_EQ(path.lat(2), "105us");
  EXPECT_EQ(path.stat(0, "interrupts"), 3);
}

// Three entries of one drive between two of another: each drive's are taken by one handler.
TEST(Nvme, AHandlerTakesTheEntriesOfItsQueueWhateverIsBetweenThem) {
  Devices two = kDrive;
  two.count = 2;
  TestPath path({nvme({{"queues", "1"}, {"submit_cost", "0ns"}}),
                 {"pcie", {{"generation", "5"}, {"lanes", "16"}, {"latency", "0ns"}}}},
                two);
  for (const std::uint16_t drive : std::array<std::uint16_t, 5>{0, 1, 0, 1, 0})
    path.at(0us, {.target = drive});
  path.run();
  EXPECT_EQ(path.stat(0, "interrupts"), 2);
  EXPECT_EQ(path.order(), (std::vector<std::uint64_t>{0, 2, 4, 1, 3}));
}

// At 101 the processor works on the submission that came at 100.5; the one of 100.6 lets the interrupt pass.
TEST(Nvme, InterruptsGoBeforeSubmissions) {
  TestPath path({nvme()}, kDrive);
  path.at(0us, {}).at(100'500ns, {}).at(100'600ns, {}).run();
  EXPECT_EQ(path.done(0), "105500ns");
  EXPECT_EQ(path.seen[1].at, Instant{101'500ns});
  EXPECT_EQ(path.seen[2].at, Instant{106'500ns});
}

TEST(Nvme, AFullQueueWaits) {
  TestPath path({nvme({{"queue_depth", "3"}})}, kDrive);
  path.at(0us, {}).at(0us, {}).at(0us, {}).run();
  EXPECT_EQ(path.seen[2].at, Instant{107us});  // room at 105, the second completion until 106
  EXPECT_EQ(path.device[0]->deepest, 2);
}

TEST(Nvme, ADriveHasQueuesOfItsOwn) {
  Devices two = kDrive;
  two.count = 2;
  TestPath path(
      {nvme({{"queue_depth", "2"}}), {"pcie", {{"generation", "5"}, {"lanes", "16"}, {"latency", "0ns"}}}},
      two);
  path.at(0us, {.target = 0}).at(0us, {.target = 1}).at(0us, {.target = 1}).run();
  EXPECT_LT(path.seen[1].at, Instant{3us});
  EXPECT_GT(path.seen[2].at, Instant{100us});
}

TEST(Nvme, PolledNothingInterruptsAndTheProcessorIsBusyThroughout) {
  TestPath path({nvme({{"poll", "true"}})}, kDrive);
  path.at(0us, {}).at(0us, {}).at(1ms, {}).run();
  EXPECT_EQ(path.lat(0), "102us");
  EXPECT_EQ(path.lat(1), "103us");
  EXPECT_EQ(path.stages[0]->cpu(), 103us + 102us);
  EXPECT_EQ(path.stat(0, "interrupts"), 0);
}

// The third command comes at 150; the first two have been completed, at 102 and 153.
TEST(Nvme, PollingIsCountedBeforeItEnds) {
  TestPath path({nvme({{"poll", "true"}})}, kDrive);
  path.at(0us, {}).at(51us, {}).at(150us, {});
  path.sim.run_until(Instant{160us});
  EXPECT_EQ(path.stages[0]->cpu(), 153us);
}

// One entry waits for 100 us from 101 on; of four, the third fills up the count at 103.
TEST(Nvme, ACoalescedInterruptWaitsForItsCountOrItsTime) {
  const Model coalesced = nvme({{"aggregation_threshold", "3"}, {"aggregation_time", "100us"}});
  TestPath alone({coalesced}, kDrive);
  alone.at(0us, {}).run();
  EXPECT_EQ(alone.lat(), "205us");
  TestPath four({coalesced}, kDrive);
  four.at(0us, {}).at(0us, {}).at(0us, {}).at(50us, {}).run();
  EXPECT_EQ(four.lat(0), "107us");
  EXPECT_EQ(four.lat(2), "109us");
  EXPECT_EQ(four.lat(3), "205us");
  EXPECT_EQ(four.stat(0, "interrupts"), 2);
}

TEST(Nvme, EachIssuerHasAProcessorWhileThereAreSome) {
  const auto second_at = [](const std::string& queues) {
    Sim sim(1);
    std::vector<Seen> seen;
    const auto add = [&](std::unique_ptr<Stage> stage, const std::string& name) {
      return sim.add(std::move(stage), name, name);
    };
    const StageId drive = add(std::make_unique<TestDevice>(kDrive, 0, seen), "drive");
    ConfigMap config;
    for (const auto& [key, text] : {std::pair{"queues", queues.c_str()}, {"submit_cost", "1us"}}) {
      const char* at = text;
      config.entries.emplace_back(key, config_value(at));
    }
    const StageId host = add(find_model("nvme", {}, "").make(config, "nvme").stage, "nvme");
    sim.connect(host, drive);
    std::vector<Probe*> jobs;
    for (const char* name : {"a", "b"}) {
      auto job = std::make_unique<Probe>();
      jobs.push_back(job.get());
      sim.connect(add(std::move(job), name), host);
    }
    sim.start();
    for (Probe* job : jobs) job->plan(0us, {});
    sim.run_until(Instant::max());
    return seen.at(1).at;
  };
  EXPECT_EQ(second_at("2"), Instant{1us});
  EXPECT_EQ(second_at("1"), Instant{2us});
}

// Interrupts cost what is between the bound, 0.5 + 0.4 us, and 2.4 us: they come for several completions,
// since the processor is busy, but by themselves not for many.
TEST(Nvme, ASaturatedProcessorReachesItsBoundWhenPolledOrCoalesced) {
  const auto rate = [](std::vector<std::pair<std::string, std::string>> params) {
    params.emplace_back("queues", "1");
    TestPath path({{"nvme", params}}, kDrive);
    EXPECT_NEAR(path.stages[0]->max_iops({}), 1 / 0.9e-6, 1);
    return saturated(path, 512, 20000, [](int) { return Io{}; }) / path.stages[0]->max_iops({});
  };
  const double polled = rate({{"poll", "true"}});
  const double coalesced = rate({{"aggregation_threshold", "256"}, {"aggregation_time", "100us"}});
  const double plain = rate({});
  EXPECT_LE(polled, 1);
  EXPECT_GT(polled, 0.97);
  EXPECT_GT(coalesced, 0.97);
  EXPECT_LT(coalesced, polled);
  EXPECT_GT(plain, 0.9 / 2.4);
  EXPECT_LT(plain, 0.97);
}

TEST(Nvme, WhatTheStandardDoesNotHaveIsRefused) {
  const auto refusal = [](const std::vector<std::pair<std::string, std::string>>& params) {
    try {
      TestPath path({nvme(params)});
    } catch (const ConfigError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_THAT(refusal({{"aggregation_threshold", "8"}}), testing::HasSubstr("work together"));
  EXPECT_THAT(refusal({{"aggregation_threshold", "8"}, {"aggregation_time", "50us"}}),
              testing::HasSubstr("a multiple of 100us"));
  EXPECT_THAT(refusal({{"queue_depth", "1"}}), testing::HasSubstr("2 to 65536, for example 1024"));
}

}  // namespace
}  // namespace blkpath::test
