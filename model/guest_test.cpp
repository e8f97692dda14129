#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

// A vCPU spends 9 us on a submission and 5 us on a completion; the device takes 100 us.
Model guest(const std::string& vcpus, const std::string& nr_requests = "128") {
  return {"guest",
          {{"vcpus", vcpus}, {"nr_requests", nr_requests}, {"submit_cost", "9us"}, {"complete_cost", "5us"}}};
}
// The vCPU is away for 100 us at each kick.
const Model kLongExit{"virtio_blk", {{"kick_cost", "100us"}, {"interrupt_cost", "0us"}}};

TEST(Guest, OneRequestPaysForSubmissionAndInterrupt) {
  TestPath path({guest("1")}, {.service = 100us, .returns = Returns::at_once});
  path.at(0us, {}).run();
  EXPECT_EQ(path.slat(), "9us");
  EXPECT_EQ(path.lat(), "114us");  // 9 + 100 + 5
  EXPECT_EQ(path.stages[0]->cpu(), 14us);
}

// A: submission 0-9, exit 9-109, device 109-159. B, issued at 120: submission 120-129, exit 129-229.
TEST(Guest, AnInterruptWaitsForTheOnlyVcpuToComeBackFromItsExit) {
  TestPath path({guest("1"), kLongExit}, {.service = 50us, .returns = Returns::at_once});
  path.at(0us, {}).at(120us, {}).run();
  EXPECT_EQ(path.slat(1), "109us");
  EXPECT_EQ(path.done(0), "234us");  // 229 + 5
}

TEST(Guest, ASecondVcpuTakesTheInterruptMeanwhile) {
  TestPath path({guest("2"), kLongExit}, {.service = 50us, .returns = Returns::at_once});
  path.at(0us, {}).at(120us, {}).run();
  EXPECT_EQ(path.slat(1), "109us");
  EXPECT_EQ(path.done(0), "164us");  // 159 + 5
}

// A's interrupt comes at 109, while B is submitted (105-114) and C waits.
TEST(Guest, AnInterruptGoesBeforeASubmissionThatWaits) {
  TestPath path({guest("1")}, {.service = 100us, .servers = 3, .returns = Returns::at_once});
  path.at(0us, {}).at(105us, {}).at(106us, {}).run();
  EXPECT_EQ(path.done(0), "119us");
  EXPECT_EQ(path.slat(2), "22us");  // 119 + 9 - 106
}

// A is done at 114; only then is the sleeper woken: 114 + 9 + 100 + 5.
TEST(Guest, NrRequestsPutsTheSubmitterToSleepUntilACompletionIsHandled) {
  TestPath path({guest("1", "1")}, {.service = 100us, .servers = 2, .returns = Returns::at_once});
  path.at(0us, {}).at(0us, {}).run();
  EXPECT_EQ(path.done(0), "114us");
  EXPECT_EQ(path.slat(1), "123us");
  EXPECT_EQ(path.done(1), "228us");
}

TEST(Guest, NrRequestsLetsThatManyPass) {
  TestPath path({guest("1", "2")}, {.service = 100us, .servers = 2, .returns = Returns::at_once});
  path.at(0us, {}).at(0us, {}).run();
  EXPECT_EQ(path.slat(1), "18us");
}

// Nothing below says that the call has returned: the vCPU stays until 109, handles the interrupt, then takes
// B.
TEST(Guest, WhereNothingBelowReturnsTheCompletionDoes) {
  TestPath path({guest("1")}, {.service = 100us, .servers = 2, .returns = Returns::never});
  path.at(0us, {}).at(0us, {}).run();
  EXPECT_EQ(path.slat(0), "114us") << "the interrupt is handled before its submitter goes on";
  EXPECT_EQ(path.done(0), "114us");
  EXPECT_EQ(path.done(1), "228us");
}

}  // namespace
}  // namespace blkpath::test
