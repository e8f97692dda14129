#include <fmt/format.h>
#include <gmock/gmock.h>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

constexpr const char* kText =
    "128166372003061629,usr,0,Read,7014609920,24576,41286\n"
    "128166372016382155,usr,1,Write,1317441536,8192,1963\n";

TEST(Msr, ReadsTimesFromFiletime) {
  const std::vector<IoRecord> all = read_text(kText, "msr");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].issued, 0ns);
  EXPECT_EQ(all[1].issued, 1'332'052'600ns);
  EXPECT_EQ(all[0].completed - all[0].issued, 4'128'600ns);
  EXPECT_EQ(all[0].op, Op::read);
  EXPECT_EQ(all[1].op, Op::write);
  EXPECT_EQ(all[1].device, 1u);
  EXPECT_EQ(all[0].offset, 7014609920);
  EXPECT_EQ(all[1].length, 8192u);
}

TEST(Msr, IsRecognised) { EXPECT_EQ(format_of(kText), "msr"); }

TEST(Msr, AWrongLineIsNamed) {
  EXPECT_THAT(
      error_of_text("128166372003061629,usr,0,Read,7014609920,24576,41286\n1,usr,0,Raed,1,2,3\n", "msr"),
      HasSubstr("input:2: a time stamp in 100 ns since 1601; a good line is '1281"));
}

TEST(Msr, BadLinesCanBeSkippedUpToANumber) {
  const std::string text = std::string(kText) + "x\ny\n" + kText;
  EXPECT_EQ(read_text(text, "msr", {.skip_bad = 2}).size(), 4u);
  EXPECT_THAT(error_of_text(text, "msr", {.skip_bad = 1}), HasSubstr("input:4: "));
}

/// Found by fuzzing: stamps and responses count 100 ns, so those near the end of 63 bits are no ns any more.
TEST(Msr, TimesThatOverflowInNanosecondsAreRefused) {
  // (2^63 - 1) / 100 = 92,233,720,368,547,758 units of 100 ns after 1970, which is 116,444,736,000,000,000.
  const auto with = [](const char* stamp, const char* response) {
    return fmt::format("{},usr,0,Read,0,512,{}\n", stamp, response);
  };
  EXPECT_EQ(error_of_text(with("208678456368547758", "0"), "msr"), "");
  EXPECT_THAT(error_of_text(with("208678456368547759", "0"), "msr"),
              HasSubstr("a time stamp 92233720368547759 is out"));
  EXPECT_THAT(error_of_text(with("9223372036854775807", "0"), "msr"), HasSubstr("input:1: a time stamp "));
  EXPECT_THAT(error_of_text(with("-9223372036854775808", "0"), "msr"),
              HasSubstr("a time stamp in 100 ns since 1601"));
  EXPECT_EQ(error_of_text(with("128166372003061629", "92233720368547758"), "msr"), "");
  EXPECT_THAT(error_of_text(with("128166372003061629", "92233720368547759"), "msr"),
              HasSubstr("a response time 92233720368547759 is out of range"));
  // One that would fit by itself, of a request that was issued 100 ns after the first.
  EXPECT_THAT(
      error_of_text(with("128166372003061629", "0") + with("128166372003061630", "92233720368547758"), "msr"),
      HasSubstr("input:2: a response time is out of range"));
}

TEST(Msr, SizesAndOffsetsOutOfRangeAreRefused) {
  const auto with = [](const char* offset, const char* size) {
    return fmt::format("128166372003061629,usr,0,Read,{},{},1\n", offset, size);
  };
  EXPECT_EQ(error_of_text(with("9223372036854775807", "4294967295"), "msr"), "");
  EXPECT_THAT(error_of_text(with("9223372036854775808", "512"), "msr"),
              HasSubstr("an offset in bytes '9223372036854775808' is not a whole number in range"));
  EXPECT_THAT(error_of_text(with("-1", "512"), "msr"), HasSubstr("an offset from 0 up"));
  EXPECT_THAT(error_of_text(with("0", "4294967296"), "msr"),
              HasSubstr("a size in bytes '4294967296' is not"));
  EXPECT_THAT(error_of_text(with("0", "-1"), "msr"), HasSubstr("a size in bytes '-1' is not"));
}

TEST(Msr, WritesWhatItReads) {
  const std::vector<IoRecord> all = read_text(kText, "msr");
  EXPECT_EQ(read_text(write_text(all, "msr"), "msr"), all);
}

}  // namespace
}  // namespace blkpath
