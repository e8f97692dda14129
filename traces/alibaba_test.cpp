#include <gmock/gmock.h>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

constexpr const char* kText =
    "419,W,8792731648,16384,1577808144360767\n"
    "725,R,59110326272,360448,1577808144360813\n";

TEST(Alibaba, ReadsMicroseconds) {
  const auto all = read_text(kText);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], (IoRecord{.offset = 8792731648, .length = 16384, .device = 419, .op = Op::write}));
  EXPECT_EQ(all[1], (IoRecord{.issued = 46us, .offset = 59110326272, .length = 360448, .device = 725}));
}

TEST(Alibaba, IsRecognised) { EXPECT_EQ(format_of(kText), "alibaba"); }

TEST(Alibaba, WrongLinesAreExplained) {
  EXPECT_THAT(error_of_text("1,W,0,512\n", "alibaba"), HasSubstr("input:1: a time stamp in us is missing"));
  EXPECT_THAT(error_of_text("1,W,-1,512,5\n", "alibaba"), HasSubstr("an offset from 0 up, not -1"));
  EXPECT_THAT(error_of_text("1,W,0,512,9223372036854775807\n", "alibaba"),
              HasSubstr("a time stamp in us 9223372036854775807 is out of range"));
}

TEST(Alibaba, WritesWhatItReads) {
  EXPECT_EQ(write_text(read_text(kText), "alibaba", starting_at(1577808144360767000)), kText);
}

TEST(Alibaba, DropsWhatItHasNoWordFor) {
  EXPECT_EQ(write_text({{.op = Op::flush}, {.issued = 1999ns, .offset = 0, .length = 512}}, "alibaba"),
            "0,R,0,512,1\n");
}

TEST(Alibaba, RefusesATimeBeforeItsZero) {
  EXPECT_THAT(
      refusal_of({{.issued = -5ns, .offset = 0, .length = 512}}, "alibaba"),
      HasSubstr(
          "record 1 has a time of -5 ns, before the first that can be written (see --shift-time-to-zero); "
          "alibaba cannot say that"));
}

}  // namespace
}  // namespace blkpath
