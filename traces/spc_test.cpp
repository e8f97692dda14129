#include <gmock/gmock.h>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

constexpr const char* kText =
    "0,20941264,8192,W,0.551706000\n"
    "1,18960512,24576,R,0.600938250\n";

TEST(Spc, ReadsBlocksAndSeconds) {
  const auto all = read_text(kText);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], (IoRecord{.offset = 10721927168, .length = 8192, .op = Op::write}));
  EXPECT_EQ(all[1], (IoRecord{.issued = 49'232'250ns, .offset = 9707782144, .length = 24576, .device = 1}));
}

TEST(Spc, TakesSmallLettersAndOptionalFields) {
  EXPECT_EQ(read_text("0,20941264,8192,w,0.551706,x,7\n1,18960512,24576,r,0.60093825\n"), read_text(kText));
}

TEST(Spc, IsRecognised) { EXPECT_EQ(format_of(kText), "spc"); }

TEST(Spc, AWrongLineIsExplained) {
  EXPECT_THAT(error_of_text("0,1,512,D,0.5\n", "spc"),
              HasSubstr("input:1: an opcode R or W, not 'D'; a good line is '0,20941264,8192,W,0.551706'"));
}

TEST(Spc, WritesWhatItReads) {
  EXPECT_EQ(write_text(read_text(kText), "spc"),
            "0,20941264,8192,W,0.000000000\n"
            "1,18960512,24576,R,0.049232250\n");
}

TEST(Spc, RefusesAnOffsetWithinABlock) {
  EXPECT_THAT(refusal_of({{.offset = 513, .length = 512}}, "spc"),
              HasSubstr("record 1 has an offset of 513 bytes, not a multiple of 512; spc cannot say that"));
}

}  // namespace
}  // namespace blkpath
