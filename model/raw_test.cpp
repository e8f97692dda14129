#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

const Devices kAsync{.service = 100us, .returns = Returns::at_once};

TEST(Raw, OffsetsPassUnchangedAndTakeNoTime) {
  TestPath path({{"raw"}}, kAsync);
  path.at(0us, {Op::write, 12345, 678}).run();
  EXPECT_EQ(path.seen[0].offset, 12345);
  EXPECT_EQ(path.slat(), "0ns");
  EXPECT_EQ(path.lat(), "100us");
}

TEST(Raw, TheFilesModeReplacesTheGuests) {
  constexpr std::uint8_t kGuests = Request::kDirect | Request::kFua;
  TestPath cached({{"raw"}}, kAsync);
  cached.at(0us, {Op::write, 0, 4096, 0, kGuests}).run();
  EXPECT_EQ(cached.seen[0].flags, 0);

  TestPath through({{"raw", {{"direct", "on"}, {"write_through", "on"}}}}, kAsync);
  through.at(0us, {Op::write, 0, 4096}).at(0us, {Op::read, 0, 4096}).run();
  EXPECT_EQ(through.seen[0].flags, Request::kDirect | Request::kFua);
  EXPECT_EQ(through.seen[1].flags, Request::kDirect);
}

TEST(Raw, AFlushThatIsIgnoredReachesNobody) {
  TestPath path({{"raw", {{"flush", "off"}}}}, kAsync);
  path.at(0us, {Op::flush, 0, 0}).run();
  EXPECT_EQ(path.slat(), "0ns");
  EXPECT_EQ(path.lat(), "0ns");
  EXPECT_TRUE(path.seen.empty());
}

TEST(Raw, AFlushThatIsHonouredGoesDown) {
  TestPath path({{"raw"}}, kAsync);
  path.at(0us, {Op::flush, 0, 0}).run();
  EXPECT_EQ(path.lat(), "100us");
}

// Only the completion tells the caller: nothing returned before it.
TEST(Raw, UnalignedBuffersAreSynchronousUnderDirectOnly) {
  for (const std::string direct : {"on", "off"})
    for (const std::string aligned : {"on", "off"}) {
      TestPath path({{"raw", {{"direct", direct}, {"aligned", aligned}}}}, kAsync);
      path.at(0us, {Op::write}).run();
      EXPECT_EQ(path.io(0).submitted == Instant::min(), direct == "on" && aligned == "off");
    }
}

}  // namespace
}  // namespace blkpath::test
