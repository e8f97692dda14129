#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

const Model kIde{"ide", {{"register_exits", "11"}, {"exit_cost", "3us"}, {"interrupt_cost", "9us"}}};

TEST(Ide, EachRegisterIsAnExit) {
  TestPath path({kIde}, {.service = 100us, .returns = Returns::at_once});
  path.at(0us, {}).run();
  EXPECT_EQ(path.slat(), "33us");  // 11 x 3
  EXPECT_EQ(path.lat(), "142us");  // 33 + 100 + 9
  EXPECT_EQ(path.stages[0]->cpu(), 33us);
}

// The drive is free again at 133, before the interrupt of the first request is handled.
TEST(Ide, OneRequestAtATime) {
  TestPath path({kIde}, {.service = 100us, .servers = 8, .returns = Returns::at_once});
  path.at(0us, {}).at(0us, {}).at(0us, {}).run();
  EXPECT_EQ(path.device[0]->deepest, 1);
  EXPECT_EQ(path.slat(1), "0ns");
  EXPECT_EQ(path.done(0), "142us");
  EXPECT_EQ(path.done(1), "275us");  // 133 + 142
  EXPECT_EQ(path.done(2), "408us");  // 266 + 142
}

}  // namespace
}  // namespace blkpath::test
