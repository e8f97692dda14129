#include <gmock/gmock.h>

#include "traces/test/shared_trace.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

constexpr const char* kText =
    "1538323200,4247200,128,1,1058\n"
    "1538323199,13896880,8,0,1063\n";

TEST(Tencent, ReadsSectorsAndSecondsThatMayGoBack) {
  const auto all = read_text(kText);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], (IoRecord{.offset = 2174566400, .length = 65536, .device = 1058, .op = Op::write}));
  EXPECT_EQ(all[1], (IoRecord{.issued = -1s, .offset = 7115202560, .length = 4096, .device = 1063}));
}

TEST(Tencent, IsRecognisedByADateInFront) {
  EXPECT_EQ(format_of(kText), "tencent");
  EXPECT_THAT(error_of_text("12,4247200,128,1,1058\n"), HasSubstr("its format is not recognised"));
}

TEST(Tencent, WrongLinesAreExplained) {
  EXPECT_THAT(error_of_text("1538323200,4247200,128,2,1058\n", "tencent"),
              HasSubstr("input:1: an I/O type 0 or 1, not '2'; a good line is '1538323200,"));
  EXPECT_THAT(error_of_text("1538323200,36028797018963968,128,1,1058\n", "tencent"),
              HasSubstr("an offset in sectors 36028797018963968 is out of range"));
  EXPECT_THAT(error_of_text("1538323200,0,8388608,1,1058\n", "tencent"),
              HasSubstr("a size of 4294967296 bytes is out of range"));
}

TEST(Tencent, WritesWhatItReads) {
  EXPECT_EQ(write_text(read_text(kText), "tencent", starting_at(1538323200'000'000'000)), kText);
}

TEST(Tencent, RefusesPartsOfASector) {
  EXPECT_THAT(
      refusal_of({{.offset = 512, .length = 512}, {.offset = 512, .length = 100}}, "tencent"),
      HasSubstr("record 2 has a length of 100 bytes, not a multiple of 512; tencent cannot say that"));
}

TEST(Tencent, ReadsThePublishedSample) {
  const std::string file = shared_trace("traces/tencent-cbs-sample.bz2");
  if (file.empty()) GTEST_SKIP() << "the Tencent sample is absent";
  const auto [format, all] = read_shared(file);
  EXPECT_EQ(format, "tencent");
  ASSERT_EQ(all.size(), 50'000u);
  EXPECT_EQ(all.front(), (IoRecord{.offset = 2174566400, .length = 65536, .device = 1058, .op = Op::write}));
  EXPECT_EQ(all.back(), (IoRecord{.offset = 4365783040, .length = 65536, .device = 10799, .op = Op::write}));
}

}  // namespace
}  // namespace blkpath
