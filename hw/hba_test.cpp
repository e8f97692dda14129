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

TEST(Hba, TheBoundIsThatOfFirmwareOrInterrupts) {
  TestPath path({hba("16")}, kDisks);
  const auto us_per_io = [&](double reads) {
    return 1e6 / path.stages[0]->max_iops({.read_fraction = reads, .block_size = 16384});
  };
  EXPECT_NEAR(us_per_io(0), 24, 1e-9);    // 8 + 16
  EXPECT_NEAR(us_per_io(0.5), 16, 1e-9);  // 8 + 8
  EXPECT_NEAR(us_per_io(1), 22, 1e-9);    // 6 + 16
}

}  // namespace
}  // namespace blkpath::test
