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

TEST(Msr, WritesWhatItReads) {
  const std::vector<IoRecord> all = read_text(kText, "msr");
  EXPECT_EQ(read_text(write_text(all, "msr"), "msr"), all);
}

}  // namespace
}  // namespace blkpath
