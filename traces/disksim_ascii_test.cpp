#include <gmock/gmock.h>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

constexpr const char* kText =
    "6.105000 0 2335212 8 1\n"
    "7.250001 2 16 4 0\n";

TEST(DiskSimAscii, ReadsMillisecondsAndBlocks) {
  const auto all = read_text(kText);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], (IoRecord{.offset = 1195628544, .length = 4096}));
  EXPECT_EQ(all[1],
            (IoRecord{.issued = 1'145'001ns, .offset = 8192, .length = 2048, .device = 2, .op = Op::write}));
}

TEST(DiskSimAscii, OnlyTheLowestFlagTellsTheDirection) {
  const auto all = read_text("0.0\t0 0 8  b\n 1.0 0 0 8 0x2 \n", "disksim-ascii");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].op, Op::read);
  EXPECT_EQ(all[1].op, Op::write);
}

TEST(DiskSimAscii, IsToldFromMqsimByAPointOrByFlags) {
  EXPECT_EQ(format_of(kText), "disksim-ascii");
  EXPECT_EQ(format_of("6 0 2335212 8 3\n"), "disksim-ascii");
  EXPECT_EQ(format_of("6 0 2335212 8 1\n"), "mqsim");
}

TEST(DiskSimAscii, WrongLinesAreExplained) {
  EXPECT_THAT(error_of_text("6.1 0 2335212 8\n", "disksim-ascii"),
              HasSubstr("input:1: flags is missing; a good line is '6.105000 0 2335212 8 1'"));
  EXPECT_THAT(error_of_text("6.1 0 0 8 1 9\n", "disksim-ascii"), HasSubstr("nothing more, not '9'"));
  EXPECT_THAT(error_of_text("6.1 0 0 8 0x\n", "disksim-ascii"),
              HasSubstr("flags '0x' is not a whole number in range"));
}

TEST(DiskSimAscii, WritesWhatItReads) {
  const auto all = read_text(kText);
  EXPECT_EQ(write_text(all, "disksim-ascii"), "0.000000 0 2335212 8 1\n1.145001 2 16 4 0\n");
}

}  // namespace
}  // namespace blkpath
