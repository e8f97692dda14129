#include <algorithm>

#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

// A full frame takes 10 us, a small one 0.5 us; a frame comes out 1 us after it began to come in.
Model fc(const std::string& model, const std::vector<std::pair<std::string, std::string>>& more) {
  Model all{model, {{"rate", "200MB/s"}, {"frame_payload", "1932B"}, {"frame_overhead", "68B"}}};
  all.params.insert(all.params.end(), more.begin(), more.end());
  return all;
}
Model link() { return fc("fc_link", {{"topology", "point_to_point"}}); }
Model fc_switch() { return fc("fc_switch", {{"latency", "1us"}}); }
constexpr std::uint32_t kTwoFrames = 2 * 1932;

// Without the switch a read takes 0.5 + 100 + 20.5 and a write 0.5 + 0.5 + 20 + 100 + 0.5. A read crosses
// twice, a write four times.
TEST(FcSwitch, AFrameThatMeetsNoOtherIsLateByTheLatencyOnly) {
  TestPath path({link(), fc_switch()}, {.service = 100us});
  path.at(0us, {Op::read, 0, kTwoFrames}).at(1ms, {Op::write, 0, kTwoFrames}).run();
  EXPECT_EQ(path.lat(0), "123us");
  EXPECT_EQ(path.lat(1), "125500ns");
}

/// Hosts with a link each, above one switch.
struct Hosts {
  explicit Hosts(std::size_t count, std::size_t targets, Time service) {
    const auto stage = [&](const Model& model, const std::string& name) {
      ConfigMap config;
      for (const auto& [key, text] : model.params) {
        const char* at = text.c_str();
        config.entries.emplace_back(key, config_value(at));
      }
      return sim.add(find_model(model.name, {}, "model").make(config, name).stage, name, name);
    };
    const StageId middle = stage(fc_switch(), "switch");
    for (std::size_t i = 0; i < count; ++i) {
      auto probe = std::make_unique<Probe>();
      probes.push_back(probe.get());
      const StageId top = sim.add(std::move(probe), "host" + std::to_string(i), "host");
      const StageId cable = stage(link(), "link" + std::to_string(i));
      sim.connect(top, cable);
      sim.connect(cable, middle);
    }
    for (std::size_t i = 0; i < targets; ++i)
      sim.connect(middle,
                  sim.add(std::make_unique<TestDevice>(Devices{.service = service, .servers = 8}, i, seen),
                          "target" + std::to_string(i), "target"));
    sim.start();
  }
  Sim sim{1};
  std::vector<Probe*> probes;
  std::vector<Seen> seen;
};

// Each write is at the switch at 21 us and would be out at 24; of two to one target the second waits for the
// 20.5 us of the first.
TEST(FcSwitch, WritesOfTwoHostsMeetAtTheTargetsPort) {
  for (const int second : {0, 1}) {
    Hosts hosts(2, 2, 100us);
    hosts.probes[0]->plan(0us, {Op::write, 0, kTwoFrames, 0});
    hosts.probes[1]->plan(0us, {Op::write, 0, kTwoFrames, static_cast<std::uint16_t>(second)});
    hosts.sim.run_until(Instant::max());
    EXPECT_EQ(hosts.seen[0].at, Instant{24us});
    EXPECT_EQ(hosts.seen[1].at, second == 0 ? Instant{44500ns} : Instant{24us});
  }
}

// Two targets answer one host at 101.5 and 102: at its port the second waits for the 20.5 us of the first.
// Two targets that answer two hosts do not meet.
TEST(FcSwitch, ReadsOfTwoTargetsMeetAtTheHostsPort) {
  Hosts one(1, 2, 100us), two(2, 2, 100us);
  for (std::uint16_t i = 0; i < 2; ++i) {
    one.probes[0]->plan(0us, {Op::read, 0, kTwoFrames, i});
    two.probes[i]->plan(0us, {Op::read, 0, kTwoFrames, i});
  }
  one.sim.run_until(Instant::max());
  two.sim.run_until(Instant::max());
  EXPECT_EQ(one.probes[0]->records[0].completed, Instant{123us});
  EXPECT_EQ(one.probes[0]->records[1].completed, Instant{143500ns});
  EXPECT_EQ(two.probes[1]->records[0].completed, Instant{123us});
}

TEST(FcSwitch, ATargetSendsOneAnswerAfterTheOther) {
  Hosts hosts(2, 1, 100us);
  for (Probe* host : hosts.probes) host->plan(0us, {Op::read, 0, kTwoFrames, 0});
  hosts.sim.run_until(Instant::max());
  EXPECT_EQ(hosts.probes[0]->records[0].completed, Instant{123us});
  EXPECT_EQ(hosts.probes[1]->records[0].completed, Instant{143500ns});  // its command waited for 0.5 us, too
}

// Four hosts keep two targets busy: twice what a port carries, 0.5 + 20 us a read.
TEST(FcSwitch, ASaturatedSwitchReachesTheBoundOfItsTargetPorts) {
  Hosts hosts(4, 2, 0us);
  for (Probe* host : hosts.probes) {
    host->blocks = false;
    host->loop(32, 1000, [](int i) {
      return Io{Op::read, 0, kTwoFrames, static_cast<std::uint16_t>(i % 2)};
    });
  }
  hosts.sim.run_until(Instant::max());
  Instant last{};
  for (const Probe* host : hosts.probes)
    for (const Probe::Record& r : host->records) last = std::max(last, r.completed);
  const double bound = hosts.sim.stage(0).max_iops({.read_fraction = 1, .block_size = kTwoFrames});
  EXPECT_NEAR(bound, 2 / 20.5e-6, 1);
  EXPECT_NEAR(4000 / seconds(last.time_since_epoch()), bound, 0.03 * bound);
}

TEST(FcSwitch, TargetsNeedPorts) {
  TestPath path({fc("fc_switch", {{"ports", "2"}})}, {.count = 2});
  const std::vector<Luns> two(2, Luns{1, 1_GiB, path.device[0]});
  EXPECT_THROW(path.stages[0]->luns(two), ParameterError);
}

}  // namespace
}  // namespace blkpath::test
