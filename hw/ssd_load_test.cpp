// An SSD under load: what limits it, and what garbage collection costs.
#include <gtest/gtest.h>

#include <array>

#include "model/core/random.hpp"
#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

using Params = std::vector<std::pair<std::string, std::string>>;

// Four channels of one die, so that no die waits for a channel. A page is 4 units, a block 64 pages; 25 % of
// 64 MiB are spare. tR 50 us, tPROG 500 us, tBERS 3 ms; a unit crosses a channel in 4 us, a page in 16.
Model ssd(const Params& extra) {
  Params params{
      {"command_cost", "100ns"},
      {"command_latency", "5us"},
      {"channels", "4"},
      {"dies_per_channel", "1"},
      {"planes_per_die", "1"},
      {"blocks_per_plane", "64"},
      {"pages_per_block", "64"},
      {"page_read", "50us"},
      {"page_program", "500us"},
      {"block_erase", "3ms"},
      {"channel_rate", "1024MB/s"},
      {"over_provisioning", "0.28"},
      {"write_buffer", "256KiB"},
      {"gc_start", "2"},
  };
  for (const auto& p : extra) {
    std::erase_if(params, [&](const auto& old) { return old.first == p.first; });
    params.push_back(p);
  }
  return {"ssd", std::move(params)};
}

/// `count` random I/Os of 4 KiB, `depth` at a time.
struct Load : TestPath {
  Load(int depth, int count, double reads, const Params& extra = {}, std::uint64_t seed = 1)
      : TestPath({ssd(extra)}, {.count = 0}, seed) {
    probe->blocks = false;
    const auto units = static_cast<std::uint64_t>(stages[0]->luns({}).each.n / 4096);
    probe->loop(depth, count, [=, random = Random(seed, "load")](int) mutable {
      const Op op = random.uniform() < reads ? Op::read : Op::write;
      return Io{op, static_cast<std::int64_t>(random.below(units)) * 4096, 4096};
    });
    run();
  }
  double elapsed() const {
    Instant end{};
    for (const Probe::Record& r : probe->records) end = std::max(end, r.completed);
    return seconds(end.time_since_epoch());
  }
  /// Without the first and the last tenth, in which the queue fills and empties.
  double iops() const {
    const std::size_t tenth = order().size() / 10;
    const auto completed = [&](std::size_t i) { return probe->records[order()[i]].completed; };
    return static_cast<double>(8 * tenth) / seconds(completed(9 * tenth) - completed(tenth));
  }
  double mean_us() const {
    double sum = 0;
    for (const Probe::Record& r : probe->records) sum += micros(r.completed - r.issued);
    return sum / static_cast<double>(probe->records.size());
  }
  double longest_us() const {
    double most = 0;
    for (const Probe::Record& r : probe->records) most = std::max(most, micros(r.completed - r.issued));
    return most;
  }
  double bound(double reads) const {
    return stages[0]->max_iops({.read_fraction = reads, .block_size = 4096, .scattered = true});
  }
};

// ---- what limits it ---------------------------------------------------------------------------------------

TEST(SsdLoad, RandomReadsKeepEveryDieBusy) {  // 4 dies, 54 us
  const Load load(256, 50'000, 1);
  EXPECT_NEAR(load.iops() / (4 / 54e-6), 1, 0.01);
  EXPECT_NEAR(load.bound(1), 4 / 54e-6, 1);
  EXPECT_NEAR(seconds(load.stages[0]->busy()) / load.elapsed(), 1, 0.02);
}

TEST(SsdLoad, OrTheirChannels) {  // a unit takes 100 us, and two dies share a channel
  const Params slow{{"channel_rate", "40960kB/s"}, {"channels", "2"}, {"dies_per_channel", "2"}};
  const Load load(256, 20'000, 1, slow);
  EXPECT_NEAR(load.iops() / (2 / 100e-6), 1, 0.01);
  EXPECT_NEAR(load.bound(1), 2 / 100e-6, 1);
  EXPECT_NEAR(seconds(load.stages[0]->busy()) / load.elapsed(), 1, 0.02) << "a die that waits is not free";
}

TEST(SsdLoad, OrTheFirmware) {
  const Load load(64, 20'000, 1, {{"command_cost", "50us"}});
  EXPECT_NEAR(load.iops(), 1 / 50e-6, 20);
  EXPECT_NEAR(load.bound(1), 1 / 50e-6, 1e-6);
}

TEST(SsdLoad, OrTheLink) {  // 16 TLPs of 280 bytes and 40 for the completion
  const Load load(64, 20'000, 1, {{"pcie_rate", "100MB/s"}, {"precondition", "none"}});
  EXPECT_NEAR(load.iops(), 1 / 45.2e-6, 25);
  EXPECT_NEAR(load.bound(1), 1 / 45.2e-6, 1);
}

// Of an erased drive: 4 units of host data a program, on 4 dies.
TEST(SsdLoad, WritesToAnEmptyDriveReachTheBound) {
  const Load load(64, 8'000, 0, {{"precondition", "none"}});
  EXPECT_NEAR(load.bound(0), 4 * 4 / 516e-6, 1);
  EXPECT_NEAR(load.iops() / load.bound(0), 1, 0.02);
  EXPECT_EQ(load.stat(0, "erases"), 0);
}

TEST(SsdLoad, LittlesLawHolds) {  // N = X R
  for (const double reads : {1.0, 0.5, 0.0}) {
    const Load load(16, 20'000, reads, {{"precondition", "random"}});
    EXPECT_NEAR(20'000 / load.elapsed() * load.mean_us() * 1e-6, 16, 0.05) << reads;
  }
}

// ---- steady state -----------------------------------------------------------------------------------------

// What the dies program is the host's data times the write amplification; and their time goes into programs,
// into reads of the collector, and into erases.
TEST(SsdLoad, WriteAmplificationDividesTheProgramThroughput) {
  const Load load(64, 200'000, 0, {{"precondition", "random"}});
  const double written = load.iops() * load.stat(0, "write_amplification");  // units per second
  EXPECT_GT(load.stat(0, "write_amplification"), 2);
  const double moved = load.stat(0, "gc_rate") * 1e6 / 4096;
  EXPECT_NEAR((load.iops() + moved) / written, 1, 0.01) << "but for padding";
  const double erases = load.stat(0, "erases") / load.elapsed();
  // For each erase 64 pages are read, nearly, and `moved` units cross the channel.
  const double busy = written / 4 * 516e-6 + erases * (64 * 50e-6 + 3e-3) + moved * 4e-6;
  EXPECT_NEAR(busy / 4, 1, 0.005);
}

TEST(SsdLoad, TheSteadyStateIsThereFromTheStart) {
  const auto amplification = [](int count) {
    return Load(64, count, 0, {{"precondition", "random"}}).stat(0, "write_amplification");
  };
  EXPECT_NEAR(amplification(20'000) / amplification(300'000), 1, 0.02);
}

// A victim holds 45 pages' worth or so: to collect it at one go would take 30 ms.
TEST(SsdLoad, CollectionIsPacedSoThatNoWriteWaitsForAWholeBlock) {
  const Load load(4, 100'000, 0, {{"precondition", "random"}, {"gc_start", "3"}});
  EXPECT_GT(load.stat(0, "erases"), 1000);
  EXPECT_LT(load.longest_us(), 5'000);
}

// A drive of four dies that is left alone after a read frees blocks, if it is told to.
TEST(SsdLoad, InIdleTimeItCollectsOnlyWhenItIsTo) {
  const auto erases = [](const char* blocks) {
    return Load(1, 100, 1, {{"precondition", "random"}, {"gc_idle", blocks}}).stat(0, "erases");
  };
  EXPECT_EQ(erases("0"), 0);
  EXPECT_GT(erases("4"), 4 * 2);
}

TEST(SsdLoad, CopybackSparesTheChannel) {
  const Params slow{{"precondition", "random"}, {"channel_rate", "32MB/s"}};
  Params spared = slow;
  spared.emplace_back("copyback", "true");
  EXPECT_GT(Load(64, 50'000, 0, spared).iops(), 1.5 * Load(64, 50'000, 0, slow).iops());
}

TEST(SsdLoad, ReadsSufferFromWritesAndMoreSoInLongBursts) {
  const Params steady{{"precondition", "random"}};
  const double alone = Load(4, 20'000, 1, steady).stat(0, "die_wait");
  const double mixed = Load(4, 20'000, 0.7, steady).stat(0, "die_wait");
  const double behind =
      Load(4, 20'000, 0.7, {{"precondition", "random"}, {"read_burst", "1"}}).stat(0, "die_wait");
  EXPECT_GT(mixed, 2 * alone);
  EXPECT_GT(behind, mixed);
}

// ---- anything goes
// -----------------------------------------------------------------------------------------------

// As little spare flash and as small a buffer as is allowed, and everything that can be asked of a drive.
TEST(SsdLoad, EveryCommandComesBackFromATightDrive) {
  for (const char* interface : {"sata", "nvme"})
    for (const char* safe : {"true", "false"})
      for (const char* policy : {"greedy", "cost_benefit"}) {
        TestPath path({ssd({{"interface", interface},
                            {"power_loss_protection", safe},
                            {"gc_policy", policy},
                            {"write_buffer", "16KiB"},
                            {"blocks_per_plane", "16"},
                            {"pages_per_block", "16"},
                            {"over_provisioning", "0.44"},
                            {"precondition", "random"}})},
                      {.count = 0});
        path.probe->blocks = false;
        const auto sectors = static_cast<std::uint64_t>(path.stages[0]->luns({}).each.n / 512);
        path.probe->loop(40, 20'000, [sectors, random = Random(1, "any")](int) mutable {
          constexpr std::array kOps{Op::read,  Op::read,  Op::write, Op::write,
                                    Op::write, Op::write, Op::flush, Op::trim};
          const std::uint64_t first = random.below(sectors),
                              most = std::min<std::uint64_t>(sectors - first, 300);
          const Op op = kOps[random.below(kOps.size())];
          const auto length =
              static_cast<std::uint32_t>(op == Op::flush ? 0 : 512 * (1 + random.below(most)));
          const std::uint8_t flags = random.below(4) == 0 ? Request::kFua : 0;
          return Io{op, static_cast<std::int64_t>(first) * 512, length, 0, flags};
        });
        path.run();
        EXPECT_EQ(path.order().size(), 20'000u) << interface << " " << safe << " " << policy;
      }
}

TEST(SsdLoad, TheSeedDecides) {
  const auto completions = [](std::uint64_t seed) {
    const Load load(32, 20'000, 0.5, {{"precondition", "random"}}, seed);
    std::vector<Instant> all;
    for (const Probe::Record& r : load.probe->records) all.push_back(r.completed);
    return all;
  };
  EXPECT_EQ(completions(1), completions(1));
  EXPECT_NE(completions(1), completions(2));
}

}  // namespace
}  // namespace blkpath::test
