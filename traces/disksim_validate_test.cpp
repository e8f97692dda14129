#include <gmock/gmock.h>

#include "traces/test/shared_trace.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;
using Buffer = IoRecord::Buffer;

constexpr const char* kText =
    "W Hit    4583176   4    663.00000  45422.00000\n"
    "R Miss   3962268  12   6657.50000      0.00100\n"
    "R Unkn         8   1   1000.00000   9000.00000\n";

TEST(DiskSimValidate, IssueTimesFollowFromResponsesAndDelays) {
  const auto all = read_text(kText);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(
      all[0],
      (IoRecord{
          .completed = 663us, .offset = 2346586112, .length = 2048, .op = Op::write, .buffer = Buffer::hit}));
  EXPECT_EQ(all[1].issued, 46'085us);
  EXPECT_EQ(all[1].completed, 52'742'500ns);
  EXPECT_EQ(all[1].buffer, Buffer::miss);
  EXPECT_EQ(all[2].issued, 52'742'501ns);
  EXPECT_EQ(all[2].buffer, Buffer::unknown);
}

TEST(DiskSimValidate, IsRecognised) { EXPECT_EQ(format_of(kText), "disksim-validate"); }

TEST(DiskSimValidate, WrongLinesAreExplained) {
  EXPECT_THAT(error_of_text("X Hit 1 2 3.0 4.0\n", "disksim-validate"),
              HasSubstr("input:1: a direction R or W, not 'X'; a good line is 'R Hit 3962268 12"));
  EXPECT_THAT(
      error_of_text("R Hit 1 2 9223372036854775 4.0\nR Hit 1 2 9223372036854775 4.0\n", "disksim-validate"),
      HasSubstr("input:1: a delay is out of range"));
}

TEST(DiskSimValidate, WritesWhatItReads) {
  const auto all = read_text(kText);
  EXPECT_EQ(write_text(all, "disksim-validate"),
            "W Hit 4583176 4 663.000 45422.000\n"
            "R Miss 3962268 12 6657.500 0.001\n"
            "R Unkn 8 1 1000.000 0.000\n");  // nothing follows it
}

TEST(DiskSimValidate, RefusesTwoAtATimeAndTwoDisks) {
  const IoRecord first{.completed = 2ms, .offset = 0, .length = 512};
  IoRecord second{.issued = 1ms, .completed = 3ms, .offset = 0, .length = 512};
  EXPECT_THAT(
      refusal_of({first, second}, "disksim-validate"),
      HasSubstr(
          "record 2 was issued before the one in front of it was done; disksim-validate cannot say that"));
  second.issued = 2ms;
  second.device = 1;
  EXPECT_THAT(refusal_of({first, second}, "disksim-validate"),
              HasSubstr("record 2 is of device 1, the ones before it of device 0"));
  EXPECT_THAT(refusal_of({{.offset = 0, .length = 512}}, "disksim-validate"),
              HasSubstr("record 1 has no completion"));
}

struct Measured {
  const char* disk;
  std::size_t count;
  IoRecord first, last;
};

class DiskSimMeasured : public ::testing::TestWithParam<Measured> {};

TEST_P(DiskSimMeasured, HasTheRecordsOfTheDisk) {
  const auto& [disk, count, first, last] = GetParam();
  const std::string file = shared_trace(std::string("disks/") + disk + "/measured.trace.xz");
  if (file.empty()) GTEST_SKIP() << "the measured trace of " << disk << " is absent";
  const auto [format, all] = read_shared(file);
  EXPECT_EQ(format, "disksim-validate");
  ASSERT_EQ(all.size(), count);
  EXPECT_EQ(all.front(), first);
  EXPECT_EQ(all.back(), last);
}

IoRecord measured(Time issued, Time response, Op op, std::int64_t lbn, std::uint32_t blocks, Buffer buffer) {
  return {.issued = issued,
          .completed = issued + response,
          .offset = lbn * 512,
          .length = blocks * 512,
          .op = op,
          .buffer = buffer};
}

INSTANTIATE_TEST_SUITE_P(
    All, DiskSimMeasured,
    ::testing::Values(
        Measured{"atlas10k", 10'000, measured(0ns, 663us, Op::write, 4583176, 4, Buffer::hit),
                 measured(500'770'864us, 1411us, Op::read, 2771308, 12, Buffer::hit)},
        Measured{"barracuda", 10'000, measured(0ns, 13'670us, Op::read, 2992396, 4, Buffer::hit),
                 measured(500'570'013us, 10'793us, Op::read, 1859856, 8, Buffer::hit)},
        Measured{"cheetah15k5", 10'000, measured(0ns, 4067us, Op::read, 31853640, 8, Buffer::hit),
                 measured(127'526'960us, 5934us, Op::write, 238981544, 8, Buffer::hit)},
        Measured{"cheetah4LP", 10'000, measured(0ns, 10'232us, Op::read, 8437604, 4, Buffer::hit),
                 measured(498'684'332us, 2119us, Op::write, 6180168, 16, Buffer::hit)},
        Measured{"hp_c2247a", 9'999, measured(0ns, 14'095'370ns, Op::read, 564347, 2, Buffer::miss),
                 measured(294'845'476'820ns, 10'671'040ns, Op::write, 1569163, 3, Buffer::doub)},
        Measured{"hp_c3323a", 9'074, measured(0ns, 14'901us, Op::read, 265552, 2, Buffer::hit),
                 measured(269'212'924'511ns, 704us, Op::read, 1466605, 1, Buffer::hit)}),
    [](const auto& param) { return std::string(param.param.disk); });

}  // namespace
}  // namespace blkpath
