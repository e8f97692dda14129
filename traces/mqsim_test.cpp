#include <gmock/gmock.h>

#include "traces/test/shared_trace.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

constexpr const char* kText =
    "938513000 4 264719034 16 0\n"
    "938828000 3 197570570 16 1\n";

TEST(Mqsim, ReadsOneAsARead) {
  const auto all = read_text(kText);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], (IoRecord{.offset = 135536145408, .length = 8192, .device = 4, .op = Op::write}));
  EXPECT_EQ(all[1], (IoRecord{.issued = 315us, .offset = 101156131840, .length = 8192, .device = 3}));
}

TEST(Mqsim, IsRecognised) { EXPECT_EQ(format_of(kText), "mqsim"); }

TEST(Mqsim, WrongLinesAreExplained) {
  EXPECT_THAT(error_of_text("938513000 4 264719034 16 2\n", "mqsim"),
              HasSubstr("input:1: a type 0 or 1, not '2'; a good line is '938513000 4 264719034 16 0'"));
  EXPECT_THAT(error_of_text("9.5 4 264719034 16 1\n", "mqsim"),
              HasSubstr("an arrival in ns '9.5' is not a whole"));
}

TEST(Mqsim, WritesWhatItReads) {
  EXPECT_EQ(write_text(read_text(kText), "mqsim"), "0 4 264719034 16 0\n315000 3 197570570 16 1\n");
}

TEST(Mqsim, ReadsThePublishedSample) {
  const std::string file = shared_trace("traces/tpcc-small.mqsim.trace");
  if (file.empty()) GTEST_SKIP() << "the MQSim sample is absent";
  const auto [format, all] = read_shared(file);
  EXPECT_EQ(format, "mqsim");
  ASSERT_EQ(all.size(), 6999u);
  EXPECT_EQ(all.front(), (IoRecord{.offset = 135536145408, .length = 8192, .device = 4, .op = Op::write}));
  EXPECT_EQ(
      all.back(),
      (IoRecord{.issued = 136'489us, .offset = 81949365248, .length = 8192, .device = 7, .op = Op::write}));
}

}  // namespace
}  // namespace blkpath
