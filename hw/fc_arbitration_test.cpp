#include "hw/fc_arbitration.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace blkpath {
namespace {

TEST(FcArbitration, FairPortsThatAlwaysWantTheLoopHaveItInTurn) {
  FcArbitration loop(true);
  for (int port = 14; port >= 1; --port) loop.want(port);
  for (int turn = 0; turn < 3; ++turn)
    for (int port = 1; port <= 14; ++port) EXPECT_EQ(loop.win(), port);
}

TEST(FcArbitration, WithoutFairnessTheFirstPortAlwaysWins) {
  FcArbitration loop(false);
  loop.want(1);
  loop.want(14);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(loop.win(), 1);
  loop.drop(1);
  EXPECT_EQ(loop.win(), 14);
}

// A port that comes late in a window and has not won in it goes before those that have.
TEST(FcArbitration, WhoHasNotWonInTheWindowGoesFirst) {
  FcArbitration loop(true);
  loop.want(1);
  EXPECT_EQ(loop.win(), 1);
  loop.want(100);
  EXPECT_EQ(loop.win(), 100);
  loop.drop(100);
  EXPECT_EQ(loop.win(), 1);
}

TEST(FcArbitration, APortThatIsAloneWinsAgain) {
  FcArbitration loop(true);
  loop.want(126);
  EXPECT_EQ(loop.win(), 126);
  EXPECT_EQ(loop.win(), 126);
  EXPECT_FALSE(loop.idle());
  loop.drop(126);
  EXPECT_TRUE(loop.idle());
}

}  // namespace
}  // namespace blkpath
