#include "hw/host_bus.hpp"
#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

// 8 us of firmware for a command, 6 us for an interrupt; 4 KiB cross the bus in 4 us.
Model hba(const std::string& throttle, const std::string& interrupt = "6us") {
  return {"hba",
          {{"execution_throttle", throttle},
           {"command_cost", "8us"},
           {"interrupt_cost", interrupt},
           {"bus", "1024MB/s"}}};
}
const Devices kDisks{.service = 100us, .servers = 8};
constexpr Io flush(std::uint16_t lun) { return {Op::flush, 0, 0, lun}; }  // no data

TEST(Hba, DataCrossesTheBusOnItsWayDownOrUp) {
  TestPath path({hba("16")}, kDisks);
  path.at(0us, {Op::write, 0, 16384}).at(1ms, {Op::read, 0, 16384}).run();
  EXPECT_EQ(path.seen[0].at, Instant{24us});  // 8 + 16
  EXPECT_EQ(path.seen[1].at, Instant{1ms + 8us});
  EXPECT_EQ(path.lat(0), "130us");  // 24 + 100 + 6
  EXPECT_EQ(path.lat(1), "130us");  // 8 + 100 + 6 + 16
}

TEST(Hba, FirmwareHandlesOneCommandAtATime) {
  TestPath path({hba("16")}, kDisks);
  for (std::uint16_t lun = 0; lun < 3; ++lun) path.at(0us, flush(lun));
  path.run();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(path.seen[static_cast<std::size_t>(i)].at, Instant{8us * (i + 1)});
}

// The second command for LUN 0 is issued when the first completes at 108; LUN 1 is not held up.
TEST(Hba, TheThrottleCountsPerLun) {
  TestPath path({hba("1")}, kDisks);
  path.at(0us, flush(0)).at(0us, flush(0)).at(0us, flush(1)).run();
  EXPECT_EQ(path.done(0), "114us");
  EXPECT_EQ(path.done(2), "122us");  // 16 + 100 + 6
  EXPECT_EQ(path.done(1), "222us");  // 108 + 8 + 100 + 6
}

TEST(Hba, TheThrottleLetsThatManyPass) {
  TestPath path({hba("3")}, kDisks);
  for (int i = 0; i < 8; ++i) path.at(0us, flush(0));
  path.run();
  EXPECT_EQ(path.device[0]->deepest, 3);
}

// Completions at 108 and 116, interrupts of 10 us.
TEST(Hba, InterruptsAreHandledOneAfterTheOther) {
  TestPath path({hba("16", "10us")}, kDisks);
  path.at(0us, flush(0)).at(0us, flush(0)).run();
  EXPECT_EQ(path.done(0), "118us");
  EXPECT_EQ(path.done(1), "128us");
}

// A write's command ends at 100 and its data has the bus until 116; a read's data comes at 108.
TEST(Hba, ReadsAndWritesSharePciX) {
  for (const auto& [type, done] : {std::pair{"pci_x_133", "138us"}, {"pcie", "130us"}}) {
    Model model = hba("16");
    model.params.emplace_back("bus_type", type);
    TestPath path({model}, kDisks);
    path.at(0us, {Op::read, 0, 16384}).at(92us, {Op::write, 0, 16384}).run();
    EXPECT_EQ(path.done(0), done) << type;  // 108 or 116, + 16 + 6
  }
}

// The commands of two writes end at 109 and 117; the data of a read comes before them, at 108.
TEST(Hba, TheBusGoesToWhatIsReadyFirst) {
  TestPath path({hba("16")}, kDisks);
  path.at(0us, {Op::read, 0, 16384}).at(101us, {Op::write, 0, 16384}).at(101us, {Op::write, 0, 16384}).run();
  EXPECT_EQ(path.done(0), "130us");  // 108 + 16 + 6
  EXPECT_EQ(path.seen[1].at, Instant{140us});
  EXPECT_EQ(path.seen[2].at, Instant{156us});
}

Model coalescing(const std::string& count, const std::string& delay) {
  Model model = hba("16");
  model.params.emplace_back("completion_cost", "1us");
  model.params.emplace_back("coalesce_count", count);
  model.params.emplace_back("coalesce_delay", delay);
  return model;
}

// Completions at 108, 116 and 124; the third raises an interrupt of 6 us, which handles each in 1 us.
TEST(Hba, OneInterruptHandlesAllThatWait) {
  TestPath path({coalescing("3", "50us")}, kDisks);
  for (int i = 0; i < 3; ++i) path.at(0us, flush(0));
  path.run();
  EXPECT_EQ(path.done(0), "131us");
  EXPECT_EQ(path.done(1), "132us");
  EXPECT_EQ(path.done(2), "133us");
  EXPECT_EQ(path.stages[0]->cpu(), 9us);
}

// At 108 and 116: the first has waited long enough at 158.
TEST(Hba, ACompletionWaitsNoLongerThanTheDelay) {
  TestPath path({coalescing("3", "50us")}, kDisks);
  path.at(0us, flush(0)).at(0us, flush(0)).run();
  EXPECT_EQ(path.done(0), "165us");
  EXPECT_EQ(path.done(1), "166us");
}

// At 108 and 158, the instant at which the first one's time is over, or a nanosecond after it.
TEST(Hba, AfterTheDelayTheNextInterruptBegins) {
  for (const auto& [submitted, done] : {std::pair{49'999ns, "165999ns"}, {50'001ns, "215001ns"}}) {
    TestPath path({coalescing("3", "50us")}, kDisks);
    path.at(0us, flush(0)).at(submitted, flush(0)).run();
    EXPECT_EQ(path.done(0), "165us");
    EXPECT_EQ(path.done(1), submitted < 50us ? "166us" : done);
  }
}

TEST(Hba, CoalescingWithoutADelayIsRefused) {
  EXPECT_THROW(TestPath({coalescing("2", "0us")}, kDisks), ConfigError);
}

// 74 in flight on 14 disks are at most six on each: a throttle of 16 holds none back. On one disk it holds
// back 58.
TEST(Hba, AnIodepthOf74Over14DisksStaysBelowTheThrottle) {
  TestPath spread({hba("16")}, {.service = 10ms, .servers = 74});
  for (std::uint16_t i = 0; i < 74; ++i) spread.at(0us, flush(i % 14));
  spread.run();
  EXPECT_EQ(spread.device[0]->deepest, 74);
  TestPath one({hba("16")}, {.service = 10ms, .servers = 74});
  for (int i = 0; i < 74; ++i) one.at(0us, flush(0));
  one.run();
  EXPECT_EQ(one.device[0]->deepest, 16);
}

// 2.5 GT/s with 8b/10b: 250 MB/s a lane; 8 GT/s with 128b/130b: 984.6 MB/s. 256 of 280 bytes are payload.
TEST(Hba, PciExpressCarriesWhatItsLanesDo) {
  const auto rate = [](int generation, int lanes) {
    return HostBus{HostBusType::pcie, generation, lanes, 256_B}.payload_rate().per_second;
  };
  EXPECT_EQ(rate(1, 4), 914'285'714);
  EXPECT_EQ(rate(2, 8), 4 * rate(1, 4) + 1);
  EXPECT_NEAR(static_cast<double>(rate(3, 8)), 8e9 * 128 / 130 * 256 / 280, 20);
}

// Firmware 8 us, interrupts 6 us, data 16 us in one direction, or in both where they share the bus.
TEST(Hba, TheBoundIsThatOfFirmwareBusOrInterrupts) {
  const auto us_per_io = [](const Model& model, double reads) {
    TestPath path({model}, kDisks);
    return 1e6 / path.stages[0]->max_iops({.read_fraction = reads, .block_size = 16384});
  };
  Model pcie = hba("16");
  pcie.params.emplace_back("bus_type", "pcie");
  EXPECT_NEAR(us_per_io(hba("16"), 0), 16, 1e-9);
  EXPECT_NEAR(us_per_io(hba("16"), 0.5), 16, 1e-9);
  EXPECT_NEAR(us_per_io(pcie, 0.5), 8, 1e-9);
  EXPECT_NEAR(us_per_io(pcie, 1), 16, 1e-9);
  EXPECT_NEAR(us_per_io(hba("16", "30us"), 1), 30, 1e-9);
  Model coalesced = coalescing("4", "1ms");
  coalesced.params[2] = {"interrupt_cost", "100us"};
  EXPECT_NEAR(us_per_io(coalesced, 1), 26, 1e-9);  // 100 / 4 + 1
}

// 64 outstanding on four LUNs, a device that takes no time.
TEST(Hba, ASaturatedAdapterReachesItsBound) {
  Model pcie = hba("16"), interrupts = coalescing("8", "1ms");
  pcie.params.emplace_back("bus_type", "pcie");
  interrupts.params[2] = {"interrupt_cost", "200us"};
  for (const Model& model : {hba("16"), pcie, interrupts, hba("16", "40us")}) {
    TestPath path({model}, {.service = 0us, .servers = 64});
    path.probe->blocks = false;
    path.probe->loop(64, 4000, [](int i) {
      return Io{i / 2 % 2 ? Op::read : Op::write, 0, 16384, static_cast<std::uint16_t>(i % 4)};
    });
    path.run();
    Instant last{};
    for (const Probe::Record& r : path.probe->records) last = std::max(last, r.completed);
    const double bound = path.stages[0]->max_iops({.read_fraction = 0.5, .block_size = 16384});
    const double reached = 4000 / seconds(last.time_since_epoch());
    EXPECT_LE(reached, bound);
    EXPECT_GT(reached, 0.97 * bound);
  }
}

}  // namespace
}  // namespace blkpath::test
